# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: a session with takes, from generating to undoing all of it, photographed.

blender --python takes.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    add_face,
    arguments,
    clear_stage,
    in_view,
    open_panels,
    photograph_sidebar,
    place_clip,
    play,
    widen_sidebar,
)

PANELS = ("EXPCLIP_PT_takes", "EXPCLIP_PT_redo", "EXPCLIP_PT_mix", "EXPCLIP_PT_mix_shapes")
EDITED, FRAME, HEIGHT = "jawOpen", 20.5, 0.123

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}


def picture(name: str) -> Iterator[float]:
    yield from photograph_sidebar(folder / f"{name}.png")


def face() -> bpy.types.Object:
    return bpy.context.scene.expclip.face


def action() -> bpy.types.Action | None:
    animation = face().data.shape_keys.animation_data
    return animation.action if animation else None


def curve(name: str) -> bpy.types.FCurve:
    path = f'key_blocks["{name}"].value'
    if hasattr(action(), "layers"):
        bag = action().layers[0].strips[0].channelbag(face().data.shape_keys.animation_data.action_slot)
        return bag.fcurves.find(path)
    return action().fcurves.find(path)


def height(name: str) -> float:
    return max(curve(name).evaluate(frame) for frame in range(1, 49))


def key_by_hand() -> float:
    """The value of the key that was set by hand, -1 when it is not there."""
    points = curve(EDITED).keyframe_points
    return next((round(point.co.y, 4) for point in points if abs(point.co.x - FRAME) < 1e-3), -1.0)


def action_of_strip() -> bpy.types.Action:
    return face().data.shape_keys.animation_data.nla_tracks[0].strips[0].action


def shown_smile() -> float:
    """How far the face smiles in the middle, whatever plays on it."""
    bpy.context.scene.frame_set(24)
    return round(face().data.shape_keys.key_blocks["mouthSmileLeft"].value, 3)


def press(operator, **properties) -> Iterator[float]:
    """Press a button and wait for what it started."""
    with in_view():
        operator("INVOKE_DEFAULT", True, **properties)
    yield 0.3
    while bpy.context.window_manager.expclip.running:
        yield 0.1
    yield 0.5


def state() -> dict:
    return {
        "actions": len(bpy.data.actions),
        "prompt": action().expclip.prompt,
        "expression": round(action().expclip.mix.expression, 3),
        "smile": round(height("mouthSmileLeft"), 3),
        "by_hand": key_by_hand(),
    }


def steps() -> Iterator[float]:
    scene = bpy.context.scene
    open_panels(*PANELS)
    yield from clear_stage()
    yield from widen_sidebar(340)
    add_face()
    scene.expclip.clip, scene.expclip.prompt = place_clip(folder, clip, "line"), ""
    yield from press(bpy.ops.expclip.generate)
    scene.expclip.prompt, scene.expclip.seed = prompt or "smile", 7
    yield from press(bpy.ops.expclip.generate)
    yield from picture("1-two-takes")
    report["generated"] = state()
    curve(EDITED).keyframe_points.insert(FRAME, HEIGHT)
    bpy.ops.ed.undo_push(message="Key by hand")
    yield 1.5
    yield from picture("2-a-key-by-hand")
    report["edited"] = state()
    started = time.perf_counter()
    action().expclip.mix.expression = 0.25
    report["slider_seconds"] = time.perf_counter() - started
    bpy.ops.ed.undo_push(message="Mix")
    with in_view():
        bpy.ops.expclip.add_mix_shape(channel="browInnerUp")
    action().expclip.mix.shapes[0].gain = 0.5
    action().expclip.mix.brows.smoothing = 0.1
    bpy.ops.ed.undo_push(message="Mix Shape")
    yield from picture("3-mixed")
    in_the_way = [getattr(bpy.types, name) for name in PANELS[:2]]
    for cls in reversed(in_the_way):
        bpy.utils.unregister_class(cls)
    yield from picture("3-mix")
    for cls in in_the_way:
        bpy.utils.register_class(cls)
    report["mixed"] = state()
    scene.expclip.prompt = ""
    yield from press(bpy.ops.expclip.redo)
    yield from picture("4-redone")
    report["redone"] = state()
    for _ in range(4):  # redo, shape's mix, mix, key
        with in_view():
            bpy.ops.ed.undo()
        yield 0.3
    report["undone"] = state()
    for _ in range(4):
        with in_view():
            bpy.ops.ed.redo()
        yield 0.3
    report["done_again"] = state()
    yield from press(bpy.ops.expclip.compare_takes)
    report["compared"] = state()
    for way in (bpy.ops.ed.undo, bpy.ops.ed.redo):
        with in_view():
            way()
        yield 0.3
        report[f"compared_{way.idname_py().removeprefix('ed.')}"] = state()
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    yield 1.5
    yield from press(bpy.ops.expclip.compare_takes)
    report["opened"] = state()
    bpy.context.scene.expclip.prompt = prompt or "smile"
    yield from press(bpy.ops.expclip.redo)
    report["continued"] = state()
    yield from press(bpy.ops.expclip.push_down_take)
    action_of_strip().expclip.mix.expression = 0.5
    bpy.ops.ed.undo_push(message="Mix")
    report["strip_smile"] = shown_smile()
    for _ in range(2):  # mix, push down
        with in_view():
            bpy.ops.ed.undo()
        yield 0.3
    report["taken_up"] = state()
    with in_view():
        bpy.ops.ed.undo()
    yield 0.3
    report["continued_undone"] = state()
    yield from press(bpy.ops.expclip.reset_edits)
    report["reset"] = state()


os.environ.setdefault("EXPCLIP_PYTHON", sys.executable)
play(steps(), report, folder)
