# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said when: a compact conv-transformer hears phones and lip contacts in a clip, a hundred times a second."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from torch import Tensor, nn
from torch.nn import functional

from .audio import FRAME_RATE, MELS, Clip, frame_count, log_mel, mel_power, prosody, relative_log
from .errors import InputError
from .noise import noise_below, quieted
from .opening import by_sound
from .phones import INDEX, LABIODENTALS, SEALS, SILENCE, SYMBOLS

WEIGHTS = "speech.safetensors"
Report = Callable[[float, str], None]

# Long clips are heard in windows that overlap, so that an hour needs no more memory than a minute. Steps of 20 ms.
_WINDOW = 1500
_MARGIN = 60
_STEM_FRAMES = 9  # of 10 ms, around each step
# Steady noise, in decibels under the voice, in which a clip is heard twice: white noise at 10 dB counts 14, quiet rooms 28 and
# more, sound that hardly changes, a hum or a held note, less than 6. Two hearings seldom agree as surely as one is sure.
# Chosen on the development split.
_NOISY, _SURER = (6.0, 25.0), 4 / 3


@dataclass(frozen=True)
class Config:
    """Shape and decision thresholds of a speech encoder; travels in the weights file.

    span: steps of 20 ms a step attends to on either side. seal_on, seal_off: a seal begins where its probability
    passes the first and lasts while it stays above the second, chosen on the development split.
    """

    width: int = 256
    blocks: int = 6
    heads: int = 4
    feedforward: int = 768
    kernel: int = 15
    dropout: float = 0.1
    span: int = 64
    seal_on: float = 0.4
    seal_off: float = 0.2
    symbols: tuple[str, ...] = SYMBOLS


@dataclass(frozen=True)
class Speech:
    """A clip as the generator hears it.

    posteriors: float32 (2 * frames, phones) at 100 Hz, rows sum to 1, columns in the order of phones.SYMBOLS.
    contact: float32 (2 * frames, 2) at 100 Hz, probability of lips sealed (p b m), of lip under teeth (f v).
    loudness: 0..1, of speech, not of what else sounds; pitch: semitones around the speaker's median, each float32 (frames,) at 50 Hz.
    duration: seconds. opening: millimetres that the lips are apart beyond rest by the sound alone, float32 (frames,), see
    opening.by_sound.
    """

    posteriors: np.ndarray
    contact: np.ndarray
    loudness: np.ndarray
    pitch: np.ndarray
    duration: float
    opening: np.ndarray

    def part(self, frames: slice) -> Speech:
        """The frames `start:stop` at 50 Hz as speech of their own."""
        labels = slice(2 * frames.start, 2 * frames.stop)
        rows = self.loudness[frames], self.pitch[frames]
        duration = len(rows[0]) / FRAME_RATE
        return Speech(self.posteriors[labels], self.contact[labels], *rows, duration, self.opening[frames])

    def played_at(self, speed: float) -> Speech:
        """The same speech played faster (above 1) or slower: what is said stays, the times shrink or grow.

        Sound that is played faster has the voice of a smaller throat, which the encoder was not trained on; what it heard
        at the speed of the recording is right at any.
        """
        if speed == 1.0:
            return self
        duration = self.duration / speed
        frames = frame_count(duration)
        heard = speed * np.arange(frames)
        labels = speed * np.arange(2 * frames)
        return Speech(
            _between(self.posteriors, labels),
            _between(self.contact, labels),
            _between(self.loudness, heard),
            self.pitch[
                np.minimum(np.round(heard).astype(int), len(self.pitch) - 1)
            ],  # 0 is unvoiced: nothing lies between
            duration,
            _between(self.opening, heard),
        )


def _between(rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Rows at fractional positions, linear in between, the last one held beyond the end."""
    positions = np.minimum(positions, len(rows) - 1)
    before = positions.astype(int)
    after = np.minimum(before + 1, len(rows) - 1)
    share = (positions - before).astype(np.float32).reshape(-1, *[1] * (rows.ndim - 1))
    return rows[before] * (1 - share) + rows[after] * share


class SpeechEncoder(nn.Module):
    """Log mel in, phone and contact logits out; see `forward`. `hear` does it for a clip."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.stem = nn.Linear(_STEM_FRAMES * MELS, config.width)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(config.width)
        self.phones = nn.Linear(config.width, 2 * len(config.symbols))
        self.contacts = nn.Linear(config.width, 2 * 3)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Mel (batch, 2 * steps, 80) → phone logits (batch, 2 * steps, phones), contact logits (..., 3).

        The contacts are none, seal, teeth. Inside, a step is 20 ms; each step answers for two frames of 10 ms.
        """
        side = _STEM_FRAMES // 2
        padded = functional.pad(mel, (0, 0, side - 1, side + 1), mode="constant", value=float(_SILENT))
        stacked = padded.unfold(1, _STEM_FRAMES + 1, 2)[..., :_STEM_FRAMES].flatten(2)
        hidden = functional.gelu(self.stem(stacked))
        turn, band = _rotation(hidden.shape[1], self.config), _band(hidden.shape[1], self.config.span)
        turn, band = turn.to(hidden.device), band.to(hidden.device)
        for block in self.blocks:
            hidden = block(hidden, turn, band)
        hidden = self.norm(hidden)
        return _by_frame(self.phones(hidden)), _by_frame(self.contacts(hidden))

    @torch.inference_mode()
    def hear(self, clip: Clip, report: Report | None = None) -> Speech:
        """Phones, contacts and prosody of a clip. `report` is told the share done, and may raise Cancelled.

        In steady noise it is heard once more with the noise taken down, and what both hear is believed.
        """
        power = mel_power(clip.samples)
        mel = relative_log(power)
        noisy = clip.duration >= 1.0 and _NOISY[0] < noise_below(power.numpy()) < _NOISY[1]
        posteriors, contact = self._heard(mel, _share(report, 0, 1 + noisy))
        if noisy:
            again = self._heard(log_mel(quieted(clip.samples)), _share(report, 1, 2))
            posteriors, contact = (posteriors + again[0]) / 2, (contact + again[1]) / 2
            contact[:, 0] = np.minimum(_SURER * contact[:, 0], 1 - contact[:, 1])
        loudness, pitch = prosody(clip.samples)
        loudness = loudness * _somebody_speaks(posteriors)
        opening = by_sound(mel.numpy(), loudness)
        return Speech(posteriors, contact, loudness, pitch, clip.duration, opening)

    def _heard(self, mel: Tensor, report: Report) -> tuple[np.ndarray, np.ndarray]:
        """Posteriors (2 * steps, phones) and contacts (2 * steps, 2) of mel (2 * steps, 80), window by window."""
        steps = len(mel) // 2
        posteriors = np.zeros((2 * steps, len(self.config.symbols)), np.float32)
        contact = np.zeros((2 * steps, 2), np.float32)
        for start, stop in _windows(steps):
            first, last = max(start - _MARGIN, 0), min(stop + _MARGIN, steps)
            phones, contacts = self(mel[None, 2 * first : 2 * last].to(self.stem.weight.device))
            kept, inside = slice(2 * start, 2 * stop), slice(2 * (start - first), 2 * (stop - first))
            posteriors[kept] = phones[0, inside].float().softmax(-1).cpu().numpy()
            contact[kept] = contacts[0, inside].float().softmax(-1)[:, 1:].cpu().numpy()
            report(stop / steps, "Hearing the clip")
        return posteriors, _steady(posteriors, contact)


def _share(report: Report | None, part: int, parts: int) -> Report:
    """The report of one of so many equal parts."""
    return lambda done, stage: report((part + done) / parts, stage) if report else None


class _Block(nn.Module):
    """Attention, depthwise convolution, feedforward; each normed before and added to what came in."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.attend_norm, self.attend_in = nn.LayerNorm(width), nn.Linear(width, 3 * width)
        self.attend_out = nn.Linear(width, width)
        self.convolve_norm, self.convolve_in = nn.LayerNorm(width), nn.Linear(width, 2 * width)
        self.convolve = nn.Conv1d(width, width, config.kernel, padding=config.kernel // 2, groups=width)
        self.convolve_out = nn.Linear(width, width)
        self.feed_norm, self.feed_in = nn.LayerNorm(width), nn.Linear(width, config.feedforward)
        self.feed_out = nn.Linear(config.feedforward, width)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor, turn: Tensor, band: Tensor) -> Tensor:
        hidden = hidden + self.dropout(self._attention(self.attend_norm(hidden), turn, band))
        hidden = hidden + self.dropout(self._convolution(self.convolve_norm(hidden)))
        return hidden + self.dropout(self.feed_out(functional.gelu(self.feed_in(self.feed_norm(hidden)))))

    def _attention(self, hidden: Tensor, turn: Tensor, band: Tensor) -> Tensor:
        batch, steps, width = hidden.shape
        shape = (batch, steps, 3, self.heads, width // self.heads)
        query, key, value = self.attend_in(hidden).view(shape).permute(2, 0, 3, 1, 4)
        query, key = _rotated(query, turn), _rotated(key, turn)
        heard = _near_attention(query, key, value, band.to(query.dtype))
        return self.attend_out(heard.transpose(1, 2).reshape(batch, steps, width))

    def _convolution(self, hidden: Tensor) -> Tensor:
        gated = functional.glu(self.convolve_in(hidden))
        return self.convolve_out(functional.silu(self._along_time(gated)))

    def _along_time(self, hidden: Tensor) -> Tensor:
        """The depthwise convolution as one of a picture one row high: torch's conv1d is slower on a CPU."""
        row, kernel = hidden.transpose(1, 2).unsqueeze(2), self.convolve.weight.unsqueeze(2)
        side = (0, self.convolve.padding[0])
        made = functional.conv2d(row, kernel, self.convolve.bias, padding=side, groups=self.convolve.groups)
        return made.squeeze(2).transpose(1, 2)


_SILENT = -1.19  # log_mel of digital silence
_LIPS = [INDEX[symbol] for symbol in SEALS]
_TEETH = [INDEX[symbol] for symbol in LABIODENTALS]
_STEADY = 3.0  # frames of 10 ms


def _steady(posteriors: np.ndarray, contact: np.ndarray) -> np.ndarray:
    """Contacts on which phones and contact head agree, over some 70 ms.

    Chosen on the development split: at 15 % false seals 78 % of p b m, against 75 % by the contact head alone.
    """
    named = np.stack([posteriors[:, group].sum(axis=1) for group in (_LIPS, _TEETH)], axis=1)
    return gaussian_filter1d(np.sqrt(named * contact), _STEADY, axis=0)


_NOT_SPEECH = 0.2  # of its loudness is left: a sigh and a laugh that nobody taught the encoder still stir the mouth
_AROUND_SPEECH = 7  # frames of 20 ms, so that the first sound of a phrase is as loud as it is


def _somebody_speaks(posteriors: np.ndarray) -> np.ndarray:
    """The share 0.2..1, float32 (frames,), of the loudness that is a voice's: no mouth opens for music or a hiss."""
    speaking = 1 - posteriors[:, INDEX[SILENCE]].reshape(-1, 2).mean(axis=1)
    near = maximum_filter1d(np.minimum(2 * speaking, 1), _AROUND_SPEECH)
    return (_NOT_SPEECH + (1 - _NOT_SPEECH) * gaussian_filter1d(near, 2.0)).astype(np.float32)


def _by_frame(logits: Tensor) -> Tensor:
    batch, steps, width = logits.shape
    return logits.view(batch, 2 * steps, width // 2)


def _windows(steps: int) -> list[tuple[int, int]]:
    """Spans that cover all steps, each heard on its own with a margin on both sides."""
    return [(start, min(start + _WINDOW, steps)) for start in range(0, steps, _WINDOW)]


@lru_cache(maxsize=8)
def _rotation(steps: int, config: Config) -> Tensor:
    """Cosines and sines (2, steps, head width) of rotary positions (Su et al. 2021)."""
    half = config.width // config.heads // 2
    angles = torch.outer(torch.arange(steps), 100.0 ** (-torch.arange(half) / half))
    return torch.stack([angles.cos(), angles.sin()]).repeat(1, 1, 2)


def _rotated(x: Tensor, turn: Tensor) -> Tensor:
    left, right = x.chunk(2, dim=-1)
    return (x * turn[0] + torch.cat([-right, left], dim=-1) * turn[1]).to(x.dtype)


def _near_attention(query: Tensor, key: Tensor, value: Tensor, band: Tensor) -> Tensor:
    """Attention (batch, heads, steps, head width) in blocks of `span` steps to themselves and their two neighbours.

    A quarter of the work of all steps to all steps; `band` is that of :func:`_band`.
    """
    batch, heads, steps, width = query.shape
    blocks, span, _ = band.shape
    short = blocks * span - steps
    query = functional.pad(query, (0, 0, 0, short)).reshape(batch * heads, blocks, span, width)
    key, value = (
        functional.pad(x, (0, 0, span, span + short)).flatten(0, 1).unfold(1, 3 * span, span).transpose(-1, -2)
        for x in (key, value)
    )
    heard = functional.scaled_dot_product_attention(query, key, value, attn_mask=band[None])
    return heard.reshape(batch, heads, blocks * span, width)[:, :, :steps]


@lru_cache(maxsize=8)
def _band(steps: int, span: int) -> Tensor:
    """Added to scores (blocks, span, 3 * span): 0 where a step may attend, -inf beyond `span` and beyond the ends.

    What is heard does not depend on the clip's length. Steps that only fill the last block see themselves.
    """
    blocks = -(-steps // span)
    position = torch.arange(blocks * span).view(blocks, span, 1)
    other = (torch.arange(blocks)[:, None, None] - 1) * span + torch.arange(3 * span)
    near = ((position - other).abs() <= span) & (other >= 0) & ((other < steps) | (other == position))
    return torch.zeros(near.shape).masked_fill(~near, float("-inf"))


def spans_above(probability: np.ndarray, on: float, off: float, shortest: int = 2) -> list[tuple[int, int]]:
    """Frames [start, stop) where probability (n,) stays above `off` and passes `on` somewhere; ≥ `shortest` frames."""
    above = np.concatenate([[False], probability > off, [False]])
    edges = np.flatnonzero(above[1:] != above[:-1])
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(a, b) for a, b in pairs if b - a >= shortest and probability[a:b].max() > on]


def load_speech_encoder(weights: Path, device: str = "cpu") -> SpeechEncoder:
    """The encoder in the folder `weights`, in float32 on `device`. InputError when the file is missing or broken."""
    path = weights / WEIGHTS
    try:
        with safe_open(path, "pt") as file:
            config = Config(**_config_fields(json.loads(file.metadata()["config"])))
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (no mapping)
        encoder = SpeechEncoder(config)
        encoder.load_state_dict(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, RuntimeError) as error:
        raise InputError(f"The speech encoder '{path}' is missing or broken: install the extension again.") from error
    if config.symbols != SYMBOLS:
        raise InputError(f"The speech encoder '{path}' belongs to another version: install the extension again.")
    return encoder.eval().to(device)


def _config_fields(row: dict) -> dict:
    return {**row, "symbols": tuple(row["symbols"])}


def config_json(config: Config) -> str:
    """The config as the weights' metadata carries it."""
    return json.dumps(asdict(config))
