# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the mouth opens where the ear is not sure of the phones: as far as it sounds open.

In a language it never heard from people the encoder takes one vowel for another, and a jaw that follows them opens at
random. How loud a voice is, and whether its spectrum is that of an open vowel, needs no language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
from scipy.ndimage import gaussian_filter1d

from . import arkit, lips
from .curves import MODEL_FPS

if TYPE_CHECKING:
    from .speech import Speech

# Millimetres that the lips are apart beyond rest, times loudness: the first by itself, the others times the first cosines of
# the log mel spectrum. Fitted to three captured takes (training/fit_opening.py), made as wide as the generator opens.
_SOUND_MM = np.array([11.99, 0.05, -0.37, -0.44, -1.3, -1.15, -0.86])
_SYLLABLE = 0.04  # seconds, the standard deviation of a Gaussian over time
# Chosen on four captured takes and on English and German (docs/training.md): the sound's share where phones are mistaken.
SHARE = 0.8
# Mean entropy of the phones, in nats: below the first they are believed, from the second on the sound has its whole share.
# Known voices in known languages have 0.6 to 1.1, a stranger with an accent 1.2, Mandarin, known from a synthesiser only, 1.5.
UNSURE = (1.1, 1.3)
_AROUND = 1.0  # seconds over which a mean is taken
_BY_JAW = 0.8  # of the opening; the rest is the lower lip's

_JAW = arkit.INDEX["jawOpen"]
_LOWER_DOWN = [arkit.INDEX[name] for name in arkit.sides("mouthLowerDown")]


def sound_features(mel: np.ndarray, loudness: np.ndarray) -> np.ndarray:
    """What the opening is the weighted sum of, (frames, 7): loudness, and it times the first cosines of the spectrum.

    mel: (2 * frames, 80) of audio.log_mel. loudness: 0..1 (frames,).
    """
    spectrum = mel.reshape(len(loudness), 2, -1).mean(axis=1)
    cosines = scipy.fft.dct(spectrum, norm="ortho")[:, : len(_SOUND_MM) - 1]
    return _smooth(loudness[:, None] * np.column_stack([np.ones(len(loudness)), cosines]), _SYLLABLE)


def by_sound(mel: np.ndarray, loudness: np.ndarray) -> np.ndarray:
    """Millimetres, float32 (frames,), that the lips of somebody who sounds like this are further apart than at rest."""
    return (sound_features(mel, loudness) @ _SOUND_MM).astype(np.float32)


def unsure(speech: Speech, entropies: tuple[float, float] = UNSURE) -> np.ndarray:
    """How little the phones are to be believed, 0..1 (frames,): their entropy around a frame, as far as somebody speaks.

    entropies: in nats, at which they are still believed, and no longer.
    """
    entropy = -(speech.posteriors * np.log(speech.posteriors + 1e-9)).sum(axis=1).reshape(-1, 2).mean(axis=1)
    spoken = _smooth(speech.loudness, _AROUND)
    mean = _smooth(entropy * speech.loudness, _AROUND) / np.maximum(spoken, 1e-3)
    return np.clip((mean - entropies[0]) / (entropies[1] - entropies[0]), 0, 1)


def by_voice(spoken: np.ndarray, speech: Speech) -> np.ndarray:
    """Millimetres, (frames,), that the lips are to be further apart than in `spoken`, weights (frames, 52) in no style.

    Nothing where the phones are believed, nor where the words bring the lips together or to the teeth.
    """
    free = (1 - lips.own_seal(spoken)) * (1 - lips.own_teeth(spoken))
    return SHARE * unsure(speech) * free * (speech.opening - spoken @ lips.OPENING_MM)


def opened(weights: np.ndarray, millimetres: np.ndarray) -> np.ndarray:
    """Weights (frames, 52) with the lips so much further apart (below 0: nearer), by the jaw and the lower lip."""
    out = weights.copy()
    out[:, _JAW] += _BY_JAW * millimetres / lips.OPENING_MM[_JAW]
    out[:, _LOWER_DOWN] += ((1 - _BY_JAW) * millimetres / lips.OPENING_MM[_LOWER_DOWN].sum())[:, None]
    return np.clip(out, 0, 1)


def _smooth(values: np.ndarray, seconds: float) -> np.ndarray:
    return gaussian_filter1d(values.astype(np.float64), seconds * MODEL_FPS, axis=0, mode="nearest")
