# SPDX-License-Identifier: GPL-3.0-or-later
"""Other rooms, microphones and voices for the same words.

Nearly everything is done to mel powers, where a microphone is a curve, a room an exponential tail and noise an
addition: a hundred times cheaper than on samples, so that one process feeds the training of a whole machine.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage
import scipy.signal
import torch

from expclip_core.audio import LABEL_RATE, MELS, mel_power, relative_log, speech_level

_BANDS = np.linspace(0, 1, MELS, dtype=np.float32)


def heard_by_someone_else(
    samples: np.ndarray, rng: np.random.Generator, strength: float, nasal: np.ndarray, babble: np.ndarray | None
) -> torch.Tensor:
    """Log mel float32 (frames, 80) of samples after random changes.

    strength: 0..1. nasal: bool, one a frame, where m, n or ng is said. babble: samples of others who talk in the background, at any level.
    """
    clipped = _clipped(samples, rng) if rng.random() < 0.1 * strength else samples
    spread = 0.06 + 0.16 * strength
    power = mel_power(clipped, float(np.exp(rng.uniform(-spread, spread)))).numpy()
    power = _throat(power, rng, strength)
    if rng.random() < 0.5 * strength:
        power = _noses(power, nasal, rng)
    level = speech_level(power.sum(axis=1))
    if rng.random() < 0.45 * strength:
        power = _room(power, rng)
    if babble is not None:
        crowd = mel_power(babble).numpy()[: len(power)]
        power = power + crowd * (level / speech_level(crowd.sum(axis=1)) * _ratio(rng.uniform(3, 28)))
    power = power * _microphone(rng, strength)
    if rng.random() < 0.75:
        loudest = 32 - 32 * strength
        power = power + _noise(power.shape, rng) * level * _ratio(rng.uniform(loudest, loudest + 45))
    if rng.random() < 0.3 * strength:
        power = power * _passband(rng)
    level = max(speech_level(power.sum(axis=1)), 0.05 * level)
    mel = relative_log(torch.from_numpy(power), level * _ratio(rng.uniform(-4, 4)))
    return _masked(mel, rng) if rng.random() < 0.6 * strength else mel


def _noses(power: np.ndarray, nasal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other noses: what sounds while the mouth is closed is a matter of the speaker's cavities, so that m and n are to
    be told apart by how the lips or the tongue got there. Each nasal has its murmur coloured its own way."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], nasal[: len(power)].astype(np.int8), [0]])))
    decibels = np.zeros_like(power)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        waves = np.arange(1, 5)[:, None]
        decibels[start:stop] = (
            rng.normal(0, 2.5, (4, 1)) * np.cos(np.pi * (waves * _BANDS + rng.uniform(0, 2, (4, 1))))
        ).sum(axis=0)
    return power * 10 ** (scipy.ndimage.uniform_filter1d(decibels, 3, axis=0) / 10)


def _ratio(decibels: float) -> float:
    return float(10 ** (-decibels / 10))


def _clipped(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    limit = float(np.abs(samples).max()) * rng.uniform(0.1, 0.6)
    return np.clip(samples, -limit, limit)


def _room(power: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """An exponential tail (a reverberation time of 0.1 to 0.7 s) under the direct sound."""
    decay = 10 ** (-6 / (rng.uniform(0.1, 0.7) * LABEL_RATE))
    tail = scipy.signal.lfilter([0, 1 - decay], [1, -decay], power, axis=0)
    return (power + tail * _ratio(rng.uniform(-3, 10))).astype(np.float32)


def _microphone(rng: np.random.Generator, strength: float) -> np.ndarray:
    """A smooth frequency response: a tilt of up to ±12 dB and slow waves."""
    curve = rng.uniform(-8, 8) * (_BANDS - 0.5) * (0.5 + strength)
    for waves in (1, 2, 3):
        curve = curve + rng.normal(0, 1.5 * strength + 0.5) * np.cos(np.pi * (waves * _BANDS + rng.uniform(0, 2)))
    return (10 ** (curve / 10)).astype(np.float32)


def _passband(rng: np.random.Generator) -> np.ndarray:
    """A telephone's or a thin codec's band, with steep sides."""
    low, high = rng.uniform(-0.05, 0.12), rng.uniform(0.62, 0.95)
    fall = np.maximum(np.maximum(low - _BANDS, _BANDS - high), 0) * 600
    return (10 ** (-np.minimum(fall, 60) / 10)).astype(np.float32)


def _noise(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Noise of random colours, from deep rumble to beyond white, 1 in total: each band's power fluctuates as a noise's
    does. Half of it stays the same, half changes its colour and loudness a few times, as streets and music do."""
    pieces = 1 if rng.random() < 0.5 else int(rng.integers(2, 16))
    bands = np.exp(rng.uniform(-5, 5) * _BANDS + rng.normal(0, 0.4 if pieces == 1 else 1.2, (pieces, MELS)))
    loudness = np.exp(rng.normal(0, 0.7, (pieces, 1))) if pieces > 1 else 1.0
    which = np.sort(rng.integers(0, pieces, shape[0]))
    fluctuation = rng.standard_gamma(2.0, shape) / 2.0
    return (fluctuation * (loudness * bands / bands.sum(axis=1, keepdims=True))[which]).astype(np.float32)


def _throat(power: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Another vocal tract: its cavities are not all longer or shorter by one factor, so formants move separately."""
    bend = rng.normal(0, 0.022 * strength, (3, 1)) / np.arange(1, 4)[:, None] ** 0.5
    moved = _BANDS + (bend * np.sin(np.pi * np.arange(1, 4)[:, None] * _BANDS)).sum(axis=0)
    place = np.clip(moved, 0, 1) * (MELS - 1)
    low = np.minimum(place.astype(int), MELS - 2)
    share = (place - low).astype(np.float32)
    return power[:, low] * (1 - share) + power[:, low + 1] * share


def _masked(mel: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """SpecAugment (Park et al. 2019), short in time so that no consonant vanishes whole."""
    for _ in range(2):
        low = rng.integers(0, MELS - 10)
        mel[:, low : low + rng.integers(1, 11)] = mel.mean()
        start = rng.integers(0, len(mel) - 5)
        mel[start : start + rng.integers(1, 5)] = mel.mean()
    return mel
