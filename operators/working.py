# SPDX-License-Identifier: GPL-3.0-or-later
"""Following a job that runs elsewhere: from a timer in the window, by waiting without one."""

from __future__ import annotations

import bpy

from .. import session
from ..expclip_core.errors import Cancelled, InputError
from ..translations import translated

_TICK = 0.03  # seconds between two looks at the job


def nothing_runs(operator: type[bpy.types.Operator]) -> bool:
    """For `poll`: is no work in hand?"""
    if session.job is not None:
        operator.poll_message_set(translated("Something is running: wait for it or cancel it."))
    return session.job is None


class Working:
    """An operator whose work is a job, with progress in the panel and the status bar and Esc to stop it.

    It says what to start in `start`, which returns the job, and what to do with its result in `finish`, which returns
    a message. Both raise InputError with a sentence for the animator.
    """

    when_cancelled = "Cancelled, nothing was changed."

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Without a window, or from a script: wait for the result."""
        try:
            job = self._begin(context)
            while not job.wait(_TICK):
                pass
        except InputError as error:
            return self._fail(context, error)
        except KeyboardInterrupt:
            session.cancel()
        return self._end(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if bpy.app.background:
            return self.execute(context)
        try:
            self._begin(context)
        except InputError as error:
            return self._fail(context, error)
        self._told = ""  # in the status bar
        self._timer = context.window_manager.event_timer_add(_TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        job = session.job
        if event.type == "ESC" and event.value == "PRESS" and job and not job.finished:
            bpy.ops.expclip.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if job and not job.finished:
            self._show(context, job)
            return {"PASS_THROUGH"}
        self._leave(context)
        return self._end(context) if job else {"CANCELLED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator itself: another file is opened, or it quits."""
        session.cancel()
        session.job = None
        context.window_manager.expclip.end("")
        self._leave(context)

    def _begin(self, context: bpy.types.Context) -> session.Running:
        session.job = self.start(context)
        context.window_manager.expclip.begin()
        return session.job

    def _end(self, context: bpy.types.Context) -> set[str]:
        progress = context.window_manager.expclip
        try:
            message = self.finish(context)
        except InputError as error:
            return self._fail(context, error)
        except Cancelled:
            progress.end(self.when_cancelled)
            return {"CANCELLED"}
        finally:
            session.job = None
            progress.running = False
        self.report({"INFO"}, translated(message))
        progress.end(message)
        return {"FINISHED"}

    def _fail(self, context: bpy.types.Context, error: InputError) -> set[str]:
        context.window_manager.expclip.end(str(error), failed=True)
        self.report({"ERROR"}, translated(str(error)))
        _redraw(context)
        return {"CANCELLED"}

    def _show(self, context: bpy.types.Context, job: session.Running) -> None:
        progress = context.window_manager.expclip
        if job.stage and not job.cancelled:
            progress.fraction, progress.stage = job.fraction, job.stage
        text = f"ExpCLIP: {progress.stage}   {progress.fraction:.0%}   Esc cancels"
        if text != self._told:
            self._told = text
            context.workspace.status_text_set(translated(text))
            _redraw(context)

    def _leave(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        for workspace in bpy.data.workspaces:  # the animator may have gone to another one
            workspace.status_text_set(None)
        _redraw(context)


def _redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()
