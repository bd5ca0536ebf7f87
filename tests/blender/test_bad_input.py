# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong is said in one sentence with the way out, and the scene stays as it was."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import bpy
import pytest

from expclip_core.channels import NAMES
from tests.blender.stage import extension, generate, make_mesh, message, snapshot, write_clip


def refused(says: str, clip: Path | str, face=None, prompt: str = "") -> None:
    """Generate fails, says so, and changes nothing."""
    before = snapshot()
    with pytest.raises(RuntimeError, match=says) as caught:
        generate(clip, prompt, face)
    assert "Traceback" not in str(caught.value)
    assert snapshot() == before
    assert not bpy.context.window_manager.expclip.running


def test_no_clip() -> None:
    refused("Pick a speech clip", "", make_mesh("Head", NAMES))


def test_missing_file(tmp_path: Path) -> None:
    refused(r"There is no file gone\.wav in .*: pick the clip again", tmp_path / "gone.wav", make_mesh("Head", NAMES))


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    refused("There is no file", tmp_path, make_mesh("Head", NAMES))


def test_not_audio(tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("to do: record the line")
    refused("notes.wav is not a sound file", tmp_path / "notes.wav", make_mesh("Head", NAMES))


def test_empty_prompt_is_neutral(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    assert generate(clip, "", head) == {"FINISHED"}
    assert generate(clip, "   ", head) == {"FINISHED"}


def test_no_face(clip: Path) -> None:
    refused("Pick the face", clip)


def test_a_camera_is_no_face(clip: Path) -> None:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    refused("Camera is no mesh and has none", clip, camera)


def test_a_mesh_without_shape_keys(clip: Path) -> None:
    refused("Cube has no shape keys: pick a mesh with ARKit shape keys", clip, make_mesh("Cube", ()))


def test_shape_keys_that_match_nothing(clip: Path) -> None:
    refused("No shape key of Cube has an ARKit name", clip, make_mesh("Cube", ("Key 1", "あ", "jawOpenWide")))


def test_a_library_that_fails(tmp_path: Path) -> None:
    says = "The models failed: RuntimeError: shape mismatch in layer 3. The log file has more"
    refused(says, write_clip(tmp_path / "raise.wav"), make_mesh("Head", NAMES))


def test_a_worker_that_dies_in_mid_run_says_its_last_words(tmp_path: Path, clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    says = "stopped in the middle of its work, saying: fatal: the fake models crashed"
    refused(says, write_clip(tmp_path / "crash.wav"), head)
    assert generate(clip, "", head) == {"FINISHED"}, "the next Generate starts a new worker"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_worker_killed_in_mid_run(tmp_path: Path) -> None:
    head = make_mesh("Head", NAMES)
    session = extension("session")
    worker = session.worker()
    worker.hello.result()
    process = worker.process
    threading.Timer(1.0, os.kill, (process.pid, signal.SIGKILL)).start()
    refused("stopped in the middle of its work .*Press Generate", write_clip(tmp_path / "slow.wav"), head)


def test_no_python_there(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPCLIP_PYTHON", "/nowhere/python")
    extension("session").stop()
    refused("There is no Python at /nowhere/python. Install the runtime", clip, make_mesh("Head", NAMES))


def test_a_python_without_the_models_packages(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')  # -S: without site-packages
    bare.chmod(0o755)
    monkeypatch.setenv("EXPCLIP_PYTHON", str(bare))
    extension("session").stop()
    refused("lacks numpy.*Install the runtime", clip, make_mesh("Head", NAMES))


def test_cancel_stops_early_and_changes_nothing(tmp_path: Path) -> None:
    head = make_mesh("Head", NAMES)
    before = snapshot()
    threading.Timer(1.0, lambda: extension("session").cancel()).start()
    started = time.monotonic()
    assert generate(write_clip(tmp_path / "slow.wav"), "", head) == {"CANCELLED"}
    assert time.monotonic() - started < 8.0  # the clip would take ten seconds
    assert snapshot() == before
    assert "Cancelled" in message()


def test_a_failure_while_keying_leaves_nothing_behind(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = make_mesh("Head", NAMES)
    head.data.shape_keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    before = snapshot()
    keys = extension("scene.keys")
    write = keys.write

    def fail_in_the_middle(curve, *arguments):
        if "mouthFunnel" in curve.data_path:
            raise RuntimeError("no memory for keys")
        return write(curve, *arguments)

    monkeypatch.setattr(keys, "write", fail_in_the_middle)
    with pytest.raises(RuntimeError, match="no memory for keys"):
        generate(clip, "", head)
    assert snapshot() == before


def test_opening_another_file_ends_the_job(tmp_path: Path) -> None:
    session = extension("session")
    session.job = session.worker().request("animate", clip=str(write_clip(tmp_path / "slow.wav")))
    job = session.job
    bpy.ops.wm.read_homefile(use_empty=True)
    assert session.job is None
    assert job.wait(3.0)
    assert session.worker().alive, "the models stay loaded"
