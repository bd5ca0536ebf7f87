# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to someone, from a grammar: each sentence of events.toml in many fillings, so that the kind of event is learnt."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator

from . import lexicon
from .prompts import Quadruple, held_out

_FILLINGS = 24  # of one sentence
_PEOPLE = (
    ("he", "him", "his", ("the boy", "the old man", "my brother", "the guard", "a young man", "dad", "the hero")),
    ("she", "her", "her", ("the girl", "the old woman", "my sister", "the nurse", "a young woman", "mom", "our heroine")),
)  # fmt: skip
_ALTERNATIVES, _NAME = re.compile(r"\(([^()]*\|[^()]*)\)"), re.compile(r"\{(\w+)\}")


def rows(seed: int = 0, size: float = 1.0) -> Iterator[Quadruple]:
    random_ = random.Random(f"{seed} events")
    tables = tomllib.loads((lexicon.FOLDER / "events.toml").read_text(encoding="utf-8"))
    names = {name: words.split(", ") for name, words in tables["names"].items()}
    for recipe, sentences in tables["events"].items():
        feeling = lexicon.mixed(recipe)
        for sentence in sentences.strip().splitlines():
            texts = {filled(sentence, names, random_) for _ in range(round(_FILLINGS * size))}
            for text in sorted(texts):
                framed = random_.choice(lexicon.wordings()["situation"]).replace("{}", text)
                split = held_out("event", sentence, 0.08)
                yield Quadruple(framed if random_.random() < 0.25 else text, feeling, "event", sentence, split)


def filled(sentence: str, names: dict[str, list[str]], random_: random.Random) -> str:
    """One filling: alternatives chosen, names replaced, one person throughout, who may be named where they first act."""
    text = _ALTERNATIVES.sub(lambda found: random_.choice(found[1].split("|")), sentence)
    he, him, his, roles = random_.choice(_PEOPLE)
    if random_.random() < 0.3:
        text = text.replace("{he}", random_.choice(roles), 1)
    person = {"he": he, "him": him, "his": his, "himself": f"{him}self"}
    text = _NAME.sub(lambda found: person.get(found[1]) or random_.choice(names[found[1]]), text)
    end = random_.choice(("", "", "", ".", "!")) if text[-1].isalpha() else ""
    return re.sub(r"\s+([,.?!]|$)", r"\1", re.sub(r"\s+", " ", text)).strip() + end
