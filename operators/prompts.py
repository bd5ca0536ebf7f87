# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts used before, favourites, and prompts over time."""

from __future__ import annotations

import bpy

from .. import prompt_history
from ..scene import score
from ..translations import translated


class EXPCLIP_OT_use_prompt(bpy.types.Operator):
    """Put this prompt into the field"""

    bl_idname = "expclip.use_prompt"
    bl_label = "Use Prompt"
    bl_options = {"UNDO"}

    prompt: bpy.props.StringProperty(name="Prompt", description="The prompt for the field")

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.expclip.prompt = self.prompt
        return {"FINISHED"}


class EXPCLIP_OT_favourite_prompt(bpy.types.Operator):
    """Keep the prompt in the field among the favourites, or take it from them"""

    bl_idname = "expclip.favourite_prompt"
    bl_label = "Favourite"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        written = bool(context.scene.expclip.prompt.strip())
        if not written:
            cls.poll_message_set(translated("Write a prompt first."))
        return written

    def execute(self, context: bpy.types.Context) -> set[str]:
        prompt_history.write(prompt_history.read().toggled(context.scene.expclip.prompt.strip()))
        return {"FINISHED"}


class EXPCLIP_OT_add_timed_prompt(bpy.types.Operator):
    """Let the prompt in the field begin at the current frame, as a timeline marker that can be dragged"""

    bl_idname = "expclip.add_timed_prompt"
    bl_label = "Add Prompt Here"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        settings = scene.expclip
        marker = score.add(scene, scene.frame_current, settings.prompt, settings.intensity)
        marker.expclip.pose, marker.expclip.pose_weight = settings.prompting.pose, settings.prompting.pose_weight
        settings.prompting.active = list(scene.timeline_markers).index(marker)
        return {"FINISHED"}


class EXPCLIP_OT_remove_timed_prompt(bpy.types.Operator):
    """Remove the prompt that is chosen in the list, and its marker"""

    bl_idname = "expclip.remove_timed_prompt"
    bl_label = "Remove Prompt"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = chosen_marker(context.scene) is not None
        if not chosen:
            cls.poll_message_set(translated("Choose a prompt in the list first."))
        return chosen

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.timeline_markers.remove(chosen_marker(context.scene))
        return {"FINISHED"}


def chosen_marker(scene: bpy.types.Scene) -> bpy.types.TimelineMarker | None:
    """The timed prompt that is chosen in the list, or the first one."""
    index, every = scene.expclip.prompting.active, list(scene.timeline_markers)
    if index < len(every) and every[index].expclip.is_prompt:
        return every[index]
    return next(iter(score.markers(scene)), None)
