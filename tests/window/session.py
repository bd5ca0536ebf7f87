# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: two characters, a range done again, layers on the NLA, a deleted take, another file.

blender --python session.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import sys
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

FRAMES = range(1, 49)
REDONE = (20, 30)
MOVED, HEIGHT = "mouthSmileLeft", 0.321

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}


def face(number: int) -> bpy.types.Object:
    return sorted((each for each in bpy.data.objects if each.data.shape_keys), key=lambda each: each.name)[number]


def action(number: int = 0) -> bpy.types.Action | None:
    animation = face(number).data.shape_keys.animation_data
    return animation.action if animation else None


def curves(number: int = 0) -> dict[str, bpy.types.FCurve]:
    playing = action(number)
    slot = getattr(face(number).data.shape_keys.animation_data, "action_slot", None)
    found = playing.layers[0].strips[0].channelbag(slot).fcurves if slot else playing.fcurves
    return {curve.data_path.split('"')[1]: curve for curve in found}


def heights(number: int = 0) -> dict[str, list[float]]:
    return {name: [round(curve.evaluate(frame), 5) for frame in FRAMES] for name, curve in curves(number).items()}


def shown(number: int, name: str, frame: int) -> float:
    bpy.context.scene.frame_set(frame)
    return round(face(number).data.shape_keys.key_blocks[name].value, 3)


def push(message: str) -> None:
    with in_view():
        bpy.ops.ed.undo_push(message=message)


def press(operator, **properties) -> Iterator[float]:
    """Press a button and wait for what it started."""
    with in_view():
        operator("INVOKE_DEFAULT", True, **properties)
    yield 0.3
    while bpy.context.window_manager.expclip.running:
        yield 0.1
    yield 0.5


def back(steps: int) -> Iterator[float]:
    yield from _travel(bpy.ops.ed.undo, steps)


def forth(steps: int) -> Iterator[float]:
    yield from _travel(bpy.ops.ed.redo, steps)


def _travel(way, steps: int) -> Iterator[float]:
    for _ in range(steps):
        with in_view():
            way()
        yield 0.3


def two_characters() -> Iterator[float]:
    settings = bpy.context.scene.expclip
    add_face()
    settings.clip, settings.prompt = place_clip(folder, clip, "line"), "smile"
    push("First")
    yield from press(bpy.ops.expclip.generate)
    first = heights()
    settings.face = None
    add_face().location.x = 0.3
    settings.prompt = "neutral"
    push("Second")
    yield from press(bpy.ops.expclip.generate)
    report["characters"] = {
        "first is as it was": heights(0) == first,
        "smiles": [max(heights(number)[MOVED]) for number in (0, 1)],
        "actions": len({action(0), action(1)}),
    }


def a_range_done_again() -> Iterator[float]:
    settings = bpy.context.scene.expclip
    settings.face = face(0)
    point = curves()[MOVED].keyframe_points.insert(10, HEIGHT)
    point.interpolation = "BEZIER"
    push("Key by hand")
    edited = heights()
    settings.prompt, settings.redo.use_range = "", True
    settings.redo.start, settings.redo.end, settings.redo.fade = *REDONE, 0.1
    push("Range")
    yield from press(bpy.ops.expclip.redo)
    done = heights()
    inside = range(REDONE[0] - 1, REDONE[1])
    outside = [frame for frame in range(len(FRAMES)) if frame not in inside]
    report["range"] = {
        "outside": max(abs(done[name][frame] - edited[name][frame]) for name in done for frame in outside),
        "smile inside": done["mouthSmileRight"][24],
        "by hand": done[MOVED][9],
    }
    yield from back(1)
    report["range undone"] = heights() == edited
    yield from forth(1)
    report["range done again"] = heights() == done
    yield from photograph_sidebar(folder / "1-range.png")
    settings = bpy.context.scene.expclip
    with in_view():
        bpy.ops.expclip.reset_edits("INVOKE_DEFAULT", True, shape_key=MOVED)
    report["reset"] = heights()[MOVED][9]
    yield from back(1)
    report["reset undone"] = heights()[MOVED][9]


def a_deleted_take() -> Iterator[float]:
    settings = bpy.context.scene.expclip
    settings.redo.use_range = False
    push("All of it")
    yield from press(bpy.ops.expclip.duplicate_take)
    copy = action().name
    yield from press(bpy.ops.expclip.delete_take)
    report["deleted"] = copy not in bpy.data.actions and action() is not None
    yield from back(1)
    report["deletion undone"] = action().name == copy
    yield from forth(1)
    report["deleted again"] = copy not in bpy.data.actions


def layers_on_the_nla() -> Iterator[float]:
    bpy.context.scene.expclip.face = face(0)
    spoken, cheek = shown(0, "jawOpen", 12), shown(0, "cheekPuff", 12)
    yield from press(bpy.ops.expclip.push_down_take)
    keys = face(0).data.shape_keys
    tracks = keys.animation_data.nla_tracks
    own = bpy.data.actions.new("Artist's")
    keys.animation_data.action = own
    keys.key_blocks["cheekPuff"].value = 0.7
    keys.key_blocks["cheekPuff"].keyframe_insert("value", frame=12)
    keys.animation_data.action_blend_type = "COMBINE"
    push("Layer")
    report["layered"] = {
        "tracks": len(tracks),
        "jaw stays": abs(shown(0, "jawOpen", 12) - spoken) < 0.002,
        "cheek added": shown(0, "cheekPuff", 12) - cheek,
        "other character": shown(1, "jawOpen", 12) > 0.1,
    }
    keys.animation_data.action = None
    push("No layer")
    yield 0.2


def another_file(link: bool) -> Iterator[float]:
    """The take's action alone, put onto another character by hand."""
    path, name = bpy.data.filepath, action(1).name
    bpy.ops.wm.save_mainfile()
    remembered = bpy.data.actions[name].expclip.prompt
    bpy.ops.wm.read_homefile(use_empty=False)
    yield 1.0
    yield from clear_stage()
    add_face()
    with bpy.data.libraries.load(path, link=link) as (_, wanted):
        wanted.actions = [name]
    (arrived,) = wanted.actions
    keys = face(0).data.shape_keys
    animation = keys.animation_data_create()
    animation.action = arrived
    if hasattr(arrived, "slots"):
        animation.action_slot = arrived.slots[0]
    push("Assigned")
    jaw = shown(0, "jawOpen", 12)
    if not link:
        arrived.expclip.mix.speech = 0.5
    report["linked" if link else "appended"] = {
        "prompt": arrived.expclip.prompt == remembered,
        "jaw": jaw,
        "jaw after mixing": shown(0, "jawOpen", 12),
        "listed": arrived.expclip.date != "" and bpy.ops.expclip.duplicate_take.poll(),
    }
    yield 1.0  # panels that are new come in slowly
    yield from photograph_sidebar(folder / f"2-{'linked' if link else 'appended'}.png")
    bpy.ops.wm.open_mainfile(filepath=path)
    yield 1.5


def steps() -> Iterator[float]:
    open_panels("EXPCLIP_PT_takes", "EXPCLIP_PT_redo")
    yield from clear_stage()
    yield from widen_sidebar(340)
    yield from two_characters()
    yield from a_range_done_again()
    yield from a_deleted_take()
    yield from layers_on_the_nla()
    yield from another_file(link=False)
    yield from another_file(link=True)


play(steps(), report, folder)
