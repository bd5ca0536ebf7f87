# SPDX-License-Identifier: GPL-3.0-or-later
"""What the synthesised voices say: sentences nobody is tested on."""

from __future__ import annotations

import random
import re
from pathlib import Path

from .. import splits
from .recorded import read_table

_PLAIN = re.compile(r"[A-Za-z][A-Za-z ,.'!?-]{25,110}")


def english_sentences(data: Path, count: int, seed: int = 0) -> list[str]:
    """Training sentences of kathleen and plain comments of GoEmotions, shuffled the same way for the same seed."""
    read = [text for _, text in read_table(data / "speech" / "kathleen.tsv")]
    comments = (data / "text" / "goemotions_train.tsv").read_text(encoding="utf-8").splitlines()
    said = [line.split("\t")[0] for line in comments]
    plain = {text for text in (*read, *said) if _PLAIN.fullmatch(text) and splits.split_by_sentence(text) == "train"}
    sentences = sorted(plain)
    random.Random(seed).shuffle(sentences)
    return sentences[:count]
