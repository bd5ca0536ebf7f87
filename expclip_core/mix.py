# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a performance and how they are put together. Numpy only: Blender mixes a take without the models."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from . import arkit, lips
from .channels import REGIONS
from .curves import MODEL_FPS, Curves
from .names import Shaping
from .packing import packed, unpacked
from .performance import head, with_tracks

# Weights, and angles of the head in radians, as whole numbers of this step: below what any tolerance of keys can see.
_STEP = 1 / 16384
_LIDS = [arkit.INDEX[name] for name in arkit.sides("eyeBlink")]
_LOOKS = [index for name, index in arkit.INDEX.items() if name.startswith("eyeLook")]
_SEALS_FROM = 0.25  # of speech strength: softer speech still closes its lips, none at all does not


@dataclass(frozen=True)
class Layers:
    """What a performance is made of, kept apart. All float32, one row a frame.

    speech: (frames, 52) weights of the words alone, 0..1. expression: (frames, 52) what the style adds, signed.
    seal, teeth: (frames,) 0..1, how far the lips are sealed and the lower lip is under the upper teeth.
    tracks: (frames,) each, by the names that :mod:`performance` gives them; one that is not there is still.
    """

    speech: np.ndarray
    expression: np.ndarray
    seal: np.ndarray
    teeth: np.ndarray
    tracks: Mapping[str, np.ndarray] = field(default_factory=dict)
    fps: float = MODEL_FPS

    def __len__(self) -> int:
        return len(self.speech)

    @classmethod
    def of_curves(cls, curves: Curves) -> Layers:
        """Curves whose parts are not known, such as a capture: all of it is speech."""
        none = np.zeros(len(curves), np.float32)
        return cls(curves.weights, np.zeros_like(curves.weights), none, none, {}, curves.fps)

    @property
    def recorded(self) -> bool:
        """Whether nothing is known but weights, as of a capture: its lips, lids and eyes are what they are."""
        return not (self.expression.any() or self.seal.any() or self.teeth.any() or "blink" in self.tracks)

    @property
    def matrix(self) -> np.ndarray:
        """All layers side by side, float32 (frames, 106 + tracks): speech, expression, seal, teeth, tracks in order."""
        columns = [self.seal, self.teeth, *self.tracks.values()]
        return np.hstack([self.speech, self.expression, np.column_stack(columns)]).astype(np.float32)

    @classmethod
    def of_matrix(cls, matrix: np.ndarray, tracks: tuple[str, ...] | list[str], fps: float) -> Layers:
        """What :attr:`matrix` gave, with the names of its tracks."""
        speech, expression, rest = np.split(matrix, [arkit.COUNT, 2 * arkit.COUNT], axis=1)
        seal, teeth, *others = rest.T
        return cls(speech, expression, seal, teeth, dict(zip(tracks, others, strict=True)), fps)

    def packed(self) -> bytes:
        """The layers in few bytes: whole steps of 1/16384 within -2..2. Raises ValueError for values outside."""
        whole = np.rint(self.matrix / _STEP)
        if len(whole) and np.abs(whole).max() > np.iinfo(np.int16).max:
            raise ValueError("layers hold values beyond -2..2")
        return packed({"fps": self.fps, "tracks": list(self.tracks)}, whole.astype(np.int16))

    @classmethod
    def unpacked(cls, blob: bytes) -> Layers:
        """What :meth:`packed` wrote, each value within 1/32768 of what it was."""
        header, whole = unpacked(blob)
        return cls.of_matrix(whole.astype(np.float32) * np.float32(_STEP), header["tracks"], header["fps"])


@dataclass(frozen=True)
class RegionMix:
    """strength: times what the region does. smoothing: seconds, the standard deviation of a Gaussian over time."""

    strength: float = 1.0
    smoothing: float = 0.0


@dataclass(frozen=True)
class Mix:
    """How layers are put together; as it comes, as they were performed.

    speech, expression, blinks, gaze, accents (of the brows), head: strengths, 0 is without. offset: seconds that everything
    comes later.
    regions: by the names of :data:`channels.REGIONS`. shapes: gain, offset and limits by channel.
    """

    speech: float = 1.0
    expression: float = 1.0
    blinks: float = 1.0
    gaze: float = 1.0
    accents: float = 1.0
    head: float = 1.0
    offset: float = 0.0
    regions: Mapping[str, RegionMix] = field(default_factory=dict)
    shapes: Mapping[str, Shaping] = field(default_factory=dict)


def blended(old: Layers, new: Layers, share: np.ndarray, regions: Collection[str] = tuple(REGIONS)) -> Layers:
    """Old layers with as much of the new ones as `share` says, 0..1 (frames of the old ones,), in some regions.

    Blinks and gaze belong to the eyes, contacts to the mouth, other tracks to no region: they are blended with all.
    """
    columns = [*arkit.NAMES, *arkit.NAMES, "seal", "teeth", *dict.fromkeys((*old.tracks, *new.tracks))]
    chosen = [_region_of_layer(name) in regions or len(regions) == len(REGIONS) for name in columns]
    tracks = columns[2 * arkit.COUNT + 2 :]
    before, after = (_with_all(layers, tracks, len(old)).matrix for layers in (old, new))
    amount = np.outer(share, chosen).astype(np.float32)
    return Layers.of_matrix(np.where(amount == 0, before, before + amount * (after - before)), tracks, old.fps)


def _region_of_layer(name: str) -> str:
    belongs = {
        "brow": "brows",
        "blink": "eyes",
        "gaze_left": "eyes",
        "gaze_up": "eyes",
        "seal": "mouth",
        "teeth": "mouth",
    }
    return arkit.REGION_OF.get(name) or belongs.get(name, "")


def _with_all(layers: Layers, tracks: Sequence[str], frames: int) -> Layers:
    """The layers with all these tracks and as many frames, the last one held."""
    still = np.zeros(len(layers), np.float32)
    whole = replace(layers, tracks={name: layers.tracks.get(name, still) for name in tracks})
    if frames == len(layers):
        return whole
    held = np.minimum(np.arange(frames), len(layers) - 1)
    return Layers.of_matrix(whole.matrix[held], tracks, layers.fps)


def fade(times: np.ndarray, start: float, end: float, seconds: float) -> np.ndarray:
    """How much of what is new shows at some seconds: 0 outside start..end, 1 within, a smoothstep at either border."""
    length = max(min(seconds, (end - start) / 2), 1e-6)
    rise = np.clip(np.minimum(times - start, end - times) / length, 0, 1)
    return rise * rise * (3 - 2 * rise)


def mixed(layers: Layers, mix: Mix | None = None) -> np.ndarray:
    """Weights float32 (frames, 52) at the layers' rate, 0..1 or as far beyond as a capture goes itself. The lips of a
    performance are sealed where the words seal them, and apart where the words part them; those of a capture are its own.
    """
    mix = mix or Mix()
    spoken = mix.speech * layers.speech
    within = np.minimum(layers.speech, 0), np.maximum(layers.speech, 1)
    weights = np.clip(spoken + mix.expression * layers.expression, *within)
    for name, region in mix.regions.items():
        weights = _with_region(weights, name, region, layers.fps, within)
    if layers.recorded:
        weights[:, _LIDS] *= mix.blinks
        weights[:, _LOOKS] *= mix.gaze
        weights = np.clip(_shaped(weights, mix), *within).astype(np.float32)
    else:
        weights = lips.kept_shut(lips.kept_open(weights, spoken), spoken)
        weights = with_tracks(weights, layers.tracks, blinks=mix.blinks, gaze=mix.gaze, brows=mix.accents)
        heard = min(max(mix.speech / _SEALS_FROM, 0.0), 1.0)
        contacts = layers.seal * heard, layers.teeth * heard
        shaped = np.clip(_shaped(weights, mix), 0, 1)
        weights = lips.with_contacts(shaped, *contacts, own=lips.own_seal(spoken)).astype(np.float32)
    return weights if mix.offset == 0.0 else _later(Curves(weights, layers.fps), mix.offset)


def _shaped(weights: np.ndarray, mix: Mix) -> np.ndarray:
    for channel, shaping in mix.shapes.items():
        weights[:, arkit.INDEX[channel]] = shaping.weights(weights[:, arkit.INDEX[channel]])
    return weights


def mixed_curves(layers: Layers, mix: Mix | None = None) -> Curves:
    """What :func:`mixed` gives, and the head's movement with it."""
    mix = mix or Mix()
    turned = head(layers.tracks, mix.head)
    if turned is not None and mix.offset:
        turned = Curves(mixed(layers), layers.fps, turned).head_at(np.arange(len(layers)) / layers.fps - mix.offset)
    return Curves(mixed(layers, mix), layers.fps, turned)


def _with_region(
    weights: np.ndarray, name: str, region: RegionMix, fps: float, within: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    if region == RegionMix():
        return weights
    columns = [arkit.INDEX[channel] for channel in REGIONS[name]]
    out = weights.copy()
    changed = region.strength * _smoothed(weights[:, columns], region.smoothing * fps)
    out[:, columns] = np.clip(changed, *(limit[:, columns] for limit in within))
    return out


def _smoothed(values: np.ndarray, deviation: float) -> np.ndarray:
    """Values (frames, n) under a Gaussian of so many frames; the ends are held. Below a fifth of a frame it does nothing."""
    if deviation < 0.2 or len(values) == 0:
        return values
    reach = round(3 * deviation)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    held = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.column_stack([np.convolve(column, bell / bell.sum(), mode="valid") for column in held.T])


def _later(curves: Curves, seconds: float) -> np.ndarray:
    return curves.at(curves.times - seconds)
