# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a transcript is to be believed: the stretches of it that fit the sound too well for chance.

The first look is doubtful and finds what is certain. The second, between what is certain, is more forgiving where the
words around fit. Clips are searched in windows, so that an hour needs no more memory than half a minute.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from .pronounce import Word
from .trellis import GAP, NOT_A_WORD, Run, best_path

# A word may do worse than freely chosen phones by this much a frame; where the text is believed, by more, and by more
# still where even the believed words do badly because the clip is hard to hear.
_DOUBTED: Final = 1.5
_BELIEVED: Final = 2.5
_LENIENCE: Final = 2.0
# Text is believed where it gains, over an unexplained clip, so much a frame of speech for some seconds around...
_BELIEF: Final = 0.6
_AROUND: Final = 300  # frames on either side
_MISSING_TALK: Final = 10  # frames that a short clip lacks to be sure
# ... or where words in a row gain more than words of another text do by chance, which grows with the text's length.
_CHANCE: Final = 60.0
_CHANCE_OF_MORE_WORDS: Final = 13.0
_NEXT_TO_IT: Final = 50  # frames
_SCRAP: Final = 20.0  # gain below which words are left alone even there

_WINDOW: Final = 3000  # frames searched at once
_COMMITTED: Final = 2000  # of these, frames that later sound no longer changes
_BAND: Final = 1200  # phones of text searched at once: those that a window may hold, and as many that may be left out
_WIDE_BAND: Final = 4000  # where the text is searched through for what a window holds
_WIDE_SEARCHES: Final = 3  # in vain, after which only every eighth window searches so


def fitting_stretches(words: Sequence[Word], evidence: np.ndarray, talk: np.ndarray) -> list[list[Run]]:
    """Runs of words that follow one another in text and sound and are believed; empty for another clip's text.

    evidence: float32 (frames, phones), see `evidence.evidence_of`. talk: bool (frames,), where somebody speaks.
    """
    sizes = np.cumsum([0, *(sum(map(len, word.pronunciations)) + 1 for word in words)])
    chance = _CHANCE + _CHANCE_OF_MORE_WORDS * math.log(len(words))
    price = np.full(len(evidence), _DOUBTED, dtype=np.float32)
    runs = _first_look(words, sizes, _priced(evidence, price), chance)
    believed = _believed(runs, evidence, talk, chance)
    if not believed.any():
        return []
    price[believed] = _BELIEVED + _LENIENCE * _misfit(runs, evidence, believed)
    anchors = _in_order(stretch for stretch in _stretches(runs) if gain(stretch, evidence) > chance)
    runs = _second_look(words, sizes, _priced(evidence, price), anchors)
    return [
        stretch
        for stretch in _stretches(runs)
        if believed[stretch[0].start : stretch[-1].end].mean() > 0.5 and gain(stretch, evidence) > _SCRAP
    ]


def gain(runs: Iterable[Run], evidence: np.ndarray) -> float:
    """How much better words do than a gap in their place, at the price where nothing is believed yet."""
    return float(sum((_heard(run, evidence) + _DOUBTED).sum() for run in spoken(runs)))


def spoken(runs: Iterable[Run]) -> list[Run]:
    """The runs that belong to words."""
    return [run for run in runs if run.word != NOT_A_WORD]


def _first_look(words: Sequence[Word], sizes: np.ndarray, priced: np.ndarray, chance: float) -> list[Run]:
    """Window after window; the place in the text moves on only behind what is certain."""
    runs: list[Run] = []
    frame = first = missed = 0
    while frame < len(priced):
        found = _path(words, first, _band_end(sizes, first, _BAND), priced, frame)
        certain = _certain(found, priced, chance)
        if not certain and (missed < _WIDE_SEARCHES or missed % 8 == 0):
            found = _searched_through(words, sizes, first, priced, frame, found)
            certain = _certain(found, priced, chance)
        missed = 0 if certain else missed + 1
        kept = found if found[-1].end == len(priced) else _before(found, frame + _COMMITTED)
        first = max([first, *(run.word + 1 for run in kept if run.word in certain)])
        runs += kept
        frame = kept[-1].end
    return runs


def _searched_through(
    words: Sequence[Word], sizes: np.ndarray, first: int, priced: np.ndarray, frame: int, found: list[Run]
) -> list[Run]:
    """The path through that part of the text behind word `first` which holds the best stretch of the window."""

    def best(runs: list[Run]) -> float:
        return max((gain(stretch, priced) for stretch in _stretches(runs)), default=0.0)

    start = _band_end(sizes, first, _BAND)
    while start < len(words):
        end = _band_end(sizes, start, _WIDE_BAND)
        found = max(found, _path(words, start, end, priced, frame), key=best)
        start = end if end == len(words) else _band_end(sizes, start, _WIDE_BAND - _BAND // 2)
    return found


def _second_look(
    words: Sequence[Word], sizes: np.ndarray, priced: np.ndarray, anchors: Sequence[list[Run]]
) -> list[Run]:
    """Window after window, held to the words between the certain ones before and behind it."""
    runs: list[Run] = []
    frame = first = 0
    while frame < len(priced):
        to_come = [anchor for anchor in anchors if anchor[-1].end > frame]
        if to_come:
            first = max(first, int(np.searchsorted(sizes, sizes[to_come[0][0].word] - _BAND // 2)))
        behind = [anchor[0].word for anchor in to_come if anchor[0].start >= frame + _WINDOW]
        last = max(min([_band_end(sizes, first, _BAND), *behind]), first)
        found = _path(words, first, last, priced, frame)
        kept = found if found[-1].end == len(priced) else _before(found, frame + _COMMITTED)
        first = max([first, *(run.word + 1 for run in kept)])
        runs += kept
        frame = kept[-1].end
    return runs


def _path(words: Sequence[Word], first: int, last: int, priced: np.ndarray, frame: int) -> list[Run]:
    """The best path through words `first` to `last` in the window at `frame`; words and frames keep their numbers."""
    window = priced[frame : frame + _WINDOW]
    at_both_ends = last == len(words) and frame + len(window) == len(priced)
    return [run.moved(first, frame) for run in best_path(words[first:last], window, ends_open=not at_both_ends)]


def _priced(evidence: np.ndarray, price: np.ndarray) -> np.ndarray:
    """With the columns of the trellis for gaps and for words that nobody can pronounce."""
    return np.hstack([evidence, -price[:, None], -0.5 * price[:, None]])


def _band_end(sizes: np.ndarray, first: int, phones: int) -> int:
    """The word behind so many phones of text from word `first` on."""
    return min(max(int(np.searchsorted(sizes, sizes[first] + phones, side="right")) - 1, first + 1), len(sizes) - 1)


def _before(runs: list[Run], frame: int) -> list[Run]:
    """The runs up to `frame`, cut between words, or within a silence or gap."""
    kept = [run for run in runs if run.start < frame]
    if kept[-1].word == NOT_A_WORD:
        return [*kept[:-1], replace(kept[-1], end=min(kept[-1].end, frame))]
    whole = [run for run in kept if run.word != kept[-1].word]
    return whole or [run for run in runs if run.word == kept[-1].word]


def _certain(runs: list[Run], evidence: np.ndarray, chance: float) -> set[int]:
    """The words of stretches that gain more than chance would."""
    return {run.word for stretch in _stretches(runs) if gain(stretch, evidence) > chance for run in spoken(stretch)}


def _in_order(stretches: Iterable[list[Run]]) -> list[list[Run]]:
    """Without those that would step back in the text."""
    kept: list[list[Run]] = []
    for stretch in stretches:
        if not kept or stretch[0].word > kept[-1][-1].word:
            kept.append(stretch)
    return kept


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
        if previous is None or run.word - previous not in (0, 1):
            stretches.append([])
        stretches[-1].append(run)
        previous = run.word
    return [_ended_by_a_word(stretch) for stretch in stretches]


def _ended_by_a_word(stretch: list[Run]) -> list[Run]:
    last = max(index for index, run in enumerate(stretch) if run.word != NOT_A_WORD)
    return stretch[: last + 1]


def _believed(runs: list[Run], evidence: np.ndarray, talk: np.ndarray, chance: float) -> np.ndarray:
    """Where the words gain so much that they belong there, bool (frames,)."""
    gains = np.zeros(len(evidence))
    certain = np.zeros(len(evidence), dtype=bool)
    for stretch in _stretches(runs):
        for run in spoken(stretch):
            gains[run.start : run.end] = _DOUBTED + _heard(run, evidence)
        if gain(stretch, evidence) > chance:
            certain[max(stretch[0].start - _NEXT_TO_IT, 0) : stretch[-1].end + _NEXT_TO_IT] = True
    return certain | (_sum_around(gains) > _BELIEF * (_sum_around(talk) + _MISSING_TALK))


def _sum_around(values: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0.0], np.cumsum(values)])
    frames = np.arange(len(values))
    return total[np.minimum(frames + _AROUND + 1, len(values))] - total[np.maximum(frames - _AROUND, 0)]


def _misfit(runs: list[Run], evidence: np.ndarray, believed: np.ndarray) -> float:
    """How far believed words are from the freely chosen phones, a frame: what to forgive in a clip hard to hear."""
    heard = [_heard(run, evidence) for run in spoken(runs) if believed[run.start]]
    return max(-float(np.concatenate(heard).mean()), 0.0) if heard else 0.0


def _heard(run: Run, evidence: np.ndarray) -> np.ndarray:
    """Evidence of a run of a word, frame by frame; of a word that nobody can pronounce, none."""
    return evidence[run.start : run.end, run.column] if run.column < GAP else np.full(run.end - run.start, -_DOUBTED)
