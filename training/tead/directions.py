# SPDX-License-Identifier: GPL-3.0-or-later
"""Feelings in a director's voice, and feelings of which one movement is forbidden ("furious, but no frown")."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator

from . import action_units, lexicon
from .lexicon import Feeling, Word
from .prompts import Quadruple, fill, fits, split_of

# Action Units that a refusal takes away, and how it is said.
_FORBIDDEN = (
    (("12", "13"), ("no smile", "not smiling", "without smiling", "don't smile", "not even a smile", "no smiling")),
    (("15",), ("mouth corners not down", "without pulling the mouth down", "mouth neutral at the corners")),
    (("4", "15"), ("no frown", "without frowning", "not frowning", "don't frown", "without a frown", "no frowning")),
    (("4",), (
        "don't furrow the brows", "brows not lowered", "smooth forehead", "brows relaxed", "keep the brows relaxed", "the brows stay soft",
        "leave the brows alone", "no furrowed brow", "with a relaxed brow", "brows neutral", "forehead stays smooth",
    )),
    (("1", "2"), ("without raising the eyebrows", "eyebrows not raised", "don't raise the brows", "brows stay down")),
    (("5",), ("eyes not wide", "without widening the eyes", "eyes normal", "don't open the eyes wide", "no wide eyes", "eyes stay relaxed")),
    (("25", "26", "27", "16", "10", "19"), (
        "mouth closed", "keep the mouth shut", "with a closed mouth", "lips together", "mouth stays shut", "with the mouth closed",
        "without opening the mouth", "lips sealed", "don't open the mouth", "the mouth is closed", "mouth shut", "no open mouth",
    )),
    (("41", "43"), ("eyes open", "keep the eyes open", "with open eyes", "without closing the eyes")),
    (("9", "10"), ("no sneer", "nose relaxed", "without wrinkling the nose", "don't sneer")),
    (("61", "62", "63", "64"), ("looking straight ahead", "eyes straight ahead", "looking into the camera", "keep eye contact")),
)  # fmt: skip


def rows(seed: int = 0, size: float = 1.0) -> Iterator[Quadruple]:
    random_ = random.Random(f"{seed} directions")
    patterns = {
        kind: lines.strip().splitlines()
        for kind, lines in tomllib.loads((lexicon.FOLDER / "directions.toml").read_text(encoding="utf-8")).items()
    }
    for volume in lexicon.volumes():
        for word in volume.words:
            yield from _directing(word, patterns, random_, size * volume.share)


def _directing(word: Word, patterns: dict[str, list[str]], random_: random.Random, size: float) -> Iterator[Quadruple]:
    if random_.random() < 0.9 * size:
        pattern = random_.choice(patterns[word.form])
        if fits(pattern, {"": word}):
            yield Quadruple(fill(pattern, word.text), word.feeling, "direction", word.family, split_of(pattern, word))
    if word.form != "does":
        yield from _forbidding(word, patterns["without"], random_, size)


def _forbidding(word: Word, patterns: list[str], random_: random.Random, size: float) -> Iterator[Quadruple]:
    fitting = [(units, texts) for units, texts in _FORBIDDEN if any(_has(word.feeling, unit) for unit in units)]
    for units, texts in random_.sample(fitting, min(len(fitting), round((3 if word.form == "is" else 1) * size))):
        kept = {unit: s for unit, s in word.feeling.units.items() if action_units.number_of(unit) not in units}
        text = random_.choice(patterns).format(a=word.text, no=random_.choice(texts))
        feeling = Feeling(word.feeling.tags, kept, word.feeling.affect)
        yield Quadruple(text, feeling, "forbidden", f"{word.family} without {units[0]}", split_of("", word))


def _has(feeling: Feeling, number: str) -> bool:
    return any(action_units.number_of(unit) == number and strength > 0.2 for unit, strength in feeling.units.items())
