# SPDX-License-Identifier: GPL-3.0-or-later
"""A take's keys follow the sliders of its mix: at once, or soon after the last change where a take is long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from .expclip_core.errors import InputError
from .scene import memory
from .scene.rewrite import rewrite, rig_playing

_AT_ONCE = 750  # frames; a longer take waits until the slider rests
_REST = 0.25  # seconds

_paused = False
_waiting: set[int] = set()  # numbers of main actions


def on_change(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """A slider has another value."""
    action = settings.id_data
    if _paused or not isinstance(action, bpy.types.Action) or not memory.remembers(action):
        return
    if len(memory.recall(action).layers) <= _AT_ONCE or bpy.app.background:
        _follow(action)
        return
    _waiting.add(action.session_uid)
    if bpy.app.timers.is_registered(_follow_waiting):
        bpy.app.timers.unregister(_follow_waiting)
    bpy.app.timers.register(_follow_waiting, first_interval=_REST)


@contextmanager
def paused() -> Iterator[None]:
    """Sliders may be set without an effect on the keys."""
    global _paused
    _paused = True
    try:
        yield
    finally:
        _paused = False


def _follow_waiting() -> None:
    numbers = set(_waiting)
    _waiting.clear()
    for action in [each for each in bpy.data.actions if each.session_uid in numbers]:
        _follow(action)
    bpy.ops.ed.undo_push(message="Mix")


def _follow(main: bpy.types.Action) -> None:
    try:
        if rig := rig_playing(main):
            rewrite(rig, main)
    except InputError as error:
        bpy.context.window_manager.expclip.end(str(error), failed=True)


def stop() -> None:
    """Forget what waits."""
    _waiting.clear()
    if bpy.app.timers.is_registered(_follow_waiting):
        bpy.app.timers.unregister(_follow_waiting)
