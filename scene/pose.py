# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold a pose on the face for a look, and take it back to the value."""

from __future__ import annotations

from array import array

import bpy

from ..expclip_core.names import adjusted_weights
from .keys import shape_values
from .rig import Rig

Values = dict[tuple[int, str], float]  # (number of the Key, name of the shape key) → value


def values_of(rig: Rig) -> Values:
    return {
        (face.shape_keys.session_uid, key): face.shape_keys.key_blocks[key].value
        for face in rig.faces
        for key in face.mapping.keys
    }


def values_for(rig: Rig, pose: dict[str, float]) -> Values:
    """What the rig's shape keys are in a pose, ARKit name → weight."""
    channels = adjusted_weights({name: array("f", [weight]) for name, weight in pose.items()}, rig.adjustments)
    return {
        (face.shape_keys.session_uid, key): values[0]
        for face in rig.faces
        for key, values in shape_values(face.mapping, channels).items()
    }


def set_values(values: Values) -> None:
    """Set shape keys by number and name; those that are gone are passed over."""
    shape_keys = {each.session_uid: each for each in bpy.data.shape_keys}
    for (number, key), value in values.items():
        if number in shape_keys and key in shape_keys[number].key_blocks:
            shape_keys[number].key_blocks[key].value = value
