# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the source tables into quadruples: text, tags, Action Units, weights. The same seed gives the same rows."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from expclip_core import arkit

from . import action_units, lexicon
from .action_units import Units
from .lexicon import Feeling, Instruction, Volume, Word

TRAIN = "train"
Words = tuple[Word, ...]
_TYPING_ERROR_SHARE, _CAPITALS_SHARE = 0.06, 0.01
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_FRAMES = ("{}", "{}", "she is {}", "he looks {:state}", "{:adjective} expression")
_LADDER_FRAMES = ("{}", "{}", "she is {}", "he looks {:state}", "feeling {:state}")
_PLACE = re.compile(r"\{(\w*):(\w+)\}")  # where a pattern takes only words of one class


@dataclass(frozen=True)
class Quadruple:
    """One row of TEAD.

    source: the generator that wrote it. family: what it says, for finding rows that share an expression.
    split: "train", or "<what is held out>-development" / "-test", where what is held out is a wording (sentence pattern),
    a word, a whole family of the lexicon, or a combination of two.
    """

    text: str
    feeling: Feeling
    source: str
    family: str
    split: str

    def as_row(self) -> dict:
        weights = action_units.to_weights(self.feeling.units).tolist()
        return {
            "text": self.text,
            "tags": list(self.feeling.tags),
            "action_units": action_units.compact(self.feeling.units),
            "weights": {name: round(w, 3) for name, w in zip(arkit.NAMES, weights, strict=True) if w >= 0.005},
            "affect": [round(float(np.clip(value, -1, 1)), 2) for value in self.feeling.affect],
            "source": self.source,
            "split": self.split,
            "family": self.family,
        }


def build(seed: int = 0, size: float = 1.0) -> list[Quadruple]:
    """All rows, without two of the same text. size scales how many wordings each source gets."""
    rows: dict[str, Quadruple] = {}
    for number, volume in enumerate(lexicon.volumes()):
        random_ = random.Random(seed if volume.is_first else f"{seed} {number}")
        own: dict[str, Quadruple] = {}
        for row in _of_volume(volume, random_, size):
            own.setdefault(row.text, row)
        for row in _as_typed(own.values(), random_):
            rows.setdefault(row.text, row)
    return list(rows.values())


def _of_volume(volume: Volume, random_: random.Random, size: float) -> Iterator[Quadruple]:
    """The rows of a volume's words; with the first volume's come those that are of no word."""
    words, share = volume.words, size * volume.share
    yield from _words(words, random_, share)
    yield from _degrees(words, random_, share)
    for rungs in _ladders_of(volume):
        yield from rungs if random_.random() < share else ()
    for generate in (_negations, _negations_of_nouns, _mixtures, _contrasts, _restraints):
        yield from generate(words, random_, share)
    if volume.is_first:
        yield from _instructions(random_, size)
        yield from _instruction_pairs(random_, size)
    yield from _with_instruction(words, random_, share)
    if volume.is_first:
        yield from _situations(random_, size)
        yield from _characters(random_, size)


def held_out(kind: str, name: str, share: float) -> str:
    """The split of one thing by its name: a fixed share is held out, half for development, half for the test."""
    place = int(hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:8], 16) / 2**32
    if place >= share:
        return TRAIN
    return f"{kind}-development" if place < share / 2 else f"{kind}-test"


def split_of(pattern: str, *words: Word) -> str:
    """The hardest thing that is held out decides."""
    families = tuple(dict.fromkeys(word.family for word in words))
    checks = [held_out("family", family, 0.1) if family != "neutral" else TRAIN for family in families]
    if len(words) > 1:
        checks.append(held_out("combination", " ".join(sorted(families)), 0.08))
    checks += [held_out("word", word.text, 0.06) for word in words]
    wording = plain(pattern)
    checks.append(held_out("wording", wording, 0.06) if wording.strip("{}") else TRAIN)
    return next((split for split in checks if split != TRAIN), TRAIN)


def _words(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    for word in words:
        patterns = sample(random_, lexicon.wordings()[word.form], 5 * size, always_first=True)
        for pattern in (pattern for pattern in patterns if fits(pattern, {"": word})):
            yield Quadruple(fill(pattern, word.text), word.feeling, "word", word.family, split_of(pattern, word))
        adverb = as_adverb(word.text) if word.form == "is" else None
        for pattern in sample(random_, lexicon.wordings()["adverb"], 2 * size if adverb else 0, always_first=True):
            if word.text not in lexicon.PREDICATIVE:
                yield Quadruple(fill(pattern, adverb), word.feeling, "word", word.family, split_of(pattern, word))


def _degrees(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    nouns = _noun_degrees()
    for word in words:
        patterns = {"is": lexicon.degrees(), "has": tuple((float(f), p) for f, p in nouns), "does": ()}[word.form]
        for factor, pattern in sample(random_, patterns, (2 if word.form == "is" else 1) * size):
            frame = random_.choice(_FRAMES) if word.form == "is" else "{}"
            if _fit_together(frame, pattern, word):
                text = fill(frame, fill(pattern, word.text))
                yield Quadruple(text, word.feeling.times(factor), "degree", word.family, split_of(pattern, word))


def ladders() -> Iterator[tuple[Quadruple, Quadruple, Quadruple]]:
    """The same thing weak, plain and strong, in one sentence pattern: what makes a degree a degree. The same each time."""
    return filter(None, chain.from_iterable(map(_ladders_of, lexicon.volumes())))


def _ladders_of(volume: Volume) -> Iterator[tuple[Quadruple, ...]]:
    """Three rungs each; none where the drawn sentences do not take the word."""
    random_ = random.Random("ladders")
    adjectives, nouns = lexicon.degrees(), tuple((float(f), p) for f, p in _noun_degrees())
    for word in volume.words:
        for _ in range({"is": 2, "has": 1, "does": 0}[word.form]):
            frame = random_.choice(_LADDER_FRAMES if word.form == "is" else ("{}",))
            rungs = _rungs(adjectives if word.form == "is" else nouns, random_)
            fit = all(_fit_together(frame, pattern, word) for _, pattern in rungs)
            yield _ladder(frame, word, rungs) if fit else ()
    for phrase, units, name in instruction_phrases() if volume.is_first else ():
        feeling = Feeling(("instruction",), units, (0.0, 0.0, 0.0))
        said = _ladder("{}", Word(phrase, "", name, feeling), _rungs(lexicon.degrees()[:32], random_))
        split = split_of_instruction("{}", phrase)
        yield tuple(replace(rung, split=split) for rung in said)


def _rungs(degrees, random_: random.Random) -> tuple[tuple[float, str], ...]:
    weak = random_.choice([degree for degree in degrees if degree[0] < 0.7])
    strong = random_.choice([degree for degree in degrees if degree[0] > 1.1])
    return weak, (1.0, "{}"), strong


def _ladder(frame: str, word: Word, rungs: tuple[tuple[float, str], ...]):
    return tuple(
        Quadruple(
            fill(frame, fill(pattern, word.text)),
            word.feeling.times(factor),
            "degree",
            word.family,
            split_of(pattern, word),
        )
        for factor, pattern in rungs
    )


def _fit_together(frame: str, degree: str, word: Word) -> bool:
    """Whether a sentence takes the word at that degree; nothing follows on "..., ten out of ten" and the like."""
    ends = frame.endswith("}") or degree.endswith("}")
    return ends and fits(frame, {"": word}) and fits(degree, {"": word})


def _noun_degrees() -> list[tuple[str, ...]]:
    return [tuple(line.split("\t")) for line in lexicon.wordings()["noun_degree"]]


def _negations(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    adjectives = _of_form(words, "is")
    for form, refused, instead in (("is", "not_", "not_but"), ("does", "not_does", "not_does_but")):
        for word in _of_form(words, form):
            for pattern in sample(random_, lexicon.wordings()[refused], 1.6 * size):
                if not fits(pattern, {"": word}):
                    continue
                yield Quadruple(
                    fill(pattern, word.text),
                    undone(word.feeling),
                    "negation",
                    f"not {word.family}",
                    split_of(pattern, word),
                )
            other = random_.choice(adjectives)
            for pattern in sample(random_, lexicon.wordings()[instead], 1.6 * size if differ(word, other) else 0):
                if not fits(pattern, {"no": word, "yes": other}):
                    continue
                text = plain(pattern).format(no=word.text, yes=other.text)
                yield Quadruple(text, other.feeling, "negation", other.family, split_of(pattern, word, other))


def _negations_of_nouns(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    nouns = [word for word in _of_form(words, "has") if not word.text.startswith(("a ", "an "))]
    for word in nouns:
        for pattern in sample(random_, lexicon.wordings()["no_noun"], 1 * size):
            yield Quadruple(
                fill(pattern, word.text),
                undone(word.feeling),
                "negation",
                f"not {word.family}",
                split_of(pattern, word),
            )
        other = random_.choice(nouns)
        for pattern in sample(random_, lexicon.wordings()["not_noun_but"], 1 * size if differ(word, other) else 0):
            text = pattern.format(no=word.text, yes=other.text)
            yield Quadruple(text, other.feeling, "negation", other.family, split_of(pattern, word, other))


def _mixtures(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    for form, kind in (("is", "and_"), ("has", "and_noun")):
        some = _of_form(words, form)
        for word in some:
            for other in random_.sample(some, max(1, round(2 * size))):
                if not differ(word, other):
                    continue
                pattern, _, amount = random_.choice(lexicon.wordings()[kind]).partition("*")
                if not fits(pattern, {"a": word, "b": other}):
                    continue
                mix = lexicon.blended(
                    [(word.feeling.times(0.85), 1.0), (other.feeling.times(float(amount or 0.85)), 1.0)]
                )
                text = plain(pattern).format(a=word.text, b=other.text)
                family = f"{word.family} + {other.family}"
                yield Quadruple(text, mix, "mixture", family, split_of(pattern, word, other))


def _contrasts(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    adjectives = _of_form(words, "is")
    for felt_word in adjectives:
        for felt, shown, pattern in sample(random_, lexicon.contrasts(), 1.2 * size):
            shown_word = random_.choice(adjectives)
            if differ(felt_word, shown_word) and fits(pattern, {"felt": felt_word, "shown": shown_word}):
                feeling = layered(
                    felt_word.feeling, felt, 0.12, action_units.lower(shown_word.feeling.times(shown).units)
                )
                text = fill(plain(pattern).format(felt=felt_word.text, shown=shown_word.text), "")
                family = f"{felt_word.family} / {shown_word.family}"
                yield Quadruple(text, feeling, "contrast", family, split_of(pattern, felt_word, shown_word))


def _restraints(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    for word in _of_form(words, "is"):
        fitting = [row for row in lexicon.restraints() if _fits(row[0], word.feeling)]
        for _, up, low, mouth, pattern in sample(random_, fitting, 1.8 * size):
            if not fits(pattern, {"felt": word}):
                continue
            feeling = layered(word.feeling, up, low, mouth)
            text = plain(pattern).format(felt=word.text)
            yield Quadruple(text, feeling, "restraint", f"{word.family} held", split_of(pattern, word))


def _instructions(random_: random.Random, size: float) -> Iterator[Quadruple]:
    for phrase, units, name in instruction_phrases():
        feeling = Feeling(("instruction",), units, (0.0, 0.0, 0.0))
        for pattern in sample(random_, lexicon.wordings()["instruction"], 8 * size, always_first=True):
            yield Quadruple(fill(pattern, phrase), feeling, "instruction", name, split_of_instruction(pattern, phrase))
        for factor, pattern in sample(random_, lexicon.degrees()[:32], 3 * size):
            text = fill(pattern, phrase)
            yield Quadruple(text, feeling.times(factor), "instruction", name, split_of_instruction(pattern, phrase))
        for pattern in sample(random_, ("no {}", "not {}", "without {}", "don't {}", "{} not at all"), 0.7 * size):
            text = fill(pattern, phrase)
            yield Quadruple(text, undone(feeling), "instruction", f"not {name}", split_of_instruction(pattern, phrase))


def _instruction_pairs(random_: random.Random, size: float) -> Iterator[Quadruple]:
    phrases = instruction_phrases()
    for phrase, units, name in phrases:
        for other_phrase, other_units, other in random_.sample(phrases, max(1, round(7 * size))):
            if clash(units, other_units):
                continue
            pattern = random_.choice(lexicon.wordings()["instruction_pair"])
            text = pattern.format(a=phrase, b=other_phrase)
            feeling = Feeling(("instruction",), units | other_units, (0.0, 0.0, 0.0))
            yield Quadruple(
                text, feeling, "instruction pair", f"{name} + {other}", split_of_instruction(pattern, phrase)
            )


def _with_instruction(words: Words, random_: random.Random, size: float) -> Iterator[Quadruple]:
    phrases = instruction_phrases()
    for word in _of_form(words, "is"):
        for phrase, units, name in random_.sample(phrases, max(1, round(2 * size))):
            pattern = random_.choice(lexicon.wordings()["with_instruction"])
            if not fits(pattern, {"a": word}):
                continue
            text = plain(pattern).format(a=word.text, i=phrase)
            feeling = Feeling(
                word.feeling.tags, action_units.overridden(word.feeling.units, units), word.feeling.affect
            )
            yield Quadruple(text, feeling, "word and instruction", f"{word.family} + {name}", split_of(pattern, word))


def _situations(random_: random.Random, size: float) -> Iterator[Quadruple]:
    for text, feeling in lexicon.situations():
        short = len(text) < 8 or not re.search("[a-z] ", text)
        patterns = ("{}", "{} {}", "{}!", "reacting with {}") if short else lexicon.wordings()["situation"]
        for pattern in sample(random_, patterns, 6 * size, always_first=True):
            split = held_out("situation", text, 0.12)
            yield Quadruple(pattern.replace("{}", text), feeling, "situation", text, split)


def _characters(random_: random.Random, size: float) -> Iterator[Quadruple]:
    for text, feeling in lexicon.characters():
        for pattern in sample(random_, lexicon.wordings()["character"], 8 * size, always_first=True):
            split = held_out("situation", text, 0.12)
            yield Quadruple(fill(pattern, text), feeling, "character", text, split)


def instruction_phrases() -> list[tuple[str, Units, str]]:
    """Every instruction's phrase, its units, and the instruction's name with its side."""
    phrases = []
    for instruction in lexicon.instructions().values():
        phrases += [(phrase, instruction.units, instruction.name) for phrase in instruction.phrases]
        phrases += [(p, instruction.side_units["left"], f"{instruction.name} one") for p in instruction.one]
        phrases += list(_sided_phrases(instruction))
    return phrases


def _sided_phrases(instruction: Instruction) -> Iterator[tuple[str, Units, str]]:
    for side, units in instruction.side_units.items():
        for phrase in instruction.sided:
            yield phrase.format(side=side), units, f"{instruction.name} {side}"


def undone(feeling: Feeling) -> Feeling:
    """ "not X": the face at rest. Being told what not to show leaves nothing of it."""
    return Feeling(("neutral",), {}, tuple(-0.2 * value for value in feeling.affect))


def layered(felt: Feeling, up: float, low: float, mouth: Units) -> Feeling:
    """Felt brows and eyes with another mouth; of the felt mouth only `low` remains."""
    upper = action_units.upper(action_units.scaled(felt.units, up))
    remains = action_units.lower(action_units.scaled(felt.units, low))
    kept = {unit: strength for unit, strength in remains.items() if unit not in mouth}
    lift = {"6L": 0.1, "6R": 0.1} if mouth.get("12L", 0) > 0.3 else {}
    units = lift | upper | action_units.settled(kept | mouth)
    smile = mouth.get("12L", 0.0)
    affect = (felt.affect[0] * 0.7 + 0.3 * smile, felt.affect[1] * 0.8, felt.affect[2])
    return Feeling(felt.tags, units, affect)


def plain(pattern: str) -> str:
    """The pattern without the word classes it asks for."""
    return _PLACE.sub(r"{\1}", pattern)


def fits(pattern: str, words: dict[str, Word]) -> bool:
    """Whether every place of the pattern that takes one class of words only gets a word of that class."""
    return all(wanted in words[name].classes for name, wanted in _PLACE.findall(pattern))


def fill(pattern: str, text: str) -> str:
    """The pattern with the text; "a(n)" by the sound of what follows."""
    filled = plain(pattern).replace("{}", text)
    return re.sub(r"a\(n\) (?:a )?(\w)", lambda m: ("an " if m[1].lower() in "aeiou" else "a ") + m[1], filled)


def as_adverb(adjective: str) -> str | None:
    """ "angry" → "angrily"; None for phrases and for words that make no adverb."""
    if not re.fullmatch("[a-z]{3,}", adjective) or adjective.endswith(("ly", "ing")):
        return None
    for ending, adverb in (("ic", "ically"), ("le", "ly"), ("y", "ily"), ("ll", "lly")):
        if adjective.endswith(ending):
            return (
                adjective.removesuffix(ending)
                + (ending if ending == "ic" else "")
                + adverb.removeprefix("ic" if ending == "ic" else "")
            )
    return adjective + "ly"


def split_of_instruction(pattern: str, phrase: str) -> str:
    """Held out by the phrase with its side taken away, so that left and right go together."""
    split = held_out("instruction", re.sub("left|right", "", phrase), 0.1)
    wording = plain(pattern)
    if split == TRAIN and wording.strip("{}"):
        return held_out("wording", wording, 0.06)
    return split


def _of_form(words: Words, form: str) -> list[Word]:
    return [word for word in words if word.form == form and len(word.text) < 32]


def differ(one: Word, other: Word) -> bool:
    return one.family != other.family and not set(one.feeling.tags) & set(other.feeling.tags)


def _fits(which: str, feeling: Feeling) -> bool:
    return which == "*" or (which == "-" and feeling.valence < -0.25) or (which == "+" and feeling.valence > 0.4)


def clash(units: Units, others: Units) -> bool:
    """Whether two instructions name the same unit or pull against each other."""
    both = units | others
    return bool(units.keys() & others.keys()) or action_units.settled(both) != both


def sample(random_: random.Random, items, count: float, always_first: bool = False) -> list:
    """About `count` different items; a fraction is a chance of one more."""
    whole = int(count) + (random_.random() < count % 1)
    if whole <= 0 or not items:
        return []
    chosen = random_.sample(list(items), min(whole, len(items)))
    return list(dict.fromkeys([items[0], *chosen])) if always_first else chosen


def _as_typed(rows, random_: random.Random) -> Iterator[Quadruple]:
    """The rows, and for a share of the training rows a copy with a typing error or in capitals."""
    for row in rows:
        yield row
        chance = random_.random()
        if row.split != TRAIN or chance > _TYPING_ERROR_SHARE + _CAPITALS_SHARE:
            continue
        text = row.text.upper() if chance < _CAPITALS_SHARE else mistyped(row.text, random_)
        if text != row.text:
            yield Quadruple(text, row.feeling, "typing", row.family, row.split)


def mistyped(text: str, random_: random.Random) -> str:
    """One letter doubled, dropped, swapped with its neighbour or missed by a key, inside the longest word; sometimes in two."""
    words = sorted(set(re.findall(r"[^\W\d_]{5,}", text)), key=lambda word: (-len(word), word))
    for word in words[: random_.choice((1, 1, 2))]:
        text = text.replace(word, _misspelt(word, random_), 1)
    return text


def _misspelt(word: str, random_: random.Random) -> str:
    place = random_.randrange(1, len(word) - 2)
    row = next((row for row in _KEYS if word[place].lower() in row), word[place])
    beside = row[max(0, row.find(word[place].lower()) - 1)]
    return random_.choice((
        word[:place] + word[place + 1 :],
        word[: place + 1] + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + beside + word[place + 1 :],
        re.sub(r"(\w)\1", r"\1", word, count=1),
        word.replace("ie", "ei", 1) if "ie" in word else word.replace("ei", "ie", 1),
    ))  # fmt: skip


def bare(text: str) -> str:
    """A text in lower case without punctuation, or as it is if there is nothing else: two of one kind count as one."""
    return re.sub(r"[^\w ]", "", text.lower()).strip() or text
