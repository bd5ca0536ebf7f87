# SPDX-License-Identifier: GPL-3.0-or-later
"""Pick the clip: the sequencer's strip, or a file dropped onto the 3D View."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..scene.source import selected_strips, sound_strips, strips_scene
from ..translations import translated
from .working import nothing_runs

SOUND_FILES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif")


class EXPCLIP_OT_use_strip(bpy.types.Operator):
    """Take the sequencer's selected sound strip as the clip: its trim, speed and place are respected, and followed when they change"""

    bl_idname = "expclip.use_strip"
    bl_label = "Use Selected Strip"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not _wanted(context):
            cls.poll_message_set(translated("Select one sound strip in the sequencer first. For several, use Lines."))
            return False
        return nothing_runs(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.expclip.strip = _wanted(context).name
        return {"FINISHED"}


def _wanted(context: bpy.types.Context):
    """The selected sound strip, or the only one there is."""
    scene = strips_scene(context.scene, context.workspace)
    strips = selected_strips(scene) or sound_strips(scene)
    return strips[0] if len(strips) == 1 else None


class EXPCLIP_OT_drop_clip(bpy.types.Operator):
    """Take a sound file as the clip; several become lines, one after the other"""

    bl_idname = "expclip.drop_clip"
    bl_label = "Speak This Clip"
    bl_options = {"REGISTER", "UNDO"}

    directory: bpy.props.StringProperty(
        name="Folder", description="Where the files are", subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"}
    )
    files: bpy.props.CollectionProperty(
        name="Files",
        description="The sound files' names",
        type=bpy.types.OperatorFileListElement,
        options={"SKIP_SAVE", "HIDDEN"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return nothing_runs(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        clips = [Path(self.directory) / file.name for file in self.files]
        clips = [clip for clip in clips if clip.suffix.lower() in SOUND_FILES]
        if not clips:
            self.report(
                {"ERROR"}, translated("No sound file was given: drop a wav, flac, ogg, opus, mp3 or aiff file.")
            )
            return {"CANCELLED"}
        if len(clips) == 1:
            settings = context.scene.expclip
            settings.strip, settings.clip = "", str(clips[0])
            return {"FINISHED"}
        for clip in clips:
            line = context.scene.expclip_lines.add()
            line.clip, line.face = str(clip), context.scene.expclip.face
        return {"FINISHED"}


class EXPCLIP_FH_clip(bpy.types.FileHandler):
    """Sound files dropped onto the 3D View; onto the sequencer, Blender itself makes a strip of them"""

    bl_idname = "EXPCLIP_FH_clip"
    bl_label = "Speech Clip"
    bl_import_operator = "expclip.drop_clip"
    bl_file_extensions = ";".join(SOUND_FILES)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"
