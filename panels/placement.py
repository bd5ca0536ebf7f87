# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the take goes: frame, sequencer, range."""

from __future__ import annotations

import bpy

from .sub_panel import SubPanel, split


class EXPCLIP_PT_placement(SubPanel, bpy.types.Panel):
    bl_label = "Placement"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        column = split(layout)
        settings = context.scene.expclip
        start = column.row()
        start.active = not settings.strip
        start.prop(settings, "first_frame")
        column.prop(settings, "place_sound")
        column.prop(settings, "fit_range")
        column.prop(settings, "seed")
