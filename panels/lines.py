# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a dialogue: a list, the line that is picked, and Generate All."""

from __future__ import annotations

from pathlib import PurePath

import bpy

from ..line_properties import STATES
from .sub_panel import SubPanel, split
from .words import wide, wrapped

_ICONS = {identifier: icon for identifier, _, _, icon, _ in STATES}
_WORDS = {identifier: description for identifier, _, description, _, _ in STATES}


class EXPCLIP_UL_lines(bpy.types.UIList):
    def draw_item(self, context, layout, data, line, icon, active_data, active_property, index=0) -> None:
        roomy = wide(context)
        row = layout.split(factor=0.38 if roomy else 0.5, align=True)
        row.label(text=line.strip or PurePath(line.clip.replace("\\", "/")).stem or "No clip", icon=_ICONS[line.state])
        row = row.split(factor=0.55, align=True) if roomy else row
        row.label(text=line.prompt or "neutral")
        if roomy:  # the line that is picked tells it below the list
            row.label(text=line.face.name if line.face else line.character)


class EXPCLIP_MT_lines(bpy.types.Menu):
    """Tables and strips"""

    bl_label = "Lines"

    def draw(self, context: bpy.types.Context) -> None:
        self.layout.operator("expclip.add_strip_lines", icon="SEQUENCE")
        self.layout.separator()
        self.layout.operator("expclip.import_lines", icon="IMPORT")
        self.layout.operator("expclip.export_lines", icon="EXPORT")


class EXPCLIP_PT_lines(SubPanel, bpy.types.Panel):
    bl_label = "Lines"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        lines = context.scene.expclip_lines
        row = layout.row()
        row.template_list("EXPCLIP_UL_lines", "", lines, "lines", lines, "active", rows=5)
        _draw_buttons(row.column(align=True))
        if lines.current is None:
            wrapped(context, layout, "Add a line, import a table, or add the sequencer's selected strips.", "INFO")
            return
        button = layout.row()
        button.scale_y = 1.4
        button.operator("expclip.generate_lines", icon="PLAY")
        _draw_line(context, layout, lines.current)


def _draw_buttons(column: bpy.types.UILayout) -> None:
    column.operator("expclip.add_line", text="", icon="ADD")
    column.operator("expclip.remove_line", text="", icon="REMOVE")
    column.separator()
    column.menu("EXPCLIP_MT_lines", text="", icon="DOWNARROW_HLT")
    column.separator()
    column.operator("expclip.move_line", text="", icon="TRIA_UP").direction = "UP"
    column.operator("expclip.move_line", text="", icon="TRIA_DOWN").direction = "DOWN"


def _draw_line(context: bpy.types.Context, layout: bpy.types.UILayout, line: bpy.types.PropertyGroup) -> None:
    wrapped(context, layout, line.message or _WORDS[line.state], _ICONS[line.state], alert=line.state == "FAILED")
    column = split(layout)
    if not line.strip:
        column.prop(line, "clip")
    column.prop(line, "strip", icon="SEQUENCE")
    column.prop(line, "prompt")
    column.prop(line, "intensity", slider=True)
    column.prop(line, "face")
    column.prop(line, "transcript")
    if not line.strip:
        column.prop(line, "first_frame")
        part = column.column(align=True)
        part.prop(line, "clip_start")
        part.prop(line, "clip_end")
        part.prop(line, "clip_speed")
    column.prop(line, "seed")
