# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: sound files are dragged out of another window onto the 3D View and its sidebar.

blender --python dropping.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from clocks import MODULE
from hands import add_face, arguments, clear_stage, photograph, play, press, redraw, region, sidebar, window, write_clip

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}


def dropped(place: bpy.types.Region, files: list[Path]) -> Iterator[float]:
    """Files let go over the middle of a region's left half, so that nothing stands in front of it."""
    x, y = place.x + place.width // 4, window().height - (place.y + place.height // 3)
    command = ("/usr/bin/python3", str(Path(__file__).parent / "drag.py"), "Blender", str(x), str(y), *map(str, files))
    hand = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while hand.poll() is None:
        yield 0.1
    report.setdefault("hand", []).append(hand.stdout.read().split())
    yield 0.5


def the_zip() -> Iterator[float]:
    """The extension itself: disabled, then let go over the window and agreed to."""
    bpy.ops.preferences.addon_disable(module=MODULE)
    (package,) = folder.glob("*.zip")
    yield from dropped(region("WINDOW"), [package])
    yield 2.0
    photograph(folder / "zip.png")
    press("RET")
    yield 3.0
    photograph(folder / "zip-installed.png")
    report["zip_enabled"] = MODULE in bpy.context.preferences.addons


def steps() -> Iterator[float]:
    yield from clear_stage()
    add_face()
    settings, lines = bpy.context.scene.expclip, bpy.context.scene.expclip_lines
    files = [write_clip(folder / f"{name}.wav") for name in ("one", "two", "three")]
    redraw()
    yield 1.0
    yield from dropped(region("WINDOW"), files[:1])
    report["onto_the_view"] = Path(settings.clip).name
    yield from dropped(sidebar(), files[1:2])
    report["onto_the_sidebar"] = Path(settings.clip).name
    yield from dropped(region("WINDOW"), files)
    report["several"] = [Path(line.clip).name for line in lines.lines]
    redraw()
    yield 1.0
    photograph(folder / "dropped.png")
    yield from the_zip()


play(steps(), report, folder)
