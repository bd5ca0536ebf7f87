# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop the running work."""

from __future__ import annotations

import bpy

from .. import session
from ..translations import translated


class EXPCLIP_OT_cancel(bpy.types.Operator):
    """Stop; the scene stays as it is"""

    bl_idname = "expclip.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.job is None:
            cls.poll_message_set(translated("Nothing is running."))
        return session.job is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        session.cancel()
        context.window_manager.expclip.stage = "Stopping"
        return {"FINISHED"}
