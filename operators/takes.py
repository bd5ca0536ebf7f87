# SPDX-License-Identifier: GPL-3.0-or-later
"""Go through a character's takes: compare, copy, remove, lay into the NLA, take their settings up again."""

from __future__ import annotations

import bpy

from ..expclip_core.errors import InputError
from ..expclip_core.excerpt import WHOLE
from ..expclip_core.names import adjustments_in, preset_of
from ..scene import score, takes
from ..scene.memory import recall
from ..scene.rig import adjustments_of, set_adjustments
from ..scene.source import strip_playing, strips_scene
from ..translations import translated
from .generate import face_of

_SETTINGS = ("clip", "prompt", "transcript", "intensity", "seed", "first_frame")


class NeedsTake:
    """An operator on the take that plays; `change` does it and raises InputError. writes: it changes the take itself."""

    bl_options = {"REGISTER", "UNDO"}
    writes = False

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if playing(context) is None:
            cls.poll_message_set(translated("No take plays on this face: generate one or pick one from the list."))
            return False
        if cls.writes and playing(context).library:
            cls.poll_message_set(translated("This take is linked from another file: duplicate it to change it."))
            return False
        if context.window_manager.expclip.running:
            cls.poll_message_set(translated("A take is being made: wait for it or cancel it."))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            message = self.change(context, playing(context))
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        if message:
            self.report({"INFO"}, translated(message))
        return {"FINISHED"}


def playing(context: bpy.types.Context) -> bpy.types.Action | None:
    """The main action of the take that plays on the chosen face."""
    face = face_of(context)
    return takes.current(face) if face else None


class EXPCLIP_OT_compare_takes(NeedsTake, bpy.types.Operator):
    """Switch between this take and the one that played before it"""

    bl_idname = "expclip.compare_takes"
    bl_label = "A/B"

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        other = takes.other_take(face_of(context))
        if other is None:
            raise InputError("There is only one take: generate another one to compare with.")
        takes.switch(face_of(context), other)
        return other.name


class EXPCLIP_OT_duplicate_take(NeedsTake, bpy.types.Operator):
    """Copy this take with its keys and its mix; the copy plays from now on"""

    bl_idname = "expclip.duplicate_take"
    bl_label = "Duplicate Take"

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        return takes.duplicate(face_of(context), take).name


class EXPCLIP_OT_delete_take(NeedsTake, bpy.types.Operator):
    """Remove this take and its keys. Actions that this add-on did not make are not touched"""

    bl_idname = "expclip.delete_take"
    bl_label = "Delete Take"

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        name = take.name
        takes.delete(face_of(context), take)
        return f"{name} is deleted."


class EXPCLIP_OT_push_down_take(NeedsTake, bpy.types.Operator):
    """Lay this take into the NLA as strips, so that other actions can be layered over it"""

    bl_idname = "expclip.push_down_take"
    bl_label = "Push Down to NLA"

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        tracks = takes.push_down(face_of(context), take)
        return f"{take.name} is on {len(tracks)} NLA track{'' if len(tracks) == 1 else 's'}."


class EXPCLIP_OT_load_take_settings(NeedsTake, bpy.types.Operator):
    """Put this take's clip, prompts, transcript, intensity, seed and frame into the panel above, and its mapping on the face"""

    bl_idname = "expclip.load_take_settings"
    bl_label = "Use Its Settings"

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        for name in _SETTINGS:
            setattr(context.scene.expclip, name, getattr(take.expclip, name))
        remembered = recall(take)
        if remembered.prompts:
            score.put_back(context.scene, remembered)
        excerpt = remembered.excerpt
        strips = strips_scene(context.scene, context.workspace)
        strip = "" if excerpt == WHOLE else strip_playing(strips, take.expclip.clip, excerpt, take.expclip.first_frame)
        context.scene.expclip.strip = strip
        face, mapping = face_of(context), take.expclip.mapping
        if mapping != preset_of(adjustments_of(face)):
            set_adjustments(face, adjustments_in(mapping))
        if excerpt != WHOLE and not strip:
            self.report(
                {"WARNING"}, translated("The take speaks a part of its file: Redo makes that, Generate all of it.")
            )
        return ""
