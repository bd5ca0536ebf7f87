# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves to keys: what each shape key does, and F-curves read and filled in bulk."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from functools import cached_property

import bpy
import numpy as np

from ..expclip_core.edits import ALIGNED, BEZIER, EVERYWHERE, FREE, GENERATED, KEY, LINEAR, Span
from ..expclip_core.keys import KeyedCurve
from ..expclip_core.lip_gap import Shares, gap, moves_lips, reduced_face
from ..expclip_core.names import Mapping
from .memory import Place, Take

Channel = array  # float32, one weight a frame

# By owner: what each curve was reduced from the last time, and its keys.
_reduced_last: dict[int, dict[Place, tuple[tuple, KeyedCurve]]] = {}

_STILL = 1e-4  # a channel that moves less than this is one key
_AUTO_CLAMPED = 4  # for the artist who turns the keys to Bezier
_SET_BY_US = ("co", "interpolation", "handle_left_type", "handle_right_type", "type")
_HANDLES = ("handle_left", "handle_right")  # where Blender does not place them itself


@dataclass(frozen=True)
class Part:
    """What moves some IDs alike: F-curves by data path and index, a value a frame. control: keyed beside other movement.

    shares: the channels that each curve is made of and how much of them. units: what a property that drives a shape key
    changes by when that goes from 0 to 1; a shape key's own value is not in it.
    """

    name: str
    owners: tuple[bpy.types.ID, ...]
    curves: dict[Place, Sequence[float]]
    shares: dict[Place, Shares]
    units: dict[Place, float] = field(default_factory=dict)
    control: bool = False


@dataclass(frozen=True)
class Written:
    """keys: that were written. dense: a key a frame of every curve. error: the largest, 1 is a shape key's range, 0 in dense takes."""

    curves: int = 0
    keys: int = 0
    dense: int = 0
    error: float = 0.0

    def __add__(self, other: Written) -> Written:
        sums = (self.curves + other.curves, self.keys + other.keys, self.dense + other.dense)
        return Written(*sums, max(self.error, other.error))

    def __str__(self) -> str:
        """``412 of 4,110 keys, max error 0.4%``, or ``3,900 keys`` of a dense take, whose still curves have one."""
        if not self.error:
            return f"{self.keys:,} keys"
        return f"{self.keys:,} of {self.dense:,} keys, max error {100 * self.error:.1f}%"


def remember_count(main: bpy.types.Action, written: Written) -> None:
    """Let a take tell how many keys it has, and had been."""
    main.expclip.keys, main.expclip.dense_keys, main.expclip.error = written.keys, written.dense, written.error


def count_of(main: bpy.types.Action) -> Written:
    """What was written last for a take; no keys when an older version made it."""
    return Written(0, main.expclip.keys, main.expclip.dense_keys, main.expclip.error)


def shape_values(mapping: Mapping, channels: Dictionary[str, Channel]) -> dict[str, Channel]:
    """What each shape key does: its channels times their gains, summed, not below 0."""
    values: dict[str, Channel] = {}
    for name, targets in mapping.targets.items():
        for target in targets:
            share = channels[name] if target.gain == 1.0 else array("f", (target.gain * w for w in channels[name]))
            before = values.get(target.key)
            values[target.key] = share if before is None else _sum_above_0(before, share)
    return values


def _sum_above_0(values: Channel, others: Channel) -> array:
    return array("f", (max(value + other, 0.0) for value, other in zip(values, others, strict=True)))


def shares_of(mapping: Mapping) -> dict[str, dict[str, float]]:
    """Shape key → the channels that move it and their gains."""
    shares: dict[str, dict[str, float]] = {key: {} for key in mapping.keys}
    for name, targets in mapping.targets.items():
        for target in targets:
            shares[target.key][name] = target.gain
    return shares


class Fresh:
    """A part's keys as generated: as few as keep within the take's tolerance, or one a frame when it has none.

    together: the frames over which most curves are keyed, all of them in one so that the lips keep their gap.
    """

    def __init__(self, part: Part, take: Take, together: Span = EVERYWHERE) -> None:
        self._part, self._take = part, take
        self._first, self._last = int(max(together[0], take.first_frame)), int(min(together[1], take.last_frame))

    def of(self, place: Place) -> Callable[[float, float], np.ndarray]:
        """Keys from any frame of the take to any other, both of them keyed."""
        return lambda start, end: self._between(place, math.ceil(start), math.floor(end))

    @cached_property
    def all(self) -> dict[Place, np.ndarray]:
        """Each curve's keys over all that is keyed together, still ones a single key."""
        return {place: self._between(place, self._first, self._last) for place in self._part.curves}

    @property
    def written(self) -> Written:
        return self.counted(self.all.values())

    def counted(self, keys: Iterable[np.ndarray]) -> Written:
        """What the part has when its curves have these keys."""
        a_key_a_frame = sum(map(len, self._part.curves.values()))
        error = max((curve.error for curve in self._together.values()), default=0.0) if self._take.tolerance else 0.0
        return Written(len(self._part.curves), sum(map(len, keys)), a_key_a_frame, error)

    def _between(self, place: Place, start: int, end: int) -> np.ndarray:
        if start > end:  # between two keys on no frame
            return np.zeros(0, KEY)
        if not self._take.tolerance:
            return dense(start, self._part.curves[place][self._rows(start, end)])
        if (start, end) == (self._first, self._last):
            curve = self._together[place]
        else:
            (curve,) = self._reduced([place], start, end, alone=True)
        return bezier(start, curve.scaled(self._part.units.get(place, 1.0)))

    @cached_property
    def _together(self) -> dict[Place, KeyedCurve]:
        """All curves, those that are as they were the last time without reducing them again: a slider changes few."""
        owner, places = self._part.owners[0].session_uid, list(self._part.curves)
        lips = {place for place in places if moves_lips(self._part.shares[place])}
        distance = gap(self._take.weights[self._rows(self._first, self._last)]).tobytes()
        made_of = {place: self._made_of(place, distance if place in lips else b"") for place in places}
        last = _reduced_last.get(owner, {})
        same = {place for place in places if place in last and last[place][0] == made_of[place]}
        if not lips <= same:  # they keep the gap together
            same -= lips
        new = [place for place in places if place not in same]
        made = dict(zip(new, self._reduced(new, self._first, self._last), strict=True)) if new else {}
        curves = {place: last[place][1] if place in same else made[place] for place in places}
        _reduced_last[owner] = {place: (made_of[place], curves[place]) for place in places}
        return curves

    def _made_of(self, place: Place, distance: bytes) -> tuple:
        part, rows = self._part, self._rows(self._first, self._last)
        values = np.asarray(part.curves[place])[rows].tobytes()
        return values, self._take.tolerance, part.units.get(place), *part.shares[place].items(), distance

    def _rows(self, start: int, end: int) -> slice:
        return slice(start - self._take.first_frame, end - self._take.first_frame + 1)

    def _reduced(self, places: Sequence[Place], start: int, end: int, alone: bool = False) -> list[KeyedCurve]:
        """In shape keys' units, so that one tolerance and one rule for the lips hold for all."""
        part, rows = self._part, self._rows(start, end)
        values = [np.asarray(part.curves[place])[rows] / part.units.get(place, 1.0) for place in places]
        shares = [part.shares[place] for place in places]
        weights, tolerance = self._take.weights[rows], self._take.tolerance
        return reduced_face(weights, np.column_stack(values), shares, tolerance, alone)


def bezier(first_frame: float, curve: KeyedCurve) -> np.ndarray:
    """Reduced keys, as :data:`KEY`."""
    keys = np.zeros(len(curve), KEY)
    shift = np.array([first_frame, 0], np.float32)
    keys["co"] = np.column_stack([curve.frames, curve.values]) + shift
    keys["handle_left"], keys["handle_right"] = curve.left + shift, curve.right + shift
    keys["handle_left_type"] = keys["handle_right_type"] = np.where(curve.corner, FREE, ALIGNED)
    keys["interpolation"], keys["type"] = BEZIER, GENERATED
    return keys


def dense(first_frame: float, values: Sequence[float]) -> np.ndarray:
    """One key a frame, or a single one when nothing moves, as :data:`KEY`."""
    values = np.asarray(values, np.float32)
    if _is_still(values):
        values = values[:1]
    keys = np.zeros(len(values), KEY)
    keys["co"][:, 0] = first_frame + np.arange(len(values))
    keys["co"][:, 1] = values
    keys["interpolation"], keys["type"] = LINEAR, GENERATED
    keys["handle_left_type"] = keys["handle_right_type"] = _AUTO_CLAMPED
    return keys


def _is_still(values: Sequence[float]) -> bool:
    return len(values) > 0 and np.ptp(values) < _STILL


def read(curve: bpy.types.FCurve) -> np.ndarray:
    """An F-curve's keys, as :data:`KEY`."""
    keys = np.zeros(len(curve.keyframe_points), KEY)
    for name in KEY.names:
        keys[name] = _column(curve, name)
    return keys


def write(curve: bpy.types.FCurve, keys: np.ndarray, names: Sequence[str] = KEY.names) -> np.ndarray:
    """Give an F-curve these keys in place of those it has. names: the columns that matter.

    Returns the keys with the handles that Blender made of them.
    """
    points = curve.keyframe_points
    if len(points) != len(keys):
        points.clear()
        points.add(len(keys))
    for name in names:
        points.foreach_set(name, np.ascontiguousarray(keys[name]).ravel())
    curve.update()
    if not _has_handles(keys):
        return keys
    got = keys.copy()
    for name in _HANDLES:
        got[name] = _column(curve, name)
    return got


def _column(curve: bpy.types.FCurve, name: str) -> np.ndarray:
    points = curve.keyframe_points
    kind = KEY.fields[name][0]
    column = np.zeros((len(points), *kind.shape), kind.base)
    points.foreach_get(name, column.ravel())
    return column


def _has_handles(keys: np.ndarray) -> bool:
    return bool((keys["interpolation"] == BEZIER).any())


def write_new(curve: bpy.types.FCurve, keys: np.ndarray) -> np.ndarray:
    """Fill an F-curve with generated keys. Returns them as :func:`write`."""
    return write(curve, keys, _SET_BY_US + _HANDLES if _has_handles(keys) else _SET_BY_US)
