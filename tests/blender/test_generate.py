# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate, as an animator uses it: a worker process with fake models stands at the other end of a real pipe."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from tests.blender.fake_worker import weights
from tests.blender.stage import MODULE, curves_of, extension, generate, make_mesh, message, write_clip

with_sound = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")


def coordinates(curve) -> np.ndarray:
    values = np.zeros(2 * len(curve.keyframe_points), dtype=np.float32)
    curve.keyframe_points.foreach_get("co", values)
    return values.reshape(-1, 2)


def test_all_52_shapes_are_keyed_with_the_models_weights(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    assert generate(clip, "smile", head, intensity=0.5) == {"FINISHED"}
    curves = curves_of(head.data.shape_keys)
    assert set(curves) == set(NAMES)
    expected = weights("smile", 0.5, 24.0)
    jaw = coordinates(curves["jawOpen"])
    assert np.array_equal(jaw[:, 0], np.arange(1, len(expected) + 1))
    for index, name in enumerate(NAMES):
        written = coordinates(curves[name])
        assert np.allclose(written[:, 1], expected[: len(written), index], atol=1e-4)


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (24, 1), (25, 1), (30, 1.001), (30, 1), (60, 1)])
def test_the_jaw_opens_at_the_same_second_at_every_rate(clip: Path, fps: int, base: float) -> None:
    head = make_mesh("Head", NAMES)
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base
    generate(clip, "", head, first_frame=100)
    curve = curves_of(head.data.shape_keys)["jawOpen"]
    for second in (0.25, 0.5, 1.0, 1.5):
        assert curve.evaluate(100 + second * fps / base) == pytest.approx(
            0.5 - 0.5 * np.cos(2 * np.pi * second), abs=0.01
        )


def test_the_evaluated_face_moves(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    generate(clip, "", head)
    heights = []
    for frame in (1, 13):  # jaw closed, jaw open
        bpy.context.scene.frame_set(frame)
        evaluated = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heights.append(evaluated.data.vertices[0].co.z)
    assert heights[1] > heights[0] + 0.9


def test_a_still_shape_is_one_key(clip: Path) -> None:
    head = make_mesh("Head", ("jawOpen", "mouthSmileLeft"))
    generate(clip, "smile", head)
    curves = curves_of(head.data.shape_keys)
    assert len(curves["mouthSmileLeft"].keyframe_points) == 1
    assert len(curves["jawOpen"].keyframe_points) == 49


def test_one_action_moves_all_meshes_of_the_character(clip: Path) -> None:
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    head = make_mesh("Head", NAMES, armature)
    lashes = make_mesh("Lashes", NAMES, armature)
    teeth = make_mesh("Teeth", ("jawOpen", "tongueOut"), armature)
    make_mesh("Shirt", (), armature)
    generate(clip, "", teeth)
    actions = {each.data.shape_keys.animation_data.action for each in (head, lashes, teeth)}
    slots = "slots" in bpy.types.Action.bl_rna.properties
    assert len(actions) == (1 if slots else 2)
    if slots:
        handles = [each.data.shape_keys.animation_data.action_slot.handle for each in (head, lashes, teeth)]
        assert handles[0] == handles[1] != handles[2]
    assert set(curves_of(teeth.data.shape_keys)) == {"jawOpen", "tongueOut"}
    assert "on 3 meshes" in message()


def test_two_objects_of_one_mesh_are_keyed_once(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    copy = bpy.data.objects.new("Copy", head.data)
    copy.parent = head
    bpy.context.scene.collection.objects.link(copy)
    generate(clip, "", head)
    assert "52 curves on 2 meshes" in message()
    assert len(bpy.data.actions) == 1


def test_the_active_object_is_the_face_when_none_is_chosen(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    bpy.context.view_layer.objects.active = head
    assert generate(clip) == {"FINISHED"}
    assert head.data.shape_keys.animation_data.action


def test_an_artists_action_is_kept(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    head.data.shape_keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    theirs = head.data.shape_keys.animation_data.action
    generate(clip, "", head)
    assert head.data.shape_keys.animation_data.action != theirs
    assert theirs.use_fake_user


def test_generating_again_keeps_the_take_before(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    generate(clip, "", head)
    first = head.data.shape_keys.animation_data.action
    generate(clip, "smile", head)
    assert head.data.shape_keys.animation_data.action != first
    assert first.use_fake_user


@with_sound
def test_sound_and_range_follow_the_take(clip: Path) -> None:
    scene = bpy.context.scene
    head = make_mesh("Head", NAMES)
    generate(clip, "", head, first_frame=11)
    sound = extension("scene.sound")
    (strip,) = sound.our_strips(scene)
    assert sound.span(strip) == (11, 59)
    assert (scene.frame_start, scene.frame_end) == (11, 59)
    assert scene.sync_mode == "AUDIO_SYNC"


@with_sound
def test_the_last_sound_stays_when_the_new_one_cannot_be_placed(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head, sound, scene = make_mesh("Head", NAMES), extension("scene.sound"), bpy.context.scene
    scene.expclip.place_sound = True
    generate(clip, "", head)
    (strip,) = sound.our_strips(scene)
    channel = strip.channel
    generate(clip, "smile", head)
    (strip,) = sound.our_strips(scene)
    assert strip.channel == channel

    def undecodable(*_: object) -> None:
        raise RuntimeError("Blender cannot decode line.wav")

    monkeypatch.setattr(sound, "place", undecodable)
    generate(clip, "", head)
    assert len(sound.our_strips(scene)) == 1


@with_sound
def test_the_same_line_again_leaves_one_strip(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    for prompt in ("", "smile"):
        generate(clip, prompt, head)
    assert len(extension("scene.sound").our_strips(bpy.context.scene)) == 1
    assert len(bpy.data.sounds) == 1


@with_sound
def test_a_second_face_speaks_in_a_channel_of_its_own(clip: Path, tmp_path: Path) -> None:
    scene = bpy.context.scene
    generate(clip, "", make_mesh("Anna", NAMES))
    generate(write_clip(tmp_path / "other.wav"), "", make_mesh("Ben", NAMES), first_frame=30)
    strips = extension("scene.sound").our_strips(scene)
    assert len({strip.channel for strip in strips}) == 2
    assert (scene.frame_start, scene.frame_end) == (1, 78)


@with_sound
def test_an_artists_strip_is_left_alone(clip: Path) -> None:
    sound = extension("scene.sound")
    theirs = sound.strips_of(bpy.context.scene).new_sound("music", str(clip), 1, 1)
    generate(clip, "", make_mesh("Head", NAMES))
    strips = sound.strips_of(bpy.context.scene)
    assert len(strips) == 2
    assert theirs.channel == 1


def test_sound_and_range_stay_when_not_wanted(clip: Path) -> None:
    scene = bpy.context.scene
    generate(clip, "", make_mesh("Head", NAMES), place_sound=False, fit_range=False)
    assert not extension("scene.sound").strips_of(scene)
    assert (scene.frame_start, scene.frame_end) == (1, 250)


@pytest.mark.skipif(bpy.app.build_options.audaspace, reason="this Blender has sound")
def test_without_sound_the_face_is_keyed_all_the_same(clip: Path) -> None:
    assert generate(clip, "", make_mesh("Head", NAMES)) == {"FINISHED"}
    assert not bpy.data.sounds
    assert bpy.context.scene.frame_end == 49


def test_a_rig_with_other_names_is_keyed_with_gain(clip: Path) -> None:
    head = make_mesh("Head", ("eyesLookLeft", "jawDrop", "browLowerL"))
    generate(clip, "", head)
    expected = weights("", 1.0, 24.0)
    looks = 0.5 * (expected[:, NAMES.index("eyeLookOutLeft")] + expected[:, NAMES.index("eyeLookInRight")])
    assert np.allclose(coordinates(curves_of(head.data.shape_keys)["eyesLookLeft"])[:, 1], looks, atol=1e-4)


def test_names_with_quotes_are_keyed(clip: Path) -> None:
    head = make_mesh("Head", ('"Hero"|jawOpen', '"Hero"|mouthClose', "back\\slash"))
    assert generate(clip, "", head) == {"FINISHED"}
    bpy.context.scene.frame_set(13)
    assert head.data.shape_keys.key_blocks[1].value == pytest.approx(1.0, abs=0.01)


def test_driven_and_muted_shapes_are_named(clip: Path) -> None:
    head = make_mesh("Head", NAMES)
    keys = head.data.shape_keys
    keys.key_blocks["jawOpen"].driver_add("value").driver.expression = "0.0"
    keys.key_blocks["mouthClose"].mute = True
    found = extension("scene.checks").obstacles(extension("scene.rig").rig_of(head))
    sentences = " ".join(obstacle.sentence for obstacle in found)
    assert "jawOpen is driven by nothing that can be keyed" in sentences
    assert "mouthClose is muted" in sentences


def test_a_library_print_does_not_reach_the_protocol(clip: Path) -> None:
    assert generate(clip, "", make_mesh("Head", NAMES)) == {"FINISHED"}
    assert "libraries print to stdout" in extension("preferences").log_file().read_text()


def test_registering_twice_leaves_nothing(clip: Path) -> None:
    module = sys.modules[MODULE]
    module.unregister()
    assert not hasattr(bpy.types.Scene, "expclip")
    assert not hasattr(bpy.types, "EXPCLIP_OT_generate")
    module.register()
    module.unregister()
    module.register()
    assert generate(clip, "", make_mesh("Head", NAMES)) == {"FINISHED"}
