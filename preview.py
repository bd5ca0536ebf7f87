# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompt on the face while it is typed. What the face was is remembered and comes back, before a save as well.

Blender's undo keeps the face as it is shown, preview or not. So the scene remembers too what the face was: it is undone and
done again with the face.
"""

from __future__ import annotations

import json

import bpy
from bpy.app.handlers import persistent

from . import session
from .expclip_core.channels import NAMES
from .expclip_core.client import Job
from .expclip_core.errors import Cancelled, InputError
from .scene.pose import Values, set_values, values_for, values_of
from .scene.rig import rig_of
from .scene.score import pose_named

_TICK = 0.01  # seconds between two looks at the answer

_before: Values | None = None  # None while nothing is previewed
_asked: Job | None = None
_changed = False  # since the question that is open was asked
_face: int = 0


def active() -> bool:
    return _before is not None


def start(face: bpy.types.Object) -> None:
    """Remember the face and show the prompt on it. Raises InputError."""
    global _before, _face
    rig = rig_of(face)
    session.worker()
    _before, _face = values_of(rig), face.session_uid
    _note(_before)
    show()


def stop() -> None:
    """Give the face back what it had."""
    global _before, _asked, _changed
    if _before is not None:
        set_values(_before)
        _forget()
    _before, _asked, _changed = None, None, False


def show() -> None:
    """Ask for the prompt's pose, one question at a time: who types faster than the models answer waits for two at most."""
    global _asked, _changed
    if _asked is not None and not _asked.finished:
        _changed = True
        return
    _changed = False
    settings = bpy.context.scene.expclip
    asked = {"prompts": [settings.prompt], "intensity": settings.intensity}
    if pose := pose_named(bpy.context.scene, settings.prompting.pose):
        asked |= {"pose": dict(zip(NAMES, pose, strict=True)), "pose_weight": settings.prompting.pose_weight}
    _asked = session.worker().request("express", **asked)
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look)


def _look() -> float | None:
    """Put the answer on the face when it is there. Runs from a timer."""
    if _asked is None:
        return None
    if not _asked.finished:
        return _TICK
    try:
        take_answer()
        if _changed:
            show()
            return _TICK
    except (InputError, Cancelled) as error:
        stop()
        bpy.context.window_manager.expclip.end(str(error), failed=True)
    return None


def take_answer() -> None:
    """Wait for the pose that was asked for and hold it on the face. Raises InputError, Cancelled."""
    (pose,) = _asked.result()["poses"]
    set_values(values_for(rig_of(_previewed()), pose))


def _previewed() -> bpy.types.Object | None:
    return next((each for each in bpy.data.objects if each.session_uid == _face), None)


def _note(values: Values) -> None:
    bpy.context.scene.expclip.before_preview = json.dumps([[*place, value] for place, value in values.items()])


def _noted() -> Values:
    """What the face was, as a scene says that undo has brought back; empty when nothing was previewed then."""
    rows = [row for scene in bpy.data.scenes for row in json.loads(scene.expclip.before_preview or "[]")]
    return {(number, path, index): value for number, path, index, value in rows}


def _forget() -> None:
    for scene in bpy.data.scenes:
        if scene.expclip.before_preview:
            scene.expclip.before_preview = ""


def on_change(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """The prompt or the intensity has another value."""
    if not active():
        return
    try:
        show()
    except (InputError, OSError) as error:
        stop()
        bpy.context.window_manager.expclip.end(str(error), failed=True)


@persistent
def _stop_before(*_: object) -> None:
    stop()


@persistent
def _after_undo(*_: object) -> None:
    """Undo and redo bring back a face on which a prompt may have been previewed, and now is not, or the other way round."""
    global _before
    noted = _noted()
    if not active():
        set_values(noted)
        _forget()
        return
    try:
        _before = noted or values_of(rig_of(_previewed()))
        _note(_before)
        show()
    except InputError:  # there is no such face any more
        stop()


@persistent
def _after_load(*_: object) -> None:
    """The numbers that name Blender's data are another session's, where one ended while it previewed."""
    _forget()


_HANDLERS = (
    (bpy.app.handlers.save_pre, _stop_before),
    (bpy.app.handlers.load_pre, _stop_before),
    (bpy.app.handlers.load_post, _after_load),
    (bpy.app.handlers.undo_post, _after_undo),
    (bpy.app.handlers.redo_post, _after_undo),
)


def register() -> None:
    for handlers, handler in _HANDLERS:
        handlers.append(handler)


def unregister() -> None:
    stop()
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    for handlers, handler in _HANDLERS:
        handlers.remove(handler)
