# SPDX-License-Identifier: GPL-3.0-or-later
"""What turns with the head and the eyes."""

from __future__ import annotations

import bpy

from ..operators.generate import face_of
from ..scene.motion import can_turn
from ..scene.rig import character_of
from .sub_panel import FacePanel, split
from .words import wrapped


class EXPCLIP_PT_motion(FacePanel, bpy.types.Panel):
    bl_label = "Head and Eyes"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        layout = split(layout)
        aims = character_of(face_of(context)).expclip.aims
        for name, label in (("head", "Head"), ("left_eye", "Left Eye"), ("right_eye", "Right Eye")):
            aim = getattr(aims, name)
            column = layout.column(align=True)
            column.prop(aim, "target", text=label)
            if aim.target and aim.target.type == "ARMATURE":
                column.prop_search(aim, "bone", aim.target.data, "bones")
            if aim.target:
                column.prop(aim, "strength")
            if aim.target and not can_turn(aim.target):
                wrapped(
                    context,
                    column,
                    "It rotates by axis and angle and cannot turn: choose another rotation mode.",
                    "ERROR",
                )
        layout.prop(aims, "forward")
        buttons = layout.column(align=True)
        buttons.operator("expclip.find_aims", icon="VIEWZOOM")
        buttons.operator("expclip.key_motion", icon="KEY_HLT")
