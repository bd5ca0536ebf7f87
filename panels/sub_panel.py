# SPDX-License-Identifier: GPL-3.0-or-later
"""What all panels below Generate have in common: where they stand, when they are shown, when they can be used."""

from __future__ import annotations

import bpy

from ..operators.generate import face_of
from ..operators.takes import playing
from ..preferences import has_runtime
from ..translations import OURS


class SubPanel:
    """A closed panel below Generate, for whoever has a runtime; while something runs, nothing in it can be changed."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "ExpCLIP"
    bl_parent_id = "EXPCLIP_PT_generate"
    bl_options = {"DEFAULT_CLOSED"}
    bl_translation_context = OURS  # Blender has its own words for some of the names

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_runtime()

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.enabled = not context.window_manager.expclip.running
        self.draw_fields(context, self.layout)

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        raise NotImplementedError


class FacePanel(SubPanel):
    """A panel about the chosen face."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_runtime() and face_of(context) is not None


class TakePanel(SubPanel):
    """A panel about the take that plays."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return playing(context) is not None


def split(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    """A column of properties whose names stand beside them."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column
