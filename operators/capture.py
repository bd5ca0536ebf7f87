# SPDX-License-Identifier: GPL-3.0-or-later
"""Carry performances in and out: Live Link Face recordings, JSON and NPZ."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.props import EnumProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ..expclip_core.errors import InputError
from ..expclip_core.formats import ENDINGS, read_recording, write_recording
from ..scene import capture, takes
from ..scene.rig import rig_of
from ..scene.take import place
from ..translations import translated
from .generate import face_of
from .takes import NeedsTake

_FILTER = "*.csv;*.json;*.npz"


class EXPCLIP_OT_import_capture(bpy.types.Operator, ImportHelper):
    """Put a recorded performance onto the face, as a take that can be mixed and keyed like a generated one: a Live Link Face \
CSV of an iPhone, or a JSON or NPZ file that was exported here"""

    bl_idname = "expclip.import_capture"
    bl_label = "Import Capture"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = ".csv"
    filter_glob: StringProperty(default=_FILTER, options={"HIDDEN"})
    timecode_rate: FloatProperty(
        name="Timecode Rate",
        description="Frames a second that the timecodes count. 0 finds it out, which takes a recording of over a second",
        min=0.0,
        max=240.0,
        precision=3,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        try:
            rig_of(face_of(context))
        except InputError as error:
            cls.poll_message_set(translated(str(error)))
            return False
        if context.window_manager.expclip.running:
            cls.poll_message_set(translated("A take is being made: wait for it or cancel it."))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        try:
            made = capture.take_of(read_recording(path, self.timecode_rate or None), path.name, context.scene)
            rig = rig_of(face_of(context))
            placed = place(context.scene, rig, made, False, context.scene.expclip.fit_range)
        except InputError as error:
            self.report({"ERROR"}, translated(str(error)))
            return {"CANCELLED"}
        capture.named(takes.current(face_of(context)), path)
        for warning in placed.warnings:
            self.report({"WARNING"}, translated(warning))
        message = translated(f"{path.name}: {placed.written} in {placed.written.curves} curves")
        context.window_manager.expclip.end(message)
        self.report({"INFO"}, translated(message))
        return {"FINISHED"}


class EXPCLIP_OT_export_take(NeedsTake, bpy.types.Operator, ExportHelper):
    """Write the take that plays, with your keys, to a file for other programs: Live Link Face CSV with head and eyes, \
JSON, or NPZ"""

    bl_idname = "expclip.export_take"
    bl_label = "Export Take"
    bl_options = {"REGISTER"}
    filter_glob: StringProperty(default=_FILTER, options={"HIDDEN"})
    form: EnumProperty(
        name="Format",
        description="What the file is; a name that ends in .csv, .json or .npz decides by itself",
        items=(
            (
                "CSV",
                "Live Link Face",
                "A CSV file as an iPhone records it, for Unreal, MotionBuilder and other programs",
            ),
            ("JSON", "JSON", "Names and weights as text, for the web and for scripts"),
            ("NPZ", "NPZ", "Arrays for numpy, exact"),
        ),
    )
    rate: FloatProperty(
        name="Frame Rate",
        description="Frames a second of the file. 0 takes those of the take",
        min=0.0,
        max=240.0,
        precision=3,
    )

    @property
    def filename_ext(self) -> str:
        return f".{self.form.lower()}"

    def check(self, context: bpy.types.Context) -> bool:
        path = self._path()
        changed = str(path) != self.filepath
        self.filepath = str(path)
        return changed

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        recording, lost = capture.recording_of(rig_of(face_of(context)), take, self.rate)
        path = Path(bpy.path.abspath(str(self._path())))
        write_recording(recording, path)
        if lost:
            keys = ", ".join(lost)
            self.report({"WARNING"}, translated(f"Keys by hand on {keys} are left out: they mix several channels."))
        return f"{path.name}: {len(recording.times)} frames"

    def _path(self) -> Path:
        path = Path(self.filepath)
        return path if path.suffix.lower() in ENDINGS else path.with_name(path.name + self.filename_ext)
