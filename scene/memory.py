# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take is and remembers on its action: what was asked for, its layers, its mix and the keys as written.

It is saved, appended, linked and copied with the action. A take of several actions (Blender without slots, or a control
rig) has a main one that remembers, and the others point to it.
"""

from __future__ import annotations

import uuid
from array import array
from base64 import b64decode, b64encode
from collections.abc import Collection
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, fields
from functools import cached_property

import bpy
import numpy as np

from ..expclip_core.channels import NAMES, REGIONS
from ..expclip_core.curves import Curves
from ..expclip_core.edits import recalled, remembered
from ..expclip_core.excerpt import WHOLE, Excerpt
from ..expclip_core.formats import TRACKS, Recording
from ..expclip_core.mix import Layers, Mix, RegionMix, mixed_curves
from ..expclip_core.names import Adjustments, Shaping, preset_of
from ..expclip_core.performance import HEAD
from .actions import Channels
from .motion import Place
from .rig import Rig, character_of

# Custom properties, in base64: Blender cuts bytes at the first zero when a property gets its second value.
_LAYERS, _WRITTEN = "expclip_layers", "expclip_written"
_RECORDED = "expclip_recorded_at"  # a property of Blender's own is a float32, too coarse for a frame of a day
_ASKED = (
    "clip",
    "prompt",
    "first_frame",
    "fps",
    "intensity",
    "seed",
    "transcript",
    "prompts",
    "date",
    "tolerance",
    "stretch",
)
_STRENGTHS = ("speech", "expression", "blinks", "gaze", "accents", "head", "offset")

# What was last packed or unpacked of an action, by its number, with what it is packed as.
_unpacked: dict[int, tuple[str, Layers]] = {}
_recalled: dict[int, tuple[str, dict[str, np.ndarray]]] = {}


@dataclass(frozen=True)
class Take:
    """One generated result: what was asked for and the layers it is mixed from, the first frame at `first_frame`.

    prompts: JSON, all that the face follows over time; see score.py. fps: frames a second of the scene that it was made
    for. date: ISO 8601, when it was made, local time. tolerance: how far its keys may be from its weights; 0 gives each
    frame a key. stretch: how many times longer than performed the animator made it. recorded_at: seconds after midnight
    of a recording's first frame, by its timecode.
    """

    clip: str
    prompt: str
    first_frame: int
    layers: Layers
    fps: float
    intensity: float = 1.0
    seed: int = 0
    transcript: str = ""
    prompts: str = ""
    date: str = ""
    tolerance: float = 0.0
    excerpt: Excerpt = WHOLE
    stretch: float = 1.0
    recorded_at: float | None = None
    mix: Mix = field(default_factory=Mix)

    @cached_property
    def curves(self) -> Curves:
        """Mixed, with the head's movement where the layers tell it, at the scene's frames."""
        return mixed_curves(self.layers, self.mix).resampled(self.pace)

    @property
    def pace(self) -> float:
        """Frames of the scene for a second of the layers."""
        return self.fps * self.stretch

    @property
    def weights(self) -> np.ndarray:
        """Mixed, float32 (frames, 52) at the scene's frames."""
        return self.curves.weights

    @property
    def frames(self) -> int:
        return len(self.weights)

    @property
    def last_frame(self) -> int:
        return self.first_frame + self.frames - 1

    @cached_property
    def motion(self) -> np.ndarray:
        """Head and eyes at the scene's frames, float32 (frames, 9), radians as :data:`formats.HEAD_AND_EYES`.

        As recorded or performed where the layers tell; otherwise the head is still and the eyes turn with the look shapes.
        """
        motion = Recording.of_curves(self.curves).motion
        seconds = np.arange(self.frames) / self.pace - self.mix.offset
        rows = np.arange(len(self.layers)) / self.layers.fps
        for column, track in enumerate(TRACKS):
            if track in self.layers.tracks and track not in HEAD:
                motion[:, column] = self.mix.gaze * np.interp(seconds, rows, self.layers.tracks[track])
        return motion

    def channels(self, rig: Rig) -> dict[str, array]:
        """ARKit name → one weight a frame, as a rig wants them."""
        columns = np.ascontiguousarray(self.weights.T)
        return rig.channels(dict(zip(NAMES, (array("f", column.tobytes()) for column in columns), strict=True)))


def remember(main: bpy.types.Action, take: Take, character: str, adjustments: Adjustments) -> None:
    """Write a take onto its main action, with the identity and the mapping of the character it was made for."""
    for name in _ASKED:
        setattr(main.expclip, name, getattr(take, name))
    main.expclip.character, main.expclip.mapping = character, preset_of(adjustments)
    excerpt = take.excerpt
    main.expclip.clip_start, main.expclip.clip_end = excerpt.start, excerpt.end or 0.0
    main.expclip.clip_speed = excerpt.speed
    if take.recorded_at is not None:
        main[_RECORDED] = take.recorded_at
    main[_LAYERS] = b64encode(take.layers.packed()).decode()


def recall(main: bpy.types.Action) -> Take:
    """The take that an action remembers."""
    asked = {name: getattr(main.expclip, name) for name in _ASKED}
    kept = main.expclip
    excerpt = Excerpt(kept.clip_start, kept.clip_end or None, kept.clip_speed)
    return Take(layers=_layers(main), mix=mix_of(main), excerpt=excerpt, recorded_at=main.get(_RECORDED), **asked)


def remembers(action: bpy.types.Action) -> bool:
    """Whether it is the main action of a take with layers; takes of older versions have none."""
    return _LAYERS in action


def main_of(action: bpy.types.Action) -> bpy.types.Action:
    return action.expclip.main or action


def actions_of(main: bpy.types.Action) -> list[bpy.types.Action]:
    """All actions of a take, the main one first."""
    return [main, *(action for action in bpy.data.actions if action.expclip.main == main)]


def identity(character: bpy.types.Object) -> str:
    """What tells a character's takes from others'; made when it is first asked for, and kept through renaming."""
    settings = character_of(character).expclip
    if not settings.identity:
        settings.identity = uuid.uuid4().hex
    return settings.identity


def mix_of(main: bpy.types.Action) -> Mix:
    kept = main.expclip.mix
    regions = {name: RegionMix(getattr(kept, name).strength, getattr(kept, name).smoothing) for name in REGIONS}
    names = [each.name for each in fields(Shaping)]
    return Mix(
        **{name: getattr(kept, name) for name in _STRENGTHS},
        regions={name: region for name, region in regions.items() if region != RegionMix()},
        shapes={shape.name: Shaping(*(getattr(shape, name) for name in names)) for shape in kept.shapes},
    )


def set_mix(main: bpy.types.Action, mix: Mix) -> None:
    """What :func:`mix_of` reads. The keys follow each slider, unless mixing is paused."""
    kept = main.expclip.mix
    for name in _STRENGTHS:
        setattr(kept, name, getattr(mix, name))
    for name in REGIONS:
        region = mix.regions.get(name, RegionMix())
        getattr(kept, name).strength, getattr(kept, name).smoothing = region.strength, region.smoothing
    kept.shapes.clear()
    for name, shaping in mix.shapes.items():
        shape = kept.shapes.add()
        shape.name = name
        for each in fields(Shaping):
            setattr(shape, each.name, getattr(shaping, each.name))


def remember_written(channels: Channels, written: Dictionary[Place, np.ndarray], gone: Collection[Place] = ()) -> None:
    """What was written on F-curves of an action, in place of what is remembered of the same ones, and of those that are gone."""
    lost = {_name(channels, place) for place in gone}
    everything = {name: keys for name, keys in _all_written(channels.action).items() if name not in lost}
    everything |= {_name(channels, place): keys for place, keys in written.items()}
    packed = b64encode(remembered(everything)).decode()
    channels.action[_WRITTEN] = packed
    _recalled[channels.action.session_uid] = (packed, everything)


def recall_written(channels: Channels) -> dict[Place, np.ndarray]:
    mine = f"{channels.name} "
    return {
        _place(name.removeprefix(mine)): keys
        for name, keys in _all_written(channels.action).items()
        if name.startswith(mine)
    }


def _all_written(action: bpy.types.Action) -> dict[str, np.ndarray]:
    if _WRITTEN not in action:
        return {}
    packed = action[_WRITTEN]
    kept = _recalled.get(action.session_uid)
    if kept is None or kept[0] != packed:
        kept = _recalled[action.session_uid] = (packed, recalled(b64decode(packed)))
    return dict(kept[1])


def _name(channels: Channels, place: Place) -> str:
    return f"{channels.name} {place[1]} {place[0]}"


def _place(text: str) -> Place:
    index, _, path = text.partition(" ")
    return path, int(index)


def _layers(main: bpy.types.Action) -> Layers:
    packed = main[_LAYERS]
    kept = _unpacked.get(main.session_uid)
    if kept is None or kept[0] != packed:
        kept = _unpacked[main.session_uid] = (packed, Layers.unpacked(b64decode(packed)))
    return kept[1]
