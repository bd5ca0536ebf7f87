# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a face from moving is said, and mended with one click."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from tests.blender.fake_worker import weights
from tests.blender.stage import curves_of, extension, generate, make_mesh


@pytest.fixture
def head(clip: Path):
    """A face with a take on it."""
    made = make_mesh("Head", NAMES)
    generate(clip, "", made)
    return made


def found() -> list:
    rig = extension("scene.rig").rig_of(bpy.context.scene.expclip.face)
    return list(extension("scene.checks").obstacles(rig))


def mute(head) -> None:
    head.data.shape_keys.key_blocks["jawOpen"].mute = True


def narrow(head) -> None:
    head.data.shape_keys.key_blocks["jawOpen"].slider_max = 0.5


def solo(head) -> None:
    track = head.data.shape_keys.animation_data.nla_tracks.new()
    track.is_solo = True


def mix(head) -> None:
    head.data.shape_keys.animation_data.action_influence = 0.5


def mute_curve(head) -> None:
    animation = head.data.shape_keys.animation_data
    extension("scene.checks")._curves(animation)[0].mute = True


def pin(head) -> None:
    head.show_only_shape_key = True


def hide(head) -> None:
    head.hide_viewport = True


@pytest.mark.parametrize(
    ("spoil", "remedy", "says"),
    [
        (mute, "UNMUTE", "Head: jawOpen is muted."),
        (narrow, "WIDEN", "Head: jawOpen is limited below 1"),
        (solo, "UNSOLO", "Head: a solo track in the NLA hides the action."),
        (mix, "WHOLE_ACTION", "Head: the NLA mixes the action"),
        (mute_curve, "UNMUTE_CURVES", "Head: curves of its action are muted."),
        (pin, "UNPIN", "Head is pinned to one shape key."),
        (hide, "SHOW", "Head is hidden."),
    ],
)
def test_an_obstacle_is_named_and_removed(head, spoil, remedy: str, says: str) -> None:
    assert found() == []
    assert not bpy.ops.expclip.remedy.poll()
    spoil(head)
    (obstacle,) = found()
    assert obstacle.sentence.startswith(says)
    assert obstacle.remedy == remedy
    assert bpy.ops.expclip.remedy(remedy=remedy) == {"FINISHED"}
    assert found() == []


def test_absolute_shape_keys_are_named(head) -> None:
    head.data.shape_keys.use_relative = False
    assert "are not relative" in found()[0].sentence


def test_an_action_that_reaches_through_is_named(head) -> None:
    action = bpy.data.actions.new("rival")
    head.animation_data_create().action = action
    extension("scene.actions").Channels(action, "Head", "OBJECT").new_curve(
        'data.shape_keys.key_blocks["jawOpen"].value'
    )
    if hasattr(head.animation_data, "action_slot"):
        head.animation_data.action_slot = action.slots[0]
    assert "the action rival of Head moves its shape keys as well" in found()[0].sentence


def test_a_shape_that_does_not_follow_its_keys_is_told(clip: Path, head, capfd: pytest.CaptureFixture) -> None:
    def hold(scene, *_) -> None:
        head.data.shape_keys.key_blocks["jawOpen"].value = 0.0

    bpy.app.handlers.frame_change_post.append(hold)
    try:
        generate(clip, "", head)
    finally:
        bpy.app.handlers.frame_change_post.remove(hold)
    assert "Head: jawOpen does not move as written; look for another action" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (("jawOpen", "mouthClose"), ""),
        (("browInnerUp",), ""),
        (("jawOpen", "browInnerUp"), "Nothing follows mouthClose, so for p, b and m the jaw closes the lips"),
        (("mouthClose",), "Nothing follows jawOpen, so the lips will cross at p, b and m"),
    ],
)
def test_lips_that_cannot_close_are_told(keys: tuple[str, ...], told: str) -> None:
    rig = extension("scene.rig").rig_of(make_mesh("Face", keys))
    assert extension("scene.seal").unsealed(rig).partition(":")[0] == told


def test_a_mapping_that_parts_the_lips_is_told(head) -> None:
    bpy.ops.expclip.edit_mapping()
    assert found() == []
    head.expclip.shapes["jawOpen"].gain = 0.5
    assert [each.sentence for each in found()] == [
        "The mapping shapes jawOpen and mouthClose differently, so p, b and m may not close: give both the same."
    ]
    head.expclip.shapes["mouthClose"].gain = 0.5
    assert found() == []


def test_a_shape_key_that_moves_nothing_does_not_close_the_lips(head) -> None:
    flat_close, rig_of = extension("scene.seal").flat_close, extension("scene.rig").rig_of
    assert flat_close(rig_of(head)) == ""
    block = head.data.shape_keys.key_blocks["mouthClose"]
    block.data[0].co = block.relative_key.data[0].co
    assert flat_close(rig_of(head)).startswith("The shape key mouthClose moves nothing")


@pytest.mark.parametrize("muted", [False, True])
def test_without_mouth_close_the_jaw_closes_the_lips(clip: Path, muted: bool) -> None:
    head = make_mesh("Head", NAMES if muted else tuple(name for name in NAMES if name != "mouthClose"))
    bpy.context.scene.expclip.face = head
    bpy.ops.expclip.edit_mapping()
    head.expclip.shapes["mouthClose"].mute = muted
    head.expclip.shapes["jawOpen"].gain = 0.5
    generate(clip, "smile", head)
    jaw, close = (weights("smile", 1.0, 24.0)[:, NAMES.index(name)] for name in ("jawOpen", "mouthClose"))
    curve = curves_of(head.data.shape_keys)["jawOpen"]
    keyed = np.array([curve.evaluate(frame) for frame in range(1, len(jaw) + 1)])
    assert np.allclose(keyed, 0.5 * np.maximum(jaw - close, 0.0), atol=1e-4)
    sealed = 46
    assert jaw[sealed] > 0.05 and keyed[sealed] == pytest.approx(0.0, abs=1e-4)
    assert "mouthClose" not in curves_of(head.data.shape_keys)
