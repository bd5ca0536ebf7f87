# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recorded voices said, and what the synthesised ones say: sentences nobody is tested on."""

from __future__ import annotations

import csv
import random
import re
from pathlib import Path

from .. import splits

_PLAIN = re.compile(r"[A-Za-z][A-Za-z ,.'!?-]{25,110}")


def read_table(path: Path) -> list[tuple[str, str]]:
    """File names and texts of a `file<TAB>text` table."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["file"], row["text"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def english_sentences(data: Path, count: int, seed: int = 0) -> list[str]:
    """Training sentences of kathleen and plain comments of GoEmotions, shuffled the same way for the same seed."""
    read = [text for _, text in read_table(data / "speech" / "kathleen.tsv")]
    comments = (data / "text" / "goemotions_train.tsv").read_text(encoding="utf-8").splitlines()
    said = [line.split("\t")[0] for line in comments]
    plain = {text for text in (*read, *said) if _PLAIN.fullmatch(text) and splits.split_by_sentence(text) == "train"}
    sentences = sorted(plain)
    random.Random(seed).shuffle(sentences)
    return sentences[:count]


def german_sentences(data: Path, count: int, seed: int = 0) -> list[str]:
    """What kerstin reads, shuffled."""
    sentences = sorted({text for _, text in read_table(data / "speech" / "kerstin.tsv")})
    random.Random(seed).shuffle(sentences)
    return sentences[:count]


def mandarin_sentences() -> list[str]:
    """Everyday sentences written for this corpus."""
    return (Path(__file__).parent / "mandarin.txt").read_text(encoding="utf-8").split()
