# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expclip_core import arkit
from expclip_core.text import SentenceEncoder
from tests.core.tiny_encoders import write_bert
from training.tead import __main__ as tead
from training.tead import (
    action_units,
    comparisons,
    directions,
    events,
    lexicon,
    movements,
    prompts,
    report,
    short_prompts,
)
from training.tead.__main__ import build

NUMBERS = sorted(action_units.shapes_of())


@pytest.fixture(scope="module")
def small() -> list[prompts.Quadruple]:
    return build(size=0.05)


@st.composite
def units(draw) -> dict[str, float]:
    chosen = draw(st.lists(st.sampled_from(NUMBERS), max_size=6, unique=True))
    return action_units.parse(" ".join(f"{n}:{draw(st.floats(0.05, 1)):.3f}" for n in chosen))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_action_unit_moves_only_arkit_shapes_within_their_range(number):
    for shape, weight in action_units.shapes_of()[number]:
        assert all(name in arkit.INDEX for name in arkit.sides(shape))
        assert 0 < weight <= 1


@pytest.mark.parametrize("number", [n for n in NUMBERS if action_units.has_sides(n)])
def test_left_and_right_are_mirror_images(number):
    left, right = (action_units.to_weights({f"{number}{side}": 1.0}) for side in "LR")
    np.testing.assert_allclose(left[arkit.MIRROR], right, atol=1e-6)
    assert not np.array_equal(left, right)


@given(units())
def test_weights_stay_in_range_and_lids_do_not_open_and_close_at_once(some):
    weights = action_units.to_weights(action_units.settled(some))
    assert weights.min() >= 0 and weights.max() <= 1
    for side in ("Left", "Right"):
        assert weights[arkit.INDEX[f"eyeWide{side}"]] + weights[arkit.INDEX[f"eyeBlink{side}"]] <= 1.001


@given(units(), st.floats(0.05, 1), st.floats(0, 1))
def test_a_stronger_feeling_moves_no_shape_less(some, weak, more):
    strong = weak + more
    for unit, strength in action_units.scaled(some, weak).items():
        assert action_units.scaled(some, strong)[unit] >= strength - 1e-9


@given(units())
def test_an_order_is_obeyed_on_top_of_any_feeling(some):
    done = action_units.overridden(some, action_units.parse("12L:.8"))
    assert done["12L"] == 0.8
    assert done.get("12R", 0) <= 0.3
    assert done.get("15L", 0) <= 0.15


def test_a_smile_and_a_frown_do_not_fight():
    both = action_units.joined(action_units.parse("12:.8"), action_units.parse("15:.5"))
    assert both["12L"] > 4 * both["15L"]


@pytest.mark.parametrize(
    ("units", "moved", "still"),
    [
        ("13:1", ["mouthSmileLeft"], ["mouthStretchLeft", "mouthStretchRight"]),
        ("16:1", ["mouthLowerDownLeft"], ["jawOpen"]),
        ("17:1", ["mouthShrugLower"], ["jawForward", "mouthPressLeft", "mouthPressRight"]),
        ("27:1", ["jawOpen"], ["mouthStretchLeft", "mouthStretchRight"]),
        ("28:1", ["mouthRollLower", "mouthRollUpper"], ["cheekPuff", "mouthPucker"]),
        ("61:1", ["eyeLookOutLeft", "eyeLookInRight"], ["eyeLookInLeft", "eyeLookOutRight"]),
        ("62:1", ["eyeLookInLeft", "eyeLookOutRight"], ["eyeLookOutLeft", "eyeLookInRight"]),
    ],
)
def test_action_units_have_none_of_the_errors_of_published_tables(units, moved, still):
    """A chin that juts, a jaw that drops with the lower lip, a vertical stretch that is horizontal, eyes that go the other way."""
    weights = arkit.as_dict(action_units.to_weights(action_units.parse(units)))
    assert min(weights[name] for name in moved) > 0.5
    assert max(weights[name] for name in still) == 0


def test_a_dropped_jaw_is_no_mouth_torn_open():
    """Some tables give both all of jawOpen, which parts the lips by 40 mm."""
    dropped, torn = (action_units.to_weights({unit: 1.0})[arkit.INDEX["jawOpen"]] for unit in ("26", "27"))
    assert 0.3 <= dropped <= 0.5 < 0.8 <= torn


def test_no_action_unit_closes_a_mouth_that_it_does_not_open():
    """mouthClose takes back what jawOpen parts; alone, as published for pressed lips, it crosses them."""
    assert not any(shape == "mouthClose" for shapes in action_units.shapes_of().values() for shape, _ in shapes)


@pytest.mark.parametrize("family", lexicon.expressions())
def test_a_familys_face_crosses_no_lips_and_smiles_beside_no_frown(family):
    weights = arkit.as_dict(action_units.to_weights(lexicon.expressions()[family].units))
    assert weights["mouthClose"] <= weights["jawOpen"]
    for side in ("Left", "Right"):
        assert min(weights[f"mouthSmile{side}"], weights[f"mouthFrown{side}"]) <= 0.25


def test_the_same_seed_gives_the_same_rows(small):
    assert build(size=0.05) == small


def test_every_expression_has_several_prompts_of_one_split(small):
    def expression(row: prompts.Quadruple) -> tuple:
        return tuple(row.feeling.units.items())

    rows = defaultdict(set)
    for row in small:
        rows[expression(row)].add(row.text)
    assert min(map(len, rows.values())) >= 2
    of_text = {row.text: row for row in small}
    again = [row for row in small if row.source == "said again"]
    assert len(again) > 100
    for row in again:
        first = next(text for text in rows[expression(row)] if text != row.text and text in row.text)
        assert of_text[first].split == row.split


@pytest.mark.parametrize(
    ("adjective", "more"),
    [("angry", "angrier"), ("sad", "sadder"), ("calm", "calmer"), ("tense", "tenser"), ("numb", None), ("in stitches", None),
     ("bored", None), ("furious", None), ("proud", "prouder")],
)  # fmt: skip
def test_comparatives(adjective, more):
    assert comparisons.as_comparative(adjective) == more


def test_more_is_stronger_than_the_word_and_less_is_weaker():
    adjectives = [word for word in lexicon.words() if word.form == "is"]
    plain = {(word.text, word.family): sum(word.feeling.units.values()) for word in adjectives}
    compared = set()
    for row in comparisons.rows(size=3.0):
        _, how, word = row.text.rpartition("less " if row.text.startswith("less ") else "even more ")
        usual, now = plain.get((word, row.family), 0.0), sum(row.feeling.units.values())
        if how and usual:
            compared.add(row.text)
            assert now < usual if how == "less " else now >= usual
    assert len(compared) > 200


def test_rows_are_quadruples_with_known_names_and_no_text_twice(small):
    texts = [row.text for row in small]
    assert len(set(texts)) == len(texts) > 1000
    for row in small[::7]:
        stored = json.loads(json.dumps(row.as_row()))
        assert stored["text"].strip() and stored["tags"]
        assert set(stored["weights"]) <= set(arkit.NAMES)
        assert all(0 < weight <= 1 for weight in stored["weights"].values())
        assert all(-1 <= value <= 1 for value in stored["affect"])


def test_what_is_held_out_never_appears_in_training(small):
    held = {row.family for row in small if row.split.startswith("family") and row.source == "word"}
    assert held
    assert not held & {row.family for row in small if row.split == prompts.TRAIN}


@pytest.mark.parametrize(
    ("text", "form", "classes"),
    [
        ("angry", "is", {"adjective", "state"}),
        ("blissfully happy", "is", {"adjective", "state"}),
        ("sad but smiling", "is", {"adjective", "state"}),
        ("over the moon", "is", {"state"}),
        ("asleep", "is", {"state"}),
        ("losing her temper", "is", set()),
        ("heart going out to her", "is", set()),
        ("joy", "has", {"mass"}),
        ("wounded pride", "has", {"mass"}),
        ("a sneer", "has", set()),
        ("tapping his foot", "does", set()),
    ],
)
def test_a_phrase_knows_where_in_a_sentence_it_can_stand(text, form, classes):
    word = lexicon.Word(text, form, "", lexicon.Feeling((), {}, (0.0, 0.0, 0.0)))
    assert word.classes == classes


def test_no_phrase_stands_in_a_pattern_that_does_not_take_it(small):
    plainly = [row.text for row in small if row.source in ("word", "direction")]
    before_nouns = [text for text in plainly if text.endswith((" way", " tone", " expression"))]
    assert len(before_nouns) > 50
    phrases = {word.text for word in lexicon.words() if word.form == "is" and "adjective" not in word.classes}
    assert not [text for text in before_nouns if any(f"a {phrase} " in text for phrase in phrases)]
    counted = {word.text for word in lexicon.words() if word.form == "has" and "mass" not in word.classes}
    assert not [text for text in plainly if text.startswith(("pure ", "full of ")) and text.split(" ", 1)[1] in counted]


def test_left_and_right_of_one_phrase_share_a_split():
    for pattern, phrase in (("{}", "raise the left eyebrow"), ("{}", "wink with the right eye")):
        other = phrase.replace("left", "_").replace("right", "left").replace("_", "right")
        assert prompts.split_of_instruction(pattern, phrase) == prompts.split_of_instruction(pattern, other)


def test_a_movement_told_for_one_side_moves_that_side_alone():
    rows = [row for row in movements.rows(size=0.2) if "only" in row.text and not row.family.startswith("not")]
    assert {"left", "right"} <= {row.family.split()[-1] for row in rows}
    for row in rows:
        named = "R" if "right" in row.text else "L"
        assert {unit[-1] for unit in row.feeling.units if unit[-1] in "LR"} <= {named}


def test_a_later_volume_changes_no_row_of_an_earlier_one(monkeypatch):
    first, *later = (replace(volume, words=volume.words[::20]) for volume in lexicon.volumes())
    monkeypatch.setattr(lexicon, "volumes", lambda: (first,))
    alone = prompts.build(size=0.2)
    monkeypatch.setattr(lexicon, "volumes", lambda: (first, *later))
    rows = prompts.build(size=0.2)
    assert later and rows[: len(alone)] == alone
    assert {word.family for word in later[0].words} & {row.family for row in rows[len(alone) :]}


def test_no_word_stands_in_two_volumes():
    words = [(word.text.lower(), word.form) for word in lexicon.words()]
    assert len(words) == len(set(words)) > 8000


def test_two_movements_at_once_show_both():
    rows = [row for row in movements.pairs(size=0.2) if row.family == "brows_down left + brows_up right"]
    assert rows
    for row in rows:
        weights = action_units.to_weights(row.feeling.units)
        assert weights[arkit.INDEX["browDownLeft"]] > 0.5 > weights[arkit.INDEX["browDownRight"]]
        assert weights[arkit.INDEX["browOuterUpRight"]] > 0.5 > weights[arkit.INDEX["browOuterUpLeft"]]


def test_opposite_sides_show_each_movement_on_its_own_side_and_come_with_their_mirror_image():
    rows = list(movements.opposites(size=0.2))
    assert len(rows) > 300 and all(row.source == "opposite sides" for row in rows)
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        assert one.split == other.split
        assert one.text == other.text.replace("left", "_").replace("right", "left").replace("_", "right")
        poses = (action_units.to_weights(row.feeling.units) for row in (one, other))
        np.testing.assert_allclose(next(poses), next(poses)[arkit.MIRROR])
    brows = next(row for row in rows if row.family == "brows_up left + brows_down right")
    weights = action_units.to_weights(brows.feeling.units)
    assert weights[arkit.INDEX["browOuterUpLeft"]] > 0.8 > 0.2 > weights[arkit.INDEX["browOuterUpRight"]]
    assert weights[arkit.INDEX["browDownRight"]] > 0.8 > 0.2 > weights[arkit.INDEX["browDownLeft"]]


def test_movements_do_not_depend_on_the_order_of_a_set(monkeypatch):
    phrases, built = movements._phrases, []
    for backwards in (False, True):
        monkeypatch.setattr(
            movements, "_phrases", lambda entry, way=backwards: sorted(phrases(entry), key=repr, reverse=way)
        )
        built.append(list(movements.rows()))
    assert built[0] == built[1]


def test_a_side_that_is_told_last_is_the_side_that_moves():
    rows = [row for row in movements.pairs(size=0.3) if row.source == "movement"]
    assert len(rows) > 50
    for row in rows:
        named = "R" if "right" in row.text else "L"
        assert {unit[-1] for unit in row.feeling.units if unit[-1] in "LR"} <= {named}


def test_not_to_do_something_leaves_the_face_at_rest(small):
    refused = [row for row in small if row.family.startswith("not ") and row.source != "situation"]
    assert refused
    assert all(not action_units.to_weights(row.feeling.units).any() for row in refused)


def test_a_forbidden_movement_is_taken_from_the_feeling():
    rows = [row for row in directions.rows(size=0.5) if row.family.endswith("without 12")]
    assert rows
    for row in rows:
        assert not {action_units.number_of(unit) for unit in row.feeling.units} & {"12", "13"}


def test_development_and_test_prompts_are_kept_apart(small, monkeypatch):
    assert len(tead.kept_apart()) >= 550
    assert not tead.kept_apart() & {prompts.bare(row.text) for row in small}
    text = next(row.text for row in small if row.source == "word" and row.text.islower())
    monkeypatch.setattr(tead, "kept_apart", lambda: {prompts.bare(text)})
    assert text not in {row.text for row in tead.build(size=0.05)}


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_typing_errors_keep_the_words_apart(seed):
    text = "absolutely heartbroken"
    wrong = prompts.mistyped(text, random.Random(seed))
    assert len(wrong.split()) == 2
    assert abs(len(wrong) - len(text)) <= 1


@pytest.mark.parametrize(
    ("prompt", "grows", "not_this"),
    [
        ("rage", "browDownLeft", "browInnerUp"),
        ("grief", "browInnerUp", "browOuterUpLeft"),
        ("happy", "mouthSmileLeft", "mouthFrownLeft"),
    ],
)
def test_families_show_what_faces_show(prompt, grows, not_this):
    weights = action_units.to_weights(lexicon.expressions()[prompt].units)
    assert weights[arkit.INDEX[grows]] > 0.5
    assert weights[arkit.INDEX[not_this]] < 0.1


def test_short_prompts_name_every_family_and_both_sides():
    texts = short_prompts.short_prompts()
    families = {word.family for word in lexicon.words() if word.text in texts}
    assert len(texts) == len(set(texts)) > 300
    assert max(map(len, texts)) <= 28
    assert len(families) > 0.9 * len(lexicon.expressions())
    assert {"raise the left eyebrow", "raise the right eyebrow"} <= set(texts)


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_an_event_is_filled_with_one_person_and_leaves_no_gap(seed):
    names = {"vehicle": ["bus"]}
    text = events.filled("{he} (sees|hears) the {vehicle} (coming|) and holds {his} breath", names, random.Random(seed))
    assert "bus" in text
    assert not set("{}(|)") & set(text)
    assert "  " not in text
    assert {"he": "his", "she": "her"}.get(text.split()[0], "") in text


def test_every_event_shows_a_face_that_the_lexicon_has():
    rows = list(events.rows(size=0.1))
    assert len({row.family for row in rows}) > 250
    assert all(row.feeling.units for row in rows if "neutral" not in row.feeling.tags)
    assert not any(set("{}|") & set(row.text) for row in rows)


def test_a_fresh_corpus_is_reported(small, tmp_path, monkeypatch, capsys):
    """No training has encoded a text yet, and there are fewer rows than the sample would have."""
    write_bert(tmp_path / "encoder")
    encoder = SentenceEncoder.load(tmp_path / "encoder")
    monkeypatch.setattr(report.SentenceEncoder, "load", lambda: encoder)
    rows = [json.dumps(row.as_row()) for row in small[:300]]
    (tmp_path / "tead.jsonl").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["report", str(tmp_path / "tead.jsonl")])
    report.main()
    assert "nearest other text of 300 rows among 300" in capsys.readouterr().out


@pytest.mark.parametrize(("prompt", "gone"), [("no frown", {"4", "15"}), ("mouth stays shut", {"25", "26", "27"})])
def test_what_is_forbidden_is_taken_away_in_all_its_meanings(prompt, gone):
    rows = [row for row in directions.rows() if row.source == "forbidden" and prompt in row.text]
    assert rows
    for row in rows:
        assert not {action_units.number_of(unit) for unit in row.feeling.units} & gone


@pytest.mark.parametrize("family", ["tired", "exhausted", "sleepy", "drunk", "bored"])
def test_who_is_tired_still_sees(family):
    """Lids and a lowered gaze together, since the gaze takes the lids along."""
    weights = action_units.to_weights(lexicon.expressions()[family].units)
    lids, gaze = weights[arkit.INDEX["eyeBlinkLeft"]], weights[arkit.INDEX["eyeLookDownLeft"]]
    assert 0.3 < lids + 0.5 * gaze < 0.56
    assert action_units.to_weights(lexicon.expressions()["asleep"].units)[arkit.INDEX["eyeBlinkLeft"]] > 0.9
