# SPDX-License-Identifier: GPL-3.0-or-later
"""How well an encoder hears: frames right, and the seals the product is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from expclip_core.audio import LABEL_RATE, read_clip
from expclip_core.phones import PHONES, SEALS, SYMBOLS, Segment
from expclip_core.speech import Speech, SpeechEncoder, spans_above
from training.corpus.manifest import Utterance

from .crops import labels_of

_CLASSES = [phone.contact or phone.manner for phone in PHONES.values()]
_CLASS_OF = np.array([sorted(set(_CLASSES)).index(name) for name in _CLASSES])
_LIP_SOUNDS = (*SEALS, "f", "v", "w")
_NEAR = 0.06  # seconds: a seal this near a lip sound is not false
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
RELEASE = 0.5  # a seal lasts while its probability stays above this share of the threshold


@dataclass(frozen=True)
class Seals:
    """recall: p b m whose centre is inside a seal. false: seals with no lip sound near. timing: mean error, seconds."""

    threshold: float
    recall: float
    false: float
    timing: float

    @property
    def worth(self) -> float:
        return self.recall - 1.5 * self.false

    def __str__(self) -> str:
        return f"{self.threshold:.1f}: {self.recall:.3f}/{self.false:.3f} {1000 * self.timing:.0f} ms"


@dataclass(frozen=True)
class Score:
    """frames: share of 10 ms frames with the right phone; classes: with the right articulatory class."""

    frames: float
    classes: float
    seals: tuple[Seals, ...]

    @property
    def best(self) -> Seals:
        """The threshold where recall minus one and a half times the false seals is highest: lips that stay open on a p
        are seen more than lips that close on an n, but not much more."""
        return max(self.seals, key=lambda seals: seals.worth)

    def __str__(self) -> str:
        sweep = "  ".join(str(seals) for seals in self.seals)
        return f"frames {self.frames:.3f} classes {self.classes:.3f}  seals (recall/false) {sweep}"


def hear_all(encoder: SpeechEncoder, utterances: Iterable[Utterance]) -> list[tuple[Utterance, Speech]]:
    return [(utterance, encoder.hear(read_clip(utterance.audio))) for utterance in utterances]


def score(heard: Sequence[tuple[Utterance, Speech]], thresholds: Sequence[float] = THRESHOLDS) -> Score:
    """The score over clips, each frame and each seal counting once."""
    right = same = total = 0
    for utterance, speech in heard:
        times = np.arange(len(speech.posteriors)) / LABEL_RATE
        inside = times <= utterance.duration
        truth, guess = labels_of(utterance, times)[inside], speech.posteriors.argmax(axis=1)[inside]
        right, total = right + int((truth == guess).sum()), total + len(truth)
        same += int((_CLASS_OF[truth] == _CLASS_OF[guess]).sum())
    return Score(right / total, same / total, tuple(_seals(heard, threshold) for threshold in thresholds))


def _seals(heard: Sequence[tuple[Utterance, Speech]], threshold: float) -> Seals:
    wanted = caught = made = wrong = 0
    errors: list[float] = []
    for utterance, speech in heard:
        spans = [
            ((first - 0.5) / LABEL_RATE, (stop - 0.5) / LABEL_RATE)
            for first, stop in spans_above(speech.contact[:, 0], threshold, RELEASE * threshold)
        ]
        lips = [segment for segment in utterance.segments if segment.symbol in _LIP_SOUNDS]
        for segment in (segment for segment in lips if segment.symbol in SEALS):
            centre = (segment.start + segment.end) / 2
            hits = [(a + b) / 2 for a, b in spans if a <= centre <= b]
            wanted, caught = wanted + 1, caught + bool(hits)
            errors += [abs(hit - centre) for hit in hits[:1]]
        made += len(spans)
        wrong += sum(not _near_any((a + b) / 2, lips) for a, b in spans)
    timing = float(np.mean(errors)) if errors else 0.0
    return Seals(threshold, caught / max(wanted, 1), wrong / max(made, 1), timing)


def _near_any(time: float, segments: list[Segment]) -> bool:
    return any(segment.start - _NEAR <= time <= segment.end + _NEAR for segment in segments)


def confusions(heard: Sequence[tuple[Utterance, Speech]], threshold: float) -> dict[str, int]:
    """What was really said at the centre of each false seal, most frequent first."""
    counts: dict[str, int] = {}
    for utterance, speech in heard:
        lips = [segment for segment in utterance.segments if segment.symbol in _LIP_SOUNDS]
        for first, stop in spans_above(speech.contact[:, 0], threshold, RELEASE * threshold):
            centre = (first + stop - 1) / 2 / LABEL_RATE
            if not _near_any(centre, lips):
                symbol = SYMBOLS[int(labels_of(utterance, np.array([centre]))[0])]
                counts[symbol] = counts.get(symbol, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
