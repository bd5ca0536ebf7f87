# SPDX-License-Identifier: GPL-3.0-or-later
"""Articulation model: phone segments → mouth curves, the targets the generator learns from.

Cohen and Massaro's dominance (1993): every phone pulls each articulator towards its target with a strength that falls
off around the phone; a frame is the weighted mean of the pulls. Jaw, lip opening, rounding and spreading have their own
strengths, so that a weak consonant takes its lips from the neighbouring vowel (JALI's rules 3 to 5, Edwards et al. 2016)
while a sibilant still narrows the jaw. Contacts are laid over the result at the end and never blended away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d

from expclip_core import arkit, lips, phones
from expclip_core.curves import MODEL_FPS
from expclip_core.phones import Segment

# Which articulator carries a shape. Every group blends with dominances of its own.
GROUPS: dict[str, tuple[str, ...]] = {
    "jaw": ("jawOpen", "jawForward"),
    "parting": ("mouthLowerDown", "mouthUpperUp", "mouthShrugUpper", "mouthShrugLower"),
    "rounding": ("mouthFunnel", "mouthPucker"),
    "spreading": ("mouthStretch", "mouthSmile", "mouthDimple", "mouthPress"),
    "tongue": ("tongueOut",),
}


@dataclass(frozen=True)
class Viseme:
    """Weights of the unsided shapes at the apex, and the dominance of each group in :data:`GROUPS`."""

    shapes: dict[str, float]
    dominance: tuple[float, float, float, float, float]


def _viseme(dominance: tuple[float, float, float, float], tongue: float = 0.3, **shapes: float) -> Viseme:
    return Viseme(shapes, (*dominance, tongue))


# Between two published tunings (restrained and full, facts/articulation.md 4.5 tables C and B); amplitudes put speech in
# its natural range: jawOpen p99 about 0.35, mouthLowerDown the busiest channel. Dominances follow table C.
# fmt: off
VISEMES: dict[str, Viseme] = {
    "rest": _viseme((0.5, 0.5, 0.5, 0.5)),
    "PP": _viseme((3.0, 2.5, 0.2, 0.4), jawOpen=0.06, mouthLowerDown=0.04, mouthUpperUp=0.02, mouthPucker=0.04),
    "FF": _viseme((2.5, 2.5, 0.6, 0.8), jawOpen=0.06, mouthUpperUp=0.12, mouthStretch=0.05),
    "TH": _viseme((1.4, 1.2, 0.4, 0.5), tongue=2.0, jawOpen=0.10, mouthLowerDown=0.16, mouthUpperUp=0.05, tongueOut=0.14),
    "DD": _viseme((0.9, 0.7, 0.3, 0.4), jawOpen=0.09, mouthLowerDown=0.16, mouthUpperUp=0.05, mouthStretch=0.06),
    "LL": _viseme((0.7, 0.6, 0.3, 0.4), tongue=0.6, jawOpen=0.13, mouthLowerDown=0.17, mouthUpperUp=0.05, mouthStretch=0.04, tongueOut=0.03),
    "SS": _viseme((1.6, 1.1, 0.4, 0.8), jawOpen=0.045, mouthLowerDown=0.20, mouthUpperUp=0.08, mouthStretch=0.14, mouthSmile=0.05),
    "SH": _viseme((1.3, 1.1, 3.2, 1.2), jawOpen=0.06, mouthLowerDown=0.12, mouthUpperUp=0.09, mouthFunnel=0.27, mouthPucker=0.48, mouthShrugUpper=0.06),
    "RR": _viseme((0.8, 0.7, 1.6, 0.8), jawOpen=0.08, mouthLowerDown=0.10, mouthFunnel=0.13, mouthPucker=0.27),
    "KK": _viseme((0.6, 0.5, 0.3, 0.3), jawOpen=0.12, mouthLowerDown=0.14, mouthUpperUp=0.03),
    "HH": _viseme((0.2, 0.2, 0.15, 0.15), jawOpen=0.12, mouthLowerDown=0.14),
    "YY": _viseme((0.8, 0.7, 0.5, 1.3), jawOpen=0.06, mouthLowerDown=0.13, mouthStretch=0.14, mouthSmile=0.08),
    "WW": _viseme((1.6, 1.5, 4.0, 1.6), jawOpen=0.05, mouthLowerDown=0.02, mouthFunnel=0.13, mouthPucker=0.80),
    "AA": _viseme((1.1, 1.0, 1.0, 1.0), jawOpen=0.32, mouthLowerDown=0.34, mouthUpperUp=0.09, mouthStretch=0.04),
    "AE": _viseme((1.1, 1.0, 1.0, 1.0), jawOpen=0.27, mouthLowerDown=0.36, mouthUpperUp=0.10, mouthStretch=0.12, mouthSmile=0.05),
    "AH": _viseme((0.9, 0.9, 0.8, 0.8), jawOpen=0.21, mouthLowerDown=0.27, mouthUpperUp=0.06, mouthStretch=0.03),
    "AO": _viseme((1.1, 1.0, 1.3, 1.0), jawOpen=0.27, mouthLowerDown=0.20, mouthUpperUp=0.05, mouthFunnel=0.24, mouthPucker=0.14),
    "EH": _viseme((1.0, 1.0, 0.9, 1.0), jawOpen=0.20, mouthLowerDown=0.31, mouthUpperUp=0.09, mouthStretch=0.15, mouthSmile=0.07),
    "IH": _viseme((0.9, 0.9, 0.9, 1.0), jawOpen=0.12, mouthLowerDown=0.24, mouthUpperUp=0.07, mouthStretch=0.17, mouthSmile=0.09),
    "IY": _viseme((1.0, 1.0, 1.0, 1.2), jawOpen=0.08, mouthLowerDown=0.25, mouthUpperUp=0.08, mouthStretch=0.24, mouthSmile=0.16, mouthDimple=0.06),
    "UH": _viseme((0.9, 0.9, 1.2, 1.0), jawOpen=0.12, mouthLowerDown=0.13, mouthFunnel=0.17, mouthPucker=0.26),
    "UW": _viseme((1.0, 1.0, 2.4, 1.2), jawOpen=0.07, mouthLowerDown=0.04, mouthFunnel=0.17, mouthPucker=0.72),
    "OW": _viseme((1.0, 1.0, 1.4, 1.0), jawOpen=0.19, mouthLowerDown=0.12, mouthFunnel=0.30, mouthPucker=0.36),
    "ER": _viseme((1.0, 1.0, 1.1, 0.9), jawOpen=0.11, mouthLowerDown=0.14, mouthUpperUp=0.03, mouthFunnel=0.14, mouthPucker=0.18),
    "AX": _viseme((0.7, 0.7, 0.6, 0.6), jawOpen=0.13, mouthLowerDown=0.20, mouthUpperUp=0.04),
}

VISEME_OF: dict[str, str] = {
    "sil": "rest", "p": "PP", "b": "PP", "m": "PP", "f": "FF", "v": "FF", "th": "TH", "dh": "TH", "t": "DD", "d": "DD", "n": "DD",
    "l": "LL", "s": "SS", "z": "SS", "sh": "SH", "zh": "SH", "ch": "SH", "jh": "SH", "k": "KK", "g": "KK", "ng": "KK", "hh": "HH",
    "r": "RR", "y": "YY", "w": "WW", "aa": "AA", "ae": "AE", "ah": "AH", "ax": "AX", "ao": "AO", "eh": "EH", "er": "ER", "ih": "IH",
    "iy": "IY", "uh": "UH", "uw": "UW", "aw": "AA", "ay": "AA", "ey": "EH", "ow": "OW", "oy": "AO", "c": "IY", "x": "KK", "ue": "UW",
    "oe": "OW", "rr": "LL",
}
# fmt: on

_LIP_HEAVY = {"SH", "WW", "UW", "OW", "AO", "UH"}
_CLASS_OF = {
    **dict.fromkeys(("AA", "AE", "AH", "AO", "OW"), "low"),
    **dict.fromkeys(("EH", "ER", "AX"), "mid"),
    **dict.fromkeys(("IH", "IY", "UH", "UW", "YY"), "high"),
}


@dataclass(frozen=True)
class Mouth:
    """The free numbers of the model, fitted to captured mouths by :mod:`training.fit_articulation`.

    Two were kept from what the fit asks for, at a cost of 0.004 in r: flanks a fifth shorter, so that neighbours stay apart,
    and JALI's long reach of lip-heavy phones, since the fit sees how far lips open and not how round they are.

    before, after: seconds over which a phone's pull falls to 1/e outside its core, by kind of gesture. core: the share of
    a phone its full pull lasts. pause: a silence shorter than so many seconds is a pause in speech, where the mouth holds.
    quiet, loud: how far the jaw opens at loudness 0 and 1, times its target; lips: the share of this that the parting of
    the lips follows. envelope: seconds, the standard deviation of a Gaussian over loudness. amplitude: times the
    opening, by class of viseme.
    """

    vowel: tuple[float, float] = (0.12, 0.11)
    consonant: tuple[float, float] = (0.08, 0.08)
    lip_heavy: tuple[float, float] = (0.12, 0.08)
    silence: tuple[float, float] = (0.09, 0.05)
    core: float = 0.48
    pause: float = 0.35
    quiet: float = 0.05
    loud: float = 1.6
    lips: float = 0.65
    envelope: float = 0.024
    low: float = 1.15
    mid: float = 1.1
    high: float = 0.95
    other: float = 1.1


MOUTH = Mouth()
_JAW = [arkit.INDEX["jawOpen"]]
_PARTING = [arkit.INDEX[name] for base in ("mouthLowerDown", "mouthUpperUp") for name in arkit.sides(base)]
_OPENING = _JAW + _PARTING
_SHAPE = 1.5


@dataclass(frozen=True)
class Articulation:
    """weights float32 (frames, 52) at 50 Hz; seal and teeth float32 (frames,) 0..1."""

    weights: np.ndarray
    seal: np.ndarray
    teeth: np.ndarray


def articulate(
    segments: Sequence[Segment], frames: int, loudness: np.ndarray | None = None, mouth: Mouth = MOUTH
) -> Articulation:
    """Mouth curves of phones.

    loudness: 0..1 (frames,) relative to the clip's speech level; opens vowels more where the voice is strong.
    Source of the shape of the curves: see the module's text; constants above.
    """
    times = np.arange(frames) / MODEL_FPS
    weights = _blended(_gestures(segments, mouth), times, mouth)
    if loudness is not None:
        weights = _scaled_by_loudness(weights, loudness, mouth)
    seal = lips.contact_envelope(contact_spans(segments, phones.SEALS), times)
    teeth = lips.contact_envelope(contact_spans(segments, phones.LABIODENTALS), times)
    return Articulation(lips.with_contacts(weights, seal, teeth), seal, teeth)


def contact_spans(segments: Sequence[Segment], symbols: Sequence[str]) -> list[tuple[float, float]]:
    """Start and end in seconds of each phone of `symbols`."""
    return [(segment.start, segment.end) for segment in segments if segment.symbol in symbols]


@dataclass(frozen=True)
class _Gesture:
    viseme: str
    start: float
    end: float
    flank: tuple[float, float]
    strength: float


def _gestures(segments: Sequence[Segment], mouth: Mouth) -> list[_Gesture]:
    gestures = []
    for segment in _without_pauses(segments, mouth.pause):
        phone = phones.PHONES[segment.symbol]
        strength = 1.15 if segment.stress else 1.0
        if phone.glide_to:
            turn = segment.start + 0.55 * (segment.end - segment.start)
            gestures.append(_gesture(VISEME_OF[phone.symbol], segment.start, turn, strength, mouth))
            gestures.append(_gesture(VISEME_OF[phone.glide_to], turn, segment.end, 0.8 * strength, mouth))
        else:
            gestures.append(_gesture(VISEME_OF[phone.symbol], segment.start, segment.end, strength, mouth))
    return gestures


def _without_pauses(segments: Sequence[Segment], pause: float) -> list[Segment]:
    """Drop short silences inside speech: their neighbours' flanks then hold the mouth half open."""
    last = len(segments) - 1
    return [
        segment
        for position, segment in enumerate(segments)
        if segment.symbol != phones.SILENCE or segment.end - segment.start >= pause or position in (0, last)
    ]


def _gesture(viseme: str, start: float, end: float, strength: float, mouth: Mouth) -> _Gesture:
    if viseme == "rest":
        return _Gesture(viseme, start, end, mouth.silence, strength)
    if viseme in _LIP_HEAVY:
        return _Gesture(viseme, start, end, mouth.lip_heavy, strength)
    flank = mouth.vowel if VISEMES[viseme].shapes["jawOpen"] > 0.1 else mouth.consonant
    return _Gesture(viseme, start, end, flank, strength)


@lru_cache(maxsize=4)
def _targets(mouth: Mouth) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Viseme → (pose (52,), dominance (52,)); a shape of no group has dominance 1 and target 0."""
    table = {}
    for name, viseme in VISEMES.items():
        dominance = np.ones(arkit.COUNT)
        for group, strength in zip(GROUPS, viseme.dominance, strict=True):
            for base in GROUPS[group]:
                for shape in arkit.sides(base):
                    dominance[arkit.INDEX[shape]] = strength
        target = arkit.pose(**viseme.shapes).astype(np.float64)
        target[_OPENING] *= getattr(mouth, _CLASS_OF.get(name, "other"))
        table[name] = (target, dominance)
    return table


def _blended(gestures: Sequence[_Gesture], times: np.ndarray, mouth: Mouth) -> np.ndarray:
    total = np.full((len(times), arkit.COUNT), 1e-6)
    pulled = np.zeros((len(times), arkit.COUNT))
    for gesture in gestures:
        near = (times > gesture.start - 0.5) & (times < gesture.end + 0.5)
        pull = _pull(gesture, times[near], mouth.core)[:, None]
        target, dominance = _targets(mouth)[gesture.viseme]
        total[near] += pull * dominance
        pulled[near] += pull * dominance * target * min(gesture.strength, 1.2)
    return (pulled / total).astype(np.float32)


def _pull(gesture: _Gesture, times: np.ndarray, core: float) -> np.ndarray:
    """1 over the core of the gesture, exp(−(d/τ)^1.5) at distance d outside it."""
    middle, half = (gesture.start + gesture.end) / 2, core * (gesture.end - gesture.start) / 2
    if gesture.viseme == "rest":
        half = max((gesture.end - gesture.start) / 2 - 0.06, 0.0)
    distance = times - middle
    before = np.maximum(-distance - half, 0) / gesture.flank[0]
    after = np.maximum(distance - half, 0) / gesture.flank[1]
    return np.exp(-((before + after) ** _SHAPE)) + 1e-9


def _scaled_by_loudness(weights: np.ndarray, loudness: np.ndarray, mouth: Mouth) -> np.ndarray:
    """Jaw and lips open with the voice; lip rounding and contacts do not depend on loudness."""
    level = np.clip(loudness, 0, 1).astype(np.float64)
    if mouth.envelope:
        level = gaussian_filter1d(level, mouth.envelope * MODEL_FPS, mode="nearest")
    jaw = (mouth.quiet + (mouth.loud - mouth.quiet) * level)[:, None]
    out = weights.copy()
    out[:, _JAW] *= jaw
    out[:, _PARTING] *= 1 + mouth.lips * (jaw - 1)
    return out
