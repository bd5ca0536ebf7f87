# SPDX-License-Identifier: GPL-3.0-or-later
"""How families of rigs name their shape keys, where it is more than another spelling.

Each table says which keys, with which gain, stand for an ARKit channel. Alternatives are tried in order, the channel's
own name last. Sources: soupday/cc_blender_tools (Character Creator), Daz Genesis 8.1 and 9 FACS morphs,
VRCFaceTracking's Unified Expressions, Omniverse Audio2Face's 46 names, Meta's face tracking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..channels import NAMES

Keys = tuple[tuple[str, float], ...]  # shape keys and their gains
Alternatives = tuple[Keys, ...]


@dataclass(frozen=True)
class Family:
    """A way to name shape keys. `trim` is what to cut off a key's name before it is compared, `prefers` what the key begins with
    that counts where several are left with the same name.
    """

    name: str
    shapes: dict[str, Alternatives] = field(default_factory=dict)
    trim: re.Pattern[str] | None = None
    prefers: str | None = None

    def alternatives(self, channel: str) -> Alternatives:
        return (*self.shapes.get(channel, ()), ((channel, 1.0),))


def _keys(text: str) -> Keys:
    """``"lipSuck*0.5 jawDrop"`` → (("lipSuck", 0.5), ("jawDrop", 1.0))."""
    pairs = (word.partition("*") for word in text.split())
    return tuple((key, float(gain or 1.0)) for key, _, gain in pairs)


def _table(**rows: str) -> dict[str, Alternatives]:
    """Rows of ``channel="keys"``, alternatives divided by ``|``; ``{s}`` stands for both sides, as in ``browDown_``."""
    shapes: dict[str, Alternatives] = {}
    for channel, text in rows.items():
        sides = (("Left", "L"), ("Right", "R")) if channel.endswith("_") else (("", ""),)
        for word, letter in sides:
            filled = text.replace("{s}", letter).replace("{side}", word)
            shapes[channel.rstrip("_") + word] = tuple(_keys(part) for part in filled.split("|"))
    unknown = shapes.keys() - set(NAMES)
    if unknown:
        raise ValueError(f"no such channels: {unknown}")
    return shapes


_CHARACTER_CREATOR = _table(
    browInnerUp="Brow_Raise_Inner_L Brow_Raise_Inner_R",
    browDown_="Brow_Drop_{s}",
    browOuterUp_="Brow_Raise_Outer_{s}",
    eyeLookUp_="Eye_{s}_Look_Up",
    eyeLookDown_="Eye_{s}_Look_Down",
    # The last letter is the direction on the character's side: out for the left eye is left.
    eyeLookOutLeft="Eye_L_Look_L",
    eyeLookInLeft="Eye_L_Look_R",
    eyeLookInRight="Eye_R_Look_L",
    eyeLookOutRight="Eye_R_Look_R",
    eyeBlink_="Eye_Blink_{s}",
    eyeSquint_="Eye_Squint_{s}",
    eyeWide_="Eye_Wide_{s}",
    cheekPuff="Cheek_Puff_L Cheek_Puff_R",
    cheekSquint_="Cheek_Raise_{s}",
    mouthFunnel="Mouth_Funnel_Up_L Mouth_Funnel_Up_R Mouth_Funnel_Down_L Mouth_Funnel_Down_R | Mouth_Funnel",
    mouthPucker="Mouth_Pucker_Up_L Mouth_Pucker_Up_R Mouth_Pucker_Down_L Mouth_Pucker_Down_R | Mouth_Pucker",
    mouthRollUpper="Mouth_Roll_In_Upper_L Mouth_Roll_In_Upper_R | Mouth_Roll_In_Upper",
    mouthRollLower="Mouth_Roll_In_Lower_L Mouth_Roll_In_Lower_R | Mouth_Roll_In_Lower",
    mouthUpperUp_="Mouth_Up_Upper_{s}",
    mouthLowerDown_="Mouth_Down_Lower_{s}",
)

_UNIFIED = _table(
    eyeBlink_="EyeClosed{side}",
    mouthClose="MouthClosed",
    mouthRollUpper="LipSuckUpperLeft LipSuckUpperRight | LipSuckUpper",
    mouthRollLower="LipSuckLowerLeft LipSuckLowerRight | LipSuckLower",
    mouthFunnel="LipFunnelUpperLeft LipFunnelUpperRight LipFunnelLowerLeft LipFunnelLowerRight | LipFunnel",
    mouthPucker="LipPuckerUpperLeft LipPuckerUpperRight LipPuckerLowerLeft LipPuckerLowerRight | LipPucker",
    mouthShrugUpper="MouthRaiserUpper",
    mouthShrugLower="MouthRaiserLower",
    cheekPuff="CheekPuffLeft CheekPuffRight",
    browInnerUp="BrowInnerUpLeft BrowInnerUpRight",
)

_AUDIO2FACE = _table(
    browDown_="browLower{s}",
    browInnerUp="innerBrowRaiserL innerBrowRaiserR",
    browOuterUp_="outerBrowRaiser{s}",
    # Both eyes share a key, so each eye brings half of it.
    eyeLookOutLeft="eyesLookLeft*0.5",
    eyeLookInRight="eyesLookLeft*0.5",
    eyeLookInLeft="eyesLookRight*0.5",
    eyeLookOutRight="eyesLookRight*0.5",
    eyeLookUp_="eyesLookUp*0.5",
    eyeLookDown_="eyesLookDown*0.5",
    eyeBlink_="eyesClose{s}",
    eyeWide_="eyesUpperLidRaiser{s}",
    eyeSquint_="squint{s}",
    cheekSquint_="cheekRaiser{s}",
    cheekPuff="cheekPuffL cheekPuffR",
    noseSneer_="noseWrinkler{s}",
    jawOpen="jawDrop",
    # The rig's key opens the jaw behind closed lips; what it opens, jawDrop must not open as well.
    mouthClose="jawDropLipTowards jawDrop*-1",
    jawForward="jawThrust",
    jawLeft="jawSlideLeft",
    jawRight="jawSlideRight",
    mouthLeft="mouthSlideLeft",
    mouthRight="mouthSlideRight",
    mouthDimple_="dimpler{s}",
    mouthSmile_="lipCornerPuller{s}",
    mouthFrown_="lipCornerDepressor{s}",
    mouthStretch_="lipStretcher{s}",
    mouthUpperUp_="upperLipRaiser{s}",
    mouthLowerDown_="lowerLipDepressor{s}",
    mouthShrugLower="chinRaiser",
    mouthPress_="lipPressor*0.5",
    mouthPucker="pucker",
    mouthFunnel="funneler",
    mouthRollUpper="lipSuck*0.5",
    mouthRollLower="lipSuck*0.5",
)

_QUEST = _table(
    browDown_="BrowLowerer{s}",
    browInnerUp="InnerBrowRaiserL InnerBrowRaiserR",
    browOuterUp_="OuterBrowRaiser{s}",
    eyeWide_="UpperLidRaiser{s}",
    eyeSquint_="LidTightener{s}",
    eyeBlink_="EyesClosed{s}",
    eyeLookUp_="EyesLookUp{s}",
    eyeLookDown_="EyesLookDown{s}",
    eyeLookOutLeft="EyesLookLeftL",
    eyeLookInLeft="EyesLookRightL",
    eyeLookInRight="EyesLookLeftR",
    eyeLookOutRight="EyesLookRightR",
    cheekPuff="CheekPuffL CheekPuffR",
    cheekSquint_="CheekRaiser{s}",
    noseSneer_="NoseWrinkler{s}",
    jawOpen="JawDrop",
    jawForward="JawThrust",
    jawLeft="JawSidewaysLeft",
    jawRight="JawSidewaysRight",
    mouthClose="LipsToward",
    mouthFunnel="LipFunnelerLB LipFunnelerLT LipFunnelerRB LipFunnelerRT",
    mouthPucker="LipPuckerL LipPuckerR",
    mouthRollUpper="LipSuckLT LipSuckRT",
    mouthRollLower="LipSuckLB LipSuckRB",
    mouthPress_="LipPressor{s}",
    mouthSmile_="LipCornerPuller{s}",
    mouthFrown_="LipCornerDepressor{s}",
    mouthStretch_="LipStretcher{s}",
    mouthDimple_="Dimpler{s}",
    mouthUpperUp_="UpperLipRaiser{s}",
    mouthLowerDown_="LowerLipDepressor{s}",
    mouthShrugUpper="ChinRaiserT",
    mouthShrugLower="ChinRaiserB",
)

# In the order in which they win when two fit equally well.
FAMILIES: tuple[Family, ...] = (
    Family("ARKit", _table(cheekSquint_="CheeksSquint_{s}")),
    Family(
        "ICT-FaceKit",
        _table(browInnerUp="browInnerUp_L browInnerUp_R", cheekPuff="cheekPuff_L cheekPuff_R"),
    ),
    Family("Character Creator", _CHARACTER_CREATOR),
    Family("iClone ARKit", trim=re.compile(r"^A\d\d_")),
    Family(
        "Daz FACS",
        _table(eyeWide_="EyesWide{side}"),
        trim=re.compile(r"^facs_(?:(?:jnt|bs|ctrl|cbs)_)?|_div2$"),
        prefers="facs_ctrl_",  # the joints' morphs are moved by it
    ),
    Family("Unified Expressions", _UNIFIED),
    Family("Audio2Face 46", _AUDIO2FACE),
    Family("Meta face tracking", _QUEST),
)
