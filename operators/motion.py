# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a character's head and eyes with the take."""

from __future__ import annotations

import re

import bpy

from ..expclip_core.errors import InputError
from ..scene.motion import COLUMNS
from ..scene.rewrite import rewrite
from ..scene.rig import character_of, rig_of
from ..scene.take import key_controls
from ..translations import translated
from .generate import face_of
from .takes import NeedsTake

_NAMES = {"head": r"(.*[._:-])?head", "left_eye": r"(.*[._:-])?(eye|eyeball)[._-]?l(eft)?|(.*[._:-])?l(eft)?[._-]?eye",
          "right_eye": r"(.*[._:-])?(eye|eyeball)[._-]?r(ight)?|(.*[._:-])?r(ight)?[._-]?eye"}  # fmt: skip


class EXPCLIP_OT_find_aims(bpy.types.Operator):
    """Pick the character's bones that are named like a head and eyes, where nothing is picked yet"""

    bl_idname = "expclip.find_aims"
    bl_label = "Find Bones"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = face_of(context)
        armature = face is not None and character_of(face).type == "ARMATURE"
        if not armature:
            cls.poll_message_set(translated("The face has no armature: pick empties or objects by hand."))
        return armature

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = character_of(face_of(context))
        found = False
        for name, pattern in _NAMES.items():
            aim = getattr(armature.expclip.aims, name)
            fits = (bone.name for bone in armature.data.bones if re.fullmatch(pattern, bone.name, re.IGNORECASE))
            bone = next(fits, None)
            if bone and not aim.target:
                aim.target, aim.bone, found = armature, bone, True
        if not found:
            self.report({"WARNING"}, translated("No bone is named like a head or an eye: pick them by hand."))
            return {"CANCELLED"}
        return {"FINISHED"}


class EXPCLIP_OT_key_motion(NeedsTake, bpy.types.Operator):
    """Turn what is picked with the take that plays: as it was recorded or performed, beside the body's other movement. \
Takes that are made from now on do so by themselves"""

    bl_idname = "expclip.key_motion"
    bl_label = "Key Head and Eyes"
    writes = True

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        rig = rig_of(face_of(context))
        if not rig.aims:
            raise InputError("Nothing is picked for the head and the eyes: pick a bone, an empty or an object.")
        key_controls(rig, take)
        rewrite(rig, take)
        return f"{len(rig.aims)} of {len(COLUMNS)} turn with the take"
