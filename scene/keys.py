# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves to keys: what each shape key does, and F-curves read and filled in bulk."""

from __future__ import annotations

from array import array
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence

import bpy
import numpy as np

from ..expclip_core.edits import GENERATED, KEY, LINEAR
from ..expclip_core.names import Mapping

Channel = array  # float32, one weight a frame

_STILL = 1e-4  # a channel that moves less than this is one key
_AUTO_CLAMPED = 4  # for the artist who turns the keys to Bezier
_SET_BY_US = ("co", "interpolation", "handle_left_type", "handle_right_type", "type")


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


def dense(first_frame: float, values: Sequence[float]) -> np.ndarray:
    """One key a frame, or a single one when nothing moves, as :data:`KEY`."""
    values = np.asarray(values, np.float32)
    if len(values) > 1 and np.ptp(values) < _STILL:
        values = values[:1]
    keys = np.zeros(len(values), KEY)
    keys["co"][:, 0] = first_frame + np.arange(len(values))
    keys["co"][:, 1] = values
    keys["interpolation"], keys["type"] = LINEAR, GENERATED
    keys["handle_left_type"] = keys["handle_right_type"] = _AUTO_CLAMPED
    return keys


def read(curve: bpy.types.FCurve) -> np.ndarray:
    """An F-curve's keys, as :data:`KEY`."""
    points = curve.keyframe_points
    keys = np.zeros(len(points), KEY)
    for name in KEY.names:
        column = np.zeros(keys[name].shape, keys[name].dtype)
        points.foreach_get(name, column.ravel())
        keys[name] = column
    return keys


def write(curve: bpy.types.FCurve, keys: np.ndarray, names: Sequence[str] = KEY.names) -> None:
    """Give an F-curve these keys in place of those it has. names: the columns that matter."""
    points = curve.keyframe_points
    if len(points) != len(keys):
        points.clear()
        points.add(len(keys))
    for name in names:
        points.foreach_set(name, np.ascontiguousarray(keys[name]).ravel())
    curve.update()


def write_new(curve: bpy.types.FCurve, keys: np.ndarray) -> None:
    """Fill an F-curve with generated keys."""
    write(curve, keys, _SET_BY_US)
