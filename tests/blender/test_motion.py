# SPDX-License-Identifier: GPL-3.0-or-later
"""Head and eyes of a recording on bones and empties."""

from __future__ import annotations

from math import radians
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Vector

from expclip_core.arkit import NAMES
from expclip_core.formats import HEAD_AND_EYES, Recording, write_recording
from tests.blender.stage import extension, make_mesh

ANGLES = {"Yaw": radians(20), "Pitch": radians(10), "Roll": radians(-15)}


def capture(folder: Path, **motion: float) -> Path:
    """A second in which some columns go from 0 to so many radians."""
    rows = np.zeros((31, 9), np.float32)
    for name, angle in motion.items():
        rows[:, HEAD_AND_EYES.index(name)] = angle * np.arange(31) / 30
    weights = np.zeros((31, 52), np.float32)
    weights[:, NAMES.index("jawOpen")] = np.arange(31) / 60
    path = folder / "turn.csv"
    write_recording(Recording(np.arange(31) / 30, weights, rows, 30.0), path)
    return path


@pytest.fixture
def armature():
    """An armature that looks along -Y, with a head bone rolled oddly and an eye that points forward, and its face."""
    made = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(made)
    bpy.context.view_layer.objects.active = made
    bpy.ops.object.mode_set(mode="EDIT")
    for name, head, tail, roll in (
        ("Head", (0, 0, 1.5), (0, 0.1, 1.7), 0.7),
        ("eye.L", (0.03, 0, 1.6), (0.03, -0.1, 1.6), 0.2),
    ):
        bone = made.data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = head, tail, roll
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.scene.expclip.face = make_mesh("Face", NAMES, made)
    bpy.context.scene.render.fps = 30
    bpy.context.scene.expclip.keying.density = "DENSE"
    return made


def looking(target, axis: tuple[float, float, float]) -> Vector:
    """Where a direction of the character at rest points at frame 31, in the armature's space."""
    bpy.context.scene.frame_set(31)
    bpy.context.view_layer.update()
    turned = target.matrix.to_quaternion() @ target.bone.matrix_local.to_quaternion().inverted()
    return turned @ Vector(axis)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "AXIS_ANGLE"])
def test_a_head_bone_turns_right_down_and_onto_the_right_shoulder(armature, tmp_path: Path, mode: str) -> None:
    head = armature.pose.bones["Head"]
    head.rotation_mode = mode
    assert bpy.ops.expclip.find_aims() == {"FINISHED"}
    for name, axis, part in (("HeadYaw", (0, -1, 0), 0), ("HeadPitch", (0, -1, 0), 2), ("HeadRoll", (0, 0, 1), 0)):
        bpy.ops.expclip.import_capture(filepath=str(capture(tmp_path, **{name: 0.4})))
        pointing = looking(head, axis)
        assert pointing[part] == pytest.approx(-np.sin(0.4), abs=1e-3), name  # the subject's right is -X
        assert pointing.dot(Vector(axis)) == pytest.approx(np.cos(0.4), abs=1e-3)


def test_bones_are_found_by_their_names(armature) -> None:
    bpy.ops.expclip.find_aims()
    aims = armature.expclip.aims
    assert (aims.head.bone, aims.left_eye.bone, aims.right_eye.target) == ("Head", "eye.L", None)


def test_an_eye_bone_and_an_empty_follow_their_columns(armature, tmp_path: Path) -> None:
    bpy.ops.expclip.find_aims()
    empty = bpy.data.objects.new("Eye", None)
    bpy.context.scene.collection.objects.link(empty)
    empty.rotation_euler = (0, 0, 1.0)  # its own rest stays
    aims = armature.expclip.aims
    aims.right_eye.target, aims.right_eye.strength = empty, 0.5
    bpy.ops.expclip.import_capture(filepath=str(capture(tmp_path, LeftEyePitch=0.3, RightEyeYaw=0.6)))
    assert looking(armature.pose.bones["eye.L"], (0, -1, 0))[2] == pytest.approx(-np.sin(0.3), abs=1e-3)
    assert looking(armature.pose.bones["Head"], (0, -1, 0))[1] == pytest.approx(-1, abs=1e-4)
    evaluated = empty.evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert evaluated.matrix_world.to_euler().z == pytest.approx(1.0 - 0.3, abs=1e-3)
    assert empty.rotation_euler.z == pytest.approx(1.0)


def test_an_object_that_rotates_by_axis_and_angle_is_left_out(armature) -> None:
    empty = bpy.data.objects.new("Eye", None)
    bpy.context.scene.collection.objects.link(empty)
    armature.expclip.aims.right_eye.target, empty.rotation_mode = empty, "AXIS_ANGLE"
    assert extension("scene.rig").rig_of(armature).aims == ()
    empty.rotation_mode = "XYZ"
    assert len(extension("scene.rig").rig_of(armature).aims) == 1


def test_a_body_keeps_its_movement_and_a_take_can_be_keyed_later(armature, tmp_path: Path) -> None:
    armature.location.x = 3.0
    armature.keyframe_insert("location", frame=1)
    theirs = armature.animation_data.action
    bpy.ops.expclip.import_capture(filepath=str(capture(tmp_path, HeadYaw=0.4)))
    assert armature.animation_data.action == theirs
    with pytest.raises(RuntimeError, match="Nothing is picked"):
        bpy.ops.expclip.key_motion()
    bpy.ops.expclip.find_aims()
    assert bpy.ops.expclip.key_motion() == {"FINISHED"}
    assert armature.animation_data.action != theirs
    assert looking(armature.pose.bones["Head"], (0, -1, 0))[0] == pytest.approx(-np.sin(0.4), abs=1e-3)
    bpy.context.scene.frame_set(1)
    assert armature.location.x == pytest.approx(3.0)
    armature.expclip.aims.head.strength = 0.5
    bpy.ops.expclip.key_motion()
    assert looking(armature.pose.bones["Head"], (0, -1, 0))[0] == pytest.approx(-np.sin(0.2), abs=1e-3)


def test_another_way_of_looking(armature, tmp_path: Path) -> None:
    bpy.ops.expclip.find_aims()
    armature.expclip.aims.forward = "Y"
    bpy.ops.expclip.import_capture(filepath=str(capture(tmp_path, HeadPitch=0.4)))
    assert looking(armature.pose.bones["Head"], (0, 1, 0))[2] == pytest.approx(-np.sin(0.4), abs=1e-3)


def test_keys_of_the_head_are_reduced_within_the_tolerance(armature, tmp_path: Path) -> None:
    bpy.context.scene.expclip.keying.density = "REDUCED"
    bpy.ops.expclip.find_aims()
    bpy.ops.expclip.import_capture(
        filepath=str(capture(tmp_path, **{f"Head{name}": angle for name, angle in ANGLES.items()}))
    )
    action = armature.animation_data.action
    (channels,) = (
        each
        for each in extension("scene.actions").all_channels(action)
        if each.find('pose.bones["Head"].rotation_quaternion', 1)
    )
    curves = [channels.find('pose.bones["Head"].rotation_quaternion', index) for index in range(4)]
    assert max(len(curve.keyframe_points) for curve in curves) < 6
    turned = np.array([curve.evaluate(31) for curve in curves])
    assert np.linalg.norm(turned) == pytest.approx(1.0, abs=0.01)


def test_what_is_gone_is_passed_over(armature, tmp_path: Path) -> None:
    armature.expclip.aims.head.target, armature.expclip.aims.head.bone = armature, "Neck"
    assert bpy.ops.expclip.import_capture(filepath=str(capture(tmp_path, HeadYaw=0.4))) == {"FINISHED"}
    assert extension("scene.rig").rig_of(armature).aims == ()


def test_a_generated_take_turns_the_head_as_much_as_the_mix_says(armature, clip: Path) -> None:
    bpy.ops.expclip.find_aims()
    face = next(child for child in armature.children)
    memory, take = extension("scene.memory"), extension("scene.take")
    layers = extension("expclip_core.mix").Layers
    still = np.zeros((61, 52), np.float32)
    still[:, NAMES.index("jawOpen")] = np.linspace(0, 1, 61)
    head = {"head_yaw": np.linspace(0, 0.4, 61), "head_pitch": np.zeros(61), "head_roll": np.zeros(61)}
    seals = np.zeros(61, np.float32)
    made = memory.Take("line.wav", "", 1, layers(still, 0 * still, seals, seals, head, 60.0), 30.0)
    take.place(bpy.context.scene, extension("scene.rig").rig_of(face), made, False, False)
    assert looking(armature.pose.bones["Head"], (0, -1, 0))[0] == pytest.approx(-np.sin(0.4), abs=1e-3)
    extension("scene.takes").current(face).expclip.mix.head = 0.5
    assert looking(armature.pose.bones["Head"], (0, -1, 0))[0] == pytest.approx(-np.sin(0.2), abs=1e-3)
