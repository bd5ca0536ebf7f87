# SPDX-License-Identifier: GPL-3.0-or-later
"""GoEmotions comments as prompts that describe a situation, where the data set lies beside the repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import lexicon
from .prompts import Quadruple, held_out

FOLDER = Path(__file__).parents[2] / ".." / "shared" / "data" / "text"
# GoEmotions label -> family of the lexicon and strength.
EXPRESSION_OF = {
    "admiration": "adoring*.8", "amusement": "amused*1.1", "anger": "anger", "annoyance": "annoyance", "approval": "warm*.6",
    "caring": "compassion", "confusion": "confused", "curiosity": "curious", "desire": "yearning*.7",
    "disappointment": "disappointed", "disapproval": "disapproval", "disgust": "disgust", "embarrassment": "embarrassed",
    "excitement": "excited", "fear": "fear*.9", "gratitude": "grateful", "grief": "grief", "joy": "joyful*.9",
    "love": "love", "nervousness": "nervous", "optimism": "hopeful", "pride": "proud", "realization": "realization*.7",
    "relief": "relieved", "remorse": "guilt", "sadness": "sad", "surprise": "surprise", "neutral": "neutral",
}  # fmt: skip
_MOST_OF_ONE_LABEL = 700


def rows() -> Iterator[Quadruple]:
    """Comments with one label, at most 700 of each, longest 160 characters; nothing when :data:`FOLDER` is not there."""
    if not FOLDER.is_dir():
        return
    labels = (FOLDER / "goemotions_labels.txt").read_text(encoding="utf-8").split()
    taken = dict.fromkeys(labels, 0)
    for line in (FOLDER / "goemotions_train.tsv").read_text(encoding="utf-8").splitlines():
        text, ids, _ = line.rsplit("\t", 2)
        label = labels[int(ids)] if ids.isdigit() else None
        if label is None or taken[label] >= _MOST_OF_ONE_LABEL or len(text) > 160 or "[NAME]" in text:
            continue
        taken[label] += 1
        split = held_out("comment", text, 0.1)
        yield Quadruple(text, lexicon.mixed(EXPRESSION_OF[label]), "comment", f"comment {label}", split)
