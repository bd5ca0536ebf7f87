# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from pathlib import Path

import bpy
import pytest

from expclip_core.channels import NAMES
from tests.blender.stage import extension, generate, make_mesh, message


@pytest.fixture
def head():
    made = make_mesh("Head", NAMES)
    made.data.shape_keys.key_blocks["browInnerUp"].value = 0.3
    bpy.context.scene.expclip.face = made
    return made


def follow() -> None:
    """As the timer does in a window."""
    while extension("preview")._look() is not None:
        time.sleep(0.01)


def values(head) -> dict[str, float]:
    return {block.name: round(block.value, 5) for block in head.data.shape_keys.key_blocks}


def test_the_prompt_is_held_on_the_face_and_taken_back(head) -> None:
    before = values(head)
    bpy.context.scene.expclip.prompt = "smile"
    assert bpy.ops.expclip.preview() == {"FINISHED"}
    extension("preview").take_answer()
    assert values(head)["mouthSmileLeft"] == pytest.approx(0.8)
    assert values(head)["browInnerUp"] == 0.0
    assert bpy.ops.expclip.preview() == {"FINISHED"}
    assert values(head) == before


def test_it_follows_prompt_and_intensity(head) -> None:
    preview, settings = extension("preview"), bpy.context.scene.expclip
    bpy.ops.expclip.preview()
    preview.take_answer()
    assert values(head)["mouthSmileLeft"] == 0.0
    settings.prompt = "smile"
    settings.intensity = 0.5
    follow()
    assert values(head)["mouthSmileLeft"] == pytest.approx(0.4)


def test_a_worker_that_cannot_be_had_is_said_and_the_face_given_back(head, monkeypatch: pytest.MonkeyPatch) -> None:
    before = values(head)
    bpy.context.scene.expclip.prompt = "smile"
    bpy.ops.expclip.preview()
    extension("preview").take_answer()

    def gone() -> None:
        raise extension("expclip_core.errors").InputError("The runtime is gone: install it again.")

    monkeypatch.setattr(extension("session"), "worker", gone)
    bpy.context.scene.expclip.prompt = "sad"
    assert not extension("preview").active()
    assert values(head) == before
    assert message() == "The runtime is gone: install it again."


def test_who_types_faster_than_the_models_answer_gets_the_last_word(head, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, worker = bpy.context.scene.expclip, extension("session").worker()
    bpy.ops.expclip.preview()
    preview, asked = extension("preview"), []
    answering = preview._asked
    monkeypatch.setattr(preview, "_asked", type("Open", (), {"finished": False}))
    request = worker.request
    monkeypatch.setattr(
        worker, "request", lambda *a, **given: asked.append(given["prompts"][0]) or request(*a, **given)
    )
    for typed in ("s", "sm", "smi", "smil", "smile"):
        settings.prompt = typed
    assert asked == []
    preview._asked = answering
    follow()
    assert values(head)["mouthSmileLeft"] == pytest.approx(0.8)
    assert asked == ["smile"]


def test_a_preview_is_never_saved(head, tmp_path: Path) -> None:
    bpy.context.scene.expclip.prompt = "smile"
    bpy.ops.expclip.preview()
    extension("preview").take_answer()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert not extension("preview").active()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert values(bpy.data.objects["Head"])["browInnerUp"] == pytest.approx(0.3)
    assert values(bpy.data.objects["Head"])["mouthSmileLeft"] == 0.0


def test_generate_ends_the_preview(head, clip: Path) -> None:
    bpy.ops.expclip.preview()
    extension("preview").take_answer()
    assert generate(clip, "smile", head) == {"FINISHED"}
    assert not extension("preview").active()


def test_a_deleted_face_is_no_trouble(head) -> None:
    bpy.ops.expclip.preview()
    extension("preview").take_answer()
    bpy.data.objects.remove(head)
    extension("preview").stop()
    assert not bpy.ops.expclip.preview.poll()
