# SPDX-License-Identifier: GPL-3.0-or-later
"""A transcript laid over the sound: when each phone is said, and how far the transcript is to be believed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from .. import phones
from ..errors import InputError
from ..phones import Segment
from .evidence import SMOOTHING, evidence_of
from .pronounce import Word, words_of
from .search import fitting_stretches, gain, spoken
from .trellis import GAP, NOT_A_WORD, Run

if TYPE_CHECKING:
    from ..speech import Speech

RATE: Final = 100.0  # frames a second

_SHORTEST_CLOSURE: Final = 0.07  # seconds that lips are closed before a p or b that breaks a silence
_SHORTEST_FREE: Final = 3  # frames of a phone where there are no words
_SHORTEST_WORD: Final = 12  # frames of sound between words that may be a word which the transcript lacks
_EDGE: Final = 0.05  # seconds from the listener's own posteriors to the transcript's
_GOOD_FIT: Final = 0.8
_MOST_RANGES: Final = 4
_CERTAINTY: Final = 0.95  # of a phone that the transcript names


@dataclass(frozen=True)
class SpokenWord:
    """A word of the transcript and when it is said, seconds; `evidence` is its gain over no word, natural logarithm."""

    text: str
    start: float
    end: float
    evidence: float


@dataclass(frozen=True)
class Alignment:
    """segments: cover the clip. words: those believed, in order. used: seconds where the transcript holds.

    fit: 0..1, the share of the clip's speech that the transcript explains. warning: a sentence for the user, or "".
    """

    segments: tuple[Segment, ...]
    words: tuple[SpokenWord, ...]
    fit: float
    used: tuple[tuple[float, float], ...]
    warning: str = ""


def aligned(speech: Speech, transcript: str, language: str | None = None) -> Alignment:
    """Lay `transcript` over `speech`, as far as it fits.

    language: a code such as ``de``; found from the text when None. A transcript that does not belong to the clip uses
    nothing of it and says so in `warning`, as does one in a language that nobody here can pronounce.
    """
    try:
        words = words_of(transcript, language)
    except InputError as error:
        return _unused(speech, str(error))
    if not words:
        return _unused(speech, "The transcript has no words to say and is ignored; write what is said in the clip.")
    evidence = evidence_of(speech.posteriors)
    talk = uniform_filter1d(speech.posteriors[:, phones.INDEX[phones.SILENCE]], SMOOTHING) < 0.5
    stretches = fitting_stretches(words, evidence, talk)
    if not stretches:
        return _unused(
            speech, "The transcript does not fit the clip and is ignored; check that it is the text of this clip."
        )
    return _alignment(speech, words, stretches, evidence, talk)


def posteriors_of(alignment: Alignment, speech: Speech, certainty: float = _CERTAINTY) -> tuple[np.ndarray, np.ndarray]:
    """`speech.posteriors` and `speech.contact` with the transcript's phones in their place where it holds, so certain of them.

    Returns new float32 arrays (2*frames, phones) and (2*frames, 2: lips, teeth).
    """
    times = np.arange(len(speech.posteriors)) / RATE
    ends = np.array([segment.end for segment in alignment.segments])
    index = np.minimum(np.searchsorted(ends, times, side="right"), len(ends) - 1)
    symbol = np.array([phones.INDEX[segment.symbol] for segment in alignment.segments])[index]
    known = _soft(np.eye(len(phones.SYMBOLS), dtype=np.float32)[symbol])
    touching = [[phone.contact == place for place in ("lips", "teeth")] for phone in phones.PHONES.values()]
    weight = certainty * _inside(times, alignment.used)[:, None]
    posteriors = (1 - weight) * speech.posteriors + weight * known
    contact = (1 - weight) * speech.contact + weight * (known @ np.array(touching, dtype=np.float32))
    return posteriors.astype(np.float32), contact.astype(np.float32)


def _soft(steps: np.ndarray) -> np.ndarray:
    """Edges over three frames."""
    padded = np.pad(steps, ((1, 1), (0, 0)), mode="edge")
    return 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]


def _inside(times: np.ndarray, ranges: Sequence[tuple[float, float]]) -> np.ndarray:
    """1 inside any of the ranges, falling to 0 before and behind them."""
    inside = np.zeros(len(times), dtype=np.float32)
    for start, end in ranges:
        distance = np.maximum(np.maximum(start - times, times - end), 0)
        np.maximum(inside, np.clip(1 - distance / _EDGE, 0, 1), out=inside)
    return inside


def _alignment(
    speech: Speech,
    words: Sequence[Word],
    stretches: list[list[Run]],
    evidence: np.ndarray,
    talk: np.ndarray,
) -> Alignment:
    likeliest = _likeliest(speech)
    said = _lengthened([run for stretch in stretches for run in stretch if run.column < GAP], likeliest)
    covered = _covered(said, len(talk))
    heard = []
    for index, group in groupby(spoken(said), key=lambda run: run.word):
        runs = list(group)
        start, end = _seconds(runs[0].start, speech), _seconds(runs[-1].end, speech)
        heard.append(SpokenWord(words[index].text, start, end, gain(runs, evidence)))
    segments = _segments(said, likeliest, words, speech)
    begins = [segment.start for segment in segments]
    used = tuple(  # a closure begins before the sound it was found by
        (begins[bisect_right(begins, _seconds(start, speech)) - 1], _seconds(end, speech))
        for start, end in _ranges(covered)
    )
    fit = float((talk & covered).sum() / max(talk.sum(), 1))
    return Alignment(segments, tuple(heard), fit, used, _warning(fit, _joined(used)))


def _ranges(mask: np.ndarray) -> list[tuple[int, int]]:
    """First frame and frame behind the last of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _likeliest(speech: Speech) -> np.ndarray:
    """The phone that the listener finds likeliest at each moment, index (frames,)."""
    return uniform_filter1d(speech.posteriors, SMOOTHING, axis=0).argmax(axis=1)


def _covered(said: Iterable[Run], frames: int) -> np.ndarray:
    """Where runs are, bool (frames,)."""
    covered = np.zeros(frames, dtype=bool)
    for run in said:
        covered[run.start : run.end] = True
    return covered


def _lengthened(said: Sequence[Run], likeliest: np.ndarray) -> list[Run]:
    """With sound that is too short for a word of its own in the words' phones before it, or else behind it."""
    by_end, by_start = ({getattr(run, edge): run for run in said} for edge in ("end", "start"))
    runs = {run: run for run in said}
    for start, end in _ranges(~_covered(said, len(likeliest)) & (likeliest != phones.INDEX[phones.SILENCE])):
        before, behind = by_end.get(start), by_start.get(end)
        if end - start < _SHORTEST_WORD and before:
            runs[before] = replace(runs[before], end=end)
        elif end - start < _SHORTEST_WORD and behind:
            runs[behind] = replace(runs[behind], start=start)
    return list(runs.values())


def _segments(said: Sequence[Run], likeliest: np.ndarray, words: Sequence[Word], speech: Speech) -> tuple[Segment, ...]:
    """The words' phones, and the likeliest ones of the listener, (frames,), wherever there are no words."""
    pieces = [(run.start, run.end, phones.SYMBOLS[run.column], _stress(run, words)) for run in said]
    for start, end in _ranges(~_covered(said, len(likeliest))):
        pieces += [(start + a, start + b, phones.SYMBOLS[index], 0) for a, b, index in _steady(likeliest[start:end])]
    times = [_seconds(end, speech) for _, end, _, _ in sorted(pieces)]
    segments = [
        Segment(symbol, start, end, stress)
        for (_, _, symbol, stress), start, end in zip(sorted(pieces), [0.0, *times], times, strict=False)
        if end > start
    ]
    return tuple(_with_closures(segments))


def _steady(indices: np.ndarray) -> list[tuple[int, int, int]]:
    """Runs of one phone as (start, end, phone); those too short to be one go to the run before."""
    starts = np.flatnonzero(np.r_[True, indices[1:] != indices[:-1]])
    runs: list[tuple[int, int, int]] = []
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(indices)], strict=True):
        if runs and (end - start < _SHORTEST_FREE or runs[-1][2] == indices[start]):
            runs[-1] = (runs[-1][0], end, runs[-1][2])
        else:
            runs.append((start, end, int(indices[start])))
    return runs


def _with_closures(segments: list[Segment]) -> list[Segment]:
    """Lips that break a silence with p or b were closed before the sound of it: the silence gives them the time."""
    for index, (before, segment) in enumerate(pairwise(segments), start=1):
        lacking = _SHORTEST_CLOSURE - (segment.end - segment.start)
        if segment.symbol in ("p", "b") and before.symbol == phones.SILENCE and lacking > 0:
            start = segment.start - min(lacking, 0.5 * (before.end - before.start))
            segments[index - 1], segments[index] = replace(before, end=start), replace(segment, start=start)
    return segments


def _stress(run: Run, words: Sequence[Word]) -> int:
    if run.word == NOT_A_WORD:
        return 0
    return words[run.word].pronunciations[run.pronunciation][run.phone].stress


def _seconds(frame: int, speech: Speech) -> float:
    """Where `frame` begins; it is centred at frame / 100 s. The last frames reach to the clip's end and beyond."""
    if frame >= len(speech.posteriors):
        return speech.duration
    return float(np.clip((frame - 0.5) / RATE, 0.0, speech.duration))


def _warning(fit: float, ranges: Sequence[tuple[float, float]]) -> str:
    """Text that the clip lacks is no matter (the script of a whole scene will do); sound that the text lacks is."""
    if fit >= _GOOD_FIT:
        return ""
    where = ", ".join(f"{start:.1f}-{end:.1f}" for start, end in ranges[:_MOST_RANGES])
    more = ", ..." if len(ranges) > _MOST_RANGES else ""
    return f"The transcript fits only a part of the clip ({where}{more} s); elsewhere the lips follow the sound alone."


def _joined(ranges: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ranges less than a second apart as one."""
    joined: list[tuple[float, float]] = []
    for start, end in ranges:
        if joined and start - joined[-1][1] < 1.0:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _unused(speech: Speech, warning: str) -> Alignment:
    return Alignment(_segments([], _likeliest(speech), (), speech), (), 0.0, (), warning)
