# SPDX-License-Identifier: GPL-3.0-or-later
"""When each phone of a known English text is said: forced alignment by pocketsphinx."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from pocketsphinx import Decoder

from expclip_core.audio import SAMPLE_RATE, Clip
from expclip_core.phones import SILENCE, Segment

from . import english
from .manifest import covering

_PAD = 0.3  # seconds of faint noise around the clip: without room for it the aligner finds no silence at the ends
_LATE = 0.015  # pocketsphinx's labels sit 10 to 20 ms early, measured against bursts
_LONGEST_PHONE = 0.5
_SPOKEN_NOISES = {"SIL", "+SPN+", "+NSN+"}


@dataclass(frozen=True)
class Alignment:
    """segments cover the clip; score is the mean acoustic score a frame (higher is better, 0 the best)."""

    segments: tuple[Segment, ...]
    score: float

    @property
    def plausible(self) -> bool:
        """No phone lasts longer than anybody speaks: the aligner did not lose its way."""
        return all(s.symbol == SILENCE or s.end - s.start <= _LONGEST_PHONE for s in self.segments)


@cache
def decoder(purpose: str = "align") -> Decoder:
    """One decoder a process and purpose."""
    return Decoder(bestpath=False, lm=None, loglevel="FATAL")  # bestpath drops 14 to 55 % of clips in alignment


def pcm(clip: Clip) -> bytes:
    """The clip as pocketsphinx takes it, padded by `_PAD` seconds of faint noise, at a steady level."""
    noise = np.random.default_rng(0).normal(0, 1e-4, (2, int(_PAD * SAMPLE_RATE))).astype(np.float32)
    level = 0.5 / max(float(np.abs(clip.samples).max()), 1e-3)
    samples = np.concatenate([noise[0], clip.samples * np.float32(level), noise[1]])
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def learn(decoder: Decoder, words: list[str]) -> None:
    """Teach the decoder the words its dictionary lacks."""
    for word in words:
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, " ".join(english.guess(word)), True)


def decode(decoder: Decoder, sound: bytes) -> str | None:
    """What the active grammar or text hears, None when it finds no way through."""
    _listen(decoder, sound)
    hypothesis = decoder.hyp()
    return hypothesis.hypstr if hypothesis else None


def _listen(decoder: Decoder, sound: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()


def align(clip: Clip, text: str) -> Alignment | None:
    """Phones of `text` in `clip`, or None when the aligner finds no way through."""
    words = english.words_of(text)
    if not words:
        return None
    learn(decoder(), words)
    sound = pcm(clip)
    decoder().set_align_text(" ".join(words))
    if decode(decoder(), sound) is None:
        return None
    return _phones(sound, clip.duration)


def _phones(sound: bytes, duration: float) -> Alignment | None:
    """The second pass: phone times of the words just aligned."""
    decoder().set_alignment()
    _listen(decoder(), sound)  # asking for its hypothesis would crash: phone alignment has none
    alignment = decoder().get_alignment()
    if alignment is None:
        return None
    segments: list[Segment] = []
    scores = frames = 0
    for word in alignment:
        spoken = [phone for phone in word if phone.name not in _SPOKEN_NOISES]
        name = word.name.split("(")[0]
        for phone, (symbol, stress) in zip(spoken, english.stressed(name, [p.name for p in spoken]), strict=True):
            start = phone.start / 100 - _PAD + _LATE
            segments.append(Segment(symbol, start, start + phone.duration / 100, stress))
            scores, frames = scores + phone.score, frames + phone.duration
    return Alignment(covering(segments, duration), scores / max(frames, 1)) if segments else None
