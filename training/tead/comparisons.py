# SPDX-License-Identifier: GPL-3.0-or-later
"""What a director says after a take: more of it, less of it, angrier, not so sad."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from . import lexicon
from .lexicon import Word
from .prompts import Quadruple, fill, fits, sample, split_of

# Of one syllable, but nobody says "deader", and a "number" counts.
_NEVER_MORE = frozenset(("dead", "hurt", "lost", "numb", "shook", "torn", "worn"))
_SYLLABLE = re.compile(r"[^aeiou]*[aeiou]+[^aeiou]+e?")
_CLOSED = re.compile(r"[^aeiou]*[aeiou][bdgmnpt]")


def rows(seed: int = 0, size: float = 1.0) -> Iterator[Quadruple]:
    """About three comparisons of each adjective, and two more where it has a comparative of its own."""
    for volume in lexicon.volumes():
        random_ = random.Random(f"{seed} comparisons {volume.is_first}")
        share = size * volume.share
        for word in (word for word in volume.words if word.form == "is"):
            for factor, pattern in sample(random_, _patterns("{:state}"), 3 * share):
                if fits(pattern, {"": word}):
                    yield _row(pattern, word.text, factor, word)
            comparative = as_comparative(word.text)
            for factor, pattern in sample(random_, _patterns("{er}"), 2 * size if comparative else 0):
                yield _row(pattern.replace("{er}", "{}"), comparative, factor, word)


def as_comparative(adjective: str) -> str | None:
    """ "angry" → "angrier"; None for phrases and for words that take "more"."""
    if adjective in lexicon.PREDICATIVE | _NEVER_MORE or not re.fullmatch("[a-z]{3,7}", adjective):
        return None
    if re.search("[^aeiou]y$", adjective):
        return adjective[:-1] + "ier"
    if adjective.endswith("ed") or not _SYLLABLE.fullmatch(adjective):
        return None
    if adjective.endswith("e"):
        return adjective + "r"
    return adjective + (adjective[-1] if _CLOSED.fullmatch(adjective) else "") + "er"


def _row(pattern: str, text: str, factor: float, word: Word) -> Quadruple:
    return Quadruple(
        fill(pattern, text), word.feeling.times(factor), "comparison", word.family, split_of(pattern, word)
    )


def _patterns(place: str) -> list[tuple[float, str]]:
    lines = (line.split("\t") for line in lexicon.wordings()["comparison"])
    return [(float(factor), pattern) for factor, pattern in lines if place in pattern]
