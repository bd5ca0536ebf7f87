# SPDX-License-Identifier: GPL-3.0-or-later
"""Single shapes of a mix, and a mix as it was performed."""

from __future__ import annotations

import bpy

from ..expclip_core.channels import NAMES
from ..expclip_core.errors import InputError
from ..mixing import paused
from ..scene.rewrite import rewrite, rig_playing
from .takes import NeedsTake


def _follow(take: bpy.types.Action) -> None:
    if rig := rig_playing(take):
        rewrite(rig, take)


class EXPCLIP_OT_add_mix_shape(NeedsTake, bpy.types.Operator):
    """Set one shape's gain, offset and limits in this take"""

    bl_idname = "expclip.add_mix_shape"
    bl_label = "Add Shape"
    writes = True
    bl_property = "channel"

    channel: bpy.props.EnumProperty(
        name="Shape", description="The ARKit channel", items=[(name, name, "") for name in NAMES]
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.invoke_search_popup(self)
        return {"FINISHED"}

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        mix = take.expclip.mix
        if self.channel not in mix.shapes:
            mix.shapes.add().name = self.channel
        mix.active_shape = mix.shapes.find(self.channel)
        return ""


class EXPCLIP_OT_remove_mix_shape(NeedsTake, bpy.types.Operator):
    """Let this shape be as it was performed"""

    bl_idname = "expclip.remove_mix_shape"
    bl_label = "Remove Shape"
    writes = True

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        mix = take.expclip.mix
        if not mix.shapes:
            raise InputError("No single shape is mixed in this take.")
        mix.shapes.remove(min(mix.active_shape, len(mix.shapes) - 1))
        mix.active_shape = max(min(mix.active_shape, len(mix.shapes) - 1), 0)
        _follow(take)
        return ""


class EXPCLIP_OT_reset_mix(NeedsTake, bpy.types.Operator):
    """Mix this take as it was performed. Keys by hand stay"""

    bl_idname = "expclip.reset_mix"
    bl_label = "Reset Mix"
    writes = True

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        with paused():
            take.expclip.property_unset("mix")
        _follow(take)
        return ""
