# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the mouth opens where the ear is not sure of the phones: with the voice.

In a language it never heard the encoder takes one vowel for another, and a jaw that follows them opens at random. How
loud a voice is needs no language: on captured mouths the two together follow better than either alone.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from . import arkit, lips
from .curves import MODEL_FPS
from .speech import Speech

# Chosen on three captured takes, each left out in turn (docs/training.md): the voice's share where phones are mistaken, the
# millimetres that the lips are apart at loudness 1, and the standard deviation, in seconds, of a Gaussian over loudness.
SHARE = 0.6
VOICE_MM = 11.0
SYLLABLE = 0.04
# Mean entropy of the phones, in nats: below the first they are believed, at the second the voice has its whole share.
# Known voices in known languages have 0.7 to 1.0, a stranger with an accent 1.2, a language never heard 1.5.
_SURE, _UNSURE = 1.2, 1.4
_AROUND = 1.0  # seconds over which a mean is taken
_BY_JAW = 0.8  # of the opening; the rest is the lower lip's

_JAW = arkit.INDEX["jawOpen"]
_LOWER_DOWN = [arkit.INDEX[name] for name in arkit.sides("mouthLowerDown")]


def unsure(speech: Speech) -> np.ndarray:
    """How little the phones are to be believed, 0..1 (frames,): their entropy around a frame, as far as somebody speaks."""
    entropy = -(speech.posteriors * np.log(speech.posteriors + 1e-9)).sum(axis=1).reshape(-1, 2).mean(axis=1)
    spoken = _smooth(speech.loudness, _AROUND)
    mean = _smooth(entropy * speech.loudness, _AROUND) / np.maximum(spoken, 1e-3)
    return np.clip((mean - _SURE) / (_UNSURE - _SURE), 0, 1)


def by_voice(spoken: np.ndarray, speech: Speech) -> np.ndarray:
    """Millimetres, (frames,), that the lips are to be further apart than in `spoken`, weights (frames, 52) in no style.

    Nothing where the phones are believed, nor where the words bring the lips together or to the teeth.
    """
    free = (1 - lips.own_seal(spoken)) * (1 - lips.own_teeth(spoken))
    voice = VOICE_MM * _smooth(speech.loudness, SYLLABLE)
    return SHARE * unsure(speech) * free * (voice - spoken @ lips.OPENING_MM)


def opened(weights: np.ndarray, millimetres: np.ndarray) -> np.ndarray:
    """Weights (frames, 52) with the lips so much further apart (below 0: nearer), by the jaw and the lower lip."""
    out = weights.copy()
    out[:, _JAW] += _BY_JAW * millimetres / lips.OPENING_MM[_JAW]
    out[:, _LOWER_DOWN] += ((1 - _BY_JAW) * millimetres / lips.OPENING_MM[_LOWER_DOWN].sum())[:, None]
    return np.clip(out, 0, 1)


def _smooth(values: np.ndarray, seconds: float) -> np.ndarray:
    return gaussian_filter1d(values.astype(np.float64), seconds * MODEL_FPS, mode="nearest")
