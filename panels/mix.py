# SPDX-License-Identifier: GPL-3.0-or-later
"""How the take that plays is put together."""

from __future__ import annotations

import bpy

from ..expclip_core.channels import REGIONS
from ..operators.takes import playing
from .sub_panel import TakePanel, split


class EXPCLIP_UL_mixed_shapes(bpy.types.UIList):
    def draw_item(self, context, layout, data, shape, icon, active_data, active_property, index=0) -> None:
        row = layout.row(align=True)
        row.label(text=shape.name, icon="SHAPEKEY_DATA")
        row.prop(shape, "gain", text="", emboss=False)


class EXPCLIP_PT_mix(TakePanel, bpy.types.Panel):
    bl_label = "Mix"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        mix = playing(context).expclip.mix
        strengths = layout.column(align=True)
        for name in ("speech", "expression", "blinks", "gaze", "accents", "head"):
            strengths.prop(mix, name, slider=True)
        layout.prop(mix, "offset")
        regions = layout.column(align=True)
        heading = regions.row(align=True)
        heading.label(text="Strength")
        heading.label(text="Smoothing")
        for name in REGIONS:
            row = regions.row(align=True)
            row.prop(getattr(mix, name), "strength", text=name.capitalize(), slider=True)
            row.prop(getattr(mix, name), "smoothing", text="")
        layout.operator("expclip.reset_mix", icon="LOOP_BACK")


class EXPCLIP_PT_mix_shapes(TakePanel, bpy.types.Panel):
    bl_label = "Single Shapes"
    bl_parent_id = "EXPCLIP_PT_mix"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        mix = playing(context).expclip.mix
        row = layout.row()
        row.template_list("EXPCLIP_UL_mixed_shapes", "", mix, "shapes", mix, "active_shape", rows=3)
        buttons = row.column(align=True)
        buttons.operator("expclip.add_mix_shape", text="", icon="ADD")
        buttons.operator("expclip.remove_mix_shape", text="", icon="REMOVE")
        if mix.active_shape < len(mix.shapes):
            draw_shaping(layout, mix.shapes[mix.active_shape])


def draw_shaping(layout: bpy.types.UILayout, shape: bpy.types.PropertyGroup) -> None:
    """Gain, offset and limits of a channel."""
    column = split(layout)
    column.prop(shape, "gain")
    column.prop(shape, "offset")
    limits = column.column(align=True)
    limits.prop(shape, "lowest")
    limits.prop(shape, "highest")
