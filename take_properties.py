# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take keeps on its action, beside its layers: what was asked for, and how it is mixed."""

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

from . import mixing
from .expclip_core.channels import REGIONS

_OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}
# Blender 4.5 and later ask for it where a path may start with the .blend's folder.
RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()


class Shaping:
    """What becomes of one channel; shared by the mapping of a character and the mix of a take"""

    gain: FloatProperty(
        name="Gain",
        description="Times this much of the channel's weight",
        default=1.0,
        soft_min=0.0,
        soft_max=2.0,
        override=_OVERRIDABLE,
        update=mixing.on_change,
    )
    offset: FloatProperty(
        name="Offset",
        description="Added to it, at every frame",
        soft_min=-1.0,
        soft_max=1.0,
        override=_OVERRIDABLE,
        update=mixing.on_change,
    )
    lowest: FloatProperty(
        name="Lowest",
        description="The value never falls below this",
        override=_OVERRIDABLE,
        update=mixing.on_change,
    )
    highest: FloatProperty(
        name="Highest",
        description="The value never rises above this",
        default=1.0,
        override=_OVERRIDABLE,
        update=mixing.on_change,
    )


class EXPCLIP_PG_mixed_shape(Shaping, bpy.types.PropertyGroup):
    """How strong one channel is in a take; its name is the channel's"""


def _strength(name: str, description: str) -> FloatProperty:
    return FloatProperty(
        name=name,
        description=description,
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
        update=mixing.on_change,
    )


class EXPCLIP_PG_region(bpy.types.PropertyGroup):
    """How strong and how calm a part of the face is in a take"""

    strength: _strength("Strength", "Times this much movement of this part of the face. 0 holds it at rest")
    smoothing: FloatProperty(
        name="Smoothing",
        description="Calms this part of the face over this time. Lips still seal for p, b and m",
        min=0.0,
        max=1.0,
        soft_max=0.3,
        step=1,
        precision=2,
        subtype="TIME_ABSOLUTE",
        update=mixing.on_change,
    )


class EXPCLIP_PG_mix(bpy.types.PropertyGroup):
    """How a take is put together; it can be changed at any time, without the models"""

    __annotations__ = {region: PointerProperty(type=EXPCLIP_PG_region) for region in REGIONS}
    speech: _strength("Speech", "How far the words move the face. 0 leaves only the expression")
    expression: _strength("Expression", "How strongly the face shows the prompt. 0 leaves only the words")
    blinks: _strength("Blinks", "How far the eyes close when they blink. 0 switches blinks off")
    gaze: _strength("Gaze", "How far the eyes wander. 0 switches glances off")
    accents: _strength("Accents", "How far the brows rise on stressed words. 0 switches that off")
    head: _strength("Head Motion", "How far the head moves, on the bone or object picked for it. 0 holds it still")
    offset: FloatProperty(
        name="Offset",
        description="Everything comes this much later than the sound, or earlier below 0",
        soft_min=-0.2,
        soft_max=0.2,
        step=1,
        precision=3,
        subtype="TIME_ABSOLUTE",
        update=mixing.on_change,
    )
    shapes: CollectionProperty(type=EXPCLIP_PG_mixed_shape)
    active_shape: IntProperty(name="Shape", options={"SKIP_SAVE"})


def _title(take: bpy.types.PropertyGroup) -> str:
    return take.own_title or take.prompt or "neutral"


def _set_title(take: bpy.types.PropertyGroup, title: str) -> None:
    """The action goes by its take's title."""
    take.own_title = title
    if title:
        take.id_data.name = title


class EXPCLIP_PG_take(bpy.types.PropertyGroup):
    """What was asked for when a take was made"""

    main: PointerProperty(
        name="Main Action",
        description="The action that remembers the take this one is a part of",
        type=bpy.types.Action,
    )
    title: StringProperty(
        name="Title",
        description="What the take is called, its prompt at first. A new one changes its action's name too",
        get=_title,
        set=_set_title,
        options={"SKIP_SAVE"},
    )
    own_title: StringProperty(name="Own Title", description="What the animator calls the take")
    character: StringProperty(name="Character", description="The identity of the character it was made for")
    clip: StringProperty(
        name="Clip",
        description="The speech. Where its file was moved, point to it here, and Redo goes on with it",
        subtype="FILE_PATH",
        options=RELATIVE,
    )
    prompt: StringProperty(name="Prompt", description="How the line feels")
    transcript: StringProperty(name="Transcript", description="What is said")
    prompts: StringProperty(name="Prompts", description="The prompts and poses over time, as JSON")
    intensity: FloatProperty(name="Intensity", description="How strongly the face shows the prompt", default=1.0)
    seed: IntProperty(name="Seed", description="Of blinks and glances")
    first_frame: IntProperty(name="First Frame", description="The frame at which the clip starts")
    clip_start: FloatProperty(name="Clip Start", description="Where in its file the clip starts", unit="TIME_ABSOLUTE")
    clip_end: FloatProperty(
        name="Clip End", description="Where in its file it ends; 0 is the file's end", unit="TIME_ABSOLUTE"
    )
    clip_speed: FloatProperty(name="Clip Speed", description="How fast it is played", default=1.0)
    fps: FloatProperty(name="Frame Rate", description="Frames a second of the scene it was made in")
    stretch: FloatProperty(
        name="Stretch", description="How many times longer than performed its keys were made by hand", default=1.0
    )
    mapping: StringProperty(
        name="Mapping", description="The character's mapping when it was made, as it is saved to a file"
    )
    date: StringProperty(name="Date", description="When it was made")
    redone: StringProperty(name="Redone", description="Parts that were generated again, and how they feel")
    tolerance: FloatProperty(
        name="Tolerance", description="How far its keys may be from what was performed; 0 has a key at every frame"
    )
    keys: IntProperty(name="Keys", description="How many keys it has")
    dense_keys: IntProperty(name="Dense Keys", description="How many it would have with a key at every frame")
    error: FloatProperty(
        name="Error",
        description="The largest distance of its keys from what was performed; 1 is the range of a shape key",
    )
    by_hand: IntProperty(name="Keys by Hand", description="Keys that were moved, added, reshaped or deleted")
    mix: PointerProperty(type=EXPCLIP_PG_mix)


class EXPCLIP_PG_redo(bpy.types.PropertyGroup):
    """How much of a take is generated again"""

    use_range: BoolProperty(
        name="Only a Range", description="Generate again between two frames; everything outside stays as it is"
    )
    start: IntProperty(name="Start", description="The first frame that may change", default=1, subtype="TIME")
    end: IntProperty(name="End", description="The last frame that may change", default=48, subtype="TIME")
    fade: FloatProperty(
        name="Cross-Fade",
        description="How long the new performance takes to come in after the start and to leave before the end",
        default=0.2,
        min=0.0,
        soft_max=1.0,
        step=1,
        precision=2,
        subtype="TIME_ABSOLUTE",
    )
    regions: EnumProperty(
        name="Regions",
        description="The parts of the face that may change",
        items=[(name, name.capitalize(), f"Generate the {name} again") for name in REGIONS],
        options={"ENUM_FLAG"},
        default=set(REGIONS),
    )


_CLASSES = (EXPCLIP_PG_redo, EXPCLIP_PG_mixed_shape, EXPCLIP_PG_region, EXPCLIP_PG_mix, EXPCLIP_PG_take)


def register() -> None:
    for each in _CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Action.expclip = PointerProperty(type=EXPCLIP_PG_take)


def unregister() -> None:
    mixing.stop()
    del bpy.types.Action.expclip
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)
