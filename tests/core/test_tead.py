# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core import arkit
from training.tead import action_units, lexicon, prompts

FAMILIES = sorted(lexicon.expressions())


def weight(weights: np.ndarray, name: str) -> float:
    return float(weights[arkit.INDEX[name]])


def weights_of(family: str) -> np.ndarray:
    return action_units.to_weights(lexicon.expressions()[family].units)


@pytest.fixture(scope="module")
def rows() -> list[prompts.Quadruple]:
    return prompts.build(seed=3, size=0.1)


def test_jaw_drop_is_no_gape_and_pressed_lips_do_not_cross() -> None:
    assert 0.3 <= weight(action_units.to_weights(action_units.parse("26:1")), "jawOpen") <= 0.5
    assert weight(action_units.to_weights(action_units.parse("27:1")), "jawOpen") >= 0.8
    pressed = action_units.to_weights(action_units.parse("24:1"))
    assert weight(pressed, "mouthClose") <= weight(pressed, "jawOpen")


def test_gaze_turns_to_the_subjects_left() -> None:
    left = action_units.to_weights(action_units.parse("61:1"))
    assert weight(left, "eyeLookOutLeft") == weight(left, "eyeLookInRight") == 1
    assert weight(left, "eyeLookInLeft") == weight(left, "eyeLookOutRight") == 0


def test_a_side_moves_only_its_side() -> None:
    brow = action_units.to_weights(action_units.parse("2L:.9"))
    assert weight(brow, "browOuterUpLeft") == pytest.approx(0.9)
    assert weight(brow, "browOuterUpRight") == 0


@given(
    st.dictionaries(st.sampled_from([u for n in action_units.shapes_of() for u in (n + "L", n + "R")]), st.floats(0, 1))
)
def test_weights_stay_in_range_and_lips_never_cross(units: dict[str, float]) -> None:
    weights = action_units.to_weights(units)
    assert weights.min() >= 0 and weights.max() <= 1
    assert weight(weights, "mouthClose") <= weight(weights, "jawOpen")


@given(st.floats(0, 2), st.floats(0, 2))
def test_strength_is_monotone(one: float, other: float) -> None:
    low, high = sorted((one, other))
    units = lexicon.expressions()["rage"].units
    weaker, stronger = action_units.scaled(units, low), action_units.scaled(units, high)
    assert all(weaker[unit] <= stronger[unit] + 1e-9 for unit in units)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_smile_fights_a_frown(family: str) -> None:
    weights = weights_of(family)
    for side in ("Left", "Right"):
        assert min(weight(weights, f"mouthSmile{side}"), weight(weights, f"mouthFrown{side}")) <= 0.15


@pytest.mark.parametrize("family", sorted(set(FAMILIES) - {"shout", "scream", "yawn"}))
def test_an_expression_leaves_the_jaw_to_speech(family: str) -> None:
    assert weight(weights_of(family), "jawOpen") <= 0.45


def test_anger_sadness_and_disgust_are_told_apart() -> None:
    anger, sad, disgust = (weights_of(family) for family in ("anger", "sad", "disgust"))
    assert weight(anger, "browDownLeft") > 0.6 > weight(sad, "browDownLeft")
    assert weight(sad, "browInnerUp") > 0.6 and weight(anger, "browInnerUp") == 0
    assert weight(disgust, "noseSneerLeft") > weight(anger, "noseSneerLeft") + 0.4


def test_the_lexicon_is_broad_and_every_word_has_its_expression() -> None:
    words = lexicon.words()
    assert len({word.text for word in words}) >= 1500
    assert {word.family for word in words} <= set(FAMILIES)
    assert all(recipe.units or "neutral" in recipe.tags for _, recipe in (*lexicon.situations(), *lexicon.characters()))


def test_the_same_seed_builds_the_same_rows(rows: list[prompts.Quadruple]) -> None:
    assert [row.as_row() for row in prompts.build(seed=3, size=0.1)] == [row.as_row() for row in rows]


def test_the_held_out_families_never_reach_training(rows: list[prompts.Quadruple]) -> None:
    trained = {row.family for row in rows if row.source == "word" and row.split == prompts.TRAIN}
    held_out = {row.family for row in rows if row.split.startswith("family") and row.source == "word"}
    assert held_out and not trained & held_out


def test_trying_to_smile_keeps_sad_brows_over_a_mild_smile() -> None:
    sad = lexicon.expressions()["sad"]
    pattern = next(row for row in lexicon.restraints() if row[4] == "{felt}, but trying to smile")
    weights = action_units.to_weights(prompts.layered(sad, pattern[1], pattern[2], pattern[3]).units)
    assert weight(weights, "browInnerUp") > 0.5
    assert 0.2 < weight(weights, "mouthSmileLeft") < 0.6
    assert weight(weights, "mouthFrownLeft") < 0.1


def test_a_refused_feeling_leaves_the_face_at_rest() -> None:
    assert not action_units.to_weights(prompts.undone(lexicon.expressions()["rage"]).units).any()


def test_left_and_right_instructions_mirror_each_other() -> None:
    for instruction in lexicon.instructions().values():
        left, right = (action_units.to_weights(instruction.side_units[side]) for side in ("left", "right"))
        np.testing.assert_allclose(left[arkit.MIRROR], right, atol=1e-6)


@pytest.mark.parametrize(
    ("adjective", "adverb"),
    [("angry", "angrily"), ("sad", "sadly"), ("gentle", "gently"), ("sarcastic", "sarcastically"), ("over it", None)],
)
def test_adverbs(adjective: str, adverb: str | None) -> None:
    assert prompts.as_adverb(adjective) == adverb
