# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the chosen Python run the models?"""

from __future__ import annotations

import bpy

from .. import session
from ..expclip_core.client import Job
from .working import Working


class EXPCLIP_OT_test_worker(Working, bpy.types.Operator):
    """Start the models' Python, load the models and say what they run on"""

    bl_idname = "expclip.test_worker"
    bl_label = "Test"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.job is not None:
            cls.poll_message_set("Something is running: wait for it or cancel it.")
        return session.job is None

    def start(self, context: bpy.types.Context) -> Job:
        self._worker = session.worker()
        return self._worker.request("load")

    def finish(self, context: bpy.types.Context) -> str:
        session.job.result()
        hello = self._worker.hello.result()
        device = hello["devices"][0]["name"]
        return f"Ready: Python {hello['python']}, torch {hello['torch']}, {device}."
