# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes of the chosen face, and doing one of them again."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..operators.generate import face_of
from ..operators.takes import playing
from ..scene.keys import count_of
from ..scene.rewrite import edits_of
from ..scene.rig import character_of
from ..scene.source import is_missing
from ..scene.takes import takes_of
from ..translations import translated
from .sub_panel import FacePanel, TakePanel, split
from .words import wide, wrapped

_SHOWN = 6  # edited shape keys


class EXPCLIP_UL_takes(bpy.types.UIList):
    def draw_item(self, context, layout, data, action, icon, active_data, active_property, index=0) -> None:
        take = action.expclip
        row = layout.row(align=True)
        row.prop(take, "title", text="", emboss=False, icon="ACTION")
        if not wide(context):  # below the list it is told in full
            return
        details = row.row(align=True)
        details.active = False
        details.alignment = "RIGHT"
        details.label(text=f"{take.seed}")
        details.label(text=take.date[5:16])

    def filter_items(self, context, data, property_name) -> tuple[list[int], list[int]]:
        face = face_of(context)
        newest_first = takes_of(face) if face else []
        actions = list(getattr(data, property_name))
        word = self.filter_name.lower()
        shown = [
            self.bitflag_filter_item if each in newest_first and word in each.name.lower() else 0 for each in actions
        ]
        others = iter(range(len(newest_first), len(actions)))
        order = [newest_first.index(each) if each in newest_first else next(others) for each in actions]
        return shown, order


class EXPCLIP_PT_takes(FacePanel, bpy.types.Panel):
    bl_label = "Takes"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        character = character_of(face_of(context)).expclip
        if not takes_of(face_of(context)):
            wrapped(context, layout, "No takes yet: press Generate, or import a capture.", "INFO")
            layout.operator("expclip.import_capture", icon="IMPORT")
            return
        row = layout.row()
        row.template_list("EXPCLIP_UL_takes", "", bpy.data, "actions", character, "take", rows=4)
        buttons = row.column(align=True)
        buttons.operator("expclip.compare_takes", text="", icon="UV_SYNC_SELECT")
        buttons.operator("expclip.duplicate_take", text="", icon="DUPLICATE")
        buttons.operator("expclip.push_down_take", text="", icon="NLA_PUSHDOWN")
        buttons.operator("expclip.delete_take", text="", icon="X")
        files = layout.row(align=True) if wide(context) else layout.column(align=True)
        files.operator("expclip.import_capture", icon="IMPORT")
        files.operator("expclip.export_take", icon="EXPORT")
        if take := playing(context):
            _draw_take(context, layout, take)


def _draw_take(context: bpy.types.Context, layout: bpy.types.UILayout, action: bpy.types.Action) -> None:
    take = action.expclip
    column = layout.column(align=True)
    if take.clip and is_missing(take.clip):
        wrapped(
            context, column, f"The clip {Path(take.clip).name} is not there any more: point to it for Redo.", "ERROR"
        )
        column.prop(take, "clip", text="")
    if take.clip:
        wrapped(context, column, take.prompt or "neutral", "GREASEPENCIL")
        wrapped(context, column, f"{Path(take.clip).name}, intensity {take.intensity:.2g}, seed {take.seed}", "SPEAKER")
    else:
        wrapped(context, column, "A recorded performance", "CAMERA_DATA")
    wrapped(context, column, take.date[:16], "TIME")
    if take.keys:
        wrapped(context, column, str(count_of(action)), "DOT")
    if take.redone:
        wrapped(context, column, f"Redone: {take.redone}", "FILE_REFRESH")
    column.operator("expclip.load_take_settings", icon="EYEDROPPER")
    edits = edits_of(action)
    if not edits:
        return
    box = layout.box().column(align=True)
    row = box.row(align=True)
    count = sum(edits.values())
    row.label(text=translated(f"{count:,} {'key' if count == 1 else 'keys'} by hand"), icon="KEYFRAME_HLT")
    row.operator("expclip.reset_edits", text="Reset All", icon="LOOP_BACK").shape_key = ""
    for name in sorted(edits, key=edits.get, reverse=True)[:_SHOWN]:
        row = box.row(align=True)
        row.label(text=f"{name}: {edits[name]:,}", icon="BLANK1")
        row.operator("expclip.reset_edits", text="", icon="LOOP_BACK").shape_key = name
    if len(edits) > _SHOWN:
        box.label(text=translated(f"and {len(edits) - _SHOWN} more"), icon="BLANK1")


class EXPCLIP_PT_redo(TakePanel, bpy.types.Panel):
    bl_label = "Redo"
    bl_parent_id = "EXPCLIP_PT_takes"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        settings = context.scene.expclip.redo
        layout.grid_flow(columns=3, even_columns=True, align=True).prop(settings, "regions")
        column = split(layout)
        column.prop(settings, "use_range")
        limits = column.column(align=True)
        limits.active = settings.use_range
        limits.prop(settings, "start")
        limits.prop(settings, "end")
        limits.prop(settings, "fade")
        wrapped(context, layout, "Uses the prompts, intensity and seed above. Keys by hand stay.", "INFO")
        button = layout.row()
        button.scale_y = 1.3
        button.operator("expclip.redo", icon="FILE_REFRESH")
        if settings.use_range and edits_of(playing(context)):
            layout.operator("expclip.reset_edits", text="Reset Range to Generated", icon="LOOP_BACK").only_range = True
