# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the models' runtime, and take it away again."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

from .. import session
from ..expclip_core import runtime
from ..preferences import ROOT, preferences, runtime_folder
from .working import Working


class EXPCLIP_OT_install_runtime(Working, bpy.types.Operator):
    """Download the models' Python packages into a folder of the add-on's own. Nothing else on this computer changes"""

    bl_idname = "expclip.install_runtime"
    bl_label = "Install Runtime"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.job is not None:
            cls.poll_message_set("Something is running: wait for it or cancel it.")
            return False
        if not bpy.app.online_access:
            forced = getattr(bpy.app, "online_access_override", False)
            way_out = "start Blender without --offline-mode." if forced else "allow it in Preferences, System, Network."
            cls.poll_message_set(f"Blender may not go online: {way_out}")
        return bpy.app.online_access

    def start(self, context: bpy.types.Context) -> runtime.Installation:
        python = Path(preferences().install_python or sys.executable)
        runtime.check_python(python)
        session.stop()
        folder = runtime_folder()
        steps = runtime.steps(folder, python, ROOT / "requirements", preferences().package_index)
        return runtime.Installation(folder, steps)

    def finish(self, context: bpy.types.Context) -> str:
        folder = session.job.result()
        return f"The runtime is installed and takes {runtime.size(folder) / 1e9:.1f} GB."


class EXPCLIP_OT_remove_runtime(bpy.types.Operator):
    """Take the installed runtime from the disk"""

    bl_idname = "expclip.remove_runtime"
    bl_label = "Remove Runtime"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.job is not None or not runtime.installed(runtime_folder()):
            cls.poll_message_set("There is no installed runtime that is not in use.")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        session.stop()
        try:
            runtime.remove(runtime_folder())
        except runtime.InputError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.window_manager.expclip.end("The runtime was removed.")
        return {"FINISHED"}
