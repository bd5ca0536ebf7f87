# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a pose on the face for a look, and take it back to the value."""

from __future__ import annotations

from array import array

import bpy
import numpy as np

from ..expclip_core.channels import NAMES
from ..expclip_core.names import Adjustment
from .drivers import Control, control_values
from .keys import shape_values
from .rig import Rig, key_path

Values = dict[tuple[int, str, int], float]  # (number of the owner, data path, index) → value

_OWNERS = ("shape_keys", "objects", "armatures", "meshes")


def values_of(rig: Rig) -> Values:
    return {_number(control): control.value for control in _all_controls(rig)}


def values_for(rig: Rig, pose: dict[str, float]) -> Values:
    """What the rig's shape keys, or the controls that drive them, are in a pose, ARKit name → weight."""
    channels = rig.channels({name: array("f", [weight]) for name, weight in pose.items()})
    written = {id(face): shape_values(face.mapping, channels) for face in rig.faces}
    values = {
        _number(Control(face.shape_keys, key_path(key))): written[id(face)][key][0]
        for face in rig.faces
        for key in face.keyed
    }
    for control, followers in rig.controls.items():
        wanted = [(face.driven[key], written[id(face)][key]) for face, key in followers]
        values[_number(control)] = float(control_values(wanted)[0])
    return values


def set_values(values: Values) -> None:
    """Set shape keys and controls; those that are gone are passed over."""
    numbers = {number for number, _, _ in values}
    owners = {
        each.session_uid: each for kind in _OWNERS for each in getattr(bpy.data, kind) if each.session_uid in numbers
    }
    for (number, path, index), value in values.items():
        if number in owners:
            Control(owners[number], path, index).set_if_there(value)


def _all_controls(rig: Rig) -> list[Control]:
    keyed = [Control(face.shape_keys, path) for face in rig.faces for path in face.paths]
    return [*keyed, *rig.controls]


def _number(control: Control) -> tuple[int, str, int]:
    return control.owner.session_uid, control.path, control.index


def pose_of_rig(rig: Rig) -> dict[str, float]:
    """The pose that the rig shows now, ARKit name → weight 0..1: its evaluated shape keys, read back through the mapping.

    Where several channels move one shape key, or one channel several, it is the smallest weights that come nearest.
    """
    rows, values = [], []
    for face in rig.faces:
        for key in face.mapping.keys:
            gains = {
                name: each.gain for name, found in face.mapping.targets.items() for each in found if each.key == key
            }
            rows.append([gains.get(name, 0.0) for name in NAMES])
            values.append(face.shape_keys.key_blocks[key].value)
    weights, *_ = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)
    neutral = Adjustment()
    return {
        name: _before_adjusting(float(weight), rig.adjustments.get(name, neutral))
        for name, weight in zip(NAMES, weights, strict=True)
    }


def _before_adjusting(value: float, adjustment: Adjustment) -> float:
    weight = (value - adjustment.offset) / adjustment.gain if adjustment.gain else 0.0
    return min(max(weight, 0.0), 1.0)
