# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window with the real models: what moving a slider of the mix takes, on one mesh and on four
among 200 other animated objects. In milliseconds of the processor's time, as the machine may be busy.

blender --python sliders.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import add_face, arguments, clear_stage, in_view, place_clip, play, widen_sidebar

_MOVES, _OTHERS = 16, 200

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}


def three_more_meshes(face: bpy.types.Object) -> None:
    """With the same shape keys, below the face, and others around that are animated."""
    for number in range(3):
        other = face.copy()
        other.data = face.data.copy()
        other.name = f"Part {number}"
        bpy.context.scene.collection.objects.link(other)
        other.parent, other.matrix_parent_inverse = face, face.matrix_world.inverted()
        other.data.shape_keys.animation_data_clear()
    for number in range(_OTHERS):
        bpy.ops.mesh.primitive_monkey_add(location=(5 + number % 20, 5 + number // 20, 0))
        for frame in (1, 200):
            bpy.context.object.location.z = frame / 200
            bpy.context.object.keyframe_insert("location", frame=frame)


def generated(face: bpy.types.Object) -> Iterator[float]:
    bpy.context.scene.expclip.face = face
    with in_view():
        bpy.ops.expclip.generate("INVOKE_DEFAULT", True)
    yield 0.3
    while bpy.context.window_manager.expclip.running:
        yield 0.1
    yield 0.5


def moved(name: str, move: Callable[[float], None]) -> None:
    took, scene = [], []
    for number in range(_MOVES):
        before = time.thread_time()
        move(0.6 + 0.03 * number)
        took.append(1000 * (time.thread_time() - before))
        before = time.thread_time()
        bpy.context.view_layer.update()
        scene.append(1000 * (time.thread_time() - before))
    report[name] = {
        "median_ms": round(statistics.median(took)),
        "worst_ms": round(max(took)),
        "scene_update_ms": round(statistics.median(scene)),
    }


def moved_both(meshes: str, face: bpy.types.Object) -> None:
    mix = face.data.shape_keys.animation_data.action.expclip.mix
    for name, settings, slider in (("all of it", mix, "speech"), ("a part", mix.brows, "strength")):
        moved(f"{meshes}, {name}", lambda value, where=(settings, slider): setattr(*where, value))
        setattr(settings, slider, 1.0)


def steps() -> Iterator[float]:
    yield from clear_stage()
    yield from widen_sidebar(340)
    face = add_face()
    bpy.context.scene.expclip.clip = place_clip(folder, clip, "line")
    bpy.context.scene.expclip.prompt = prompt
    yield from generated(face)
    moved_both("one mesh", face)
    three_more_meshes(face)
    yield from generated(face)
    report["take"] = bpy.context.window_manager.expclip.message
    moved_both("four meshes", face)
    report["load"] = [round(each, 1) for each in os.getloadavg()]


play(steps(), report, folder)
