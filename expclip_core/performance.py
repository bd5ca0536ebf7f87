# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face does by itself while it speaks, from a seed: blinks, glances, raised brows on stressed words, a moving head.

Rates and shapes: people blink 15 to 20 times a minute, more at the ends of phrases; a lid closes in about 80 ms and
opens in about 160, the weary's in twice that; the eyes rest one to three seconds between small, fast shifts; brows and
nods come with pitch accents and lead them a little. The style sets how much of it there is. Numpy only.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from . import arkit
from .channels import REGIONS
from .curves import MODEL_FPS


def _columns(base: str) -> list[int]:
    return [arkit.INDEX[name] for name in arkit.sides(base)]


_BLINKS, _WIDE, _SQUINT = _columns("eyeBlink"), _columns("eyeWide"), _columns("eyeSquint")
_INNER, _OUTER, _DOWN = _columns("browInnerUp"), _columns("browOuterUp"), _columns("browDown")
_CLOSING, _CLOSED, _OPENING = 0.08, 0.03, 0.16
_SHIFT = 0.06
_ACCENT = 0.12  # of loudness and pitch together; a lower rise is no accent
_APART = 0.5  # seconds between accents: brows follow words that are stressed, not syllables
_RISE, _FALL, _LEAD = 0.14, 0.32, 0.06  # seconds of a brow's accent, and how far it leads the voice's
# What opens, shuts and rounds the mouth follows each sound in any style; the rest of a face is moved by slower muscles, and what
# a style adds to it follows syllables: so many seconds are the standard deviation of a Gaussian over time.
_QUICK = ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLowerDown", "mouthUpperUp", "tongueOut")
_UNHURRIED = [index for name, index in arkit.INDEX.items() if arkit.unsided(name) not in _QUICK]
_SLOWER = 0.15
# So do the corners of the mouth while it speaks: a spread ee begins before its sound and outlasts it.
_CORNERS = [index for name in ("mouthSmile", "mouthStretch") for index in _columns(name)]
_CORNERS_SLOWER = 0.08
TRACKS = ("blink", "gaze_left", "gaze_up", "brow", "head_yaw", "head_pitch", "head_roll")
HEAD = TRACKS[-3:]


def tracks(
    loudness: np.ndarray, pitch: np.ndarray, pose: np.ndarray, affect: np.ndarray, seed: int
) -> dict[str, np.ndarray]:
    """What the face does by itself, float32 (frames,) each, by the names :data:`TRACKS`; the same seed gives the same.

    blink: 0 open to 1 shut. gaze_left, gaze_up: to the subject's left and up in weights of the look shapes, negative to
    the right and down. brow: 0..1, how far an accent moves the brows. head_yaw, head_pitch, head_roll: radians, positive to
    the subject's right, down, and onto the subject's right shoulder.
    loudness, pitch (frames,): see speech.Speech. pose (frames, 52), affect (frames, 3): the style's.
    """
    if len(loudness) == 0:
        return {name: np.zeros(0, np.float32) for name in TRACKS}
    # One stream each, so that a longer clip or another style does not shuffle what has nothing to do with it.
    for_lids, for_eyes, for_brows, for_head = (np.random.default_rng([seed, part]) for part in range(4))
    accents = _accents(loudness, pitch, affect[:, 1], for_brows)
    made = (
        _lid(loudness, pose, affect, for_lids),
        *_gaze(affect, for_eyes),
        accents,
        *_head(loudness, accents, pose, affect, for_head),
    )
    return {name: track.astype(np.float32) for name, track in zip(TRACKS, made, strict=True)}


def with_tracks(
    weights: np.ndarray, tracks: Mapping[str, np.ndarray], blinks: float = 1.0, gaze: float = 1.0, brows: float = 1.0
) -> np.ndarray:
    """Weights (frames, 52) with the tracks that there are, each so strong. The head has no weights: see :func:`head`."""
    out = weights
    if "brow" in tracks:
        out = _accented(out, brows * tracks["brow"])
    if "gaze_left" in tracks:
        out = _looking(out, gaze * tracks["gaze_left"], gaze * tracks["gaze_up"])
    if "blink" in tracks:
        out = _blinking(out, np.clip(blinks * tracks["blink"], 0, 1))
    return out.copy() if out is weights else out


def lopsided(expression: np.ndarray, seed: int) -> np.ndarray:
    """What a style adds, (frames, 52), with one side a little stronger than the other, brows, lids and mouth each their way."""
    chance = np.random.default_rng([seed, 4])
    sides = np.zeros(arkit.COUNT)
    for region in ("brows", "eyes", "cheeks", "mouth"):
        stronger = np.clip(chance.normal(0, 0.05), -0.1, 0.1)
        for name in REGIONS[region]:
            if arkit.unsided(name) != name and not name.startswith("eyeLook"):
                sides[arkit.INDEX[name]] = stronger if name.endswith("Left") else -stronger
    return (expression * (1 + sides)).astype(np.float32)


def unhurried(expression: np.ndarray) -> np.ndarray:
    """What a style adds, (frames, 52), without the trembling that brows, lids, cheeks, corners and chin are too slow for."""
    return _slowed(expression, _UNHURRIED, _SLOWER)


def slow_corners(spoken: np.ndarray) -> np.ndarray:
    """What words do, (frames, 52), with the corners of the mouth as slow as they are."""
    return _slowed(spoken, _CORNERS, _CORNERS_SLOWER)


def _slowed(weights: np.ndarray, columns: list[int], seconds: float) -> np.ndarray:
    out = weights.copy()
    for index in columns if len(out) else ():
        out[:, index] = _smooth(weights[:, index], seconds)
    return out


def head(tracks: Mapping[str, np.ndarray], strength: float = 1.0) -> np.ndarray | None:
    """Yaw, pitch and roll of the head in radians, float32 (frames, 3); None without such tracks."""
    if not all(name in tracks for name in HEAD):
        return None
    return (strength * np.column_stack([tracks[name] for name in HEAD])).astype(np.float32)


def _lid(loudness: np.ndarray, pose: np.ndarray, affect: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """The weary blink slowly and long, the frightened stare, and the excited blink often."""
    times = np.arange(len(loudness)) / MODEL_FPS
    lid = np.zeros(len(times))
    moment = chance.uniform(0.6, 2.5)
    while moment < times[-1]:
        apex = _quietest_near(moment, loudness)
        frame = min(int(apex * MODEL_FPS), len(times) - 1)
        arousal, staring = float(affect[frame, 1]), float(pose[frame, _WIDE].mean())
        droop = float(pose[frame, _BLINKS].mean())
        slowness = 1 + 1.2 * max(-arousal, 0) + 0.8 * droop - 0.25 * max(arousal, 0)
        lid = np.maximum(lid, _blink(times - apex, slowness))
        if chance.random() < 0.12:  # a second one right after
            lid = np.maximum(lid, _blink(times - apex - 0.34 * slowness, slowness))
        moment = apex + chance.gamma(4.0, 0.85) * (1 + 1.2 * staring) / (1 + 0.35 * arousal) + 0.4
    return lid


def _quietest_near(moment: float, loudness: np.ndarray) -> float:
    """Blinks gather where the voice rests: the quietest frame within a third of a second."""
    first = max(int((moment - 0.3) * MODEL_FPS), 0)
    span = loudness[first : int((moment + 0.3) * MODEL_FPS) + 1]
    return (first + int(np.argmin(span))) / MODEL_FPS if len(span) else moment


def _blink(since_apex: np.ndarray, slowness: float) -> np.ndarray:
    hold = _CLOSED * slowness / 2
    closing = 1 - (-since_apex - hold) / (_CLOSING * slowness)
    opening = 1 - (since_apex - hold) / (_OPENING * slowness)
    open_or_shut = np.clip(np.minimum(closing, opening), 0, 1)
    return open_or_shut * open_or_shut * (3 - 2 * open_or_shut)


def _blinking(weights: np.ndarray, lid: np.ndarray) -> np.ndarray:
    out = weights.copy()
    out[:, _BLINKS] = 1 - (1 - out[:, _BLINKS]) * (1 - lid[:, None])
    out[:, _WIDE] *= 1 - 0.8 * lid[:, None]
    return out


def _gaze(affect: np.ndarray, chance: np.random.Generator) -> list[np.ndarray]:
    """Looks to the left and up. The sure of themselves hold the other's eyes, the meek avoid them and look down."""
    times = np.arange(len(affect)) / MODEL_FPS
    moments, across, up = [0.0], [0.0], [0.0]
    while moments[-1] < times[-1]:
        _, arousal, dominance = affect[min(int(moments[-1] * MODEL_FPS), len(affect) - 1)].tolist()
        meek = max(-dominance, 0.0)
        home = chance.random() < np.clip(0.5 + 0.4 * dominance, 0.2, 0.8)  # back to the listener
        # Drawn whether they are used or not, so that every style takes the same chances.
        aside, above, rest = chance.normal(0, 0.10), chance.normal(-0.02, 0.05), chance.uniform(0.9, 2.8)
        moments.append(moments[-1] + rest / (1 + 0.4 * arousal))
        across.append(0.0 if home else aside * (1 + 0.8 * meek))
        up.append(0.0 if home else above - 0.16 * meek)
    knots = np.ravel(np.column_stack([np.array(moments), np.array(moments) + _SHIFT]))
    return [np.interp(times, knots, np.ravel(np.column_stack([[0.0, *line[:-1]], line]))) for line in (across, up)]


def _looking(weights: np.ndarray, left: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Add a look to the subject's left (negative: right) and up (negative: down), in weights of the look shapes."""
    out = weights.copy()
    for side, outward in (("Left", left), ("Right", -left)):
        _add(out, f"eyeLookOut{side}", f"eyeLookIn{side}", outward)
        _add(out, f"eyeLookUp{side}", f"eyeLookDown{side}", up)
    return np.clip(out, 0, 1)


def _add(out: np.ndarray, positive: str, negative: str, amount: np.ndarray) -> None:
    """Opposite shapes never work against each other: their difference moves by `amount`."""
    plus, minus = arkit.INDEX[positive], arkit.INDEX[negative]
    difference = out[:, plus] - out[:, minus] + amount
    out[:, plus], out[:, minus] = np.maximum(difference, 0), np.maximum(-difference, 0)


def _accents(loudness: np.ndarray, pitch: np.ndarray, arousal: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Where loudness or pitch stand out from their phrase, brows rise: on most such words, never twice alike."""
    louder = np.clip(_smooth(loudness, 0.08) - _smooth(loudness, 0.7), 0, None) / 0.3
    higher = np.clip(_smooth(pitch, 0.10) - _smooth(pitch, 0.9), 0, None) / 4.0
    voice = np.clip(_smooth(0.5 * louder + 0.7 * higher, 0.06), 0, 1)
    inner = voice[1:-1]
    peaks = np.flatnonzero((inner > _ACCENT) & (inner >= voice[:-2]) & (inner > voice[2:])) + 1
    peaks = _strongest_apart(peaks, voice[peaks])
    times, brow = np.arange(len(voice)) / MODEL_FPS, np.zeros(len(voice))
    for peak in peaks:
        taken, strength = chance.random() < 0.8, chance.uniform(0.6, 1.2)
        liveliness = strength * (1 + 0.6 * float(arousal[peak])) * taken
        brow = np.maximum(brow, liveliness * min(1.6 * voice[peak], 1) * _bump(times - peak / MODEL_FPS + _LEAD))
    return np.clip(brow, 0, 1.5)


def _strongest_apart(peaks: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """The frames of those peaks that have no higher one too near, in order."""
    kept: list[int] = []
    for peak in peaks[np.argsort(-heights, kind="stable")].tolist():
        if all(abs(peak - other) >= _APART * MODEL_FPS for other in kept):
            kept.append(peak)
    return np.array(sorted(kept), int)


def _bump(since_apex: np.ndarray) -> np.ndarray:
    share = np.clip(1 - np.where(since_apex < 0, -since_apex / _RISE, since_apex / _FALL), 0, 1)
    return share * share * (3 - 2 * share)


def _accented(weights: np.ndarray, accent: np.ndarray) -> np.ndarray:
    """An accent raises the brows of an open face and knits those of a frowning one, and its lids follow."""
    out, accent = weights.copy(), accent[:, None]
    frowning = np.clip(weights[:, _DOWN].mean(axis=1, keepdims=True) / 0.4, 0, 1)
    squinting = np.clip(weights[:, _SQUINT].mean(axis=1, keepdims=True) / 0.4, 0, 1)
    for columns, amount in (
        (_INNER, 0.20 * (1 - frowning)),
        (_OUTER, 0.16 * (1 - frowning)),
        (_DOWN, 0.16 * frowning),
        (_WIDE, 0.12 * (1 - squinting)),
        (_SQUINT, 0.12 * squinting),
    ):
        out[:, columns] += amount * accent * (1 - out[:, columns])
    return np.clip(out, 0, 1)


def _head(
    loudness: np.ndarray, accents: np.ndarray, pose: np.ndarray, affect: np.ndarray, chance: np.random.Generator
) -> list[np.ndarray]:
    """Yaw, pitch, roll: a sway that speech enlarges, nods on accents, a chin that shame lowers and pride lifts."""
    times = np.arange(len(loudness)) / MODEL_FPS
    speaking = _smooth(np.clip(loudness / 0.4, 0, 1), 0.5)
    size = (0.4 + 0.6 * speaking) * np.clip(1 + 0.6 * _smooth(affect[:, 1], 0.5), 0.4, 1.6)
    yaw, pitch, roll = (amount * size * _sway(times, chance) for amount in (0.035, 0.018, 0.020))
    down = pose[:, _columns("eyeLookDown")].mean(axis=1) - pose[:, _columns("eyeLookUp")].mean(axis=1)
    nod = 0.045 * _smooth(accents, 0.05) * size
    tilt = 0.05 * chance.choice([-1, 1]) * np.clip(-_smooth(affect[:, 2], 0.5), 0, 1)
    return [yaw, pitch + nod + _smooth(0.10 * down - 0.05 * affect[:, 2], 0.3), roll + tilt]


def _sway(times: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Three slow waves that never repeat together, about -1..1."""
    waves = zip((0.13, 0.29, 0.53), (0.6, 0.35, 0.15), chance.uniform(0, 2 * np.pi, 3), strict=True)
    return sum(share * np.sin(2 * np.pi * hertz * times + phase) for hertz, share, phase in waves)


def _smooth(values: np.ndarray, seconds: float) -> np.ndarray:
    """Values (frames,) under a Gaussian of this standard deviation; the ends are held."""
    reach = int(np.ceil(3 * seconds * MODEL_FPS))
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (seconds * MODEL_FPS)) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), bell / bell.sum(), mode="valid")
