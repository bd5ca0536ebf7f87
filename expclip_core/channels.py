# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 ARKit channels by name: order, sides, regions. Standard library only: read in Blender and by the pipe."""

from __future__ import annotations

# In the column order of a Live Link Face recording. Always map by name: orders in the wild differ.
NAMES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft",
    "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight",
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

# The parts of a face that an animator mixes, redoes and leaves alone one by one.
_REGION_OF_PREFIX = {
    "brow": "brows", "eye": "eyes", "cheek": "cheeks", "nose": "cheeks", "mouth": "mouth", "jaw": "jaw", "tongue": "tongue",
}  # fmt: skip

REGION_OF: dict[str, str] = {
    name: next(region for prefix, region in _REGION_OF_PREFIX.items() if name.startswith(prefix)) for name in NAMES
}
REGIONS: dict[str, tuple[str, ...]] = {
    region: tuple(name for name in NAMES if REGION_OF[name] == region)
    for region in dict.fromkeys(_REGION_OF_PREFIX.values())
}


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
