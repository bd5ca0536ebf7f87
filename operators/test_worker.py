# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the chosen Python run the models?"""

from __future__ import annotations

import bpy

from .. import session
from ..expclip_core.client import HELLO_DEADLINE
from ..expclip_core.errors import InputError


class EXPCLIP_OT_test_worker(bpy.types.Operator):
    """Start the models' Python and ask what it has"""

    bl_idname = "expclip.test_worker"
    bl_label = "Test"

    def execute(self, context: bpy.types.Context) -> set[str]:
        progress = context.window_manager.expclip
        try:
            hello = session.worker().hello
            hello.wait(HELLO_DEADLINE)
            answer = hello.result()
        except InputError as error:
            progress.end(str(error), failed=True)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        device = answer["devices"][0]["name"]
        message = f"Ready: Python {answer['python']}, torch {answer['torch']} on {device}"
        progress.end(message)
        self.report({"INFO"}, message)
        return {"FINISHED"}
