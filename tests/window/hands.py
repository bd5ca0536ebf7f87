# SPDX-License-Identifier: GPL-3.0-or-later
"""An animator's hands and eyes inside real Blender's window: click, drag, photograph."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import traceback
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path

import bpy

_TAB = "ExpCLIP"


def arguments() -> tuple[Path, str, str]:
    """FOLDER CLIP PROMPT from the command line."""
    folder, clip, prompt = sys.argv[sys.argv.index("--") + 1 :]
    return Path(folder), clip, prompt


def write_clip(path: Path, seconds: float = 2.0, rate: int = 16000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", [0, 3000, 0, -3000] * int(seconds * rate / 4)).tobytes())
    return path


def place_clip(folder: Path, clip: str, name: str) -> str:
    """The clip beside the saved .blend, as //file; one is made up when none is given."""
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "story.blend"))
    if not clip:
        return f"//{write_clip(folder / f'{name}.wav').name}"
    for each in (Path(clip), Path(clip).with_suffix(".txt")):
        if each.exists():
            shutil.copy(each, folder)
    return f"//{Path(clip).name}"


def window() -> bpy.types.Window:
    return bpy.context.window_manager.windows[0]


def view() -> bpy.types.Area:
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


def region(kind: str) -> bpy.types.Region:
    return next(each for each in view().regions if each.type == kind)


def in_view():
    return bpy.context.temp_override(window=window(), area=view(), region=region("WINDOW"))


def photograph(path: Path, box: tuple[int, int, int, int] | None = None) -> None:
    """The screen as it is drawn now, or a box of it: left, bottom, width, height. Blender's own screenshot is black here."""
    crop = []
    if box:
        left, bottom, width, height = box
        crop = ["-crop", f"{width}x{height}+{left}+{window().height - bottom - height}", "+repage"]
    subprocess.run(["import", "-window", "root", *crop, str(path)], check=True)


def sidebar() -> bpy.types.Region:
    return region("UI")


def open_sidebar() -> Iterator[float]:
    """Show the sidebar and click down its tabs until ours is open, as the category cannot be set."""
    view().spaces.active.show_region_ui = True
    yield 0.5
    x = sidebar().x + sidebar().width - 10
    for y in range(sidebar().y + sidebar().height - 20, sidebar().y, -20):
        click(x, y)
        yield 0.2
        if sidebar().active_panel_category == _TAB:
            return
    raise RuntimeError(f"the sidebar has no {_TAB} tab")


def widen_sidebar(width: int) -> Iterator[float]:
    """Drag the sidebar's edge until it has that width in pixels; where the edge takes the mouse differs by version."""
    for beside in (0, 6, -6):
        bar = sidebar()
        if abs(bar.width - width) > 8:
            yield from _drag_edge(bar.x + beside, bar.x + beside + bar.width - width, bar.y + bar.height - 60)
    move(view().x + 200, view().y + 100)  # no tooltip over the panels
    yield 0.1


def _drag_edge(start: int, end: int, y: int) -> Iterator[float]:
    """At a height where panels are: an edge beside nothing takes no mouse."""
    move(start, y)
    yield 0.2
    window().event_simulate(type="LEFTMOUSE", value="PRESS", x=start, y=y)
    for step in range(1, 11):
        yield 0.02
        move(start + (end - start) * step // 10, y)
    yield 0.1
    window().event_simulate(type="LEFTMOUSE", value="RELEASE", x=end, y=y)
    yield 0.3


def move(x: int, y: int) -> None:
    window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)


def press(key: str) -> None:
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type=key, value=value, x=700, y=500)


def click(x: int, y: int) -> None:
    move(x, y)
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type="LEFTMOUSE", value=value, x=x, y=y)


def clear_stage() -> Iterator[float]:
    """An empty scene, the 3D View over the whole window, and our tab open in its sidebar."""
    for each in list(bpy.data.objects):
        bpy.data.objects.remove(each)
    yield 0.5
    with in_view():
        bpy.ops.screen.screen_full_area(use_hide_panels=False)
    yield 0.5
    yield from open_sidebar()


def add_face() -> bpy.types.Object:
    """The demo face, picked, seen from the front in its colours."""
    with in_view():
        bpy.ops.expclip.add_demo_face("INVOKE_DEFAULT", True)
    face = bpy.context.scene.expclip.face
    face_the_camera(face)
    view().spaces.active.shading.color_type = "VERTEX"
    return face


def open_panels(*names: str) -> None:
    """Register panels again, parents first, open from the start: Blender offers no other way from Python."""
    classes = [getattr(bpy.types, name) for name in names]
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
    for cls in classes:
        cls.bl_options = set()
        bpy.utils.register_class(cls)


def photograph_sidebar(path: Path) -> Iterator[float]:
    redraw()
    yield 1.0
    bar = sidebar()
    photograph(path, (bar.x, bar.y, bar.width, bar.height))


def face_the_camera(face: bpy.types.Object) -> None:
    with in_view():
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()


def redraw() -> None:
    for each in bpy.context.window_manager.windows:
        for area in each.screen.areas:
            area.tag_redraw()


def play(story: Iterator[float], report: dict, folder: Path) -> None:
    """Go through the story from a timer, leave the report, quit."""

    def tick() -> float | None:
        try:
            return next(story)
        except StopIteration:
            pass
        except Exception as error:  # into the report, whatever it is: nobody sees this terminal
            report["error"] = "".join(traceback.format_exception(error))
            photograph(folder / "error.png")
        (folder / "report.json").write_text(json.dumps(report, indent=2))
        bpy.ops.wm.quit_blender()
        return None

    bpy.context.preferences.view.show_splash = False
    bpy.app.timers.register(tick, first_interval=2.0, persistent=True)
