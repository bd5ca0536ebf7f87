# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys the 52 channels move, and how much."""

from __future__ import annotations

import bpy

from .. import mapping_presets
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


class EXPCLIP_MT_mappings(bpy.types.Menu):
    """Mappings that were kept under a name, and those in files"""

    bl_label = "Presets"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        for name in mapping_presets.names():
            layout.operator("expclip.use_mapping_preset", text=name, translate=False).name = name
        layout.separator()
        layout.operator("expclip.save_mapping_preset", icon="ADD")
        if mapping_presets.names():
            layout.menu("EXPCLIP_MT_delete_mapping", icon="TRASH")
        layout.separator()
        layout.operator("expclip.load_mapping", icon="IMPORT")
        layout.operator("expclip.save_mapping", icon="EXPORT")


class EXPCLIP_MT_delete_mapping(bpy.types.Menu):
    """Presets that are not wanted any more"""

    bl_label = "Delete Preset"

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.operator_context = "INVOKE_DEFAULT"
        for name in mapping_presets.names():
            self.layout.operator("expclip.delete_mapping_preset", text=name, translate=False).name = name


class EXPCLIP_PT_mapping(FacePanel, bpy.types.Panel):
    bl_label = "Mapping"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        rig = _rig(context)
        character = character_of(face_of(context)).expclip
        if rig:
            wrapped(context, layout, "Names: " + ", ".join(dict.fromkeys(face.mapping.family for face in rig.faces)))
        layout.menu("EXPCLIP_MT_mappings", icon="PRESET")
        if not character.shapes:
            layout.operator("expclip.edit_mapping", icon="GREASEPENCIL")
            return
        layout.template_list("EXPCLIP_UL_shapes", "", character, "shapes", character, "active", rows=6)
        _draw_shape(layout, character.shapes[character.active], rig)
        layout.operator("expclip.reset_mapping", icon="LOOP_BACK")


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
