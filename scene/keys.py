# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves to keys: one F-curve a shape key, filled in bulk."""

from __future__ import annotations

from array import array
from collections.abc import Mapping as Dictionary
from functools import lru_cache

import bpy

from ..expclip_core.names import Mapping

Channel = array  # float32, one weight a frame

_STILL = 1e-4  # a channel that moves less than this is one key
_LOOK = {
    "interpolation": "LINEAR",
    "handle_left_type": "AUTO_CLAMPED",  # for the artist who turns the keys to Bezier
    "handle_right_type": "AUTO_CLAMPED",
    "type": "GENERATED",  # its colour tells an artist's keys from ours
}


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


def write(curve: bpy.types.FCurve, first_frame: int, values: Channel) -> int:
    """Fill an empty F-curve with one key a frame, or a single one when nothing moves. Returns the number of keys."""
    if max(values) - min(values) < _STILL:
        values = values[:1]
    coordinates = array("f", bytes(8 * len(values)))
    coordinates[0::2] = _frames(first_frame, len(values))
    coordinates[1::2] = values
    points = curve.keyframe_points
    points.add(len(values))
    points.foreach_set("co", coordinates)
    for name, item in _LOOK.items():
        points.foreach_set(name, _same(name, item, len(values)))
    curve.update()
    return len(values)


@lru_cache(maxsize=2)
def _frames(first: int, count: int) -> array:
    return array("f", range(first, first + count))


@lru_cache(maxsize=8)
def _same(name: str, item: str, count: int) -> array:
    return array("i", [bpy.types.Keyframe.bl_rna.properties[name].enum_items[item].value]) * count
