# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what the worker said."""

from __future__ import annotations

import bpy

from ..preferences import log_file
from ..translations import translated


class EXPCLIP_OT_open_log(bpy.types.Operator):
    """Open the worker's log file"""

    bl_idname = "expclip.open_log"
    bl_label = "Open Log"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not log_file().exists():
            cls.poll_message_set(translated("There is no log yet: the worker has not run."))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        return bpy.ops.wm.path_open(filepath=str(log_file()))
