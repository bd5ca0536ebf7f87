# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transcript does for the lips: seals before and after, boundaries, and how surely a wrong one is noticed.

    python -m training.evaluate_transcript [--split dev] [--noise DECIBELS] [--corpus corpus] [--weights weights]

Truth is pocketsphinx' alignment of the right text, as the corpus has it. A seal is heard in a p, b or m when the
posteriors of the three together pass a half somewhere in it; it is false when none is within 60 ms.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from expclip_core import phones
from expclip_core.audio import Clip, read_clip
from expclip_core.phones import Segment
from expclip_core.speech import Speech, load_speech_encoder
from expclip_core.transcript import Alignment, aligned, posteriors_of

from .corpus import manifest
from .corpus.manifest import Utterance
from .splits import sentence_key

_SEALS = [phones.INDEX[symbol] for symbol in phones.SEALS]
_NEAR = 0.06  # seconds
_CONDITIONS = (
    "no transcript",
    "right",
    "another sentence",
    "first half",
    "right among others",
    "half right",
    "one word wrong",
    "one word missing",
)


@dataclass
class Tally:
    """What one kind of transcript did on one speaker."""

    frames: list[float] = field(default_factory=list)
    sealed: list[bool] = field(default_factory=list)
    false: list[bool] = field(default_factory=list)
    boundaries: list[float] = field(default_factory=list)
    fit: list[float] = field(default_factory=list)
    warned: list[bool] = field(default_factory=list)
    seconds: float = 0.0
    sound: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--weights", type=Path, default=Path("weights"))
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--noise", type=float, help="add white noise so many decibels below the clip")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    encoder = load_speech_encoder(arguments.weights)
    speakers: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in manifest.read(arguments.corpus / "manifest.jsonl"):
        if utterance.split == arguments.split and utterance.source in ("kathleen", "reader"):
            speakers[utterance.speaker].append(utterance)
    print(
        f"{'':9} {'transcript':20} {'frames':>6} {'sealed':>6} {'false':>6} {'boundary':>9} {'<30ms':>6} {'fit':>5} {'used':>5} {'warned':>6} {'ms/s':>5}"
    )
    for speaker, utterances in speakers.items():
        heard = [encoder.hear(_noisy(read_clip(utterance.audio), arguments.noise)) for utterance in utterances]
        for condition in _CONDITIONS:
            print(f"{speaker:9} {condition:20} {_row(_tallied(utterances, heard, condition))}", flush=True)
        _report_long(speaker, utterances, heard)


def _noisy(clip: Clip, decibels: float | None) -> Clip:
    if decibels is None:
        return clip
    level = np.sqrt(np.square(clip.samples).mean()) * 10 ** (-decibels / 20)
    noise = np.random.default_rng(0).normal(0, level, len(clip.samples))
    return Clip((clip.samples + noise).astype(np.float32), clip.name)


def _tallied(utterances: list[Utterance], heard: list[Speech], condition: str) -> Tally:
    tally = Tally()
    for (utterance, text), speech in zip(_with_texts(utterances, condition), heard, strict=True):
        posteriors = speech.posteriors
        if text is not None:
            before = time.process_time()
            alignment = aligned(speech, text, "en")
            posteriors, _ = posteriors_of(alignment, speech)
            tally.seconds += time.process_time() - before
            tally.sound += speech.duration
            tally.fit.append(alignment.fit)
            tally.warned.append(bool(alignment.warning))
            tally.boundaries += _boundary_errors(alignment, utterance.segments)
        tally.frames.append(float(np.mean(posteriors.argmax(axis=1) == _symbols(utterance.segments, len(posteriors)))))
        _count_seals(tally, posteriors, utterance.segments)
    return tally


def _report_long(speaker: str, utterances: list[Utterance], heard: list[Speech]) -> None:
    """All clips as one, with text for all or a part of it, and a part of it with text for all."""
    third = len(heard) // 3
    texts = [utterance.text for utterance in utterances]
    for name, clips, said in (
        ("whole clip, whole text", heard, texts),
        ("whole clip, text lacks the middle third", heard, texts[:third] + texts[2 * third :]),
        ("whole clip, text of the middle third", heard, texts[third : 2 * third]),
        ("one sentence, whole text", heard[third : third + 1], texts),
    ):
        speech = _joined(clips)
        before = time.process_time()
        alignment = aligned(speech, " ".join(said), "en")
        seconds = time.process_time() - before
        print(
            f"{speaker:9} {name:40} {speech.duration:6.0f} s, {sum(len(text.split()) for text in said)} words: "
            f"fit {alignment.fit:.3f}, {len(alignment.words)} words used, {1000 * seconds / speech.duration:.1f} ms/s",
            flush=True,
        )


def _joined(clips: list[Speech]) -> Speech:
    names = ("posteriors", "contact", "loudness", "pitch", "opening")
    arrays = {name: np.concatenate([getattr(clip, name) for clip in clips]) for name in names}
    return Speech(**arrays, duration=sum(len(clip.loudness) for clip in clips) / 50)


def _with_texts(utterances: list[Utterance], condition: str) -> Iterator[tuple[Utterance, str | None]]:
    random = np.random.default_rng(0)
    for index, utterance in enumerate(utterances):
        following = utterances[index + 7 :] + utterances
        others = [u.text for u in following if sentence_key(u.text) != sentence_key(utterance.text)]
        words, place = utterance.text.split(), int(random.integers(len(utterance.text.split())))
        half = words[: len(words) // 2]
        yield (
            utterance,
            {
                "no transcript": None,
                "right": utterance.text,
                "another sentence": others[0],
                "first half": " ".join(half),
                "right among others": f"{others[0]} {utterance.text} {others[1]}",
                "half right": " ".join([*half, others[0]]),
                "one word wrong": " ".join([*words[:place], others[2].split()[0], *words[place + 1 :]]),
                "one word missing": " ".join([*words[:place], *words[place + 1 :]]),
            }[condition],
        )


def _symbols(segments: tuple[Segment, ...], frames: int) -> np.ndarray:
    ends = [segment.end for segment in segments]
    index = np.minimum(np.searchsorted(ends, np.arange(frames) / 100, side="right"), len(ends) - 1)
    return np.array([phones.INDEX[segment.symbol] for segment in segments])[index]


def _count_seals(tally: Tally, posteriors: np.ndarray, segments: tuple[Segment, ...]) -> None:
    closed = posteriors[:, _SEALS].sum(axis=1) > 0.5
    true = [(segment.start, segment.end) for segment in segments if segment.symbol in phones.SEALS]
    tally.sealed += [bool(closed[round(100 * start) : round(100 * end) + 1].any()) for start, end in true]
    edges = np.flatnonzero(np.diff(np.r_[False, closed, False])) / 100
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        tally.false.append(not any(start < stop + _NEAR and end > begin - _NEAR for begin, stop in true))


def _boundary_errors(alignment: Alignment, truth: tuple[Segment, ...]) -> list[float]:
    """Milliseconds from each aligned phone's start to that of the same phone in truth, where one is near."""
    errors = []
    for segment in alignment.segments:
        near = [
            t
            for t in truth
            if t.symbol == segment.symbol and t.start < segment.end + 0.05 and t.end > segment.start - 0.05
        ]
        if near and segment.symbol != phones.SILENCE:
            errors.append(1000 * min(abs(t.start - segment.start) for t in near))
    return errors


def _row(tally: Tally) -> str:
    def share(values: list, of: Callable = np.mean) -> str:
        return f"{of(values):.3f}" if values else "-"

    errors = np.array(tally.boundaries)
    boundary = f"{np.median(errors):.0f}/{errors.mean():.0f} ms" if len(errors) else "-"
    near = f"{np.mean(errors < 30):.3f}" if len(errors) else "-"
    used = f"{np.mean([fit > 0 for fit in tally.fit]):.2f}" if tally.fit else "-"
    speed = f"{1000 * tally.seconds / tally.sound:.1f}" if tally.sound else "-"
    return (
        f"{share(tally.frames):>6} {share(tally.sealed):>6} {share(tally.false):>6} {boundary:>9} {near:>6} "
        f"{share(tally.fit, np.median)[:4]:>5} {used:>5} {share(tally.warned)[:4]:>6} {speed:>5}"
    )


if __name__ == "__main__":
    main()
