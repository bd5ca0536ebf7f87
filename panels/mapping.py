# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys the 52 channels move, and how much."""

from __future__ import annotations

import bpy

from ..expclip_core.errors import InputError
from ..operators.generate import face_of
from ..scene.rig import Rig, character_of, rig_of
from .mix import draw_shaping
from .sub_panel import FacePanel, split
from .words import wrapped


class EXPCLIP_UL_shapes(bpy.types.UIList):
    def draw_item(self, context, layout, data, shape, icon, active_data, active_property, index=0) -> None:
        row = layout.row(align=True)
        row.active = not shape.mute
        row.label(text=shape.name, icon="SHAPEKEY_DATA" if shape.key else "NONE", translate=False)
        gain = row.row(align=True)
        gain.scale_x = 0.5
        gain.prop(shape, "gain", text="", emboss=False)
        row.prop(shape, "mute", text="", icon="HIDE_ON" if shape.mute else "HIDE_OFF", emboss=False)


class EXPCLIP_PT_mapping(FacePanel, bpy.types.Panel):
    bl_label = "Mapping"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        rig = _rig(context)
        character = character_of(face_of(context)).expclip
        if rig:
            wrapped(context, layout, "Names: " + ", ".join(dict.fromkeys(face.mapping.family for face in rig.faces)))
        if not character.shapes:
            row = layout.row(align=True)
            row.operator("expclip.edit_mapping", icon="GREASEPENCIL")
            row.operator("expclip.load_mapping", text="", icon="FILE_FOLDER")
            return
        layout.template_list("EXPCLIP_UL_shapes", "", character, "shapes", character, "active", rows=6)
        _draw_shape(layout, character.shapes[character.active], rig)
        row = layout.row(align=True)
        row.operator("expclip.reset_mapping", text="Automatic", icon="LOOP_BACK")
        row.operator("expclip.save_mapping", text="", icon="FILE_TICK")
        row.operator("expclip.load_mapping", text="", icon="FILE_FOLDER")


def _rig(context: bpy.types.Context) -> Rig | None:
    try:
        return rig_of(face_of(context))
    except InputError:  # the panel above says why
        return None


def _draw_shape(layout: bpy.types.UILayout, shape: bpy.types.PropertyGroup, rig: Rig | None) -> None:
    if rig:
        column = split(layout)
        column.prop_search(shape, "key", rig.faces[0].shape_keys, "key_blocks", icon="SHAPEKEY_DATA")
    draw_shaping(layout, shape)
