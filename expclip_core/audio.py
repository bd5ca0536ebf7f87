# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound in: any file becomes a clip of mono samples, a clip becomes what the speech encoder and the generator hear.

Everything is measured against the clip's own speech level, so a quiet recording gives the same result as a loud one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.signal
import soundfile
import torch

from .errors import InputError
from .excerpt import WHOLE, Excerpt

SAMPLE_RATE = 16_000
FRAME_RATE = 50
LABEL_RATE = 2 * FRAME_RATE
LONGEST_SECONDS = 3600.0
MELS = 80

_HOP = SAMPLE_RATE // LABEL_RATE
_WINDOW = SAMPLE_RATE // 40  # 25 ms
_FFT = 512
_BLOCK_FRAMES = 6000  # a minute at a time, so that an hour needs little memory
_QUIETEST_LEVEL = 10 ** (-65 / 10)  # power re full scale; anything fainter is silence, not quiet speech
_SPEECH = 1e-3  # frames within 30 dB of the speech level
_FLOOR = 1e-7  # -70 dB under the speech level: where a studio's and a laptop's silence meet


@dataclass(frozen=True)
class Clip:
    """Speech to animate.

    samples: float32 (n,), mono, 16 kHz, -1..1. name: for people, the file's name without its ending.
    """

    samples: np.ndarray
    name: str = "clip"

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / SAMPLE_RATE


def frame_count(duration: float) -> int:
    """Frames at 50 Hz that cover `duration` seconds, from time 0 to its end; phone posteriors have twice as many."""
    return math.ceil(round(duration * FRAME_RATE, 6)) + 1


def read_clip(path: str | Path, excerpt: Excerpt = WHOLE) -> Clip:
    """The clip in any sound file libsndfile reads, of any rate and number of channels (these are averaged).

    Only the excerpt is read; its speed is not applied: speech is heard as it was spoken, see Speech.played_at.
    Raises InputError when there is no such file, it is no sound, it is empty, broken or longer than an hour, or when the
    excerpt lies beyond its end.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"There is no file '{path}': check the path of the clip.")
    if path.is_dir():
        raise InputError(f"'{path}' is a folder: choose a sound file in it.")
    try:
        samples, rate = _read_mono(path, excerpt)
    except (soundfile.LibsndfileError, TypeError) as error:  # TypeError: headerless .raw files need a rate
        raise InputError(
            f"'{path.name}' cannot be read as sound: export it as WAV, FLAC, OGG or MP3 and choose that."
        ) from error
    if len(samples) == 0:
        raise InputError(f"'{path.name}' holds no sound: it has zero samples, so record or export it again.")
    if not np.isfinite(samples).all():
        raise InputError(f"'{path.name}' has samples that are not numbers (NaN or infinite): export it again.")
    samples = _resampled(samples, rate)
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > 1.0:  # float files beyond full scale; only the shape matters
        samples = samples / np.float32(peak)
    return Clip(samples, path.stem)


def _read_mono(path: Path, excerpt: Excerpt) -> tuple[np.ndarray, int]:
    with soundfile.SoundFile(path) as file:
        first, last = _span(file, excerpt)
        if last - first > LONGEST_SECONDS * file.samplerate:
            raise InputError(f"'{path.name}' is longer than an hour: cut it into shorter clips.")
        if first >= file.frames > 0:
            raise InputError(
                f"The clip starts {excerpt.start:g} s into '{path.name}', which lasts {file.frames / file.samplerate:.2f} s: "
                "choose an earlier start."
            )
        file.seek(first)
        read = file.blocks(blocksize=1 << 20, frames=last - first, dtype="float32", always_2d=True)
        blocks = [block.mean(axis=1) for block in read]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32), file.samplerate


def _span(file: soundfile.SoundFile, excerpt: Excerpt) -> tuple[int, int]:
    """The first sample of an excerpt and the one after its last."""
    last = file.frames if excerpt.end is None else min(round(excerpt.end * file.samplerate), file.frames)
    return round(excerpt.start * file.samplerate), last


def _resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    if rate == SAMPLE_RATE:
        return samples
    ratio = Fraction(SAMPLE_RATE, rate)
    return scipy.signal.resample_poly(samples, ratio.numerator, ratio.denominator).astype(np.float32)


def log_mel(samples: np.ndarray, warp: float = 1.0) -> torch.Tensor:
    """Log mel energies, float32 (2 * frame_count, 80); frame i is centred at i * 10 ms.

    Energies are relative to the clip's speech level. `warp` shifts formants (1.1: a vocal tract 10 % shorter); training
    makes new voices with it.
    """
    return relative_log(mel_power(samples, warp))


def relative_log(power: torch.Tensor, level: float | None = None) -> torch.Tensor:
    """Mel powers as the encoder takes them: logarithmic, relative to the speech level, about -1.2..1.4.

    Half of the speech's own colour (microphone, room, throat) is taken out. Half, because the words are part of it.
    """
    level = max(speech_level(power.sum(dim=1).numpy()) if level is None else level, _QUIETEST_LEVEL)
    mel = (torch.log(power / level + _FLOOR) + 9.0) / 6.0
    speech = mel[power.sum(dim=1) > level * _SPEECH]
    if len(speech) == 0:
        return mel
    colour = speech.mean(dim=0)
    return mel - 0.5 * (colour - colour.mean())


def mel_power(samples: np.ndarray, warp: float = 1.0) -> torch.Tensor:
    """Power in 80 mel bands, float32 (2 * frame_count, 80); a row's sum is the window's mean square."""
    frames = 2 * frame_count(len(samples) / SAMPLE_RATE)
    padded = np.zeros((frames - 1) * _HOP + _FFT, np.float32)
    padded[_FFT // 2 : _FFT // 2 + len(samples)] = samples[: len(padded) - _FFT // 2]
    windows = torch.from_numpy(padded).unfold(0, _FFT, _HOP)
    filters, window = _mel_filters(round(warp, 2)), _window()
    return torch.cat([_power(block * window) @ filters for block in windows.split(_BLOCK_FRAMES)])


def _power(windows: torch.Tensor) -> torch.Tensor:
    spectrum = torch.view_as_real(torch.fft.rfft(windows))
    return spectrum.square_().sum(dim=-1)


@cache
def _window() -> torch.Tensor:
    window = torch.zeros(_FFT)
    start = (_FFT - _WINDOW) // 2
    window[start : start + _WINDOW] = torch.hann_window(_WINDOW)
    return window / window.square().sum().mul(_FFT / 2).sqrt()


@cache
def _mel_filters(warp: float) -> torch.Tensor:
    """Triangles (bins, 80) on Slaney's mel scale: linear to 1 kHz, logarithmic above."""
    edges = np.linspace(_hertz_to_mel(40.0), _hertz_to_mel(7800.0), MELS + 2)
    hertz = _mel_to_hertz(edges) * warp
    bins = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)[:, None]
    rising = (bins - hertz[:-2]) / (hertz[1:-1] - hertz[:-2])
    falling = (hertz[2:] - bins) / (hertz[2:] - hertz[1:-1])
    return torch.from_numpy(np.clip(np.minimum(rising, falling), 0, None).astype(np.float32))


def _hertz_to_mel(hertz: float) -> float:
    return 3 * hertz / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def _mel_to_hertz(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, 200 * mel / 3, 1000 * 6.4 ** ((mel - 15) / 27))


def speech_level(power: np.ndarray) -> float:
    """The power of the clip's loud syllables, from frame powers (n,): long pauses and single clicks don't move it."""
    if len(power) == 0:
        return 0.0
    loud = power[power > np.percentile(power, 99.5) * 1e-4]  # within 40 dB of the loudest
    return float(np.percentile(loud, 90)) if len(loud) else 0.0


_PITCH_RATE = SAMPLE_RATE // 2
_PITCH_WINDOW = 320  # 40 ms, two periods of a deep voice
_PITCH_HOP = _PITCH_RATE // FRAME_RATE
_PITCH_LAGS = np.arange(_PITCH_RATE // 450, _PITCH_RATE // 65)
_VOICED = 0.5  # autocorrelation of a voiced frame
_PITCH_RANGE = 18.0  # semitones around the median; beyond are octave errors
# Power re the speech level: what is no fainter may have a pitch, and what always sounds is no louder, or it is a song.
_AUDIBLE, _LOUDEST_NOISE = 1e-3, 0.1


def prosody(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loudness and pitch, each float32 (frame_count,) at 50 Hz.

    loudness: 0..1, 0 at the clip's background or 40 dB under its speech level, about 0.8 at loud syllables; of the voice
    alone, what always sounds with it is taken away.
    pitch: semitones around the speaker's median, 0 where unvoiced.
    """
    frames = frame_count(len(samples) / SAMPLE_RATE)
    windows = _pitch_windows(samples, frames)
    centred = windows - windows.mean(axis=1, keepdims=True)
    power = np.einsum("ij,ij->i", centred, centred) / _PITCH_WINDOW
    level = max(speech_level(power), _QUIETEST_LEVEL)
    relative = power / level
    always = np.percentile(relative, 5)
    background = float(np.clip(10 * np.log10(always + 1e-9) + 3, -40, -20))
    voice = 10 * np.log10(np.maximum(relative - min(always, _LOUDEST_NOISE), 0) + 1e-9)
    loudness = np.clip(0.8 * (voice - background) / -background, 0, 1)
    return loudness.astype(np.float32), _pitch(centred, relative > _AUDIBLE)


def _pitch_windows(samples: np.ndarray, frames: int) -> np.ndarray:
    slow = scipy.signal.resample_poly(samples, 1, 2).astype(np.float32)
    padded = np.zeros((frames - 1) * _PITCH_HOP + _PITCH_WINDOW, np.float32)
    padded[_PITCH_WINDOW // 2 : _PITCH_WINDOW // 2 + len(slow)] = slow[: len(padded) - _PITCH_WINDOW // 2]
    return np.lib.stride_tricks.sliding_window_view(padded, _PITCH_WINDOW)[::_PITCH_HOP]


def _pitch(windows: np.ndarray, loud: np.ndarray) -> np.ndarray:
    pitch = np.zeros(len(windows), np.float32)
    hertz = np.zeros(len(windows), np.float32)
    for start in range(0, len(windows), _BLOCK_FRAMES):
        hertz[start : start + _BLOCK_FRAMES] = _fundamental(windows[start : start + _BLOCK_FRAMES])
    voiced = loud & (hertz > 0)
    if not voiced.any():
        return pitch
    semitones = 12 * np.log2(hertz[voiced] / np.median(hertz[voiced]))
    pitch[voiced] = np.where(np.abs(semitones) < _PITCH_RANGE, semitones, 0)
    return scipy.ndimage.median_filter(pitch, 3)


def _fundamental(windows: np.ndarray) -> np.ndarray:
    """Hertz of each window (n, 320) by autocorrelation, 0 where unvoiced."""
    taper = np.hanning(_PITCH_WINDOW).astype(np.float32)
    spectrum = scipy.fft.rfft(windows * taper, 2 * _PITCH_WINDOW, axis=1)
    correlation = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, axis=1)
    own = np.correlate(taper, taper, "full")[_PITCH_WINDOW - 1 :]
    lags = _PITCH_LAGS
    unbiased = correlation[:, lags] / np.maximum(correlation[:, :1], 1e-12) * (own[0] / own[lags])
    octave_cost = 0.06 * np.log2(lags / lags[0])  # of two lags an octave apart, the shorter is the period
    best = np.argmax(unbiased - octave_cost, axis=1)
    strength = unbiased[np.arange(len(unbiased)), best]
    return np.where(strength > _VOICED, _PITCH_RATE / lags[best], 0).astype(np.float32)
