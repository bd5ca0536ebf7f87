# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window: the runtime is installed in earnest, with a failure and a break before, used, and removed.

blender --python installing.py -- FOLDER CLIP PROMPT

EXPCLIP_INSTALL_WITH and EXPCLIP_TORCH_SOURCE are what an animator would set in the preferences.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from clocks import Clocks, module, preferences
from hands import (
    add_face,
    arguments,
    clear_stage,
    in_view,
    photograph_sidebar,
    place_clip,
    play,
    press,
    widen_sidebar,
)

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string, "python": sys.version.split()[0], "runs": {}}
clocks = Clocks()


def progress() -> bpy.types.PropertyGroup:
    return bpy.context.window_manager.expclip


def installed_files() -> int:
    place = module("preferences").runtime_folder()
    return sum(1 for _ in place.rglob("*")) if place.exists() else 0


def downloaded() -> float:
    """Gigabytes that lie ready for the next try."""
    place = module("preferences").runtime_folder().parent / "downloads"
    return sum(each.stat().st_size for each in place.rglob("*") if each.is_file()) / 1e9


def kept_wheels() -> list[str]:
    place = module("preferences").runtime_folder().parent / "downloads" / "wheels"
    return sorted(each.name.partition("-")[0] for each in place.glob("*.whl"))


def run(name: str, operator, stop_at: float = 2.0, **given: object) -> Iterator[float]:
    """An operator to its end, or until Esc is pressed where its bar is at `stop_at`; the sidebar halfway and at the end."""
    started, stages, pictured = time.monotonic(), {}, False
    with in_view():
        operator("INVOKE_DEFAULT", True, **given)
    stopped = 0.0
    while progress().running:
        yield 0.25
        words = progress().stage.partition(" (")[0]
        stages.setdefault(words, round(time.monotonic() - started, 1))
        if progress().fraction > min(0.3, stop_at - 0.1) and not pictured:
            yield from photograph_sidebar(folder / f"{name}-running.png")
            pictured = True
        if progress().fraction > stop_at and not stopped:
            stopped = time.monotonic()
            press("ESC")
    yield from photograph_sidebar(folder / f"{name}-end.png")
    worst = clocks.worst()
    report["runs"][name] = {
        "seconds": round(time.monotonic() - started, 1),
        "seconds_to_stop": round(time.monotonic() - stopped, 1) if stopped else None,
        "message": progress().message,
        "failed": progress().failed,
        "stages": stages,
        "files_in_runtime": installed_files(),
        "gigabytes_kept": round(downloaded(), 3),
        "wheels_kept": kept_wheels(),
        "held_the_window": {worst[0]: round(worst[1], 4)},
    }
    clocks.forget()
    yield 0.5


def steps() -> Iterator[float]:
    os.environ.pop("EXPCLIP_PYTHON", None)
    with_python, source = (os.environ.get(name, "") for name in ("EXPCLIP_INSTALL_WITH", "EXPCLIP_TORCH_SOURCE"))
    yield from clear_stage()
    yield from widen_sidebar(340)
    yield from photograph_sidebar(folder / "0-first-day.png")
    bpy.context.preferences.system.use_online_access = True
    preferences().install_python = with_python
    (empty := folder / "no-wheels").mkdir(exist_ok=True)
    preferences().torch_source = str(empty)
    yield from run("1-failed", bpy.ops.expclip.install_runtime)
    preferences().torch_source = source
    yield from run("2-cancelled", bpy.ops.expclip.install_runtime, stop_at=0.2)
    yield from run("3-installed", bpy.ops.expclip.install_runtime)
    if not module("preferences").has_runtime():
        return
    yield from run("4-tested", bpy.ops.expclip.test_worker)
    yield from run("5-tested-warm", bpy.ops.expclip.test_worker)
    add_face()
    scene = bpy.context.scene.expclip
    scene.clip, scene.prompt = place_clip(folder, clip, "line"), prompt
    yield from run("6-generated", bpy.ops.expclip.generate)
    started = time.monotonic()
    bpy.ops.expclip.remove_runtime()
    report["seconds_to_remove"] = round(time.monotonic() - started, 3)
    place = module("preferences").runtime_folder()
    report["left"] = [each.name for each in (place, place.parent / "downloads") if each.exists()]
    while any(each.name.startswith("rubbish-") for each in place.parent.iterdir()):
        yield 0.2
    report["seconds_until_free"] = round(time.monotonic() - started, 1)
    yield from photograph_sidebar(folder / "7-removed.png")


play(steps(), report, folder)
