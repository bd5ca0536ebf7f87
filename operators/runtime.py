# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the models' runtime, take it away again, or use a Python that has the packages already."""

from __future__ import annotations

import bpy
from bpy.props import StringProperty

from .. import session
from ..expclip_core import runtime
from ..expclip_core.client import Job
from ..expclip_core.errors import InputError
from ..preferences import interpreter_at, launch, preferences, recipe, runtime_folder
from ..translations import translated
from .working import Working, nothing_runs


class EXPCLIP_OT_install_runtime(Working, bpy.types.Operator):
    """Download the models' Python packages into a folder of the add-on's own. Nothing else on this computer changes. \
Each file is checked against the hash that this add-on was tested with"""

    bl_idname = "expclip.install_runtime"
    bl_label = "Install Runtime"
    when_cancelled = "Cancelled. What was downloaded is kept for the next try."

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not nothing_runs(cls):
            return False
        if may_download():
            return True
        forced = getattr(bpy.app, "online_access_override", False)
        way_out = "start Blender without --offline-mode." if forced else "allow it in Preferences, System, Network."
        cls.poll_message_set(translated(f"Blender may not go online: {way_out}"))
        return False

    def start(self, context: bpy.types.Context) -> runtime.Installation:
        session.stop()
        return runtime.Installation(recipe())

    def finish(self, context: bpy.types.Context) -> str:
        installation = session.job
        folder = installation.result()
        if installation.missed:
            self.report({"WARNING"}, translated(installation.missed))
        device = runtime.ACCELERATORS[installation.computes_on]
        done = f"The runtime is installed, takes {runtime.size(folder) / 1e9:.1f} GB and computes on {device}."
        return f"{done} {installation.missed}".strip()


class EXPCLIP_OT_remove_runtime(bpy.types.Operator):
    """Take the installed runtime and what was downloaded for it from the disk"""

    bl_idname = "expclip.remove_runtime"
    bl_label = "Remove Runtime"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not nothing_runs(cls):
            return False
        folder = runtime_folder()
        if not folder.exists() and not runtime.downloads(folder).exists():
            cls.poll_message_set(translated("There is no installed runtime."))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        session.stop()
        try:
            runtime.remove(runtime_folder())
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        context.window_manager.expclip.end("The runtime was removed.")
        return {"FINISHED"}


class EXPCLIP_OT_use_python(Working, bpy.types.Operator):
    """Choose a Python that has the models' packages already, an interpreter or the folder of its environment. \
It is started and asked before it is taken"""

    bl_idname = "expclip.use_python"
    bl_label = "Use an Existing Python"

    python: StringProperty(
        name="Python",
        description="The interpreter, or the folder of its environment",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return nothing_runs(cls)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.python:
            return super().invoke(context, event)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        if self.filepath and not self.python:  # from the file browser, whose window must not wait for a Python
            return bpy.ops.expclip.use_python("INVOKE_DEFAULT", python=self.filepath)
        return super().execute(context)

    def start(self, context: bpy.types.Context) -> Job:
        self._python = interpreter_at(self.python)
        return session.start(launch(self._python)).hello

    def finish(self, context: bpy.types.Context) -> str:
        hello = session.job.result()
        preferences().python = str(self._python)
        return f"Python {hello['python']} with torch {hello['torch']} is used from now on."


class EXPCLIP_OT_free_memory(bpy.types.Operator):
    """End the models' process: all memory that it has, on the GPU too, is free at once. The next take starts it again"""

    bl_idname = "expclip.free_memory"
    bl_label = "Free Memory"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not nothing_runs(cls):
            return False
        if not session.warm():
            cls.poll_message_set(translated("The models take no memory: they are not running."))
        return session.warm()

    def execute(self, context: bpy.types.Context) -> set[str]:
        session.free_memory()
        return {"FINISHED"}


def may_download() -> bool:
    """May Blender go online, or does all come from a folder?"""
    return bpy.app.online_access or runtime.is_folder(preferences().torch_source)
