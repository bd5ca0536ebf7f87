# SPDX-License-Identifier: GPL-3.0-or-later
"""How many keys a take gets."""

from __future__ import annotations

import bpy

from ..preferences import has_runtime


class EXPCLIP_PT_keys(bpy.types.Panel):
    bl_label = "Keys"
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
        layout.enabled = not context.window_manager.expclip.running
        settings = context.scene.expclip.keying
        layout.row().prop(settings, "density", expand=True)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.active = settings.density == "REDUCED"
        column.prop(settings, "tolerance")
