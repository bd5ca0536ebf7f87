# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 ARKit face blendshapes: names, order, sides, regions and sizes."""

from __future__ import annotations

import numpy as np

# In the column order of a Live Link Face recording. Always map by name: orders in the wild differ.
NAMES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
    "jawForward", "jawRight", "jawLeft", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft", "mouthSmileLeft", "mouthSmileRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

COUNT = len(NAMES)
INDEX: dict[str, int] = {name: index for index, name in enumerate(NAMES)}

_REGION_OF_PREFIX = {
    "eyeBlink": "lids", "eyeSquint": "lids", "eyeWide": "lids", "eyeLook": "gaze",
    "jaw": "jaw", "mouth": "mouth", "brow": "brows", "cheek": "cheeks", "nose": "nose", "tongue": "tongue",
}  # fmt: skip

REGION_OF: dict[str, str] = {
    name: next(region for prefix, region in _REGION_OF_PREFIX.items() if name.startswith(prefix)) for name in NAMES
}
REGIONS: dict[str, tuple[str, ...]] = {
    region: tuple(name for name in NAMES if REGION_OF[name] == region) for region in dict.fromkeys(REGION_OF.values())
}

# Largest vertex displacement at weight 1 on Apple's ARKit reference head, millimetres; a pair shares its value.
_DISPLACEMENT_MM = {
    "jawOpen": 43.3, "mouthClose": 28.6, "mouthSmile": 19.9, "mouthStretch": 14.9, "mouthFunnel": 14.7, "mouthLeft": 13.0,
    "mouthRight": 13.0, "browOuterUp": 12.6, "mouthPucker": 12.3, "browInnerUp": 12.3, "mouthPress": 11.2,
    "mouthRollUpper": 11.0, "mouthDimple": 10.9, "mouthUpperUp": 10.1, "cheekPuff": 10.1, "jawForward": 9.9,
    "mouthRollLower": 9.8, "eyeBlink": 9.6, "browDown": 9.5, "jawLeft": 9.5, "jawRight": 9.5, "cheekSquint": 8.3,
    "mouthShrugLower": 7.9, "mouthLowerDown": 7.7, "mouthFrown": 7.5, "eyeSquint": 5.4, "noseSneer": 5.2,
    "mouthShrugUpper": 5.1, "eyeLookDown": 4.8, "eyeLookUp": 4.0, "eyeLookIn": 4.0, "eyeLookOut": 4.0, "eyeWide": 3.7,
    "tongueOut": 20.0,  # not in the published table; a tongue's length past the lips
}  # fmt: skip


def unsided(name: str) -> str:
    """``eyeBlinkLeft`` → ``eyeBlink``; jawLeft, mouthRight and the like are directions, not sides, and stay."""
    base = name.removesuffix("Left").removesuffix("Right")
    return base if f"{base}Left" in INDEX and base not in ("jaw", "mouth") else name


def mirrored(name: str) -> str:
    """The same movement on the subject's other side: ``jawLeft`` → ``jawRight``, ``browInnerUp`` → itself."""
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


def sides(base: str) -> tuple[str, ...]:
    """``mouthSmile`` → both sides' names; a name that has no sides → itself."""
    return (base,) if base in INDEX else (f"{base}Left", f"{base}Right")


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
