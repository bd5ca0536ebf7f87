# SPDX-License-Identifier: GPL-3.0-or-later
"""Mend with one click what keeps a face from moving."""

from __future__ import annotations

import bpy

from ..expclip_core.errors import InputError
from ..scene.checks import REMEDIES, obstacles
from ..scene.rig import rig_of
from ..translations import translated
from .generate import face_of


class EXPCLIP_OT_remedy(bpy.types.Operator):
    """Remove what keeps the face from moving"""

    bl_idname = "expclip.remedy"
    bl_label = "Remove Obstacle"
    bl_options = {"REGISTER", "UNDO"}

    remedy: bpy.props.EnumProperty(
        name="Remedy",
        description="What to do about it",
        items=[(name, remedy.label, remedy.description) for name, remedy in REMEDIES.items()],
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return REMEDIES[properties.remedy].description

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        try:
            mendable = any(each.remedy for each in obstacles(rig_of(face_of(context))))
        except InputError as error:
            cls.poll_message_set(translated(str(error)))
            return False
        if not mendable:
            cls.poll_message_set(translated("Nothing that could be mended here keeps the face from moving."))
        return mendable

    def execute(self, context: bpy.types.Context) -> set[str]:
        REMEDIES[self.remedy].apply(rig_of(face_of(context)))
        return {"FINISHED"}
