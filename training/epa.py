# SPDX-License-Identifier: GPL-3.0-or-later
"""Expression Prompt Augmentation: re-style a spoken clip with an expression, as a performance and not as an offset.

The speech data has no emotions. ExpCLIP's answer is to augment it with expressions drawn from TEAD; what the generator
should then do with an expression while it speaks is written down here, one rule a function: a style sets how far the
mouth opens, breathes with the voice, leaves the lips free to speak and never opens a seal.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from expclip_core import arkit, lips
from expclip_core.curves import MODEL_FPS

from .articulation import Articulation


def _columns(*bases: str) -> list[int]:
    return [arkit.INDEX[name] for base in bases for name in arkit.sides(base)]


_UPPER_FACE = [arkit.INDEX[name] for region in ("brows", "cheeks") for name in arkit.REGIONS[region]]
_EYES = [arkit.INDEX[name] for name in arkit.REGIONS["eyes"]]
_OPENING = _columns("jawOpen", "mouthLowerDown", "mouthUpperUp")
_PARTING = _columns("mouthLowerDown", "mouthUpperUp", "mouthShrugUpper")
_ROUNDING = _columns("mouthFunnel", "mouthPucker")
_CORNERS = _columns("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthLeft", "mouthRight")
_CLOSING = _columns("mouthPress", "mouthRollLower", "mouthRollUpper", "mouthShrugLower")
_JAW_SHIFT = _columns("jawForward", "jawLeft", "jawRight")
_JAW, _CLOSE, _TONGUE, _PUFF = (arkit.INDEX[n] for n in ("jawOpen", "mouthClose", "tongueOut", "cheekPuff"))


def performed(
    spoken: Articulation, pose: np.ndarray, affect: np.ndarray, loudness: np.ndarray, pitch: np.ndarray
) -> np.ndarray:
    """The target curves, float32 (frames, 52), of speech performed in a style.

    pose (frames, 52) and affect (frames, 3) may change over time. loudness, pitch: see speech.Speech. What comes and goes
    with single words, and from a seed, is laid on top by :mod:`expclip_core.performance`.
    """
    speaking = _smooth(np.clip(loudness / 0.3, 0, 1), 0.10)[:, None]
    arousal = affect[:, 1:2]
    # An expression is carried by the voice: it rises with the phrase, a little more where the voice does, and settles after.
    phrase = _smooth(np.clip(loudness / 0.5, 0, 1), 0.30)[:, None]
    raised = np.clip(_smooth(pitch, 0.25)[:, None] / 6, -1, 1)
    breath = 0.80 + 0.17 * phrase + 0.05 * raised * (1 + arousal)

    out = _articulated(spoken.weights, arousal)
    out[:, _UPPER_FACE + _EYES + _JAW_SHIFT] = pose[:, _UPPER_FACE + _EYES + _JAW_SHIFT]
    out[:, _UPPER_FACE] *= breath
    _shape_mouth(out, pose, speaking, breath, lips.gathered(spoken.seal)[:, None])
    out = lips.kept_open(np.clip(out, 0, 1), spoken.weights)
    return lips.with_contacts(out, spoken.seal, spoken.teeth).astype(np.float32)


def _articulated(weights: np.ndarray, arousal: np.ndarray) -> np.ndarray:
    """The excited open wide, the weary small and slurred; lip rounding stays intelligible.

    Width is added to the syllable and not to its quick detail, which would chatter.
    """
    weary = np.clip(-arousal, 0, 0.8)
    out = weights * (1 - weary) + gaussian_filter1d(weights, 0.06 * MODEL_FPS, axis=0, mode="nearest") * weary
    wider = np.clip(0.35 * arousal, -0.35, 0.35)
    syllable = gaussian_filter1d(out[:, _OPENING], 0.05 * MODEL_FPS, axis=0, mode="nearest")
    out[:, _OPENING] += np.where(wider > 0, wider * syllable, wider * out[:, _OPENING])
    return out


def _shape_mouth(
    out: np.ndarray, pose: np.ndarray, speaking: np.ndarray, breath: np.ndarray, gathered: np.ndarray
) -> None:
    """Corners belong to the expression, the opening to speech, and each gives way where the other needs the lips."""
    rounded = np.clip(out[:, _ROUNDING].sum(axis=1, keepdims=True) / 0.6, 0, 1)
    opened = np.clip(out[:, [_JAW]] / 0.15, 0, 1) * speaking
    _join(out, _CORNERS, pose * breath * (1 - 0.45 * rounded))
    _join(out, _PARTING, pose * (0.95 - 0.35 * speaking) * (1 - gathered) * (1 - 0.5 * rounded))
    _join(out, _ROUNDING, pose * (0.95 - 0.45 * speaking))
    _join(out, _CLOSING, pose * breath * (1 - 0.8 * opened) * (1 - 0.35 * speaking))
    _join(out, [_JAW], pose * (0.95 - 0.5 * speaking))
    _join(out, [_TONGUE], pose * (1 - 0.9 * speaking))
    out[:, [_PUFF]] *= 1 - 0.7 * opened
    out[:, _CLOSE] = np.minimum(np.maximum(out[:, _CLOSE], pose[:, _CLOSE] * (1 - speaking[:, 0])), out[:, _JAW])


def _join(out: np.ndarray, columns: list[int], added: np.ndarray) -> None:
    """Two pulls on one shape: together more than either, never beyond 1."""
    out[:, columns] = 1 - (1 - out[:, columns]) * (1 - np.clip(added[:, columns], 0, 1))


def _smooth(values: np.ndarray, seconds: float) -> np.ndarray:
    return gaussian_filter1d(values.astype(np.float64), seconds * MODEL_FPS, mode="nearest")
