# SPDX-License-Identifier: GPL-3.0-or-later
"""Can the rig's lips close for p, b and m? A take closes them with mouthClose as far as jawOpen parts them, or else the jaw."""

from __future__ import annotations

import bpy
import numpy as np

from ..expclip_core.names import Adjustment
from .rig import Rig

_MOVES = 1e-4  # of a mesh's size, what a shape key must move to be worth its name
_SHAPING = ("gain", "offset", "lowest", "highest")


def unsealed(rig: Rig) -> str:
    """Why the lips cannot close as they should, as a sentence; empty when they can, as far as the mapping tells."""
    if rig.jaw_closes:
        return (
            "Nothing follows mouthClose, so for p, b and m the jaw closes the lips: choose its shape key under Mapping, and "
            "the jaw may stay open behind them."
        )
    jaw, close = ("jawOpen" not in rig.missing, "mouthClose" not in rig.missing)
    if close and not jaw:
        return "Nothing follows jawOpen, so the lips will cross at p, b and m: choose its shape key or mute mouthClose."
    opening, closing = (rig.adjustments.get(name, Adjustment()) for name in ("jawOpen", "mouthClose"))
    if jaw and any(getattr(opening, name) != getattr(closing, name) for name in _SHAPING):
        return "The mapping shapes jawOpen and mouthClose differently, so p, b and m may not close: give both the same."
    return ""


def flat_close(rig: Rig) -> str:
    """The same for a shape key of mouthClose that is there but moves nothing, as exporters leave them. Reads all vertices."""
    closing = [
        (face.shape_keys, target.key) for face in rig.faces for target in face.mapping.targets.get("mouthClose", ())
    ]
    if not closing or any(_moves(shape_keys, key) for shape_keys, key in closing):
        return ""
    return (
        f"The shape key {closing[0][1]} moves nothing, so the lips will not close for p, b and m: sculpt it, or mute "
        "mouthClose under Mapping, and the jaw closes them."
    )


def _moves(shape_keys: bpy.types.Key, name: str) -> bool:
    block = shape_keys.key_blocks[name]
    shape, rest = _points(block), _points(block.relative_key)
    return bool(np.abs(shape - rest).max(initial=0.0) > _MOVES * np.ptp(rest, axis=0).max(initial=0.0))


def _points(block: bpy.types.ShapeKey) -> np.ndarray:
    """(vertices, 3), float32."""
    points = np.empty(3 * len(block.data), np.float32)
    block.data.foreach_get("co", points)
    return points.reshape(-1, 3)
