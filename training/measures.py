# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lips do, measured in millimetres on a real head: seals, false seals, f and v, open vowels, timing, jitter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from expclip_core import arkit, phones
from expclip_core.curves import Curves
from expclip_core.phones import Segment

SEALED_MM = 1.2
OPEN_MM = 2.5
TOUCHING_MM = 1.0  # of the lower lip below the upper incisors' edge
NEAR = 0.06  # seconds between a seal and the lip sound that asks for it
OPEN_VOWELS = ("aa", "ae", "ao", "aw", "ay")
LIP_SOUNDS = (*phones.SEALS, *phones.LABIODENTALS, "w")

# Inner lips on the midline of the ICT FaceKit head.
_UPPER = [5532, 5533, 5531, 5526, 5534, 5527, 5513, 5529, 5522]
_LOWER = [5515, 5538, 5517, 5519, 5516, 5514]
_INCISORS_MM = -35.34  # height of the upper incisors' edge, which no shape moves


class Head:
    """The ICT FaceKit head (ICT-VGL/ICT-FaceKit, MIT), reduced to its inner lips."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as rig:
            names, rows = list(rig["shape_names"]), _UPPER + _LOWER
            self._rest = rig["vertices"][rows, 1] * 10
            deltas = rig["shape_deltas"][:, rows, 1].astype(np.float32) * 10
        self._deltas = np.zeros((arkit.COUNT, len(rows)), np.float32)
        for index, name in enumerate(names):
            for target in _arkit_names(str(name)):
                self._deltas[arkit.INDEX[target]] += deltas[index]

    def gap(self, weights: np.ndarray) -> np.ndarray:
        """Millimetres between the inner lips, (frames,), for weights (frames, 52); below 0 the lips overlap."""
        heights = self._heights(weights)
        return heights[:, : len(_UPPER)].min(axis=1) - heights[:, len(_UPPER) :].max(axis=1)

    def below_teeth(self, weights: np.ndarray) -> np.ndarray:
        """Millimetres of the lower lip below the edge of the upper incisors, (frames,); negative when it covers them."""
        return _INCISORS_MM - self._heights(weights)[:, len(_UPPER) :].max(axis=1)

    def _heights(self, weights: np.ndarray) -> np.ndarray:
        return self._rest + weights @ self._deltas


def _arkit_names(name: str) -> list[str]:
    """ICT's name → ARKit's: sides spelled out; its split browInnerUp and cheekPuff add up to one."""
    full = name.replace("_L", "Left").replace("_R", "Right")
    return [each for each in (full, full.removesuffix("Left").removesuffix("Right")) if each in arkit.INDEX][:1]


@dataclass(frozen=True)
class LipScore:
    """Counts over clips; properties are shares. Add two to pool them."""

    seals: int = 0
    sealed: int = 0
    closures: int = 0
    false_closures: int = 0
    vowels: int = 0
    opened: int = 0
    labiodentals: int = 0
    touched: int = 0
    offsets: tuple[float, ...] = ()

    def __add__(self, other: LipScore) -> LipScore:
        return LipScore(
            *(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True))
        )

    @property
    def recall(self) -> float:
        return self.sealed / max(self.seals, 1)

    @property
    def false_rate(self) -> float:
        return self.false_closures / max(self.closures, 1)

    @property
    def vowel_rate(self) -> float:
        return self.opened / max(self.vowels, 1)

    @property
    def teeth_rate(self) -> float:
        return self.touched / max(self.labiodentals, 1)

    @property
    def offset_ms(self) -> float:
        return 1000 * float(np.mean(self.offsets)) if self.offsets else float("nan")


def lip_score(curves: Curves, segments: Sequence[Segment], head: Head) -> LipScore:
    """How the lips of a clip keep to its phones.

    A p, b or m is sealed when the gap is at most 1.2 mm at some frame in its middle 60 %. A closure is a run of such frames
    while somebody speaks; it is false when no lip sound lies within 60 ms. A stressed open vowel is open when the gap at
    its centre is at least 2.5 mm. In an f or v the lower lip touches the teeth when at some frame in its middle 60 % it is at
    most 1 mm below the upper incisors' edge and the lips are not sealed. The offset is between the centres of a seal's phone and of its closure.
    """
    gap, times = head.gap(curves.weights), curves.times
    touching = (head.below_teeth(curves.weights) <= TOUCHING_MM) & (gap > SEALED_MM)
    runs = [(times[a], times[b - 1]) for a, b in _runs(gap <= SEALED_MM)]
    speech = [(s.start, s.end) for s in segments if s.symbol != phones.SILENCE]
    spoken = [run for run in runs if any(a < (run[0] + run[1]) / 2 < b for a, b in speech)]
    lip_sounds = [s for s in segments if s.symbol in LIP_SOUNDS]
    seals = [s for s in segments if s.symbol in phones.SEALS]
    labiodentals = [s for s in segments if s.symbol in phones.LABIODENTALS]
    vowels = [s for s in segments if s.symbol in OPEN_VOWELS and s.stress]
    centres = [round((s.start + s.end) / 2 * curves.fps) for s in vowels]
    return LipScore(
        seals=len(seals),
        sealed=sum(_made(s, gap <= SEALED_MM, curves.fps) for s in seals),
        closures=len(spoken),
        false_closures=sum(not any(_near(run, s) for s in lip_sounds) for run in spoken),
        vowels=len(vowels),
        opened=sum(gap[min(centre, len(gap) - 1)] >= OPEN_MM for centre in centres),
        labiodentals=len(labiodentals),
        touched=sum(_made(s, touching, curves.fps) for s in labiodentals),
        offsets=tuple(offset for s in seals if (offset := _offset(s, runs)) is not None),
    )


def _made(segment: Segment, contact: np.ndarray, fps: float) -> bool:
    """Whether a contact, (frames,) bool, is there at some frame in the segment's middle 60 %."""
    fifth = (segment.end - segment.start) / 5
    first = int(np.floor((segment.start + fifth) * fps))
    last = int(np.ceil((segment.end - fifth) * fps))
    return bool(contact[first : last + 1].any())


def _near(run: tuple[float, float], segment: Segment) -> bool:
    return run[0] - NEAR <= segment.end and segment.start <= run[1] + NEAR


def _offset(segment: Segment, runs: Sequence[tuple[float, float]]) -> float | None:
    """Seconds between the centres of the phone and of the closure that overlaps it; long rests are no closures."""
    overlapping = [run for run in runs if run[0] < segment.end and segment.start < run[1] and run[1] - run[0] < 0.3]
    centre = (segment.start + segment.end) / 2
    return min((abs((a + b) / 2 - centre) for a, b in overlapping), default=None)


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def jitter(curves: Curves) -> float:
    """Millimetres a frame of 20 ms: mean size of the second difference, channels weighted by their displacement."""
    at_50 = curves.resampled(50.0).weights
    return (
        float(np.abs(np.diff(at_50, n=2, axis=0) * arkit.DISPLACEMENT_MM).sum(axis=1).mean()) if len(at_50) > 2 else 0.0
    )
