# SPDX-License-Identifier: GPL-3.0-or-later
"""How many keys a take gets."""

from __future__ import annotations

import bpy

from .sub_panel import SubPanel, split


class EXPCLIP_PT_keys(SubPanel, bpy.types.Panel):
    bl_label = "Keys"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        settings = context.scene.expclip.keying
        layout.row().prop(settings, "density", expand=True)
        column = split(layout)
        column.active = settings.density == "REDUCED"
        column.prop(settings, "tolerance")
