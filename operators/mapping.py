# SPDX-License-Identifier: GPL-3.0-or-later
"""Change which shape keys move, and how much; keep it, share it, forget it."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from .. import mapping_presets
from ..expclip_core.errors import InputError
from ..expclip_core.names import Target, read_preset, write_preset
from ..scene.rig import add_target, adjustments_of, character_of, set_adjustments
from ..translations import translated
from .generate import face_of


class NeedsFace:
    """An operator that works on the face's mapping."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = face_of(context)
        if face is None:
            cls.poll_message_set(translated("Pick the face first."))
        return face is not None and _is_ours(cls, face)


class NeedsMapping:
    """An operator that works on a mapping which was changed by hand."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        face = face_of(context)
        edited = face is not None and len(character_of(face).expclip.shapes) > 0
        if not edited:
            cls.poll_message_set(translated("The mapping is automatic: press Edit Mapping first."))
        return edited and _is_ours(cls, face)


def _is_ours(operator: type[bpy.types.Operator], face: bpy.types.Object) -> bool:
    """For `poll`: would a mapping be there again when this file is opened?"""
    if character_of(face).library:
        operator.poll_message_set(translated("The character is linked from another file: press Make Editable first."))
    return not character_of(face).library


class EXPCLIP_OT_edit_mapping(NeedsFace, bpy.types.Operator):
    """List the 52 shapes to choose keys, gain, offset and limits by hand. It is kept on the character"""

    bl_idname = "expclip.edit_mapping"
    bl_label = "Edit Mapping"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        face = face_of(context)
        set_adjustments(face, adjustments_of(face))
        return {"FINISHED"}


class EXPCLIP_OT_add_target(NeedsMapping, bpy.types.Operator):
    """Let this channel move one more shape key, with a gain of its own"""

    bl_idname = "expclip.add_target"
    bl_label = "Add Shape Key"
    bl_options = {"REGISTER", "UNDO"}

    key: bpy.props.StringProperty(
        name="Shape Key", description="The shape key to move as well. Empty leaves it to be chosen in the panel"
    )
    gain: bpy.props.FloatProperty(name="Gain", description="How far the channel moves it", default=1.0)

    def execute(self, context: bpy.types.Context) -> set[str]:
        add_target(_active_shape(context), Target(self.key, self.gain))
        return {"FINISHED"}


class EXPCLIP_OT_remove_target(NeedsMapping, bpy.types.Operator):
    """Let this channel leave the shape key alone again"""

    bl_idname = "expclip.remove_target"
    bl_label = "Remove Shape Key"
    bl_options = {"REGISTER", "UNDO"}

    index: bpy.props.IntProperty(name="Place", description="Which of those that were added; the first is 0", min=0)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if not _active_shape(context).more:
            cls.poll_message_set(translated("No shape key was added to this channel."))
        return len(_active_shape(context).more) > 0

    def execute(self, context: bpy.types.Context) -> set[str]:
        more = _active_shape(context).more
        if self.index >= len(more):
            self.report({"ERROR"}, translated(f"This channel has only {len(more)} added shape keys: count from 0."))
            return {"CANCELLED"}
        more.remove(self.index)
        return {"FINISHED"}


def _active_shape(context: bpy.types.Context) -> bpy.types.PropertyGroup:
    """The row of the mapping that is picked."""
    character = character_of(face_of(context)).expclip
    return character.shapes[min(character.active, len(character.shapes) - 1)]


class EXPCLIP_OT_reset_mapping(NeedsMapping, bpy.types.Operator):
    """Forget all changes and find the shape keys by their names again"""

    bl_idname = "expclip.reset_mapping"
    bl_label = "Automatic Mapping"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        character_of(face_of(context)).expclip.shapes.clear()
        return {"FINISHED"}


class EXPCLIP_OT_save_mapping(NeedsMapping, bpy.types.Operator, ExportHelper):
    """Write the mapping to a file, for other computers and studios"""

    bl_idname = "expclip.save_mapping"
    bl_label = "Export Mapping"
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
    """Take over a mapping that was exported"""

    bl_idname = "expclip.load_mapping"
    bl_label = "Import Mapping"
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


class EXPCLIP_OT_save_mapping_preset(NeedsMapping, bpy.types.Operator):
    """Keep the mapping under a name, for other characters with the same shape keys. One of that name is replaced"""

    bl_idname = "expclip.save_mapping_preset"
    bl_label = "Save as Preset"

    name: bpy.props.StringProperty(name="Name", description="What the preset is called, such as the rig's maker")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.name = self.name or character_of(face_of(context)).name
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            if not self.name.strip():
                raise InputError("The preset has no name: type one.")
            self.name = mapping_presets.save(self.name, adjustments_of(face_of(context)))
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        self.report({"INFO"}, translated(f"The mapping is kept as {self.name}."))
        return {"FINISHED"}


class EXPCLIP_OT_use_mapping_preset(NeedsFace, bpy.types.Operator):
    """Give the face this mapping"""

    bl_idname = "expclip.use_mapping_preset"
    bl_label = "Use Preset"
    bl_options = {"REGISTER", "UNDO"}

    name: bpy.props.StringProperty(name="Name", description="The preset that is used")

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            set_adjustments(face_of(context), mapping_presets.load(self.name))
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        return {"FINISHED"}


class EXPCLIP_OT_delete_mapping_preset(bpy.types.Operator):
    """Delete this preset. Characters that use it keep their mapping"""

    bl_idname = "expclip.delete_mapping_preset"
    bl_label = "Delete Preset"

    name: bpy.props.StringProperty(name="Name", description="The preset that is deleted")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        mapping_presets.delete(self.name)
        return {"FINISHED"}
