# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the source tables: expressions, instructions, degrees, situations, characters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import action_units
from .action_units import Units

FOLDER = Path(__file__).parent
FORMS = ("is", "has", "does")
# The lexicon's tables, and how many wordings a word of each gets: sentence patterns are learnt from the first volume's words.
VOLUMES = (("expressions.toml", 1.0), ("nuances.toml", 0.3))
# Adjectives that stand before no noun and make no adverb.
PREDICATIVE = frozenset((
    "afraid", "aghast", "agape", "aglow", "alive", "alone", "ashamed", "asleep", "awake", "aware", "blue", "fine", "glad",
    "high", "ill", "low", "ok", "okay", "sorry", "unwell",
))  # fmt: skip
# First words of what neither stands before a noun nor follows "looks": "couldn't care less", "heart going out to her".
_CLAUSES = frozenset((
    "can't", "couldn't", "didn't", "doesn't", "don't", "has", "had", "having", "not", "never", "nothing", "won't",
    "brow", "brows", "cheeks", "chin", "eyes", "head", "heart", "jaw", "knees", "lip", "lips", "mouth", "nose", "nostrils",
    "teeth", "tears", "tongue",
))  # fmt: skip
Affect = tuple[float, float, float]


@dataclass(frozen=True)
class Feeling:
    """What a text asks for: tags, Action Units by side, and valence, arousal, dominance in -1..1."""

    tags: tuple[str, ...]
    units: Units
    affect: Affect

    def times(self, factor: float) -> Feeling:
        reach = min(factor, 1.25)
        return Feeling(
            self.tags,
            action_units.scaled(self.units, factor),
            tuple(max(-1.0, min(1.0, value * reach)) for value in self.affect),
        )

    @property
    def valence(self) -> float:
        return self.affect[0]


@dataclass(frozen=True)
class Word:
    """A word or phrase of the lexicon. form: "is" (adjective), "has" (noun) or "does" (what someone is doing)."""

    text: str
    form: str
    family: str
    feeling: Feeling

    @property
    def classes(self) -> frozenset[str]:
        """What it can be in a sentence: "adjective" before a noun, "state" behind "looks", "mass" noun without article."""
        first, *more = self.text.split()
        if self.form == "has":
            return frozenset() if more and first in ("a", "an", "the") else frozenset(["mass"])
        pair = len(more) == 2 and more[0] in ("and", "but", "yet")
        if self.form != "is" or first in _CLAUSES or (first.endswith("ing") and more and not pair):
            return frozenset()
        attribute = not more or pair or (len(more) == 1 and first.endswith("ly"))
        return frozenset(["state", "adjective"] if attribute and self.text not in PREDICATIVE else ["state"])


@dataclass(frozen=True)
class Volume:
    """A table of the lexicon. share: how many wordings its words get, relative to the first's, with which the rest of TEAD is made."""

    words: tuple[Word, ...]
    share: float
    is_first: bool


@dataclass(frozen=True)
class Instruction:
    """Face movements said outright. sided phrases hold {side}; side_units maps "left" and "right" to units."""

    name: str
    units: Units
    phrases: tuple[str, ...]
    sided: tuple[str, ...]
    one: tuple[str, ...]
    side_units: dict[str, Units]


@cache
def expressions() -> dict[str, Feeling]:
    """Family → its feeling at full strength."""
    return {
        name: Feeling(tuple(entry["tags"].split()), action_units.parse(entry["face"]), tuple(entry["affect"]))
        for volume, _ in VOLUMES
        for name, entry in _toml(volume).items()
        if "face" in entry
    }


def words() -> tuple[Word, ...]:
    """Every word of the lexicon once; one that stands in several families or volumes keeps its first."""
    return tuple(word for volume in volumes() for word in volume.words)


@cache
def volumes() -> tuple[Volume, ...]:
    """The lexicon's volumes; what a later one holds changes no row that an earlier one makes."""
    known: set[tuple[str, str]] = set()
    return tuple(Volume(_words_of(name, known), share, name == VOLUMES[0][0]) for name, share in VOLUMES)


def _words_of(name: str, known: set[tuple[str, str]]) -> tuple[Word, ...]:
    """A volume's words that are not known yet; they are known from then on."""
    found = []
    for family, entry in _toml(name).items():
        for form in FORMS:
            for item in filter(None, (item.strip() for item in entry.get(form, "").split(","))):
                text, _, strength = item.partition("~")
                if (text.lower(), form) not in known:
                    known.add((text.lower(), form))
                    found.append(Word(text, form, family, expressions()[family].times(float(strength or 1))))
    return tuple(found)


@cache
def instructions() -> dict[str, Instruction]:
    return {name: _instruction(name, entry) for name, entry in _toml("instructions.toml").items()}


def _instruction(name: str, entry: dict[str, str]) -> Instruction:
    side_face = entry.get("side_face", "")
    sides = {side: action_units.parse(side_face.replace("*", side[0].upper())) for side in ("left", "right")}
    phrases = {
        key: tuple(p.strip() for p in entry.get(key, "").split(";") if p.strip()) for key in ("both", "sided", "one")
    }
    return Instruction(
        name, action_units.parse(entry["face"]), phrases["both"], phrases["sided"], phrases["one"], sides
    )


@cache
def degrees() -> tuple[tuple[float, str], ...]:
    return tuple((float(factor), wording) for factor, wording in _rows("degrees.tsv"))


@cache
def contrasts() -> tuple[tuple[float, float, str], ...]:
    return tuple((float(felt), float(shown), text) for felt, shown, text in _rows("contrasts.tsv"))


@cache
def characters() -> tuple[tuple[str, Feeling], ...]:
    return tuple((text, mixed(mix)) for text, mix in _rows("characters.tsv"))


@cache
def situations() -> tuple[tuple[str, Feeling], ...]:
    return tuple((text, mixed(mix)) for text, mix in _rows("situations.tsv"))


@cache
def wordings() -> dict[str, tuple[str, ...]]:
    """Sentence patterns by the kind of thing they take."""
    return {kind: tuple(patterns.strip().splitlines()) for kind, patterns in _toml("wordings.toml").items()}


@cache
def restraints() -> tuple[tuple[str, float, float, Units, str], ...]:
    """(which valence it fits, strength of felt brows and eyes, of the felt mouth, what the mouth does, sentence)."""
    rows = (line for line in _rows("restraints.tsv"))
    return tuple((fits, float(up), float(low), action_units.parse(face), text) for fits, up, low, face, text in rows)


def mixed(recipe: str) -> Feeling:
    """``"sad*.7 warm*.4"`` → one feeling: units joined, affect the weighted mean."""
    parts = [(name, float(weight or 1)) for name, _, weight in (item.partition("*") for item in recipe.split())]
    feelings = [(expressions()[name].times(weight), weight) for name, weight in parts]
    return blended(feelings)


def blended(feelings: list[tuple[Feeling, float]]) -> Feeling:
    total = sum(weight for _, weight in feelings) or 1.0
    affect = tuple(sum(f.affect[axis] * w for f, w in feelings) / total for axis in range(3))
    tags = tuple(dict.fromkeys(tag for feeling, _ in feelings for tag in feeling.tags))
    return Feeling(tags, action_units.joined(*(feeling.units for feeling, _ in feelings)), affect)


def _toml(name: str) -> dict:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _rows(name: str) -> list[tuple[str, ...]]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("# ")]
