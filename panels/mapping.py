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
        _draw_shape(context, layout, character.shapes[min(character.active, len(character.shapes) - 1)], rig)
        layout.operator("expclip.reset_mapping", icon="LOOP_BACK")


def _rig(context: bpy.types.Context) -> Rig | None:
    try:
        return rig_of(face_of(context))
    except InputError:  # the panel above says why
        return None


def _draw_shape(
    context: bpy.types.Context, layout: bpy.types.UILayout, shape: bpy.types.PropertyGroup, rig: Rig | None
) -> None:
    if rig:
        keys = [target.key for face in rig.faces for target in face.mapping.targets.get(shape.name, ())]
        moved = f"Moves: {', '.join(dict.fromkeys(keys))}" if keys else "Moves nothing"
        wrapped(context, layout, moved, "CHECKMARK" if keys else "INFO")
    column = split(layout)
    column.prop(shape, "key", icon="SHAPEKEY_DATA", placeholder="By its name")
    _draw_more(layout.column(align=True), shape)
    draw_shaping(layout, shape)


def _draw_more(column: bpy.types.UILayout, shape: bpy.types.PropertyGroup) -> None:
    """The shape keys that the channel moves beside, and a button for one more."""
    for index, target in enumerate(shape.more):
        row = column.row(align=True)
        row.prop(target, "key", text="", icon="SHAPEKEY_DATA", placeholder="Shape key")
        gain = row.row(align=True)
        gain.scale_x = 0.6
        gain.prop(target, "gain", text="")
        row.operator("expclip.remove_target", text="", icon="X").index = index
    column.operator("expclip.add_target", icon="ADD")
