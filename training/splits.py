# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is trained on, who is listened to while training (dev), who is kept for the end (test)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

_ONE_IN = 24  # of kathleen's sentences, one in 24 is dev and one in 24 test: about 60 clips each


def sentence_key(text: str) -> str:
    """The sentence without case and punctuation: clips that say the same share it."""
    return " ".join(re.findall(r"[^\W_]+", text.lower().replace("'", "")))


def split_by_sentence(text: str) -> str:
    """ "train", "dev" or "test", the same for every clip of a sentence."""
    digest = hashlib.sha256(sentence_key(text).encode()).digest()
    return {0: "dev", 1: "test"}.get(int.from_bytes(digest[:4], "big") % _ONE_IN, "train")


def split_alternately(names: Sequence[str]) -> dict[str, str]:
    """Every other name, in sorted order, is dev and the rest test: for a speaker nobody trains on."""
    return {name: "test" if index % 2 else "dev" for index, name in enumerate(sorted(names))}
