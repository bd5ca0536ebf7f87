# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts used before, prompts over time, and poses that are prompts."""

from __future__ import annotations

import bpy

from .. import prompt_history
from ..operators.prompts import chosen_marker
from ..scene import score
from .sub_panel import SubPanel


class EXPCLIP_MT_prompts(bpy.types.Menu):
    """Favourites and the prompts that were used last"""

    bl_idname = "EXPCLIP_MT_prompts"
    bl_label = "Prompts"

    def draw(self, context: bpy.types.Context) -> None:
        history = prompt_history.read()
        for prompts, icon in ((history.favourites, "SOLO_ON"), (history.recent, "RECOVER_LAST")):
            for prompt in prompts:
                use = self.layout.operator("expclip.use_prompt", text=prompt, icon=icon, translate=False)
                use.prompt = prompt
            self.layout.separator()
        if not (history.favourites or history.recent):
            self.layout.label(text="Prompts that were used stand here")


def draw_prompt_buttons(context: bpy.types.Context, row: bpy.types.UILayout) -> None:
    """The star and the menu beside the prompt's field."""
    marked = context.scene.expclip.prompt.strip() in prompt_history.read().favourites
    row.operator("expclip.favourite_prompt", text="", icon="SOLO_ON" if marked else "SOLO_OFF")
    row.menu("EXPCLIP_MT_prompts", text="", icon="DOWNARROW_HLT")


class EXPCLIP_UL_timed_prompts(bpy.types.UIList):
    def draw_item(self, context, layout, data, marker, icon, active_data, active_property, index=0) -> None:
        row = layout.row(align=True)
        frame = row.row(align=True)
        frame.scale_x = 0.7
        frame.prop(marker, "frame", text="", emboss=False)
        row.prop(marker.expclip, "text", text="", emboss=False)

    def filter_items(self, context, data, property_name) -> tuple[list[int], list[int]]:
        every = list(getattr(data, property_name))
        by_frame = sorted(range(len(every)), key=lambda index: every[index].frame)
        places = [0] * len(every)
        for place, index in enumerate(by_frame):
            places[index] = place
        return [self.bitflag_filter_item if each.expclip.is_prompt else 0 for each in every], places


class EXPCLIP_PT_prompts_over_time(SubPanel, bpy.types.Panel):
    bl_label = "Prompts over Time"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        scene = context.scene
        if score.markers(scene):
            prompting = scene.expclip.prompting
            layout.template_list("EXPCLIP_UL_timed_prompts", "", scene, "timeline_markers", prompting, "active", rows=3)
            _draw_timed(scene, layout)
        row = layout.row(align=True)
        row.operator("expclip.add_timed_prompt", icon="ADD")
        row.operator("expclip.remove_timed_prompt", text="", icon="REMOVE")


def _draw_timed(scene: bpy.types.Scene, layout: bpy.types.UILayout) -> None:
    prompt = chosen_marker(scene).expclip
    column = layout.column(align=True)
    column.prop(prompt, "intensity", slider=True)
    _draw_posing(scene, column, prompt, text="Pose")


class EXPCLIP_PT_poses(SubPanel, bpy.types.Panel):
    bl_label = "Pose as Prompt"

    def draw_fields(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        scene = context.scene
        prompting = scene.expclip.prompting
        layout.operator("expclip.take_pose", icon="ADD")
        column = layout.column(align=True)
        _draw_posing(scene, column, prompting)
        if prompting.pose in prompting.poses:
            column.operator("expclip.remove_pose", icon="REMOVE")
        layout.operator("expclip.describe_pose", icon="QUESTION")
        found = layout.column(align=True)
        for likely in prompting.likely:
            found.operator("expclip.use_prompt", text=likely.name, translate=False).prompt = likely.name


def _draw_posing(
    scene: bpy.types.Scene, layout: bpy.types.UILayout, posing: bpy.types.PropertyGroup, text: str = ""
) -> None:
    if scene.expclip.prompting.poses:
        layout.prop_search(posing, "pose", scene.expclip.prompting, "poses", text=text, icon="ARMATURE_DATA")
        if posing.pose:
            layout.prop(posing, "pose_weight", slider=True)
