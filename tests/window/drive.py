# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: does what an animator does, step by step, and photographs it.

blender --python drive.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import bpy

folder, clip, prompt = sys.argv[sys.argv.index("--") + 1 :]
folder = Path(folder)
report: dict = {"blender": bpy.app.version_string}


def write_clip(path: Path, seconds: float = 2.0, rate: int = 16000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", [0, 3000, 0, -3000] * int(seconds * rate / 4)).tobytes())
    return path


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def view() -> bpy.types.Area:
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


def in_view():
    area = view()
    region = next(region for region in area.regions if region.type == "WINDOW")
    return bpy.context.temp_override(window=window(), area=area, region=region)


def photograph(name: str) -> None:
    """The screen as it is drawn now; Blender's own screenshot is black on a virtual screen."""
    subprocess.run(["import", "-window", "root", str(folder / f"{name}.png")], check=True)


def sidebar() -> bpy.types.Region:
    return next(region for region in view().regions if region.type == "UI")


def open_sidebar() -> Iterator[float]:
    """Show the sidebar and click down its tabs until ours is open, as the category cannot be set."""
    view().spaces.active.show_region_ui = True
    yield 0.5
    x = sidebar().x + sidebar().width - 10
    for y in range(sidebar().y + sidebar().height - 20, sidebar().y, -20):
        click(x, y)
        yield 0.2
        if sidebar().active_panel_category == "ExpCLIP":
            return
    raise RuntimeError("the sidebar has no ExpCLIP tab")


def click(x: int, y: int) -> None:
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type="LEFTMOUSE", value=value, x=x, y=y)


def face_the_camera(face: bpy.types.Object) -> None:
    with in_view():
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()


def redraw() -> None:
    for area in window().screen.areas:
        area.tag_redraw()


def actions() -> int:
    return len(bpy.data.actions)


def steps() -> Iterator[float]:
    """One step of the story at a time; yields the seconds until the next."""
    scene = bpy.context.scene
    progress = bpy.context.window_manager.expclip
    for each in list(bpy.data.objects):
        bpy.data.objects.remove(each)
    yield 0.5
    python = os.environ.pop("EXPCLIP_PYTHON")
    yield from open_sidebar()
    yield 1.0
    photograph("0-first-day")
    os.environ["EXPCLIP_PYTHON"] = python
    redraw()
    yield 1.0
    photograph("1-nothing-yet")
    with in_view():
        bpy.ops.ed.undo_push(message="Start")
        bpy.ops.expclip.add_demo_face("INVOKE_DEFAULT", True)
    face = scene.expclip.face
    report["face"] = face.name
    face_the_camera(face)
    view().spaces.active.shading.color_type = "VERTEX"
    redraw()
    yield 1.0
    photograph("2-no-clip")
    scene.expclip.clip = clip or str(write_clip(folder / "steady.wav"))
    scene.expclip.prompt = prompt or "sad, but trying to smile"
    redraw()
    yield 1.0
    photograph("3-ready")
    before = actions()
    with in_view():
        bpy.ops.ed.undo_push(message="Ready")
        started = time.monotonic()
        report["invoked"] = list(bpy.ops.expclip.generate("INVOKE_DEFAULT", True))
        report["invoke_seconds"] = time.monotonic() - started
    photographed = False
    while progress.running:
        if progress.fraction > 0.4 and not photographed:
            yield 0.2
            photograph("4-running")
            photographed = True
        yield 0.02
    report["photographed_running"] = photographed
    report["seconds"] = time.monotonic() - started
    report["message"], report["failed"] = progress.message, progress.failed
    yield 0.5
    scene.frame_set((scene.frame_start + scene.frame_end) // 2)
    yield 1.0
    photograph("5-done")
    keys = scene.expclip.face.data.shape_keys
    report["actions_made"] = actions() - before
    report["range"] = [scene.frame_start, scene.frame_end]
    report["jaw"] = [round(jaw_at(keys, frame), 3) for frame in range(scene.frame_start, scene.frame_end + 1)]
    editor = scene.sequence_editor
    report["strips"] = len(editor.strips if hasattr(editor, "strips") else editor.sequences)
    with in_view():
        bpy.ops.ed.undo()
    yield 0.5
    report["actions_after_one_undo"] = actions() - before
    bpy.context.scene.expclip.clip = str(folder / "gone.wav")
    with in_view():
        try:
            bpy.ops.expclip.generate("INVOKE_DEFAULT", True)
        except RuntimeError as error:
            report["missing_file"] = str(error)
    redraw()
    yield 1.0
    photograph("6-failed")
    bpy.ops.preferences.addon_show(module="bl_ext.user_default.expclip")
    yield 1.0
    photograph("7-preferences")


def jaw_at(keys: bpy.types.Key, frame: int) -> float:
    bpy.context.scene.frame_set(frame)
    return keys.key_blocks["jawOpen"].value


story = steps()


def tick() -> float | None:
    try:
        return next(story)
    except StopIteration:
        pass
    except Exception as error:  # into the report, whatever it is: nobody sees this terminal
        report["error"] = "".join(traceback.format_exception(error))
        photograph("error")
    (folder / "report.json").write_text(json.dumps(report, indent=2))
    bpy.ops.wm.quit_blender()
    return None


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(tick, first_interval=2.0)
