# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.tead.short_prompts

Writes the short prompts that describe a pose: of every family of the lexicon and of every instruction the plainest
wordings, one a line. The file travels with the product; its embeddings are made by whatever weights are installed.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

from expclip_core.likeness import PROMPTS

from . import lexicon

_WORDS_A_FAMILY = 2
_MOST_LETTERS = 28
_NAMED = frozenset(
    ["he", "she", "his", "her", "him", "himself", "herself"]
)  # of nobody in particular: a pose has no gender


def short_prompts() -> list[str]:
    """Adjectives at full strength, then movements said outright, each text once."""
    return list(dict.fromkeys((*_feelings(), *_movements())))


def _feelings() -> list[str]:
    families: dict[str, list[str]] = defaultdict(list)
    for word in lexicon.words():
        plain = word.form == "is" and len(word.text) <= _MOST_LETTERS and not set(word.text.split()) & _NAMED
        full = word.feeling.units == lexicon.expressions()[word.family].units
        if plain and full and len(families[word.family]) < _WORDS_A_FAMILY:
            families[word.family].append(word.text)
    return [text for texts in families.values() for text in texts]


def _movements() -> list[str]:
    texts = []
    for instruction in lexicon.instructions().values():
        texts += instruction.phrases[:1]
        texts += [instruction.sided[0].format(side=side) for side in ("left", "right") if instruction.sided]
    return [text for text in texts if len(text) <= _MOST_LETTERS]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the short prompts that describe a pose.")
    parser.add_argument("-o", "--output", type=Path, default=PROMPTS)
    output = parser.parse_args().output
    prompts = short_prompts()
    output.write_text("\n".join(prompts) + "\n", encoding="utf-8")
    print(f"{len(prompts)} prompts in {output}")


if __name__ == "__main__":
    main()
