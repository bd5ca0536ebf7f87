# SPDX-License-Identifier: GPL-3.0-or-later
"""Let a linked character be animated in this file."""

from __future__ import annotations

import bpy

from ..expclip_core.errors import InputError
from ..scene.rig import linked_meshes, make_editable
from ..translations import translated
from .generate import face_of


class EXPCLIP_OT_make_editable(bpy.types.Operator):
    """Make library overrides of the character and its meshes, so that their shape keys can be animated here"""

    bl_idname = "expclip.make_editable"
    bl_label = "Make Editable"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = face_of(context)
        linked = face is not None and bool(linked_meshes(face))
        if not linked:
            cls.poll_message_set(translated("The face's shape keys can be animated here already."))
        return linked

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            context.scene.expclip.face = make_editable(face_of(context), context.scene, context.view_layer)
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        return {"FINISHED"}
