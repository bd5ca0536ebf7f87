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
