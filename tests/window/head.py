# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: a bone that turns with the head and an empty that turns with an eye, photographed.

blender --python head.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
from mathutils import Vector

sys.path.insert(0, str(Path(__file__).parent))
from hands import (  # fmt: skip
    add_face,
    arguments,
    clear_stage,
    in_view,
    open_panels,
    photograph,
    photograph_sidebar,
    place_clip,
    play,
    redraw,
    view,
    widen_sidebar,
)

FRAMES = (1, 25, 49)  # the clip's start, middle and end

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}


def press(operator, **properties) -> Iterator[float]:
    """Press a button and wait for what it started."""
    with in_view():
        operator("INVOKE_DEFAULT", True, **properties)
    yield 0.3
    while bpy.context.window_manager.expclip.running:
        yield 0.1
    yield 0.5


def push(message: str) -> None:
    with in_view():
        bpy.ops.ed.undo_push(message=message)


def add_armature(face: bpy.types.Object) -> None:
    """A body with a neck and a head, the face on it."""
    with in_view():
        bpy.ops.object.armature_add(location=face.location)
        bpy.ops.object.mode_set(mode="EDIT")
        armature = bpy.context.object
        neck = armature.data.edit_bones[0]
        neck.name, neck.tail = "neck", (0, 0, 0.1)
        head = armature.data.edit_bones.new("head")
        head.parent, head.head, head.tail, head.roll = neck, neck.tail, (0, 0.02, 0.3), 0.6
        bpy.ops.object.mode_set(mode="OBJECT")
    armature.name = "Body"
    face.parent, face.parent_type, face.parent_bone = armature, "BONE", "head"
    face.matrix_world.translation = (0, 0, 0)


def add_empty(name: str) -> None:
    empty = bpy.data.objects.new(name, None)
    empty.empty_display_type, empty.rotation_euler = "SINGLE_ARROW", (0, 0, 0.5)
    bpy.context.scene.collection.objects.link(empty)


def angles() -> dict[str, list[float]]:
    """How far bone and empty have turned about Z at some frames, as the scene shows them."""
    turned: dict[str, list[float]] = {"head": [], "eye": []}
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        bone = bpy.data.objects["Body"].evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones["head"]
        forward = bone.matrix.to_quaternion() @ bone.bone.matrix_local.to_quaternion().inverted() @ Vector((0, -1, 0))
        turned["head"].append(round(-forward.x, 4))
        eye = bpy.data.objects["Eye"].evaluated_get(bpy.context.evaluated_depsgraph_get())
        turned["eye"].append(round(eye.matrix_world.to_euler().z, 4))
    return turned


def exported() -> dict[str, list[float]]:
    """The same angles as the take's Live Link Face CSV has them, in radians."""
    path = folder / "take.csv"
    with in_view():
        bpy.ops.expclip.export_take("EXEC_DEFAULT", filepath=str(path))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(rows[frame - 1][name]) for frame in FRAMES] for name in ("HeadYaw", "LeftEyeYaw")}


def state() -> dict:
    return {"actions": len(bpy.data.actions), **angles()}


def travel(way, steps: int) -> Iterator[float]:
    for _ in range(steps):
        with in_view():
            way()
        yield 0.3


def picture(name: str, frame: int) -> Iterator[float]:
    bpy.context.scene.frame_set(frame)
    redraw()
    yield 0.5
    photograph(folder / f"{name}.png", (view().x, view().y, view().width, view().height))


def steps() -> Iterator[float]:
    scene = bpy.context.scene
    open_panels("EXPCLIP_PT_motion")
    yield from clear_stage()
    yield from widen_sidebar(340)
    face = add_face()
    add_armature(face)
    add_empty("Eye")
    scene.expclip.face = face
    scene.expclip.clip, scene.expclip.prompt = place_clip(folder, clip, "line"), prompt or "smile"
    push("Stage")
    report["at rest"] = state()
    yield from press(bpy.ops.expclip.find_aims)
    aims = bpy.data.objects["Body"].expclip.aims
    report["found"] = [aims.head.target.name, aims.head.bone]
    aims.left_eye.target = bpy.data.objects["Eye"]
    push("Pick")
    yield from photograph_sidebar(folder / "1-picked.png")
    yield from press(bpy.ops.expclip.generate)
    report["generated"] = state()
    report["exported"] = exported()
    yield from picture("2-turned", 25)
    bpy.context.scene.expclip.face.data.shape_keys.animation_data.action.expclip.mix.head = 0.5
    push("Mix")
    report["mixed"] = state()
    yield from travel(bpy.ops.ed.undo, 2)  # mix, generate
    report["undone"] = state()
    yield from travel(bpy.ops.ed.redo, 2)
    report["done again"] = state()
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    yield 1.5
    report["opened"] = state()
    yield from press(bpy.ops.expclip.redo)
    report["redone"] = state()


play(steps(), report, folder)
