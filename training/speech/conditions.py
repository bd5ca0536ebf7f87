# SPDX-License-Identifier: GPL-3.0-or-later
"""The same words from other throats, rooms and lines: what a listener must not mind. For measuring, never for training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import scipy.ndimage
import scipy.signal

from expclip_core.audio import SAMPLE_RATE, Clip
from training.corpus.manifest import Utterance

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]
_CHILD = 2 ** (6 / 12)
_WINDOW, _HOP = 512, 128


def white(decibels: float) -> Change:
    """White noise so far under the clip's mean power."""
    return lambda samples, rng: samples + _at(rng.standard_normal(len(samples)), samples, decibels)


def babble(decibels: float, voices: Sequence[np.ndarray]) -> Change:
    """Six people talking at once, so far under the clip's mean power."""

    def change(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        chosen = rng.choice(len(voices), 6, replace=len(voices) < 6)
        crowd = sum(np.resize(np.roll(voices[i], rng.integers(len(voices[i]))), len(samples)) for i in chosen)
        return samples + _at(crowd, samples, decibels)

    return change


def _at(noise: np.ndarray, samples: np.ndarray, decibels: float) -> np.ndarray:
    return noise * np.sqrt(np.mean(samples**2) / np.mean(noise**2)) * 10 ** (-decibels / 20)


def telephone(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """300 to 3400 Hz in eight bits of μ-law (ITU-T G.711's curve)."""
    band = scipy.signal.butter(6, (300, 3400), "bandpass", fs=SAMPLE_RATE, output="sos")
    narrow = scipy.signal.sosfilt(band, samples)
    loudest = np.abs(narrow).max() + 1e-9
    squeezed = np.sign(narrow) * np.log1p(255 * np.abs(narrow) / loudest) / np.log(256)
    coarse = np.round(squeezed * 127) / 127
    return np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255 * loudest


def room(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half a second of reverberation, as loud as the voice itself."""
    times = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    tail = rng.standard_normal(len(times)) * 10 ** (-3 * times / 0.5)
    wet = scipy.signal.fftconvolve(samples, tail)[: len(samples)]
    return samples + _at(wet, samples, 0)


def whispered(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The voice's smooth spectrum on noise, with little below 500 Hz, as a whisper has."""
    _, _, spectrum = scipy.signal.stft(samples, SAMPLE_RATE, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    smooth = scipy.ndimage.gaussian_filter1d(np.log(np.abs(spectrum) + 1e-6), 6, axis=0)
    hertz = np.linspace(0, SAMPLE_RATE / 2, len(smooth))[:, None]
    breath = np.exp(smooth + 2j * np.pi * rng.random(smooth.shape)) * np.clip(hertz / 800, 0.05, 1)
    _, whisper = scipy.signal.istft(breath, SAMPLE_RATE, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    return np.resize(whisper, len(samples))


def childlike(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Six semitones higher, throat and all, and as much faster."""
    return scipy.signal.resample_poly(samples, 1000, round(1000 * _CHILD))


def sung(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Drawn out to twice its length by a phase vocoder (Flanagan and Golden 1966)."""
    _, _, spectrum = scipy.signal.stft(samples, SAMPLE_RATE, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    places = np.minimum(np.arange(0, spectrum.shape[1] - 1, 0.5), spectrum.shape[1] - 2)
    low = places.astype(int)
    share = places - low
    loud = np.abs(spectrum[:, low]) * (1 - share) + np.abs(spectrum[:, low + 1]) * share
    turned = np.angle(spectrum[:, low + 1]) - np.angle(spectrum[:, low])
    phase = np.angle(spectrum[:, :1]) + np.cumsum(turned, axis=1)
    _, out = scipy.signal.istft(loud * np.exp(1j * phase), SAMPLE_RATE, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    return out[: 2 * len(samples)]


def conditions(voices: Sequence[np.ndarray]) -> dict[str, tuple[Change | None, float]]:
    """Name → the change (None: as recorded) and how many times slower it plays. `voices` are for the babble."""
    return {
        "as recorded": (None, 1.0),
        **{f"white noise {level} dB": (white(level), 1.0) for level in (20, 10, 5)},
        **{f"babble {level} dB": (babble(level, voices), 1.0) for level in (20, 10, 5)},
        "telephone": (telephone, 1.0),
        "room": (room, 1.0),
        "whisper": (whispered, 1.0),
        "six semitones up": (childlike, 1 / _CHILD),
        "drawn out twofold": (sung, 2.0),
    }


def changed(utterance: Utterance, clip: Clip, change: Change, slower: float, seed: int) -> tuple[Utterance, Clip]:
    """The utterance with its phones' new times and its sound, changed the same way for the same seed."""
    samples = change(clip.samples.astype(np.float64), np.random.default_rng(seed)).astype(np.float32)
    segments = tuple(replace(s, start=s.start * slower, end=s.end * slower) for s in utterance.segments)
    return replace(utterance, segments=segments, duration=utterance.duration * slower), Clip(samples, clip.name)
