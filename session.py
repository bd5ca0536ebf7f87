# SPDX-License-Identifier: GPL-3.0-or-later
"""The one worker that this Blender runs, and the job it has in hand."""

from __future__ import annotations

import atexit
import threading

import bpy
from bpy.app.handlers import persistent

from . import preferences
from .expclip_core.client import Client, Job, Launch
from .expclip_core.runtime import Installation

Running = Job | Installation
_LOOK = 20.0  # seconds between two looks whether the worker is idle

_client: Client | None = None
job: Running | None = None


def worker() -> Client:
    """The running worker, started when there is none or the preferences have changed. Raises InputError."""
    launch = preferences.launch()
    return _client if warm() and _client.launch == launch else start(launch)


def start(launch: Launch) -> Client:
    """A new worker in place of the one there is. Raises InputError."""
    global _client
    stop()
    _client = Client.start(launch)
    return _client


def warm() -> bool:
    """Is there a worker that answers at once?"""
    return _client is not None and _client.alive


def stop() -> None:
    """End the worker and whatever runs."""
    global _client, job
    if isinstance(job, Installation):
        job.cancel()
    if _client is not None:
        _client.stop()
    _client = job = None


def free_memory() -> None:
    """End the worker without waiting for it."""
    global _client
    if _client is not None:
        threading.Thread(target=_client.stop, name="expclip stop", daemon=True).start()
    _client = None


def _free_memory_when_idle() -> float:
    """Other programs, and Cycles, want the GPU's memory. Runs from a timer."""
    patience = preferences.preferences().idle_time
    if patience and job is None and warm() and _client.idle_seconds > patience:
        free_memory()
    return _LOOK


def cancel() -> None:
    if job is not None:
        job.cancel()


@persistent
def _forget_old_file(*_: object) -> None:
    """A job of the file that was open has nowhere to go; the worker stays warm."""
    global job
    cancel()
    job = None
    bpy.context.window_manager.expclip.end("")


def register() -> None:
    bpy.app.handlers.load_post.append(_forget_old_file)
    bpy.app.timers.register(_free_memory_when_idle, first_interval=_LOOK, persistent=True)
    atexit.register(stop)
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.append(_stop_at_exit)


def unregister() -> None:
    stop()
    if bpy.app.timers.is_registered(_free_memory_when_idle):
        bpy.app.timers.unregister(_free_memory_when_idle)
    bpy.app.handlers.load_post.remove(_forget_old_file)
    atexit.unregister(stop)
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.remove(_stop_at_exit)


@persistent
def _stop_at_exit(*_: object) -> None:
    stop()
