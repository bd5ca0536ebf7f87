# SPDX-License-Identifier: GPL-3.0-or-later
"""How strongly the sound speaks for each phone at each moment, compared with the phone it likes best."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from .. import phones

SMOOTHING: Final = 5  # frames over which the freely chosen phone is steady

# How far the listener is trusted: part of each posterior is spread to phones that sound alike, part to all.
_CONFUSED: Final = 0.15
_NASALS: Final = 0.5  # how alike they sound, whatever they look like
_FLOOR: Final = 0.01
_PRIOR_WEIGHT: Final = 0.7
_WORST: Final = 6.0  # a frame can speak against a phone by e^-6 and no more


def evidence_of(posteriors: np.ndarray) -> np.ndarray:
    """How each phone compares with the freely chosen one: logarithms, float32 (frames, phones), mostly below 0."""
    heard = posteriors @ _confusions() * (1 - _FLOOR) + _FLOOR / len(phones.SYMBOLS)
    prior = 0.5 * heard.mean(axis=0) + 0.5 / len(phones.SYMBOLS)
    scores = np.log(heard) - _PRIOR_WEIGHT * np.log(prior)
    free = uniform_filter1d(scores, SMOOTHING, axis=0).max(axis=1, keepdims=True)
    return np.maximum(scores - free, -_WORST).astype(np.float32)


@cache
def _confusions() -> np.ndarray:
    """Row: what is heard, column: what may have been said; float32 (phones, phones), columns sum to 1.

    Phones of one kind that look alike are confused; lips that touch and lips that do not are not, but for nasals, which
    differ in little else.
    """
    table = list(phones.PHONES.values())
    shape = np.array([(phone.opening, phone.rounding, phone.spreading) for phone in table])
    distance = np.abs(shape[:, None] - shape[None]).sum(axis=2)
    related = np.array([[a.is_vowel == b.is_vowel and a.contact == b.contact for b in table] for a in table])
    silence = np.array([phone.manner == "silence" for phone in table])
    nasal = np.array([phone.manner == "nasal" for phone in table])
    likeness = np.where(np.outer(nasal, nasal), _NASALS, np.exp(-4 * distance) * related)
    likeness = likeness * ~(silence[:, None] | silence) * ~np.eye(len(table), dtype=bool)
    spread = _CONFUSED * likeness / np.maximum(likeness.sum(axis=0), 1e-6)
    return (spread + np.diag(1 - spread.sum(axis=0))).astype(np.float32)
