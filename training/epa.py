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
_INNER, _OUTER, _DOWN = _columns("browInnerUp"), _columns("browOuterUp"), _columns("browDown")
_WIDE, _SQUINT = _columns("eyeWide"), _columns("eyeSquint")


def performed(
    spoken: Articulation, pose: np.ndarray, affect: np.ndarray, loudness: np.ndarray, pitch: np.ndarray
) -> np.ndarray:
    """The target curves, float32 (frames, 52), of speech performed in a style.

    pose (frames, 52) and affect (frames, 3) may change over time. loudness, pitch: see speech.Speech.
    """
    speaking = _smooth(np.clip(loudness / 0.3, 0, 1), 0.10)[:, None]
    accent = _accents(loudness, pitch)[:, None]
    arousal = affect[:, 1:2]
    # At rest an expression settles a little; the voice carries it.
    breath = 0.84 + 0.12 * _smooth(np.clip(loudness / 0.5, 0, 1), 0.35)[:, None] + 0.12 * accent * (1 + 0.5 * arousal)

    out = _articulated(spoken.weights, arousal)
    out[:, _UPPER_FACE + _EYES + _JAW_SHIFT] = pose[:, _UPPER_FACE + _EYES + _JAW_SHIFT]
    out[:, _UPPER_FACE] *= breath
    _accent_brows_and_lids(out, pose, accent, arousal)
    _shape_mouth(out, pose, speaking, breath)
    return lips.with_contacts(np.clip(out, 0, 1), spoken.seal, spoken.teeth).astype(np.float32)


def _articulated(weights: np.ndarray, arousal: np.ndarray) -> np.ndarray:
    """The excited open wide, the weary mumble; lip rounding stays intelligible."""
    out = weights.copy()
    out[:, _OPENING] *= np.clip(1 + 0.3 * arousal, 0.68, 1.35)
    return out


def _accent_brows_and_lids(out: np.ndarray, pose: np.ndarray, accent: np.ndarray, arousal: np.ndarray) -> None:
    """A stressed word raises the brows of an open face and knits those of a frowning one."""
    frowning = np.clip(pose[:, _DOWN].mean(axis=1, keepdims=True) / 0.4, 0, 1)
    liveliness = accent * (1 + 0.6 * arousal)
    out[:, _INNER] += 0.12 * liveliness * (1 - frowning)
    out[:, _OUTER] += 0.09 * liveliness * (1 - frowning)
    out[:, _DOWN] += 0.12 * liveliness * frowning
    squinting = np.clip(pose[:, _SQUINT].mean(axis=1, keepdims=True) / 0.4, 0, 1)
    out[:, _WIDE] += 0.07 * liveliness * (1 - squinting)
    out[:, _SQUINT] += 0.08 * liveliness * squinting


def _shape_mouth(out: np.ndarray, pose: np.ndarray, speaking: np.ndarray, breath: np.ndarray) -> None:
    """Corners belong to the expression, the opening to speech, and each gives way where the other needs the lips."""
    rounded = np.clip(out[:, _ROUNDING].sum(axis=1, keepdims=True) / 0.6, 0, 1)
    opened = np.clip(out[:, [_JAW]] / 0.15, 0, 1) * speaking
    _join(out, _CORNERS, pose * breath * (1 - 0.45 * rounded))
    _join(out, _PARTING, pose * (0.95 - 0.35 * speaking))
    _join(out, _ROUNDING, pose * (0.95 - 0.45 * speaking))
    _join(out, _CLOSING, pose * breath * (1 - 0.8 * opened) * (1 - 0.35 * speaking))
    _join(out, [_JAW], pose * (0.95 - 0.5 * speaking))
    _join(out, [_TONGUE], pose * (1 - 0.9 * speaking))
    out[:, [_PUFF]] *= 1 - 0.7 * opened
    out[:, _CLOSE] = np.minimum(np.maximum(out[:, _CLOSE], pose[:, _CLOSE] * (1 - speaking[:, 0])), out[:, _JAW])


def _join(out: np.ndarray, columns: list[int], added: np.ndarray) -> None:
    """Two pulls on one shape: together more than either, never beyond 1."""
    out[:, columns] = 1 - (1 - out[:, columns]) * (1 - np.clip(added[:, columns], 0, 1))


def _accents(loudness: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    """0..1 (frames,): where loudness or pitch stand out from the phrase around them."""
    louder = np.clip(_smooth(loudness, 0.08) - _smooth(loudness, 0.7), 0, None) / 0.3
    higher = np.clip(_smooth(pitch, 0.10) - _smooth(pitch, 0.9), 0, None) / 4.0
    return np.clip(_smooth(0.5 * louder + 0.7 * higher, 0.06), 0, 1)


def _smooth(values: np.ndarray, seconds: float) -> np.ndarray:
    return gaussian_filter1d(values.astype(np.float64), seconds * MODEL_FPS, mode="nearest")
