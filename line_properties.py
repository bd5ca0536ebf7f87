# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a dialogue, kept in the scene: what is said by whom and when, and what became of each."""

from __future__ import annotations

import uuid

import bpy
from bpy.props import CollectionProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from .expclip_core.excerpt import FASTEST, SLOWEST, Excerpt
from .properties import can_be_rig
from .scene.source import strip_names
from .take_properties import RELATIVE
from .translations import OURS

STATES = (
    ("WAITING", "Waiting", "Not generated yet", "RADIOBUT_OFF", 0),
    ("RUNNING", "Running", "Being generated", "SORTTIME", 1),
    ("DONE", "Done", "Generated", "CHECKMARK", 2),
    ("SKIPPED", "Unchanged", "Generated before, and nothing changed since", "CHECKBOX_HLT", 3),
    ("FAILED", "Failed", "Could not be generated", "ERROR", 4),
)


class EXPCLIP_PG_line(bpy.types.PropertyGroup):
    """One line of a dialogue"""

    clip: StringProperty(
        name="Clip",
        description="The speech: a wav, flac, ogg, opus, mp3 or aiff file",
        subtype="FILE_PATH",
        options=RELATIVE,
    )
    strip: StringProperty(
        name="Strip",
        description="The sound strip of the sequencer that is the clip, with its trim, speed and place. Empty takes the file",
        search=strip_names,
    )
    prompt: StringProperty(
        name="Prompt",
        description="How the line feels, in your own words, such as: sad, but trying to smile. Empty is neutral",
        maxlen=1000,
    )
    face: PointerProperty(
        name="Character",
        description="Who speaks: the face mesh or the armature. Empty takes the face chosen above",
        type=bpy.types.Object,
        poll=can_be_rig,
    )
    character: StringProperty(name="Character's Name", description="As an imported table names who speaks")
    transcript: StringProperty(
        name="Transcript",
        description="What is said, word for word: the lips become more exact. Empty looks for a .txt beside the clip",
    )
    first_frame: IntProperty(name="Start", description="The frame at which the clip starts", default=1, subtype="TIME")
    intensity: FloatProperty(
        name="Intensity",
        description="How strongly the face shows the prompt. 0 leaves only speech, 1 is as the words say",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )
    seed: IntProperty(name="Seed", description="Another number gives other blinks and glances to the line", min=0)
    clip_start: FloatProperty(
        name="From",
        description="Where in its file the clip starts",
        min=0.0,
        unit="TIME_ABSOLUTE",
        translation_context=OURS,
    )
    clip_end: FloatProperty(
        name="To",
        description="Where in its file the clip ends. 0 is the file's end",
        min=0.0,
        unit="TIME_ABSOLUTE",
        translation_context=OURS,
    )
    clip_speed: FloatProperty(
        name="Speed", description="How fast the clip is played", default=1.0, min=SLOWEST, max=FASTEST
    )

    state: EnumProperty(name="State", description="What became of the line", items=STATES)
    message: StringProperty(name="Message", description="What is to be said about it")
    identity: StringProperty(name="Identity", description="What tells its take from others'")
    made_from: StringProperty(name="Made From", description="A digest of what its take was made from")

    @property
    def excerpt(self) -> Excerpt:
        """Raises InputError when it ends before it starts."""
        return Excerpt(self.clip_start, self.clip_end or None, self.clip_speed)

    def settle(self, state: str, message: str = "") -> None:
        self.state, self.message = state, message


class EXPCLIP_PG_lines(bpy.types.PropertyGroup):
    """The lines of a scene, in the order in which they are generated"""

    lines: CollectionProperty(type=EXPCLIP_PG_line)
    active: IntProperty(name="Line", description="The line that is shown below the list")

    def add(self) -> EXPCLIP_PG_line:
        line = self.lines.add()
        line.identity = uuid.uuid4().hex
        self.active = len(self.lines) - 1
        return line

    def shorten(self, count: int, active: int) -> None:
        """Take the lines beyond a number off the list."""
        while len(self.lines) > count:
            self.lines.remove(len(self.lines) - 1)
        self.active = active

    @property
    def current(self) -> EXPCLIP_PG_line | None:
        return self.lines[self.active] if 0 <= self.active < len(self.lines) else None


_CLASSES = (EXPCLIP_PG_line, EXPCLIP_PG_lines)


def register() -> None:
    for each in _CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.expclip_lines = PointerProperty(type=EXPCLIP_PG_lines)


def unregister() -> None:
    del bpy.types.Scene.expclip_lines
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)
