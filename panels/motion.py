# SPDX-License-Identifier: GPL-3.0-or-later
"""What turns with the head and the eyes."""

from __future__ import annotations

import bpy

from ..operators.generate import face_of
from ..preferences import has_runtime
from ..scene.rig import character_of


class EXPCLIP_PT_motion(bpy.types.Panel):
    bl_label = "Head and Eyes"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "ExpCLIP"
    bl_parent_id = "EXPCLIP_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_runtime() and face_of(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.enabled = not context.window_manager.expclip.running
        layout.use_property_split = True
        layout.use_property_decorate = False
        aims = character_of(face_of(context)).expclip.aims
        for name, label in (("head", "Head"), ("left_eye", "Left Eye"), ("right_eye", "Right Eye")):
            aim = getattr(aims, name)
            column = layout.column(align=True)
            column.prop(aim, "target", text=label)
            if aim.target and aim.target.type == "ARMATURE":
                column.prop_search(aim, "bone", aim.target.data, "bones")
            if aim.target:
                column.prop(aim, "strength")
        layout.prop(aims, "forward")
        row = layout.row(align=True)
        row.operator("expclip.find_aims", icon="VIEWZOOM")
        row.operator("expclip.key_motion", icon="KEY_HLT")
