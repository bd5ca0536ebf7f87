# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 ARKit face blendshapes: names, order, sides, regions (from channels.py) and sizes."""

from __future__ import annotations

import numpy as np

from .channels import COUNT, INDEX, NAMES, REGION_OF, REGIONS, mirrored, sides, unsided

__all__ = [
    "COUNT", "DISPLACEMENT_MM", "INDEX", "MIRROR", "NAMES", "REGIONS", "REGION_OF",
    "as_dict", "mirrored", "pose", "sides", "unsided",
]  # fmt: skip

# Largest vertex displacement at weight 1 on Apple's ARKit reference head, millimetres; a pair shares its value.
_DISPLACEMENT_MM = {
    "jawOpen": 43.3, "mouthClose": 28.6, "mouthSmile": 19.9, "mouthStretch": 14.9, "mouthFunnel": 14.7,
    "mouthLeft": 13.0, "mouthRight": 13.0, "browOuterUp": 12.6, "mouthPucker": 12.3, "browInnerUp": 12.3,
    "mouthPress": 11.2,
    "mouthRollUpper": 11.0, "mouthDimple": 10.9, "mouthUpperUp": 10.1, "cheekPuff": 10.1, "jawForward": 9.9,
    "mouthRollLower": 9.8, "eyeBlink": 9.6, "browDown": 9.5, "jawLeft": 9.5, "jawRight": 9.5, "cheekSquint": 8.3,
    "mouthShrugLower": 7.9, "mouthLowerDown": 7.7, "mouthFrown": 7.5, "eyeSquint": 5.4, "noseSneer": 5.2,
    "mouthShrugUpper": 5.1, "eyeLookDown": 4.8, "eyeLookUp": 4.0, "eyeLookIn": 4.0, "eyeLookOut": 4.0, "eyeWide": 3.7,
    "tongueOut": 20.0,  # not in the published table; a tongue's length past the lips
}  # fmt: skip

DISPLACEMENT_MM: np.ndarray = np.array([_DISPLACEMENT_MM[unsided(name)] for name in NAMES], dtype=np.float32)
MIRROR: np.ndarray = np.array([INDEX[mirrored(name)] for name in NAMES])


def pose(**weights: float) -> np.ndarray:
    """A pose, float32 (52,), from ``name=weight``; an unsided name (``mouthSmile=0.5``) sets both sides."""
    values = np.zeros(COUNT, dtype=np.float32)
    for base, weight in weights.items():
        for name in sides(base):
            values[INDEX[name]] = weight
    return values


def as_dict(values: np.ndarray, digits: int = 4) -> dict[str, float]:
    """A pose as ``{name: weight}`` in the order of :data:`NAMES`."""
    return {name: round(float(value), digits) for name, value in zip(NAMES, values, strict=True)}
