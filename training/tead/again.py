# SPDX-License-Identifier: GPL-3.0-or-later
"""A second prompt for every expression that has one only: the same note, given in another breath."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from . import lexicon
from .prompts import Quadruple


def said_again(rows: Sequence[Quadruple]) -> Iterator[Quadruple]:
    """For each row whose expression no other row has, the same in a pattern that its text chooses; held out as the row is."""
    patterns = lexicon.wordings()["again"]
    times = Counter(map(_expression, rows))
    texts = {row.text for row in rows}
    for row in rows:
        first = int(hashlib.sha256(row.text.encode()).hexdigest()[:8], 16)
        other_words = (
            patterns[(first + step) % len(patterns)].replace("{}", row.text) for step in range(len(patterns))
        )
        new = next((text for text in other_words if text not in texts), None)
        if times[_expression(row)] == 1 and new:
            texts.add(new)
            yield Quadruple(new, row.feeling, "said again", row.family, row.split)


def _expression(row: Quadruple) -> tuple[tuple[str, float], ...]:
    return tuple(row.feeling.units.items())
