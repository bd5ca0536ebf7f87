# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator sets, kept in the scene, and how far the running work is, kept nowhere."""

from __future__ import annotations

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from . import preview
from .prompt_properties import EXPCLIP_PG_prompting
from .scene import memory, takes
from .scene.rig import key_names
from .scene.source import sound_strips, strip_names, strips_scene
from .take_properties import RELATIVE, EXPCLIP_PG_redo, Shaping
from .translations import OURS

_RIG_TYPES = ("MESH", "ARMATURE", "EMPTY")
_OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}  # a linked character keeps its mapping


def can_be_rig(settings: bpy.types.PropertyGroup, candidate: bpy.types.Object) -> bool:
    return candidate.type in _RIG_TYPES


class EXPCLIP_PG_keying(bpy.types.PropertyGroup):
    """How many keys a take gets"""

    density: EnumProperty(
        name="Keys",
        description="How densely a take is keyed",
        items=(
            (
                "REDUCED",
                "Reduced",
                "As few Bezier keys as keep within the tolerance, with aligned handles, at the extremes and the seals of "
                "the lips: made to be edited",
            ),
            ("DENSE", "Every Frame", "A key at every frame, exactly as performed: for baking and for other programs"),
        ),
    )
    tolerance: FloatProperty(
        name="Tolerance",
        description="How far the curve may be from the performance, at any frame, in percent of a shape key's range of "
        "0 to 1. More gives fewer keys. The gap between sealed lips keeps within 0.3 mm on a head of human size, "
        "whatever is set here",
        default=0.5,
        min=0.05,
        max=20.0,
        soft_max=5.0,
        precision=2,
        step=10,
        subtype="PERCENTAGE",
    )

    @property
    def limit(self) -> float:
        """The tolerance as a weight; 0 for a key at every frame."""
        return self.tolerance / 100 if self.density == "REDUCED" else 0.0


def _show_file_of_strip(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """The field for the file names what the strip plays."""
    strips = sound_strips(strips_scene(settings.id_data, context.workspace))
    if strip := next((each for each in strips if each.name == settings.strip), None):
        settings.clip = strip.sound.filepath


class EXPCLIP_PG_settings(bpy.types.PropertyGroup):
    """How the next take is made"""

    clip: StringProperty(
        name="Clip",
        description="The speech: a wav, flac, ogg, opus, mp3 or aiff file",
        subtype="FILE_PATH",
        options=RELATIVE | {"ANIMATABLE"},
    )
    strip: StringProperty(
        name="Strip",
        description="The sound strip of the sequencer that is the clip, with its trim, speed and place. Empty takes the file",
        search=strip_names,
        update=_show_file_of_strip,
    )
    prompt: StringProperty(
        name="Prompt",
        description="How the line feels, in your own words, such as: sad, but trying to smile. Empty is neutral",
        maxlen=1000,
        options={"TEXTEDIT_UPDATE"},
        update=preview.on_change,
    )
    before_preview: StringProperty(options={"HIDDEN", "SKIP_SAVE"})  # what the face was, for undo: see preview.py
    transcript: StringProperty(
        name="Transcript",
        description="What is said, word for word: the lips become more exact. Empty looks for a .txt beside the clip",
    )
    transcript_block: PointerProperty(
        name="Transcript",
        description="A text of this file that holds what is said, instead of the field",
        type=bpy.types.Text,
    )
    intensity: FloatProperty(
        name="Intensity",
        description="How strongly the face shows the prompt. 0 leaves only speech, 1 is as the words say",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
        update=preview.on_change,
    )
    face: PointerProperty(
        name="Face",
        description="Any object of the character: its face mesh or its armature. Empty takes the active object",
        type=bpy.types.Object,
        poll=can_be_rig,
        translation_context=OURS,
    )
    first_frame: IntProperty(
        name="First Frame",
        description="The frame at which the clip starts",
        default=1,
        subtype="TIME",
    )
    seed: IntProperty(
        name="Seed",
        description="Another number gives other blinks and glances to the same line",
        min=0,
    )
    place_sound: BoolProperty(
        name="Place Sound",
        description="Put the clip into the sequencer, in place of this face's last one, and play in step with it",
        default=True,
    )
    prompting: PointerProperty(type=EXPCLIP_PG_prompting)
    redo: PointerProperty(type=EXPCLIP_PG_redo)
    keying: PointerProperty(type=EXPCLIP_PG_keying)
    fit_range: BoolProperty(
        name="Fit Range",
        description="Let the scene start and end with the lines that were generated in it",
        default=True,
    )


def _matching_keys(row: bpy.types.PropertyGroup, context: bpy.types.Context, typed: str) -> list[str]:
    """The character's shape keys that have what was typed in their names."""
    return [name for name in key_names(row.id_data) if typed.casefold() in name.casefold()]


class EXPCLIP_PG_target(bpy.types.PropertyGroup):
    """One more shape key that a channel moves"""

    key: StringProperty(
        name="Shape Key",
        description="A shape key that this channel moves as well, on all meshes of the character that have it",
        search=_matching_keys,
        override=_OVERRIDABLE,
    )
    gain: FloatProperty(
        name="Gain",
        description="How far the channel moves this shape key. 1 as far as the channel itself; below 0 the other way, which "
        "takes away from what other channels do to it",
        default=1.0,
        soft_min=-1.0,
        soft_max=2.0,
        override=_OVERRIDABLE,
    )


class EXPCLIP_PG_shape(Shaping, bpy.types.PropertyGroup):
    """How one ARKit channel moves the character; its name is the channel's"""

    key: StringProperty(
        name="Shape Key",
        description="The shape key that this channel moves. Empty takes those whose names fit",
        search=_matching_keys,
        override=_OVERRIDABLE,
    )
    mute: BoolProperty(name="Mute", description="Leave this channel's shape keys alone", override=_OVERRIDABLE)
    more: CollectionProperty(type=EXPCLIP_PG_target, override=_OVERRIDABLE | {"USE_INSERTION"})


def _take_that_plays(character: bpy.types.PropertyGroup) -> int:
    playing = takes.current(character.id_data)
    return next((index for index, action in enumerate(bpy.data.actions) if action == playing), -1)


def _let_take_play(character: bpy.types.PropertyGroup, index: int) -> None:
    action = bpy.data.actions[index]
    if memory.remembers(action):
        takes.switch(character.id_data, action)


def _can_turn(aim: bpy.types.PropertyGroup, candidate: bpy.types.Object) -> bool:
    return candidate.type in ("ARMATURE", "EMPTY", "MESH")


class EXPCLIP_PG_aim(bpy.types.PropertyGroup):
    """What turns with the head or with an eye"""

    target: PointerProperty(
        name="Target",
        description="The armature whose bone turns, or an empty or mesh that turns itself, around where it is at rest",
        type=bpy.types.Object,
        poll=_can_turn,
        override=_OVERRIDABLE,
    )
    bone: StringProperty(name="Bone", description="The bone that turns", override=_OVERRIDABLE)
    strength: FloatProperty(
        name="Strength",
        description="Times this much of the movement. 1 is as recorded or performed",
        default=1.0,
        soft_min=0.0,
        soft_max=2.0,
        override=_OVERRIDABLE,
    )


class EXPCLIP_PG_aims(bpy.types.PropertyGroup):
    """The bones or objects of a character's head and eyes"""

    head: PointerProperty(type=EXPCLIP_PG_aim, override=_OVERRIDABLE)
    left_eye: PointerProperty(type=EXPCLIP_PG_aim, override=_OVERRIDABLE)
    right_eye: PointerProperty(type=EXPCLIP_PG_aim, override=_OVERRIDABLE)
    forward: EnumProperty(
        name="Looks Along",
        description="The axis along which the character looks at rest: the armature's, or that of the parent of an object. "
        "Z is up. Most characters in Blender look along -Y",
        items=(
            ("-Y", "-Y", "As Blender's characters usually do"),
            ("Y", "Y", "Away from the front view"),
            ("X", "X", "To the right in the front view"),
            ("-X", "-X", "To the left in the front view"),
        ),
        override=_OVERRIDABLE,
    )


class EXPCLIP_PG_character(bpy.types.PropertyGroup):
    """What an artist changed of the mapping; kept on the character, so it travels with it into other files"""

    shapes: CollectionProperty(type=EXPCLIP_PG_shape, override=_OVERRIDABLE | {"USE_INSERTION"})
    active: IntProperty(name="Channel", options={"SKIP_SAVE"})
    aims: PointerProperty(type=EXPCLIP_PG_aims, override=_OVERRIDABLE)
    take: IntProperty(
        name="Take",
        description="The take that plays; its place among all actions",
        get=_take_that_plays,
        set=_let_take_play,
        options={"SKIP_SAVE"},
    )
    identity: StringProperty(
        name="Identity", description="What tells this character's takes from others'", override=_OVERRIDABLE
    )


class EXPCLIP_PG_progress(bpy.types.PropertyGroup):
    """How far the running work is, and how the last one ended"""

    running: BoolProperty(options={"SKIP_SAVE"})
    fraction: FloatProperty(options={"SKIP_SAVE"})
    stage: StringProperty(options={"SKIP_SAVE"})
    message: StringProperty(options={"SKIP_SAVE"})
    failed: BoolProperty(options={"SKIP_SAVE"})

    def begin(self) -> None:
        self.running, self.failed = True, False
        self.fraction, self.stage, self.message = 0.0, "Starting the models", ""

    def end(self, message: str, failed: bool = False) -> None:
        self.running, self.failed, self.message = False, failed, message


CLASSES = (
    EXPCLIP_PG_keying,
    EXPCLIP_PG_settings,
    EXPCLIP_PG_target,
    EXPCLIP_PG_shape,
    EXPCLIP_PG_aim,
    EXPCLIP_PG_aims,
    EXPCLIP_PG_character,
    EXPCLIP_PG_progress,
)


def register() -> None:
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.expclip = PointerProperty(type=EXPCLIP_PG_settings)
    bpy.types.Object.expclip = PointerProperty(type=EXPCLIP_PG_character, override=_OVERRIDABLE)
    bpy.types.WindowManager.expclip = PointerProperty(type=EXPCLIP_PG_progress)


def unregister() -> None:
    del bpy.types.WindowManager.expclip
    del bpy.types.Object.expclip
    del bpy.types.Scene.expclip
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
