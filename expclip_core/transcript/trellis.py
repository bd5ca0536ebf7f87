# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for the words in the sound: Viterbi over phone evidence, with ways around what does not fit.

Between any two words there may be silence, or sound that the transcript lacks (a gap); any run of words may be left
out. Both cost something, so they are taken only where the words do worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from .. import phones
from .ipa import Pronunciation
from .pronounce import PAUSE, Word

GAP: Final = len(phones.SYMBOLS)  # column of the evidence behind the phones': sound that no word explains
UNKNOWN: Final = GAP + 1  # column of a word that nobody can pronounce

NOT_A_WORD: Final = -1

# Natural logarithms of probabilities.
_GAP_ENTRY: Final = 8.0
_OMISSION: Final = 12.0  # leaving out a run of words, however long
_REDUCTION: Final = 6.0  # leaving out a phone that fast speech drops
_UNEXPECTED_PAUSE: Final = 2.0  # silence where the text has no pause sign
_REDUCIBLE: Final = frozenset(("t", "d", "hh", "ax", "ih", "dh", "r", "k", "n", "l", "y"))
_SHORTEST: Final = 3  # frames of 10 ms
_SHORTEST_STRESSED: Final = 5


@dataclass(frozen=True)
class Run:
    """Frames `start` to `end` (not included) spent in one phone.

    word: index of the word, -1 in silence and gaps. column: of the evidence. phone: position in the pronunciation.
    """

    word: int
    pronunciation: int
    phone: int
    column: int
    start: int
    end: int

    def moved(self, words: int, frames: int) -> Run:
        word = self.word if self.word == NOT_A_WORD else self.word + words
        return replace(self, word=word, start=self.start + frames, end=self.end + frames)


@dataclass(frozen=True)
class _Trellis:
    """States in a row, then junctions (before the first word, between words, behind the last), then one dead end.

    column, step_from, step_cost, skip_from, skip_cost: (states,). exits: states from which a junction is reached,
    sorted by junction, the first of each at exit_starts. origin: (states, 3) word, pronunciation, phone.
    """

    column: np.ndarray
    step_from: np.ndarray
    step_cost: np.ndarray
    skip_from: np.ndarray
    skip_cost: np.ndarray
    exits: np.ndarray
    exit_starts: np.ndarray
    origin: np.ndarray
    junctions: int


def best_path(words: Sequence[Word], evidence: np.ndarray, ends_open: bool = False) -> list[Run]:
    """The likeliest way through `words`, as runs that cover all frames.

    evidence: float32 (frames, phones + 2), log-likelihood ratio of each phone, of a gap and of an unknown word.
    ends_open: the sound goes on behind the last frame, so words may end anywhere at no cost.
    """
    trellis = _built(words)
    history = _forward(trellis, evidence)
    return _runs(trellis, _traced(trellis, history, ends_open))


class _Builder:
    """Collects states; indices of junctions and of the dead end are negative until all states are known."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, float, int | None, float]] = []
        self.origin: list[tuple[int, int, int]] = []
        self.exits: list[list[int]] = []

    def add(
        self,
        column: int,
        step_from: int,
        cost: float,
        origin: tuple[int, int, int],
        skip_from: int | None = None,
        skip_cost: float = 0.0,
    ) -> int:
        self.rows.append((column, step_from, cost, skip_from, skip_cost))
        self.origin.append(origin)
        return len(self.rows) - 1


def _junction(index: int) -> int:
    return -1 - index


def _built(words: Sequence[Word]) -> _Trellis:
    builder = _Builder()
    nowhere = (NOT_A_WORD, 0, 0)
    for index in range(len(words) + 1):
        expected = index in (0, len(words)) or words[index - 1].pause_after
        silence = builder.add(
            phones.INDEX[phones.SILENCE], _junction(index), 0.0 if expected else _UNEXPECTED_PAUSE, nowhere
        )
        builder.exits.append([silence, builder.add(GAP, _junction(index), _GAP_ENTRY, nowhere)])
    for index, word in enumerate(words):
        for way, pronunciation in enumerate(word.pronunciations):
            builder.exits[index + 1].append(_add_pronunciation(builder, index, way, pronunciation))
        if not word.pronunciations:
            builder.exits[index + 1].append(builder.add(UNKNOWN, _junction(index), 0.0, (index, 0, 0)))
    return _finished(builder)


def _add_pronunciation(builder: _Builder, word: int, way: int, pronunciation: Pronunciation) -> int:
    """A chain of states, some for each phone so that none is too short; returns the last."""
    ends = [_junction(word)]
    for position, sound in enumerate(pronunciation):
        before = pronunciation[position - 1] if position else None
        skip_from, skip_cost = None, 0.0
        if position > 1 and before == PAUSE:
            skip_from = ends[-2]
        elif position > 1 and before.symbol in _REDUCIBLE:
            skip_from, skip_cost = ends[-2], _REDUCTION
        state = ends[-1]
        for repeat in range(_shortest(sound.symbol, sound.stress)):
            state = builder.add(
                phones.INDEX[sound.symbol], state, 0.0, (word, way, position), None if repeat else skip_from, skip_cost
            )
        ends.append(state)
    return ends[-1]


def _shortest(symbol: str, stress: int) -> int:
    return 1 if symbol == phones.SILENCE else _SHORTEST_STRESSED if stress else _SHORTEST


def _finished(builder: _Builder) -> _Trellis:
    states, junctions = len(builder.rows), len(builder.exits)
    dead_end = states + junctions

    def placed(index: int | None) -> int:
        if index is None:
            return dead_end
        return index if index >= 0 else states - 1 - index

    column, step_from, step_cost, skip_from, skip_cost = zip(*builder.rows, strict=True)
    return _Trellis(
        column=np.array(column),
        step_from=np.array([placed(index) for index in step_from]),
        step_cost=np.array(step_cost, dtype=np.float32),
        skip_from=np.array([placed(index) for index in skip_from]),
        skip_cost=np.array(skip_cost, dtype=np.float32),
        exits=np.array([state for exits in builder.exits for state in exits]),
        exit_starts=np.cumsum([0, *map(len, builder.exits[:-1])]),
        origin=np.array(builder.origin),
        junctions=junctions,
    )


def _forward(trellis: _Trellis, evidence: np.ndarray) -> np.ndarray:
    """Score of the best path to each state and junction and to the dead end, float32 (frames + 1, all)."""
    states = len(trellis.column)
    history = np.full((len(evidence) + 1, states + trellis.junctions + 1), -np.inf, dtype=np.float32)
    history[0, states:-1] = -_OMISSION
    history[0, states] = 0.0
    best, other = np.empty(states, np.float32), np.empty(states, np.float32)
    skipping = np.flatnonzero(trellis.skip_from < states)
    skip_from, skip_cost = trellis.skip_from[skipping], trellis.skip_cost[skipping]
    for before, now, heard in zip(history[:-1], history[1:], evidence, strict=True):
        # mode="clip" spares take a copy; no index is out of range.
        before.take(trellis.step_from, out=best, mode="clip")
        best -= trellis.step_cost
        np.maximum(best, before[:states], out=best)
        best[skipping] = np.maximum(best.take(skipping), before.take(skip_from) - skip_cost)
        heard.take(trellis.column, out=other, mode="clip")
        np.add(best, other, out=now[:states])
        reached = np.maximum.reduceat(now.take(trellis.exits), trellis.exit_starts)
        now[states] = reached[0]
        np.maximum(reached[1:], np.maximum.accumulate(reached)[:-1] - np.float32(_OMISSION), out=now[states + 1 : -1])
    return history


def _traced(trellis: _Trellis, history: np.ndarray, ends_open: bool) -> np.ndarray:
    """The state at each frame, int (frames,)."""
    states = len(trellis.column)
    path = np.empty(len(history) - 1, dtype=np.int64)
    last = history[-1, states:-1]
    place = states + (int(np.argmax(last)) if ends_open else trellis.junctions - 1)
    for frame in range(len(path), 0, -1):
        if place >= states:
            place = _reached_from(trellis, history[frame], place - states)
        path[frame - 1] = place
        before = history[frame - 1]
        step, skip = trellis.step_from[place], trellis.skip_from[place]
        stayed, stepped = before[place], before[step] - trellis.step_cost[place]
        if before[skip] - trellis.skip_cost[place] > max(stayed, stepped):
            place = skip
        elif stepped > stayed:
            place = step
    return path


def _reached_from(trellis: _Trellis, scores: np.ndarray, junction: int) -> int:
    """The state whose end led to `junction`, over left-out words where that is better."""
    reached = np.maximum.reduceat(scores[trellis.exits], trellis.exit_starts)
    earlier = int(np.argmax(reached[:junction])) if junction else 0
    source = earlier if junction and reached[earlier] - _OMISSION > reached[junction] else junction
    start = trellis.exit_starts[source]
    end = trellis.exit_starts[source + 1] if source + 1 < trellis.junctions else len(trellis.exits)
    return int(trellis.exits[start + np.argmax(scores[trellis.exits[start:end]])])


def _runs(trellis: _Trellis, path: np.ndarray) -> list[Run]:
    """Frames of equal origin together. A phone said twice in a row by two words stays two runs."""
    marks = np.column_stack([trellis.origin[path], trellis.column[path]])
    starts = np.flatnonzero(np.r_[True, np.any(marks[1:] != marks[:-1], axis=1)])
    ends = np.r_[starts[1:], len(path)]
    return [Run(*map(int, marks[start]), int(start), int(end)) for start, end in zip(starts, ends, strict=True)]
