# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted in the place of something else: not sad but angry.

Each pair is said both ways round in the same words, so that the towers learn which of the two is asked for and not the pair.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from . import lexicon
from .lexicon import Word
from .prompts import Quadruple, differ, fits, plain, split_of

_PAIRS = 110  # for each pattern


def rows(seed: int = 0, size: float = 1.0) -> Iterator[Quadruple]:
    """About 200 of each pattern; every other pair is of the first volume, whose words are the commonest."""
    random_ = random.Random(f"{seed} redirections")
    adjectives = [[word for word in volume.words if word.form == "is"] for volume in lexicon.volumes()]
    common, every = adjectives[0], [word for words in adjectives for word in words]
    for pattern in lexicon.wordings()["not_but"]:
        for number in range(round(_PAIRS * size)):
            one, other = random_.sample(common if number % 2 else every, 2)
            if not differ(one, other):
                continue
            for no, yes in ((one, other), (other, one)):
                if fits(pattern, {"no": no, "yes": yes}):
                    yield _row(pattern, no, yes)


def _row(pattern: str, no: Word, yes: Word) -> Quadruple:
    text = plain(pattern).format(no=no.text, yes=yes.text)
    return Quadruple(text, yes.feeling, "redirection", yes.family, split_of(pattern, no, yes))
