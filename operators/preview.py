# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompt's expression on the face, without a clip."""

from __future__ import annotations

import bpy

from .. import preview
from ..expclip_core.errors import InputError
from ..scene.rig import rig_of
from ..translations import translated
from .generate import face_of
from .working import nothing_runs


class EXPCLIP_OT_preview(bpy.types.Operator):
    """Hold the prompt's expression on the face and follow while you type. Press again to take it back"""

    bl_idname = "expclip.preview"
    bl_label = "Preview"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        try:
            rig_of(face_of(context))
        except InputError as error:
            cls.poll_message_set(translated(str(error)))
            return False
        return nothing_runs(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        if preview.active():
            preview.stop()
            return {"FINISHED"}
        try:
            preview.start(face_of(context))
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        return {"FINISHED"}
