# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face does by itself while it speaks: blinks and small shifts of gaze, from a seed.

Rates and shapes: people blink 15 to 20 times a minute, more at the ends of phrases; a lid closes in about 80 ms and
opens in about 160; the eyes rest one to three seconds between small, fast shifts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from . import arkit
from .curves import MODEL_FPS

_BLINKS = [arkit.INDEX[name] for name in arkit.sides("eyeBlink")]
_WIDE = [arkit.INDEX[name] for name in arkit.sides("eyeWide")]
_CLOSING, _CLOSED, _OPENING = 0.08, 0.03, 0.16
_SHIFT = 0.06


def tracks(loudness: np.ndarray, arousal: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """What the face does by itself, float32 (frames,) each, by name; the same seed gives the same.

    blink: 0 open to 1 shut. gaze_left, gaze_up: to the subject's left and up in weights of the look shapes, negative to
    the right and down. loudness, arousal: (frames,), 0..1 and -1..1; an excited face blinks more often and looks about
    more briskly.
    """
    if len(loudness) == 0:
        return {name: np.zeros(0, np.float32) for name in ("blink", "gaze_left", "gaze_up")}
    chance = np.random.default_rng(seed)
    left, up = _gaze(arousal, chance)
    made = {"blink": _lid(loudness, arousal, chance), "gaze_left": left, "gaze_up": up}
    return {name: track.astype(np.float32) for name, track in made.items()}


def with_tracks(
    weights: np.ndarray, tracks: Mapping[str, np.ndarray], blinks: float = 1.0, gaze: float = 1.0
) -> np.ndarray:
    """Weights (frames, 52) with the tracks that there are, each so strong."""
    out = weights
    if "gaze_left" in tracks:
        out = _looking(out, gaze * tracks["gaze_left"], gaze * tracks["gaze_up"])
    if "blink" in tracks:
        out = _blinking(out, np.clip(blinks * tracks["blink"], 0, 1))
    return out.copy() if out is weights else out


def _lid(loudness: np.ndarray, arousal: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    times = np.arange(len(loudness)) / MODEL_FPS
    lid = np.zeros(len(times))
    moment = chance.uniform(0.6, 2.5)
    while moment < times[-1]:
        apex = _quietest_near(moment, loudness)
        lid = np.maximum(lid, _blink(times - apex))
        frame = min(int(apex * MODEL_FPS), len(arousal) - 1)
        moment = apex + chance.gamma(4.0, 0.85) / (1 + 0.35 * float(arousal[frame])) + 0.4
    return lid


def _blinking(weights: np.ndarray, lid: np.ndarray) -> np.ndarray:
    out = weights.copy()
    out[:, _BLINKS] = 1 - (1 - out[:, _BLINKS]) * (1 - lid[:, None])
    out[:, _WIDE] *= 1 - 0.8 * lid[:, None]
    return out


def _quietest_near(moment: float, loudness: np.ndarray) -> float:
    """Blinks gather where the voice rests: the quietest frame within a third of a second."""
    first = max(int((moment - 0.3) * MODEL_FPS), 0)
    span = loudness[first : int((moment + 0.3) * MODEL_FPS) + 1]
    return (first + int(np.argmin(span))) / MODEL_FPS if len(span) else moment


def _blink(since_apex: np.ndarray) -> np.ndarray:
    closing = 1 - (-since_apex - _CLOSED / 2) / _CLOSING
    opening = 1 - (since_apex - _CLOSED / 2) / _OPENING
    open_or_shut = np.clip(np.minimum(closing, opening), 0, 1)
    return open_or_shut * open_or_shut * (3 - 2 * open_or_shut)


def _gaze(arousal: np.ndarray, chance: np.random.Generator) -> list[np.ndarray]:
    """Looks to the left and up."""
    times = np.arange(len(arousal)) / MODEL_FPS
    moments, across, up = [0.0], [0.0], [0.0]
    while moments[-1] < times[-1]:
        frame = min(int(moments[-1] * MODEL_FPS), len(arousal) - 1)
        moments.append(moments[-1] + chance.uniform(0.9, 2.8) / (1 + 0.4 * float(arousal[frame])))
        home = chance.random() < 0.45  # back to the listener
        across.append(0.0 if home else chance.normal(0, 0.10))
        up.append(0.0 if home else chance.normal(-0.02, 0.05))
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
