# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core.channels import NAMES
from expclip_core.names import Target, match
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
