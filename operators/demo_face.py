# SPDX-License-Identifier: GPL-3.0-or-later
"""A face to try the add-on with."""

from __future__ import annotations

import bpy

from ..translations import translated


class EXPCLIP_OT_add_demo_face(bpy.types.Operator):
    """Add a stylised head with all 52 ARKit shape keys, ready to speak"""

    bl_idname = "expclip.add_demo_face"
    bl_label = "Add Demo Face"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set(translated("Leave edit, sculpt or pose mode first: the face is added in Object Mode."))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        from ..scene.demo_face import add_demo_face  # its geometry needs numpy, nothing else here does

        context.scene.expclip.face = add_demo_face(context)
        return {"FINISHED"}
