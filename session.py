# SPDX-License-Identifier: GPL-3.0-or-later
"""The one worker that this Blender runs, and the job it has in hand."""

from __future__ import annotations

import atexit

import bpy
from bpy.app.handlers import persistent

from . import preferences
from .expclip_core.client import Client, Job
from .expclip_core.runtime import Installation

Running = Job | Installation

_client: Client | None = None
job: Running | None = None


def worker() -> Client:
    """The running worker, started when there is none or the preferences have changed. Raises InputError."""
    global _client
    launch = preferences.launch()
    if _client is None or not _client.alive or _client.launch != launch:
        stop()
        _client = Client.start(launch)
    return _client


def stop() -> None:
    """End the worker and whatever runs."""
    global _client, job
    if isinstance(job, Installation):
        job.cancel()
    if _client is not None:
        _client.stop()
    _client = job = None


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
    atexit.register(stop)
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.append(_stop_at_exit)


def unregister() -> None:
    stop()
    bpy.app.handlers.load_post.remove(_forget_old_file)
    atexit.unregister(stop)
    if hasattr(bpy.app.handlers, "exit_pre"):
        bpy.app.handlers.exit_pre.remove(_stop_at_exit)


@persistent
def _stop_at_exit(*_: object) -> None:
    stop()
