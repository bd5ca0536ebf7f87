# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: a dialogue of a strip, files and a wrong one, generated as one, photographed.

blender --python lines.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (  # fmt: skip
    add_face,
    arguments,
    clear_stage,
    in_view,
    open_panels,
    photograph_sidebar,
    play,
    widen_sidebar,
    write_clip,
)

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}


def picture(name: str) -> Iterator[float]:
    yield from photograph_sidebar(folder / f"{name}.png")


def dialogue() -> bpy.types.PropertyGroup:
    return bpy.context.scene.expclip_lines


def strips() -> list[tuple[float, float]]:
    animation = bpy.context.scene.expclip.face.data.shape_keys.animation_data
    tracks = animation.nla_tracks if animation else ()
    return sorted((strip.frame_start, strip.frame_end) for track in tracks for strip in track.strips)


def sound_strips() -> int:
    editor = bpy.context.scene.sequence_editor
    return len(editor.strips if hasattr(editor, "strips") else editor.sequences)


def generate_all(name: str = "") -> Iterator[float]:
    started = time.perf_counter()
    with in_view():
        bpy.ops.expclip.generate_lines("INVOKE_DEFAULT", True)
    report.setdefault("invoke_seconds", time.perf_counter() - started)
    yield 0.5
    while bpy.context.window_manager.expclip.running:
        if name and bpy.context.window_manager.expclip.fraction > 0.4:
            yield from picture(name)
            name = ""
        yield 0.05
    yield 0.5


def a_strip_that_changes_its_speed() -> Iterator[float]:
    """Twice, since Blender 5.2 mixes down in a job that has to end before the next begins."""
    editor = bpy.context.scene.sequence_editor
    strip = (editor.strips if hasattr(editor, "strips") else editor.sequences)["anna_010"]
    if not hasattr(strip, "retiming_keys"):
        return
    strip.retiming_keys.add(timeline_frame=224)
    mixed = Path(bpy.utils.extension_path_user("bl_ext.user_default.expclip", path="mixed", create=True))
    report["retimed"] = []
    for frame in (212, 236):
        strip.retiming_keys[1].timeline_frame = frame
        yield from generate_all()
        report["retimed"].append(len(list(mixed.glob("*.flac"))))


def steps() -> Iterator[float]:
    scene = bpy.context.scene
    open_panels("EXPCLIP_PT_lines")
    yield from clear_stage()
    yield from widen_sidebar(340)
    add_face()
    yield from picture("1-no-lines")
    editor = scene.sequence_editor_create()
    strip = (editor.strips if hasattr(editor, "strips") else editor.sequences).new_sound(
        "anna_010", str(write_clip(folder / "anna_010.wav")), 1, 200
    )
    with in_view():
        bpy.ops.expclip.add_strip_lines()
    for name, start, feeling in (("steady", 1, "smile"), ("anna_020", 80, "furious, barely holding back")):
        line = dialogue().add()
        line.clip, line.first_frame, line.prompt = str(write_clip(folder / f"{name}.wav")), start, feeling
        line.face = scene.expclip.face
    line = dialogue().add()
    line.clip, line.prompt, line.character = str(folder / "gone.wav"), "calm", "Anna"
    bpy.ops.ed.undo_push(message="Lines")
    yield from picture("2-waiting")
    yield from generate_all("3-running")
    yield from picture("4-done")
    report["states"] = [line.state for line in dialogue().lines]
    report["message"] = bpy.context.window_manager.expclip.message
    report["strips"], report["sounds"] = strips(), sound_strips()
    dialogue().lines[1].prompt = ""
    strip.select = True
    yield from generate_all()
    report["again"] = [line.state for line in dialogue().lines]
    for _ in range(2):
        with in_view():
            bpy.ops.ed.undo()
        yield 0.5
    report["undone"] = {"actions": len(bpy.data.actions), "sounds": sound_strips(), "strips": strips()}
    yield from a_strip_that_changes_its_speed()
    bpy.context.scene.expclip.strip = "anna_010"
    dialogue().active = 0
    yield from picture("5-a-strip")


play(steps(), report, folder)
