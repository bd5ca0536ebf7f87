# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the take goes: frame, sequencer, range."""

from __future__ import annotations

import bpy

from ..preferences import has_runtime


class EXPCLIP_PT_placement(bpy.types.Panel):
    bl_label = "Placement"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "ExpCLIP"
    bl_parent_id = "EXPCLIP_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_runtime()

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.enabled = not context.window_manager.expclip.running
        settings = context.scene.expclip
        start = layout.row()
        start.active = not settings.strip
        start.prop(settings, "first_frame")
        layout.prop(settings, "place_sound")
        layout.prop(settings, "fit_range")
        layout.prop(settings, "seed")
