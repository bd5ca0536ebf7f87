# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves to keys: one F-curve a shape key, filled in bulk."""

from __future__ import annotations

from array import array
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

import bpy

from ..expclip_core.names import Mapping

Channel = Sequence[float]  # one weight a frame

_STILL = 1e-4  # a channel that moves less than this is one key
_LOOK = {
    "interpolation": "LINEAR",
    "handle_left_type": "AUTO_CLAMPED",  # for the artist who turns the keys to Bezier
    "handle_right_type": "AUTO_CLAMPED",
    "type": "GENERATED",  # its colour tells an artist's keys from ours
}


def shape_values(mapping: Mapping, channels: Dictionary[str, Channel]) -> dict[str, array]:
    """What each shape key does: its channels times their gains, summed, not below 0."""
    values: dict[str, array] = {}
    for name, targets in mapping.targets.items():
        for target in targets:
            share = channels[name] if target.gain == 1.0 else array("f", (target.gain * w for w in channels[name]))
            before = values.get(target.key)
            values[target.key] = share if before is None else array("f", map(float.__add__, before, share))
    return {key: _not_below_0(curve) for key, curve in values.items()}


def _not_below_0(values: array) -> array:
    return values if min(values) >= 0.0 else array("f", (max(value, 0.0) for value in values))


def write(curve: bpy.types.FCurve, first_frame: int, values: Channel) -> int:
    """Fill an empty F-curve with one key a frame, or a single one when nothing moves. Returns the number of keys."""
    if max(values) - min(values) < _STILL:
        values = values[:1]
    points = curve.keyframe_points
    points.add(len(values))
    points.foreach_set("co", _coordinates(first_frame, values))
    for name, item in _LOOK.items():
        points.foreach_set(name, array("i", [_number_of(name, item)]) * len(values))
    curve.update()
    return len(values)


def _coordinates(first_frame: int, values: Channel) -> array:
    coordinates = array("f", bytes(8 * len(values)))
    coordinates[0::2] = array("f", range(first_frame, first_frame + len(values)))
    coordinates[1::2] = array("f", values)
    return coordinates


def _number_of(name: str, item: str) -> int:
    return bpy.types.Keyframe.bl_rna.properties[name].enum_items[item].value
