# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts beyond the one in the field: over time as timeline markers, and as poses taken from the rig."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from . import preview
from .scene import score


class Posing:
    """A pose that is a prompt beside the words"""

    pose: StringProperty(
        name="Pose",
        description="A pose from the rig that is a prompt as well. Empty follows the words alone",
        update=preview.on_change,
    )
    pose_weight: FloatProperty(
        name="Pose Weight",
        description="0 follows the words alone, 1 the pose alone. Without words the pose alone counts",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=preview.on_change,
    )


class EXPCLIP_PG_pose(bpy.types.PropertyGroup):
    """A pose taken from a rig; it fits every character"""

    weights: StringProperty(
        name="Weights", description="The weights of the ARKit channels that do not rest, as JSON: channel to 0..1"
    )


class EXPCLIP_PG_likely(bpy.types.PropertyGroup):
    """A prompt that a pose is like; its name is the prompt"""


class EXPCLIP_PG_prompting(Posing, bpy.types.PropertyGroup):
    """What is a prompt beside the words in the field"""

    poses: CollectionProperty(type=EXPCLIP_PG_pose)
    likely: CollectionProperty(type=EXPCLIP_PG_likely, options={"SKIP_SAVE"})
    active: IntProperty(name="Timed Prompt", options={"SKIP_SAVE"})


class EXPCLIP_PG_timed_prompt(Posing, bpy.types.PropertyGroup):
    """The prompt that a timeline marker carries; moving the marker moves it"""

    is_prompt: BoolProperty(options={"HIDDEN"})
    text: StringProperty(
        name="Prompt",
        description="How the line feels from this marker on, in your own words. Empty is neutral",
        maxlen=1000,
        get=score.text_of,
        set=score.set_text,
    )
    written: StringProperty(options={"HIDDEN"})
    intensity: FloatProperty(
        name="Intensity",
        description="How strongly the face shows the prompt. 0 leaves only speech, 1 is as the words say",
        default=1.0,
        min=0.0,
        max=2.0,
        subtype="FACTOR",
    )


CLASSES = (EXPCLIP_PG_pose, EXPCLIP_PG_likely, EXPCLIP_PG_prompting, EXPCLIP_PG_timed_prompt)

_register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    _register()
    bpy.types.TimelineMarker.expclip = PointerProperty(type=EXPCLIP_PG_timed_prompt)


def unregister() -> None:
    del bpy.types.TimelineMarker.expclip
    _unregister()
