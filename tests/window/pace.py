# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside real Blender's window with the real models: how soon the face follows typing, how soon a new prompt is keyed,
and what holds the window.

blender --python pace.py -- FOLDER CLIP PROMPT
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
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
    click,
    in_view,
    photograph,
    place_clip,
    play,
    sidebar,
    view,
    widen_sidebar,
    window,
)

_TYPED = "Furious, barely holding back tears. Then hopeful"
_BETWEEN_KEYS = 0.12  # seconds; eight letters a second, a fast typist
_KEYS = {" ": "SPACE", ",": "COMMA", ".": "PERIOD", "!": "ONE"}
_PROMPTS = [f"{feeling}, {way}" for feeling in ("sad", "delighted", "disgusted", "proud", "terrified", "bored", "smug",
            "tender", "jealous", "relieved") for way in ("barely", "but hiding it", "more and more", "after a long day")]  # fmt: skip

folder, clip, prompt = arguments()
report: dict = {"blender": bpy.app.version_string}
clocks = Clocks()
changed: list[tuple[float, str]] = []  # when Blender told the add-on of a new prompt
answered: list[float] = []  # seconds that each answer of the models took, seen by a thread that waits for it
shown: list[tuple[float, str]] = []  # when the face had a new pose, evaluated, and of which prompt


def watch_the_face() -> None:
    """Remember when each answer is on the evaluated face."""
    preview = module("preview")
    take_answer = preview.take_answer

    def taken() -> None:
        asked = preview._asked.request.params["prompts"][0]
        take_answer()
        bpy.context.evaluated_depsgraph_get()  # what is drawn from now on
        shown.append((time.perf_counter(), asked))

    show = preview.show

    def told() -> None:
        changed.append((time.perf_counter(), bpy.context.scene.expclip.prompt))
        before = preview._asked
        show()
        if preview._asked is not before:
            threading.Thread(target=wait_for, args=(preview._asked,)).start()

    preview.take_answer = clocks.timed("preview.take_answer", taken)
    preview.show = clocks.timed("preview.show", told)


def wait_for(job: object) -> None:
    job.wait()
    answered.append(job.seconds)


def summary(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * each for each in seconds)
    at = lambda share: round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)  # noqa: E731
    return {
        "count": len(ordered),
        "median_ms": round(statistics.median(ordered), 1),
        "95th_ms": at(0.95),
        "worst_ms": at(1.0),
    }


def previewed_by_property() -> Iterator[float]:
    """A prompt at a time, each waited for."""
    delays = []
    answered.clear()
    for text in _PROMPTS:
        asked = time.perf_counter()
        bpy.context.scene.expclip.prompt = text
        while not (shown and shown[-1][1] == text):
            yield 0.0
        delays.append(shown[-1][0] - asked)
        yield 0.05
    report["models_answer_by_property"] = summary(answered)
    report["preview_by_property"] = summary(delays)


def previewed_by_typing() -> Iterator[float]:
    """Letters with the keyboard; a letter's delay ends when a prompt with it, or with letters after it, is on the face."""
    yield from enter_the_field()
    settings = bpy.context.scene.expclip
    changed.clear()
    answered.clear()
    for letter in _TYPED:
        key = _KEYS.get(letter, letter.upper())
        window().event_simulate(type=key, value="PRESS", unicode=letter, x=_place[0], y=_place[1])
        window().event_simulate(type=key, value="RELEASE", x=_place[0], y=_place[1])
        yield _BETWEEN_KEYS
    yield 2.0
    report["typed"] = settings.prompt
    never = (float("inf"), "")
    delays = [
        next((each for each in shown if each[0] > at and len(each[1]) >= len(text)), never)[0] - at
        for at, text in changed
    ]
    report["models_answer_by_typing"] = summary(answered)
    report["preview_by_typing"] = summary(delays)
    window().event_simulate(type="RET", value="PRESS", x=_place[0], y=_place[1])
    window().event_simulate(type="RET", value="RELEASE", x=_place[0], y=_place[1])
    yield 0.5


_place = (0, 0)


def enter_the_field() -> Iterator[float]:
    """Double-click down the sidebar until letters arrive in the prompt, and leave it empty."""
    global _place
    settings, bar = bpy.context.scene.expclip, sidebar()
    settings.prompt = ""
    for below in range(190, 246, 6):
        _place = (bar.x + 70, bar.y + bar.height - below)
        for _ in range(2):
            click(*_place)
        yield 0.4
        window().event_simulate(type="J", value="PRESS", unicode="j", x=_place[0], y=_place[1])
        window().event_simulate(type="J", value="RELEASE", x=_place[0], y=_place[1])
        yield 0.4
        if settings.prompt == "j":
            window().event_simulate(type="BACK_SPACE", value="PRESS", x=_place[0], y=_place[1])
            window().event_simulate(type="BACK_SPACE", value="RELEASE", x=_place[0], y=_place[1])
            yield 1.0
            return
        window().event_simulate(type="ESC", value="PRESS", x=_place[0], y=_place[1])
        window().event_simulate(type="ESC", value="RELEASE", x=_place[0], y=_place[1])
        yield 0.2
    photograph(folder / "no-field.png")
    raise RuntimeError("the prompt's field was not found")


def generated(name: str, feelings: list[str]) -> Iterator[float]:
    """Generate with one prompt after the other; a delay ends when the keyed face is evaluated."""
    settings, progress = bpy.context.scene.expclip, bpy.context.window_manager.expclip
    delays = []
    for feeling in feelings:
        settings.prompt = feeling
        started = time.perf_counter()
        with in_view():
            bpy.ops.expclip.generate("INVOKE_DEFAULT", True)
        while progress.running:
            yield 0.0
        bpy.context.evaluated_depsgraph_get()
        delays.append(time.perf_counter() - started)
        report.setdefault("messages", []).append(progress.message)
        yield 0.3
    report[name] = summary(delays)


def simplify_the_view() -> None:
    """Quick to draw: there is no graphics card here, and what one does is not what is measured."""
    bpy.context.preferences.system.viewport_aa = "OFF"
    shown_view = view().spaces.active
    shown_view.overlay.show_overlays, shown_view.shading.type = False, "WIREFRAME"
    shown_view.show_gizmo = False


def drawing() -> float:
    """Milliseconds that Blender takes to draw its window once, here without a graphics card."""
    started = time.perf_counter()
    with in_view():
        bpy.ops.wm.redraw_timer(type="DRAW_WIN", iterations=5)
    return round((time.perf_counter() - started) / 5 * 1000, 1)


def steps() -> Iterator[float]:
    yield from clear_stage()
    simplify_the_view()
    yield from widen_sidebar(300)
    preferences().python = os.environ["EXPCLIP_PYTHON"]
    add_face()
    settings = bpy.context.scene.expclip
    view().spaces.active.region_3d.view_location.x = 100.0  # the face is evaluated, but it is not in the picture
    settings.clip = place_clip(folder, clip, "line")
    watch_the_face()
    started = time.perf_counter()
    with in_view():
        bpy.ops.expclip.preview()
    while not shown:
        yield 0.02
    report["first_preview_seconds"] = round(shown[-1][0] - started, 2)
    report["held_the_window_when_pressed_ms"] = round(1000 * clocks.longest["EXPCLIP_OT_preview.execute"], 1)
    yield 1.0
    report["drawing_the_window_ms"] = drawing()
    photograph(folder / "window.png")
    clocks.forget()
    yield from previewed_by_property()
    yield from previewed_by_typing()
    report["held_the_window_while_previewing"] = {name: round(1000 * each, 1) for name, each in [clocks.worst()]}
    with in_view():
        bpy.ops.expclip.preview()
    yield from generated("generated_first", ["calm"])
    clocks.forget()
    yield from generated(
        "generated_again", ["furious", "sad, but trying to smile", "smug", "terrified", "proud", "bored", "shy"]
    )
    held = sorted(((round(1000 * each, 1), name) for name, each in clocks.longest.items()), reverse=True)
    report["held_the_window_while_generating_ms"] = held[:4]


play(steps(), report, folder)
