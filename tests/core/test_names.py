# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from array import array
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core.channels import NAMES
from expclip_core.names import Adjustment, Target, adjusted_mapping, match, read_preset, write_preset
from expclip_core.names.spelling import normalised


def words(name: str) -> list[str]:
    return re.findall(r"[A-Z]?[a-z]+", name)


def sided(name: str) -> str:
    return re.sub(r"(?<=[a-z])(Left|Right)$", lambda side: "_" + side[0][0], name)


SPELLINGS = {
    "Apple": lambda name: name,
    "Live Link": lambda name: name[0].upper() + name[1:],
    "FaceCap": sided,
    "Unity": lambda name: "blendShape2." + sided(name),
    "snake capitals": lambda name: "_".join(words(name)).upper(),
    "FBX namespace": lambda name: "Hero:Head|" + name,
    "own prefix": lambda name: "HeroFace_" + name,
    "spaces": lambda name: " ".join(words(name)),
    "Daz": lambda name: f"facs_bs_{name[0].upper() + name[1:]}_div2",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_of_the_52_is_found_whole(spelling: str) -> None:
    spelled = {name: SPELLINGS[spelling](name) for name in NAMES}
    mapping = match(("Basis", *spelled.values()))
    assert mapping.missing == ()
    assert {name: targets[0].key for name, targets in mapping.targets.items()} == spelled


# What other families call the 52 where it is more than another spelling; written out, not read from the tables under test.
QUEST = [
    "BrowLowererL", "BrowLowererR", "InnerBrowRaiserL", "InnerBrowRaiserR", "OuterBrowRaiserL", "OuterBrowRaiserR",
    "UpperLidRaiserL", "UpperLidRaiserR", "LidTightenerL", "LidTightenerR", "EyesClosedL", "EyesClosedR",
    "EyesLookUpL", "EyesLookUpR", "EyesLookDownL", "EyesLookDownR", "EyesLookLeftL", "EyesLookLeftR",
    "EyesLookRightL", "EyesLookRightR", "CheekPuffL", "CheekPuffR", "CheekRaiserL", "CheekRaiserR", "CheekSuckL",
    "CheekSuckR", "NoseWrinklerL", "NoseWrinklerR", "JawDrop", "JawThrust", "JawSidewaysLeft", "JawSidewaysRight",
    "LipsToward", "LipFunnelerLB", "LipFunnelerLT", "LipFunnelerRB", "LipFunnelerRT", "LipPuckerL", "LipPuckerR",
    "LipSuckLB", "LipSuckLT", "LipSuckRB", "LipSuckRT", "LipPressorL", "LipPressorR", "LipTightenerL",
    "LipTightenerR", "LipCornerPullerL", "LipCornerPullerR", "LipCornerDepressorL", "LipCornerDepressorR",
    "LipStretcherL", "LipStretcherR", "DimplerL", "DimplerR", "UpperLipRaiserL", "UpperLipRaiserR",
    "LowerLipDepressorL", "LowerLipDepressorR", "MouthLeft", "MouthRight", "ChinRaiserB", "ChinRaiserT",
]  # fmt: skip
CHARACTER_CREATOR_3 = [
    "Brow_Raise_Inner_L", "Brow_Raise_Inner_R", "Brow_Drop_L", "Brow_Drop_R", "Brow_Raise_Outer_L",
    "Brow_Raise_Outer_R", "Eye_L_Look_Up", "Eye_R_Look_Up", "Eye_L_Look_Down", "Eye_R_Look_Down", "Eye_L_Look_L",
    "Eye_L_Look_R", "Eye_R_Look_L", "Eye_R_Look_R", "Eye_Blink_L", "Eye_Blink_R", "Eye_Squint_L", "Eye_Squint_R",
    "Eye_Wide_L", "Eye_Wide_R", "Cheek_Puff_L", "Cheek_Puff_R", "Cheek_Raise_L", "Cheek_Raise_R", "Nose_Sneer_L",
    "Nose_Sneer_R", "Jaw_Open", "Jaw_Forward", "Jaw_L", "Jaw_R", "Mouth_Funnel", "Mouth_Pucker", "Mouth_L", "Mouth_R",
    "Mouth_Roll_In_Upper", "Mouth_Roll_In_Lower", "Mouth_Shrug_Upper", "Mouth_Shrug_Lower", "Mouth_Close",
    "Mouth_Smile_L", "Mouth_Smile_R", "Mouth_Frown_L", "Mouth_Frown_R", "Mouth_Dimple_L", "Mouth_Dimple_R",
    "Mouth_Up_Upper_L", "Mouth_Up_Upper_R", "Mouth_Down_Lower_L", "Mouth_Down_Lower_R", "Mouth_Press_L",
    "Mouth_Press_R", "Mouth_Stretch_L", "Mouth_Stretch_R",
]  # fmt: skip
DAZ = [
    "facs_jnt_JawOpen", "facs_jnt_JawForward", "facs_jnt_JawLeft", "facs_jnt_JawRight", "facs_jnt_EyeBlinkLeft",
    "facs_jnt_EyeBlinkRight", "facs_jnt_EyesWideLeft", "facs_jnt_EyesWideRight", "facs_ctrl_EyeLookUpLeft",
    "facs_ctrl_EyeLookUpRight", "facs_ctrl_EyeLookDownLeft", "facs_ctrl_EyeLookDownRight",
    "facs_bs_EyeLookInLeft_div2", "facs_bs_EyeLookInRight_div2", "facs_ctrl_EyeLookOutLeft",
    "facs_ctrl_EyeLookOutRight", "facs_ctrl_CheekPuff", "facs_ctrl_BrowInnerUp", "facs_bs_TongueOut",
    "facs_bs_MouthSmileLeft_div2",
]  # fmt: skip
AUDIO2FACE = [
    "browLowerL", "browLowerR", "innerBrowRaiserL", "innerBrowRaiserR", "outerBrowRaiserL", "outerBrowRaiserR",
    "eyesLookLeft", "eyesLookRight", "eyesLookUp", "eyesLookDown", "eyesCloseL", "eyesCloseR", "eyesUpperLidRaiserL",
    "eyesUpperLidRaiserR", "squintL", "squintR", "cheekRaiserL", "cheekRaiserR", "cheekPuffL", "cheekPuffR",
    "noseWrinklerL", "noseWrinklerR", "jawDrop", "jawDropLipTowards", "jawThrust", "jawSlideLeft", "jawSlideRight",
    "mouthSlideLeft", "mouthSlideRight", "dimplerL", "dimplerR", "lipCornerPullerL", "lipCornerPullerR",
    "lipCornerDepressorL", "lipCornerDepressorR", "lipStretcherL", "lipStretcherR", "upperLipRaiserL",
    "upperLipRaiserR", "lowerLipDepressorL", "lowerLipDepressorR", "chinRaiser", "lipPressor", "pucker", "funneler",
    "lipSuck",
]  # fmt: skip
VISEMES = [
    f"viseme_{name}" for name in ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
]
READY_PLAYER_ME = [*NAMES, "mouthOpen", "mouthSmile", "eyesClosed", "eyesLookUp", "eyesLookDown", *VISEMES]


@pytest.mark.parametrize(
    ("keys", "missing", "unused"),
    [
        (QUEST, {"tongueOut"}, {"CheekSuckL", "CheekSuckR", "LipTightenerL", "LipTightenerR"}),
        (CHARACTER_CREATOR_3, {"tongueOut"}, set()),
        (AUDIO2FACE, {"mouthShrugUpper", "tongueOut"}, set()),
        (READY_PLAYER_ME, set(), {*READY_PLAYER_ME} - {*NAMES}),
    ],
    ids=["Quest", "Character Creator 3", "Audio2Face", "Ready Player Me"],
)
def test_a_whole_rig_of_another_family(keys: list[str], missing: set[str], unused: set[str]) -> None:
    mapping = match(("Basis", *keys))
    assert set(mapping.missing) == missing
    assert {*keys} - {*mapping.keys} == unused


def test_daz_shapes_of_all_prefixes() -> None:
    assert {*match(tuple(DAZ)).keys} == {*DAZ}


def test_ict_facekit_splits_two_shapes_and_has_no_tongue() -> None:
    split = {"browInnerUp": ("browInnerUp_L", "browInnerUp_R"), "cheekPuff": ("cheekPuff_L", "cheekPuff_R")}
    keys = [key for name in NAMES if name != "tongueOut" for key in split.get(name, (sided(name),))]
    mapping = match(("Basis", *keys, "cheekRaiser_L", "PupilDilate_L"))
    assert mapping.family == "ICT-FaceKit"
    assert mapping.missing == ("tongueOut",)
    assert mapping.targets["browInnerUp"] == (Target("browInnerUp_L"), Target("browInnerUp_R"))


def test_character_creator_looks_in_screen_directions() -> None:
    keys = ("Eye_L_Look_L", "Eye_L_Look_R", "Eye_R_Look_L", "Eye_R_Look_R", "Brow_Drop_L", "Mouth_L", "Jaw_Open")
    targets = match(keys).targets
    assert targets["eyeLookOutLeft"] == (Target("Eye_L_Look_L"),)
    assert targets["eyeLookInRight"] == (Target("Eye_R_Look_L"),)
    assert targets["browDownLeft"] == (Target("Brow_Drop_L"),)
    assert targets["mouthLeft"] == (Target("Mouth_L"),)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("Brow_Drop_L", "Mouth_Funnel"), ("Mouth_Funnel",)),
        (
            ("Brow_Drop_L", "Mouth_Funnel_Up_L", "Mouth_Funnel_Up_R", "Mouth_Funnel_Down_L", "Mouth_Funnel_Down_R"),
            ("Mouth_Funnel_Up_L", "Mouth_Funnel_Up_R", "Mouth_Funnel_Down_L", "Mouth_Funnel_Down_R"),
        ),
    ],
)
def test_character_creator_standard_and_extended(keys: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert tuple(target.key for target in match(keys).targets["mouthFunnel"]) == expected


def test_old_audio2face_keeps_the_jaw_under_closed_lips() -> None:
    targets = match(("jawDrop", "jawDropLipTowards", "browLowerL", "eyesLookLeft", "lipSuck")).targets
    assert targets["mouthClose"] == (Target("jawDropLipTowards"), Target("jawDrop", -1.0))
    assert targets["eyeLookOutLeft"] == targets["eyeLookInRight"] == (Target("eyesLookLeft", 0.5),)
    assert "mouthClose" not in match(("jawDrop", "browLowerL", "lipSuck")).targets


def test_a_part_of_a_name_is_not_the_name() -> None:
    assert len(match(("mouthLeftUp", "jawOpenWide", "mouthOpen", "myjawOpen", "jawOpen.001", "viseme_aa"))) == 0


def test_two_keys_of_one_meaning_are_refused_unless_one_is_spelled_exactly() -> None:
    assert match(("JawOpen", "jaw_open")).targets == {}
    assert match(("JawOpen", "jaw_open")).ambiguous == ("JawOpen", "jaw_open")
    assert match(("jawOpen", "jaw_open")).targets == {"jawOpen": (Target("jawOpen"),)}


def test_unknown_names_match_nothing() -> None:
    assert len(match(("Basis", "Key 1", "Key 2", "あ", "まばたき"))) == 0
    assert len(match(())) == 0


@given(st.lists(st.text(max_size=12) | st.sampled_from(NAMES), unique=True, max_size=20))
def test_only_keys_of_the_rig_are_targets(keys: list[str]) -> None:
    mapping = match(tuple(keys))
    assert set(mapping.keys) <= set(keys)
    assert set(mapping.targets) | set(mapping.missing) == set(NAMES)


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    assert normalised(normalised(name)) == normalised(name)


gains = st.floats(-2, 2)
adjustments = st.builds(
    Adjustment, key=st.text(max_size=8), gain=gains, offset=gains, lowest=gains, highest=gains, mute=st.booleans()
)


@given(st.dictionaries(st.sampled_from(NAMES), adjustments))
def test_a_preset_survives_its_file(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Adjustment]) -> None:
    path = tmp_path_factory.mktemp("preset") / "hero.json"
    write_preset(path, changes)
    assert read_preset(path) == {name: each for name, each in changes.items() if each != Adjustment()}


@given(st.lists(st.floats(0, 1, width=32), min_size=1), adjustments)
def test_limits_hold_whatever_the_gain(weights: list[float], change: Adjustment) -> None:
    low, high = sorted((change.lowest, change.highest))
    changed = replace(change, lowest=low, highest=high).weights(array("f", weights))
    assert all(low - 1e-6 <= value <= high + 1e-6 for value in changed)


def test_an_adjustment_that_changes_nothing_costs_nothing() -> None:
    weights = array("f", [0.0, 0.5, 1.0])
    assert Adjustment().weights(weights) is weights


def test_a_mute_and_a_key_of_ones_own() -> None:
    mapping = match(("jawOpen", "mouthClose", "my jaw"))
    changed = {"jawOpen": Adjustment(key="my jaw"), "mouthClose": Adjustment(mute=True)}
    assert adjusted_mapping(mapping, changed, ("my jaw",)).targets == {"jawOpen": (Target("my jaw"),)}
    assert adjusted_mapping(mapping, changed, ("jawOpen",)).targets == {}


def test_of_two_daz_morphs_with_one_name_the_control_is_moved():
    keys = ("facs_jnt_JawOpen", "facs_jnt_EyeLookUpLeft", "facs_ctrl_EyeLookUpLeft", "facs_bs_MouthSmileLeft_div2")
    mapping = match(keys)
    assert [target.key for target in mapping.targets["eyeLookUpLeft"]] == ["facs_ctrl_EyeLookUpLeft"]
    assert not mapping.ambiguous
