# SPDX-License-Identifier: GPL-3.0-or-later
"""A transcript laid over the sound: when each phone is said, and how far the transcript is to be believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.ndimage import uniform_filter1d

from .. import phones
from ..phones import Segment
from .pronounce import Word, words_of
from .trellis import GAP, NOT_A_WORD, Run, best_path

if TYPE_CHECKING:
    from ..speech import Speech

RATE: Final = 100.0  # frames a second

# How far the listener is trusted: part of each posterior is spread to phones that sound alike, part to all.
_CONFUSED: Final = 0.15
_FLOOR: Final = 0.01
_PRIOR_WEIGHT: Final = 0.7
_WORST: Final = 6.0  # a frame can speak against a phone by e^-6 and no more
_SMOOTHING: Final = 5  # frames over which the freely chosen phone is steady

# A word may do worse than freely chosen phones by this much a frame; where the text is believed, by more, and by more
# still where even the believed words do badly because the clip is hard to hear.
_DOUBTED: Final = 1.5
_BELIEVED: Final = 2.5
_LENIENCE: Final = 2.0
# Text is believed where it gains, over an unexplained clip, so much a frame of speech for some seconds around...
_BELIEF: Final = 0.6
_AROUND: Final = 300  # frames on either side
_LEAST_TALK: Final = 30  # frames
# ... or where words in a row gain more than words of another text do by chance.
_CHANCE: Final = 100.0
_NEXT_TO_IT: Final = 50  # frames
_SCRAP: Final = 20.0  # gain below which words are left alone even there

_WINDOW: Final = 3000  # frames searched at once
_COMMITTED: Final = 2000  # of these, frames that later sound no longer changes
_BAND: Final = 3000  # phones of text searched at once

_SHORTEST_CLOSURE: Final = 0.07  # seconds that lips are closed before a p or b that breaks a silence
_SHORTEST_FREE: Final = 3  # frames of a phone where there are no words
_EDGE: Final = 0.05  # seconds from the listener's own posteriors to the transcript's
_GOOD_FIT: Final = 0.7
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
    nothing of it and says so in `warning`. Raises InputError for a language that cannot be pronounced.
    """
    words = words_of(transcript, language)
    if not words:
        return _unused(speech, "The transcript has no words to say and is ignored; write what is said in the clip.")
    evidence = evidence_of(speech.posteriors)
    talk = uniform_filter1d(speech.posteriors[:, phones.INDEX[phones.SILENCE]], _SMOOTHING) < 0.5
    price = np.full(len(evidence), _DOUBTED, dtype=np.float32)
    runs = _search(words, evidence, price)
    believed = _believed(runs, evidence, talk)
    if believed.any():
        price[believed] = _BELIEVED + _LENIENCE * _misfit(runs, evidence, believed)
        runs = _search(words, evidence, price)
    stretches = [stretch for stretch in _stretches(runs) if _is_kept(stretch, evidence, believed)]
    if not stretches:
        return _unused(
            speech, "The transcript does not fit the clip and is ignored; check that it is the text of this clip."
        )
    return _alignment(speech, words, stretches, evidence, talk)


def posteriors_of(alignment: Alignment, speech: Speech) -> tuple[np.ndarray, np.ndarray]:
    """`speech.posteriors` and `speech.contact` with the transcript's phones in their place where it holds.

    Returns new float32 arrays (2*frames, phones) and (2*frames, 2: lips, teeth).
    """
    times = np.arange(len(speech.posteriors)) / RATE
    ends = np.array([segment.end for segment in alignment.segments])
    index = np.minimum(np.searchsorted(ends, times, side="right"), len(ends) - 1)
    symbol = np.array([phones.INDEX[segment.symbol] for segment in alignment.segments])[index]
    known = _soft(np.eye(len(phones.SYMBOLS), dtype=np.float32)[symbol])
    touching = [[phone.contact == place for place in ("lips", "teeth")] for phone in phones.PHONES.values()]
    weight = _CERTAINTY * _inside(times, alignment.used)[:, None]
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


def evidence_of(posteriors: np.ndarray) -> np.ndarray:
    """How each phone compares with the freely chosen one: logarithms, float32 (frames, phones), mostly below 0."""
    heard = posteriors @ _confusions() * (1 - _FLOOR) + _FLOOR / len(phones.SYMBOLS)
    prior = 0.5 * heard.mean(axis=0) + 0.5 / len(phones.SYMBOLS)
    scores = np.log(heard) - _PRIOR_WEIGHT * np.log(prior)
    free = uniform_filter1d(scores, _SMOOTHING, axis=0).max(axis=1, keepdims=True)
    return np.maximum(scores - free, -_WORST).astype(np.float32)


@cache
def _confusions() -> np.ndarray:
    """Row: what is heard, column: what may have been said; float32 (phones, phones), columns sum to 1.

    Phones of one kind that look alike are confused; lips that touch and lips that do not are not.
    """
    table = list(phones.PHONES.values())
    shape = np.array([(phone.opening, phone.rounding, phone.spreading) for phone in table])
    distance = np.abs(shape[:, None] - shape[None]).sum(axis=2)
    related = np.array([[a.is_vowel == b.is_vowel and a.contact == b.contact for b in table] for a in table])
    silence = np.array([phone.manner == "silence" for phone in table])
    likeness = np.exp(-4 * distance) * related * ~(silence[:, None] | silence) * ~np.eye(len(table), dtype=bool)
    spread = _CONFUSED * likeness / np.maximum(likeness.sum(axis=0), 1e-6)
    return (spread + np.diag(1 - spread.sum(axis=0))).astype(np.float32)


def _search(words: Sequence[Word], evidence: np.ndarray, price: np.ndarray) -> list[Run]:
    """The best path, in windows of sound and text so that an hour needs no more memory than half a minute."""
    priced = np.hstack([evidence, -price[:, None], -0.5 * price[:, None]])
    sizes = np.cumsum([sum(map(len, word.pronunciations)) + 1 for word in words])
    runs: list[Run] = []
    frame = first = 0
    while frame < len(priced):
        window = priced[frame : frame + _WINDOW]
        read = sizes[first - 1] if first else 0
        last = max(int(np.searchsorted(sizes, read + _BAND)), first + 1)
        final = frame + len(window) == len(priced)
        found = best_path(words[first:last], window, ends_open=not final)
        kept = found if final else _before(found, _COMMITTED)
        runs += [run.moved(first, frame) for run in kept]
        frame += kept[-1].end
        first += max((run.word for run in kept), default=NOT_A_WORD) + 1
    return runs


def _before(runs: list[Run], frame: int) -> list[Run]:
    """The runs up to `frame`, cut between words, or within a silence or gap."""
    kept = [run for run in runs if run.start < frame]
    if kept[-1].word == NOT_A_WORD:
        return [*kept[:-1], replace(kept[-1], end=min(kept[-1].end, frame))]
    whole = [run for run in kept if run.word != kept[-1].word]
    return whole or [run for run in runs if run.word == kept[-1].word]


def _believed(runs: list[Run], evidence: np.ndarray, talk: np.ndarray) -> np.ndarray:
    """Where the words gain so much that they belong there, bool (frames,)."""
    gain = np.zeros(len(evidence))
    certain = np.zeros(len(evidence), dtype=bool)
    for stretch in _stretches(runs):
        for run in _spoken(stretch):
            gain[run.start : run.end] = _DOUBTED + _heard(run, evidence)
        if _gain(stretch, evidence) > _CHANCE:
            certain[max(stretch[0].start - _NEXT_TO_IT, 0) : stretch[-1].end + _NEXT_TO_IT] = True
    return certain | (_sum_around(gain) > _BELIEF * np.maximum(_sum_around(talk), _LEAST_TALK))


def _sum_around(values: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(values)])
    frames = np.arange(len(values))
    return total[np.minimum(frames + _AROUND + 1, len(values))] - total[np.maximum(frames - _AROUND, 0)]


def _is_kept(stretch: list[Run], evidence: np.ndarray, believed: np.ndarray) -> bool:
    return believed[stretch[0].start : stretch[-1].end].mean() > 0.5 and _gain(stretch, evidence) > _SCRAP


def _misfit(runs: list[Run], evidence: np.ndarray, believed: np.ndarray) -> float:
    """How far believed words are from the freely chosen phones, a frame: what to forgive in a clip hard to hear."""
    heard = [_heard(run, evidence) for run in _spoken(runs) if believed[run.start]]
    return max(-float(np.concatenate(heard).mean()), 0.0) if heard else 0.0


def _heard(run: Run, evidence: np.ndarray) -> np.ndarray:
    """Evidence of a run of a word, frame by frame; of a word that nobody can pronounce, none."""
    return evidence[run.start : run.end, run.column] if run.column < GAP else np.full(run.end - run.start, -_DOUBTED)


def _stretches(runs: list[Run]) -> list[list[Run]]:
    """Runs of words that follow one another as in the text, silences between them included."""
    stretches: list[list[Run]] = []
    previous = None
    for run in runs:
        if run.word == NOT_A_WORD:
            if run.column == GAP:
                previous = None
            elif previous is not None:
                stretches[-1].append(run)
            continue
        if previous is None or run.word > previous + 1:
            stretches.append([])
        stretches[-1].append(run)
        previous = run.word
    return [_ended_by_a_word(stretch) for stretch in stretches]


def _ended_by_a_word(stretch: list[Run]) -> list[Run]:
    last = max(index for index, run in enumerate(stretch) if run.word != NOT_A_WORD)
    return stretch[: last + 1]


def _spoken(runs: Iterable[Run]) -> list[Run]:
    return [run for run in runs if run.word != NOT_A_WORD]


def _gain(runs: Iterable[Run], evidence: np.ndarray) -> float:
    """How much better the words do than a gap in their place, at the price where nothing is believed yet."""
    return float(sum((_heard(run, evidence) + _DOUBTED).sum() for run in _spoken(runs)))


def _alignment(
    speech: Speech,
    words: Sequence[Word],
    stretches: list[list[Run]],
    evidence: np.ndarray,
    talk: np.ndarray,
) -> Alignment:
    said = [run for stretch in stretches for run in stretch if run.column < GAP]
    covered = np.zeros(len(talk), dtype=bool)
    for run in said:
        covered[run.start : run.end] = True
    spoken = []
    for index, group in groupby(_spoken(said), key=lambda run: run.word):
        runs = list(group)
        start, end = _seconds(runs[0].start, speech), _seconds(runs[-1].end, speech)
        spoken.append(SpokenWord(words[index].text, start, end, _gain(runs, evidence)))
    used = tuple((_seconds(start, speech), _seconds(end, speech)) for start, end in _ranges(covered))
    fit = float((talk & covered).sum() / max(talk.sum(), 1))
    segments = _segments(said, covered, words, speech)
    return Alignment(segments, tuple(spoken), fit, used, _warning(len(spoken), len(words), fit, used))


def _ranges(mask: np.ndarray) -> list[tuple[int, int]]:
    """First frame and frame behind the last of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, mask, False]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _segments(said: list[Run], covered: np.ndarray, words: Sequence[Word], speech: Speech) -> tuple[Segment, ...]:
    """The words' phones, and the likeliest ones of the listener wherever there are no words."""
    pieces = [(run.start, run.end, phones.SYMBOLS[run.column], _stress(run, words)) for run in said]
    likeliest = uniform_filter1d(speech.posteriors, _SMOOTHING, axis=0).argmax(axis=1)
    for start, end in _ranges(~covered):
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


def _warning(used: int, of: int, fit: float, ranges: Sequence[tuple[float, float]]) -> str:
    if fit >= _GOOD_FIT and used >= _GOOD_FIT * of:
        return ""
    where = ", ".join(f"{start:.1f}-{end:.1f}" for start, end in ranges[:5]) + (", ..." if len(ranges) > 5 else "")
    return f"Only {used} of the transcript's {of} words fit the clip ({where} s); elsewhere the lips follow the sound."


def _unused(speech: Speech, warning: str) -> Alignment:
    nothing = np.zeros(len(speech.posteriors), dtype=bool)
    return Alignment(_segments([], nothing, (), speech), (), 0.0, (), warning)
