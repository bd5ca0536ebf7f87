# SPDX-License-Identifier: GPL-3.0-or-later
"""Change which shape keys move, and how much; keep it, share it, forget it."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..expclip_core.errors import InputError
from ..expclip_core.names import read_preset, write_preset
from ..scene.rig import adjustments_of, character_of, set_adjustments
from ..translations import translated
from .generate import face_of


class NeedsFace:
    """An operator that works on the face's mapping."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if face_of(context) is None:
            cls.poll_message_set(translated("Pick the face first."))
        return face_of(context) is not None


class NeedsMapping:
    """An operator that works on a mapping which was changed by hand."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = face_of(context)
        edited = face is not None and len(character_of(face).expclip.shapes) > 0
        if not edited:
            cls.poll_message_set(translated("The mapping is automatic: press Edit Mapping first."))
        return edited


class EXPCLIP_OT_edit_mapping(NeedsFace, bpy.types.Operator):
    """List the 52 shapes to choose keys, gain, offset and limits by hand. It is kept on the character"""

    bl_idname = "expclip.edit_mapping"
    bl_label = "Edit Mapping"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_of(context)
        set_adjustments(face, adjustments_of(face))
        return {"FINISHED"}


class EXPCLIP_OT_reset_mapping(NeedsMapping, bpy.types.Operator):
    """Forget all changes and find the shape keys by their names again"""

    bl_idname = "expclip.reset_mapping"
    bl_label = "Automatic Mapping"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        character_of(face_of(context)).expclip.shapes.clear()
        return {"FINISHED"}


class EXPCLIP_OT_save_mapping(NeedsMapping, bpy.types.Operator, ExportHelper):
    """Save the mapping to a file, for other characters with the same shape keys"""

    bl_idname = "expclip.save_mapping"
    bl_label = "Save Mapping"
    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            write_preset(Path(self.filepath), adjustments_of(face_of(context)))
        except OSError as error:
            self.report(
                {"ERROR"}, translated(f"{self.filepath} cannot be written: {error.strerror}; choose another folder.")
            )
            return {"CANCELLED"}
        return {"FINISHED"}


class EXPCLIP_OT_load_mapping(NeedsFace, bpy.types.Operator, ImportHelper):
    """Load a mapping that was saved before"""

    bl_idname = "expclip.load_mapping"
    bl_label = "Load Mapping"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            adjustments = read_preset(Path(self.filepath))
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        set_adjustments(face_of(context), adjustments)
        return {"FINISHED"}
