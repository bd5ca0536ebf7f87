# SPDX-License-Identifier: GPL-3.0-or-later
"""Movements of the face in the many ways people order them: verb + part, part + state, sides, degrees, refusals."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from . import lexicon
from .action_units import Units
from .lexicon import Feeling, Instruction
from .prompts import TRAIN, Quadruple, clash, fill, split_of_instruction, undone

_DETERMINERS = ("the", "your", "his", "her", "my", "")
_FRAMES = (
    "{}", "{}", "{}", "{}", "{}", "{}", "{}, please", "{} while talking", "just {}", "now {}", "{} and hold it", "can you {}",
    "I want {}", "neutral face, {}", "{} and nothing else", "the face is relaxed, {}", "relaxed, {}", "{} during the whole line",
)  # fmt: skip
_DEGREES = (
    (0.3, "{} ever so slightly"), (0.35, "barely {}"), (0.4, "{} just a little"), (0.4, "slightly {}"), (0.45, "{} a little"),
    (0.45, "{} a bit"), (0.5, "{} halfway"), (0.5, "half {}"), (1.2, "{} strongly"), (1.25, "{} as much as possible"),
    (1.3, "{} hard"), (1.3, "{} to the maximum"), (1.2, "really {}"),
)  # fmt: skip
_REFUSALS = ("don't {}", "do not {}", "never {}", "please don't {}")
_ABSENCES = ("no {}", "{}? no", "{}, not at all", "without {}")

_PAIRS, _OTHER_SIDES, _SIDES_LAST, _OPPOSITES = 3600, 700, 500, 2400
_CONTRASTED = ("{a}, {b}", "{a}, {b}", "{a} and {b}", "{a} but {b}", "{a}; {b}", "{a}, and {b}", "{a} while {b}")
_TOGETHER = ("{a}, {b}", "{a} and {b}", "{a} but {b}", "{a}; {b}", "{a} with {b}", "{a}, plus {b}")
_LAST = (
    ", the {side} one",
    ", on the {side}",
    ": the {side} one",
    " - the {side} one",
    ", I mean the {side} one",
    ", only the {side} one",
)


@dataclass(frozen=True, order=True)
class _Said:
    """One phrase: an order ("lift the brows") or what one sees afterwards ("brows lifted")."""

    text: str
    is_order: bool
    side: str


def rows(seed: int = 0, size: float = 1.0) -> Iterator[Quadruple]:
    """Every movement's phrases with sides, each alone, with a degree or refused."""
    random_ = random.Random(f"{seed} movements")
    for entry in _grammar().values():
        phrases = sorted(_phrases(entry))
        for said in random_.sample(phrases, min(len(phrases), round(190 * size))):
            yield from _variants(said, _instruction(entry), random_)


def pairs(seed: int = 0, size: float = 1.0) -> Iterator[Quadruple]:
    """Two movements at once, one part each way ("lower the left brow, lift the right one"), and a side that is told last."""
    random_ = random.Random(f"{seed} movement pairs")
    entries = list(_grammar().values())
    phrases = [sorted(_phrases(entry)) for entry in entries]
    for _ in range(round(_PAIRS * size)):
        (one, first), (two, second) = random_.sample(list(zip(entries, map(random_.choice, phrases), strict=True)), 2)
        yield from _pair(random_.choice(_TOGETHER), (first, _instruction(one)), (second, _instruction(two)))
    sided = [entry for entry in entries if entry.get("sides")]
    for _ in range(round(_OTHER_SIDES * size)):
        one, part = _with_part(sided, random_)
        two = random_.choice([entry for entry in sided if part in _items(entry["one"])])
        side, other = random_.sample(("left", "right"), 2)
        first, second = _ordered(one, f"{part}", side, random_), _ordered(two, "", other, random_)
        yield from _pair(random_.choice(_TOGETHER[:3]), (first, _instruction(one)), (second, _instruction(two)))
    for _ in range(round(_SIDES_LAST * size)):
        entry, part = _with_part(sided, random_)
        said = random_.choice(
            (f"one {part} {random_.choice(_items(entry['states']))}", _order(entry, f"one {part}", random_))
        )
        side, tail = random_.choice(("left", "right")), random_.choice(_LAST)
        told = _Said(f"{said}{tail.format(side=side)}", True, side)
        instruction = _instruction(entry)
        feeling = Feeling(("instruction",), _units(told, instruction), (0.0, 0.0, 0.0))
        yield _row("{}", told, feeling, f"{instruction.name} {side}")


def opposites(seed: int = 0, size: float = 1.0) -> Iterator[Quadruple]:
    """One part of the face each way on its two sides ("left brow up, right brow down"), always with its mirror image.

    The two texts of a pair differ in nothing but their sides, so that only who reads the order of the words can tell them apart.
    """
    random_ = random.Random(f"{seed} opposites")
    sided = [entry for entry in _grammar().values() if entry.get("sides")]
    couples = [(one, two) for one in sided for two in sided if one is not two and _shared_parts(one, two)]
    parts = sorted({_shared_parts(*couple)[0] for couple in couples})
    for _ in range(round(_OPPOSITES * size)):
        part = random_.choice(parts)
        one, two = random_.choice([couple for couple in couples if _shared_parts(*couple)[0] == part])
        names = _shared_parts(one, two)
        first = _order_or_state(one, random_.choice(names), random_)
        second = _order_or_state(two, random_.choice(("", "", *names)), random_)
        pattern = random_.choice(_CONTRASTED)
        for sides in (("left", "right"), ("right", "left")):
            said = [
                _Said(text.format(side=side), True, side) for text, side in zip((first, second), sides, strict=True)
            ]
            both = [(each, _instruction(entry)) for each, entry in zip(said, (one, two), strict=True)]
            yield from _pair(pattern, *both, source="opposite sides")


def _shared_parts(one: dict, other: dict) -> tuple[str, ...]:
    """The names of one side's part that both movements know."""
    theirs = _items(other["one"])
    return tuple(part for part in _items(one["one"]) if part in theirs)


def _order_or_state(entry: dict, part: str, random_: random.Random) -> str:
    """An order or what one sees, {side} left open; without a part it is "the left one", or "the left" for short."""
    which = "{side} " + part if part else random_.choice(("{side} one", "{side}"))
    determiner = random_.choice(("the ", "your ", "his ", "her ")) if part else "the "
    if random_.random() < 0.45:
        return _order(entry, determiner + which, random_)
    return (
        f"{random_.choice((determiner, '')) if part else determiner}{which} {random_.choice(_items(entry['states']))}"
    )


def _pair(
    pattern: str, one: tuple[_Said, Instruction], other: tuple[_Said, Instruction], source: str = "movement pair"
) -> Iterator[Quadruple]:
    """Both at once, unless they pull against each other; held out when one of them is."""
    units, others = _units(*one), _units(*other)
    if clash(units, others):
        return
    splits = (split_of_instruction(pattern, said.text) for said, _ in (one, other))
    split = next((split for split in splits if split != TRAIN), TRAIN)
    family = " + ".join(f"{instruction.name} {said.side}".strip() for said, instruction in (one, other))
    feeling = Feeling(("instruction",), units | others, (0.0, 0.0, 0.0))
    yield Quadruple(pattern.format(a=one[0].text, b=other[0].text), feeling, source, family, split)


def _with_part(entries: list[dict], random_: random.Random) -> tuple[dict, str]:
    entry = random_.choice(entries)
    return entry, random_.choice(_items(entry["one"]))


def _ordered(entry: dict, part: str, side: str, random_: random.Random) -> _Said:
    """An order for one side; without a part it is "the left one"."""
    return _Said(_order(entry, f"the {side} {part or 'one'}", random_), True, side)


def _order(entry: dict, what: str, random_: random.Random) -> str:
    return random_.choice([verb for verb in _items(entry["verbs"]) if "_" in verb]).replace("_", what)


def _grammar() -> dict[str, dict]:
    """movements.toml, each table with the name of its instruction."""
    tables = tomllib.loads((lexicon.FOLDER / "movements.toml").read_text(encoding="utf-8"))
    return {name: {"of": name} | entry for name, entry in tables.items()}


def _instruction(entry: dict) -> Instruction:
    return lexicon.instructions()[entry["of"]]


def _variants(said: _Said, instruction: Instruction, random_: random.Random) -> Iterator[Quadruple]:
    feeling = Feeling(("instruction",), _units(said, instruction), (0.0, 0.0, 0.0))
    family = f"{instruction.name} {said.side}".strip()
    frame = random_.choice(_FRAMES)
    yield _row(frame, said, feeling, family)
    if random_.random() < 0.3:
        factor, degree = random_.choice(_DEGREES)
        yield _row(degree, said, feeling.times(factor), family)
    if random_.random() < 0.12:
        yield _row(random_.choice(_REFUSALS if said.is_order else _ABSENCES), said, undone(feeling), f"not {family}")


def _row(pattern: str, said: _Said, feeling: Feeling, family: str) -> Quadruple:
    return Quadruple(fill(pattern, said.text), feeling, "movement", family, split_of_instruction(pattern, said.text))


def _units(said: _Said, instruction: Instruction) -> Units:
    return instruction.side_units[said.side] if said.side else instruction.units


def _phrases(entry: dict) -> set[_Said]:
    many, verbs, states = (_items(entry[key]) for key in ("many", "verbs", "states"))
    said = set()
    for part in many:
        for determiner in _DETERMINERS[:-1]:
            said |= {_Said(verb.replace("_", f"{determiner} {part}"), True, "") for verb in verbs}
        said |= {_Said(_seen(determiner, part, state), False, "") for determiner in _DETERMINERS for state in states}
        if entry.get("sides"):
            said |= {_Said(verb.replace("_", f"both {part}"), True, "") for verb in verbs}
    for side in ("left", "right") if entry.get("sides") else ():
        for part in _items(entry["one"]):
            said |= _sided(side, part, verbs, states)
    return said


def _sided(side: str, part: str, verbs: tuple[str, ...], states: tuple[str, ...]) -> set[_Said]:
    said = set()
    for determiner in _DETERMINERS:
        which = f"{determiner} {side} {part}".strip()
        if determiner:
            said |= {_Said(verb.replace("_", which), True, side) for verb in verbs}
            said |= {_Said(verb.replace("_", f"only {which}"), True, side) for verb in verbs}
            said |= {_Said(verb.replace("_", f"{determiner} {part} on the {side}"), True, side) for verb in verbs}
        said |= {_Said(f"{which} {state}", False, side) for state in states}
        said |= {_Said(f"only {which} {state}", False, side) for state in states}
    said |= {_Said(f"{part} {state} on the {side} side", False, side) for state in states}
    return said


def _seen(determiner: str, part: str, state: str) -> str:
    """ "brows goes up" → "brows go up": states are written for one part."""
    if part.endswith("s"):
        for one, many in (("goes ", "go "), ("moves ", "move "), ("is ", "are "), ("stands ", "stand ")):
            state = many + state.removeprefix(one) if state.startswith(one) else state
    return f"{determiner} {part} {state}".strip()


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(";"))
