# SPDX-License-Identifier: GPL-3.0-or-later
"""FACS Action Units: their notation, what contradicts what, and their ARKit weights.

Units are a dict from a unit to its strength 0..1. A unit that has sides is always held by side ("12L", "12R"), one that
has none by its number ("1", "26"); in text "12" means both sides.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from expclip_core import arkit

Units = dict[str, float]

TABLE = Path(__file__).parent / "action_units.tsv"
# Muscles that pull against each other: of two, the weaker gives way. Looking one way or the other is such a pair too.
_OPPOSED = (
    ("12", "15"), ("12", "18"), ("20", "18"), ("4", "2"), ("5", "41"), ("5", "43"), ("7", "43"), ("41", "43"),
    ("24", "25"), ("24", "26"), ("24", "27"), ("24", "16"), ("23", "26"), ("23", "27"), ("28", "26"), ("28", "27"),
    ("32", "26"), ("32", "27"), ("17", "25"), ("17", "26"), ("17", "27"), ("18", "26"), ("18", "27"), ("12", "17"),
    ("61", "62"), ("63", "64"), ("24", "18"), ("28", "18"), ("24", "10"),
)  # fmt: skip
_YIELD = 0.85  # share of itself the weaker loses when the stronger is full
UPPER = frozenset({"1", "2", "4", "5", "6", "7", "41", "43", "44", "45", "46", "61", "62", "63", "64", "65", "66", "9"})


@cache
def shapes_of() -> dict[str, tuple[tuple[str, float], ...]]:
    """The table: unit number → (ARKit shape without side, weight at full strength)."""
    table = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            number, _, shapes = line.split("\t")
            pairs = (shape.split() for shape in shapes.split(", "))
            table[number] = tuple((name, float(weight)) for name, weight in pairs)
    return table


@cache
def has_sides(number: str) -> bool:
    return any(len(arkit.sides(shape)) == 2 for shape, _ in shapes_of()[number])


def number_of(unit: str) -> str:
    """ "12L" → "12"."""
    return unit.rstrip("LR")


def parse(text: str) -> Units:
    """``"4:.7 12L:.5"`` → units by side. Raises KeyError for a unit the table lacks."""
    units: Units = {}
    for item in text.split():
        unit, strength = item.split(":")
        for one in _by_side(unit):
            units[one] = max(units.get(one, 0.0), float(strength))
    return units


def _by_side(unit: str) -> tuple[str, ...]:
    number = number_of(unit)
    if unit != number or not has_sides(number):
        shapes_of()[number]
        return (unit,)
    return (f"{number}L", f"{number}R")


def compact(units: Units) -> Units:
    """For people: equal sides become one entry, nothing below 0.02, two decimals."""
    result: Units = {}
    for unit, strength in units.items():
        number = number_of(unit)
        even = unit != number and round(units.get(f"{number}L", 0), 2) == round(units.get(f"{number}R", 0), 2)
        if strength >= 0.02:
            result[number if even else unit] = round(strength, 2)
    return result


def scaled(units: Units, factor: float) -> Units:
    """Stronger or weaker. Above 1 the strengths approach 1 without piling up there: 1 - (1 - s) ** factor."""
    if factor <= 1:
        return {unit: strength * factor for unit, strength in units.items()}
    return {unit: 1 - (1 - strength) ** factor for unit, strength in units.items()}


def joined(*many: Units) -> Units:
    """All at once: each unit at its strongest, then opposed muscles settle."""
    result: Units = {}
    for units in many:
        for unit, strength in units.items():
            result[unit] = max(result.get(unit, 0.0), strength)
    return settled(result)


def overridden(units: Units, order: Units) -> Units:
    """`order` done on top of `units`: what it names is set, and whatever opposes it yields wholly."""
    named = {number_of(unit) for unit in order}
    against = {b for a, b in _OPPOSED if a in named} | {a for a, b in _OPPOSED if b in named}
    kept = {u: s * (0.15 if number_of(u) in against else 1.0) for u, s in units.items() if number_of(u) not in named}
    sided = {u: s for u, s in units.items() if number_of(u) in named and u not in order}
    return kept | {u: s * 0.3 for u, s in sided.items()} | order


def settled(units: Units) -> Units:
    """Opposed muscles: the weaker gives way in proportion to the stronger."""
    result = dict(units)
    for a, b in _OPPOSED:
        for one, other in _facing(a, b):
            if one in result and other in result:
                weak, strong = sorted((one, other), key=result.__getitem__)
                result[weak] *= 1 - _YIELD * min(1.0, result[strong] * 1.25)
    return result


def _facing(a: str, b: str) -> list[tuple[str, str]]:
    """Which units of two numbers meet: the same side's, or any with one that has no sides."""
    ones = [f"{a}L", f"{a}R"] if has_sides(a) else [a]
    others = [f"{b}L", f"{b}R"] if has_sides(b) else [b]
    return [(x, y) for x in ones for y in others if x[-1] == y[-1] or x == a or y == b]


def upper(units: Units) -> Units:
    """What brows, lids, cheeks, nose and gaze do."""
    return {unit: strength for unit, strength in units.items() if number_of(unit) in UPPER}


def lower(units: Units) -> Units:
    """What mouth, jaw and tongue do."""
    return {unit: strength for unit, strength in units.items() if number_of(unit) not in UPPER}


def to_weights(units: Units) -> np.ndarray:
    """ARKit weights, float32 (52,), 0..1. A shape without sides gets half of each side's strength."""
    weights = np.zeros(arkit.COUNT, dtype=np.float32)
    for unit, strength in units.items():
        number = number_of(unit)
        side = {"L": 0, "R": 1}.get(unit[len(number) :])
        for shape, amount in shapes_of()[number]:
            names = arkit.sides(shape)
            if len(names) == 2 and side is not None:
                weights[arkit.INDEX[names[side]]] += amount * strength
            else:
                weights[arkit.INDEX[names[0]]] += amount * strength * (1.0 if side is None else 0.5)
    for left, right in (("eyeWide", "eyeBlink"),):
        for suffix in ("Left", "Right"):
            weights[arkit.INDEX[left + suffix]] *= 1 - min(1.0, weights[arkit.INDEX[right + suffix]])
    return weights.clip(0, 1)


def from_weights(weights: np.ndarray) -> Units:
    """The units a pose shows, found greedily from the largest; for measuring, not for making poses."""
    rest = weights.astype(np.float64).copy()
    columns = {unit: to_weights({unit: 1.0}).astype(np.float64) for unit in _all_units()}
    units: Units = {}
    for _ in range(24):
        scores = {u: float(c @ rest) / float(c @ c) ** 0.5 for u, c in columns.items() if u not in units}
        unit = max(scores, key=scores.__getitem__)
        strength = scores[unit] / float(columns[unit] @ columns[unit]) ** 0.5
        if strength < 0.08:
            break
        units[unit] = min(strength, 1.0)
        rest = (rest - strength * columns[unit]).clip(0)
    return units


@cache
def _all_units() -> tuple[str, ...]:
    duplicates = {"45", "11", "13", "44", "65", "31", "38", "33"}
    return tuple(unit for number in shapes_of() if number not in duplicates for unit in _by_side(number))
