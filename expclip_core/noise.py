# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice in steady noise: how far the noise lies below it, and the sound with that noise taken down."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.signal

from .audio import SAMPLE_RATE

_PAUSES: Final = 10  # percentile over time of a band's power: what is there between the words
_WINDOW, _HOP = 512, 128  # samples
# What is least in a spectrum of noise lies below its mean: the percentile of its power and the mean of it.
_NOISE_PERCENTILE, _NOISE_MEAN = 15, 1.9
_MEMORY = 0.98
_LEFT = 0.3  # of noise's amplitude: what is cut to nothing leaves tones that sound like consonants


def noise_below(power: np.ndarray) -> float:
    """Decibels that the steady part of a clip lies below its mean power, infinite without any; power: (frames, bands)."""
    steady = float(np.percentile(power, _PAUSES, axis=0).sum()) if len(power) else 0.0
    return 10 * float(np.log10(power.sum(axis=1).mean() / steady)) if steady else float("inf")


def quieted(samples: np.ndarray) -> np.ndarray:
    """Samples, float32 (n,), a second at least, with steady noise taken down by up to 10 dB, minute by minute.

    A Wiener filter whose voice-to-noise ratio is estimated as by Ephraim and Malah (1984), decision-directed.
    """
    minutes = np.array_split(samples, 1 + len(samples) // (60 * SAMPLE_RATE))
    return np.concatenate([_filtered(minute) for minute in minutes]).astype(np.float32)


def _filtered(samples: np.ndarray) -> np.ndarray:
    _, _, spectrum = scipy.signal.stft(samples, SAMPLE_RATE, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    power = np.abs(spectrum) ** 2
    noise = _NOISE_MEAN * np.percentile(power, _NOISE_PERCENTILE, axis=1, keepdims=True) + 1e-12
    gains, voice = np.empty_like(power), np.ones(len(power))
    for column, ratio in enumerate((power / noise).T):
        expected = _MEMORY * voice + (1 - _MEMORY) * np.maximum(ratio - 1, 0)
        gains[:, column] = np.maximum(expected / (1 + expected), _LEFT)
        voice = gains[:, column] ** 2 * ratio
    _, quiet = scipy.signal.istft(spectrum * gains, SAMPLE_RATE, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    return quiet[: len(samples)]
