# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys generated again around what an animator did by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core.edits import (
    ALIGNED,
    AS_WRITTEN,
    BEZIER,
    BY_HAND,
    EVERYWHERE,
    GENERATED,
    KEY,
    LINEAR,
    Timing,
    divided,
    followed,
    found,
    recalled,
    remembered,
    rewritten,
    timing,
)

FIRST, LAST = 1, 60
WHOLE = (float(FIRST), float(LAST))


def dense(height: float):
    """A key a frame, as without reduction."""

    def generate(start: float, end: float) -> np.ndarray:
        frames = np.arange(start, end + 1)
        keys = np.zeros(len(frames), KEY)
        keys["co"] = np.column_stack([frames, height * (0.5 + 0.5 * np.sin(frames / 4))])
        keys["handle_left"] = keys["handle_right"] = keys["co"]
        keys["interpolation"], keys["type"] = LINEAR, GENERATED
        return keys

    return generate


def reduced(height: float):
    """A few Bezier keys with handles of their own."""

    def generate(start: float, end: float) -> np.ndarray:
        frames = np.unique([start, *(frame for frame in range(0, 100, 7) if start < frame < end), end])
        keys = np.zeros(len(frames), KEY)
        slope = height * 0.125 * np.cos(frames / 4)
        keys["co"] = np.column_stack([frames, height * (0.5 + 0.5 * np.sin(frames / 4))])
        keys["handle_left"] = keys["co"] - np.column_stack([np.full(len(frames), 2.0), 2 * slope])
        keys["handle_right"] = keys["co"] + np.column_stack([np.full(len(frames), 2.0), 2 * slope])
        keys["interpolation"], keys["type"] = BEZIER, GENERATED
        keys["handle_left_type"] = keys["handle_right_type"] = ALIGNED
        return keys

    return generate


def still(height: float):
    """A channel that does not move: one key."""

    def generate(start: float, end: float) -> np.ndarray:
        keys = reduced(0.0)(start, end)[:1]
        for name in ("co", "handle_left", "handle_right"):
            keys[name][:, 1] = height
        return keys

    return generate


def value_at(keys: np.ndarray, frame: float) -> float:
    """The curve as Blender evaluates it."""
    times = keys["co"][:, 0]
    if frame <= times[0] or frame >= times[-1]:
        return float(keys["co"][0 if frame <= times[0] else -1, 1])
    return float(divided(keys, frame)["co"][int(np.searchsorted(times, frame - 1e-3)), 1])


kinds = st.sampled_from([dense, reduced, still])
edits = st.lists(
    st.tuples(st.sampled_from(["move", "delete", "add", "shift"]), st.integers(0, 59), st.floats(0.01, 0.5)), max_size=5
)


def edited(keys: np.ndarray, changes) -> np.ndarray:
    for what, where, amount in changes:
        index = where % len(keys)
        if what == "delete" and len(keys) > 2:
            keys = np.delete(keys, index)
        elif what == "add":
            new = keys[index : index + 1].copy()
            new["co"] += (0.5, amount)
            new["handle_left"], new["handle_right"], new["type"] = new["co"] - (0.2, 0), new["co"] + (0.2, 0), BY_HAND
            keys = np.insert(keys, index + 1, new)
        else:
            keys = keys.copy()
            for name in ("co", "handle_left", "handle_right"):
                keys[name][index] += (0.25 if what == "shift" else 0.0, amount)
    keys = keys[np.argsort(keys["co"][:, 0], kind="stable")]
    return keys[np.diff(keys["co"][:, 0], append=np.inf) > 1e-3]  # Blender keeps one key a frame


def same_places(one: np.ndarray, other: np.ndarray) -> bool:
    return len(one) == len(other) and np.array_equal(one["co"], other["co"])


@given(kinds, edits)
def test_edits_stand_and_everything_else_changes(kind, changes):
    before = kind(1.0)(*WHOLE)
    now = edited(before, changes)
    hands = found(now, before)
    made = rewritten(now, before, kind(0.5), WHOLE)
    for key in now[hands.by_hand]:
        assert (made.keys["co"] == key["co"]).all(axis=1).any()
    for frame in before["co"][hands.gone, 0]:  # what was deleted does not come back
        assert not (np.abs(made.keys["co"][:, 0] - frame) < 1e-3).any() or frame in now["co"][hands.by_hand, 0]
    fresh = kind(0.5)(*WHOLE)
    for frame in np.arange(FIRST, LAST + 0.5, 0.5):
        if not any(start < frame < end for start, end in hands.spans) and kind is dense:
            assert value_at(made.keys, frame) == pytest.approx(value_at(fresh, frame), abs=1e-5)
    assert (np.diff(made.keys["co"][:, 0]) > 0).all()


@given(kinds, edits)
def test_they_stand_the_second_time_too(kind, changes):
    before = kind(1.0)(*WHOLE)
    now = edited(before, changes)
    once = rewritten(now, before, kind(0.5), WHOLE)
    twice = rewritten(once.keys, once.written, kind(1.0), WHOLE)
    assert found(once.keys, once.written).spans == found(now, before).spans
    assert once.by_hand == twice.by_hand == found(now, before).count
    assert np.allclose(twice.keys["co"], rewritten(now, before, kind(1.0), WHOLE).keys["co"], atol=1e-6)


@given(kinds, kinds, edits, st.integers(2, 58), st.integers(2, 58))
def test_a_range_redo_changes_nothing_outside(kind, other, changes, one, two):
    start, end = sorted((one, two))
    before = kind(1.0)(*WHOLE)
    now = edited(before, changes)
    made = rewritten(now, before, other(0.3), WHOLE, changed=(start, end))
    for frame in np.arange(FIRST - 2, LAST + 2, 0.25):
        if not start < frame < end:
            assert value_at(made.keys, frame) == pytest.approx(value_at(now, frame), abs=2e-5)
    outside = (now["co"][:, 0] < start) | (now["co"][:, 0] > end)
    still = (made.keys["co"][:, 0] < start) | (made.keys["co"][:, 0] > end)
    assert same_places(now[outside], made.keys[still])
    assert found(made.keys, made.written).count == found(now, before).count == made.by_hand


def test_a_range_redo_changes_what_is_inside():
    before = dense(1.0)(*WHOLE)
    made = rewritten(before, before, dense(0.3), WHOLE, changed=(20, 40))
    assert value_at(made.keys, 30) == pytest.approx(0.3 * value_at(before, 30), abs=1e-5)


@given(kinds, edits)
def test_reset_gives_the_generated_keys_back(kind, changes):
    before = kind(1.0)(*WHOLE)
    made = rewritten(edited(before, changes), before, kind(1.0), WHOLE, reset=EVERYWHERE)
    assert same_places(made.keys, before)
    assert made.by_hand == 0
    assert found(made.keys, made.written).count == 0


def test_reset_in_a_range_leaves_edits_elsewhere():
    before = dense(1.0)(*WHOLE)
    now = edited(before, [("move", 10, 0.2), ("move", 40, 0.2)])
    made = rewritten(now, before, dense(1.0), WHOLE, reset=(30, 50))
    assert made.by_hand == 1
    assert value_at(made.keys, 11) == pytest.approx(value_at(now, 11))
    assert value_at(made.keys, 41) == pytest.approx(value_at(before, 41))


def test_a_flat_channel_may_start_to_move_in_a_range():
    flat = dense(0.0)(1, 1)
    made = rewritten(flat, flat, dense(1.0), WHOLE, changed=(20, 40))
    assert value_at(made.keys, 10) == 0.0 == value_at(made.keys, 50)
    assert value_at(made.keys, 30) == pytest.approx(0.5 + 0.5 * np.sin(30 / 4), abs=1e-5)


@pytest.mark.parametrize("kind", [dense, reduced])
def test_an_edit_of_a_flat_channel_ends_where_the_channel_goes_on(kind):
    flat = still(0.0)(*WHOLE)
    now = edited(flat, [("add", 0, 0.3)])
    hands = found(now, flat)
    assert (hands.count, hands.spans) == (1, ((1.0, np.inf),))
    made = rewritten(now, flat, kind(1.0), WHOLE)
    assert made.by_hand == 1
    assert value_at(made.keys, 1.5) == pytest.approx(0.3)
    fresh = kind(1.0)(*WHOLE)
    for frame in range(7, LAST + 1):
        assert value_at(made.keys, frame) == pytest.approx(value_at(fresh, frame), abs=1e-5)
    flat_again = rewritten(made.keys, made.written, still(0.1), WHOLE)
    assert flat_again.by_hand == 1
    assert value_at(flat_again.keys, 1.5) == pytest.approx(0.3)
    assert value_at(flat_again.keys, 30) == pytest.approx(0.1)


def test_an_edit_of_a_channel_that_stays_flat_goes_on_as_it_was_left():
    flat = still(0.0)(*WHOLE)
    now = edited(flat, [("add", 0, 0.3)])
    made = rewritten(now, flat, still(0.05), WHOLE)
    assert value_at(made.keys, 1.5) == value_at(made.keys, 50) == pytest.approx(0.3)
    assert value_at(made.keys, 1) == pytest.approx(0.05)


def test_an_edit_stays_as_short_when_the_channel_comes_to_rest():
    before = reduced(1.0)(*WHOLE)
    now = edited(divided(before, 24.0), [("move", 4, 0.3)])
    assert found(now, before).spans == ((21.0, 28.0),)
    made = rewritten(now, before, still(0.1), WHOLE)
    assert found(made.keys, made.written).spans == ((21.0, 28.0),)
    assert value_at(made.keys, 20) == value_at(made.keys, 30) == pytest.approx(0.1)


def test_keys_by_hand_take_the_colour_of_keys_by_hand():
    before = dense(1.0)(*WHOLE)
    made = rewritten(edited(before, [("move", 10, 0.2)]), before, dense(0.5), WHOLE)
    assert made.keys["co"][made.keys["type"] == BY_HAND, 0].tolist() == [11.0]


def test_changed_handles_and_interpolation_are_edits():
    before = reduced(1.0)(*WHOLE)
    assert found(before, before).count == 0
    pulled, stepped = before.copy(), before.copy()
    pulled["handle_right"][3, 1] += 0.05
    stepped["interpolation"][3] = 0
    assert found(pulled, before).count == found(stepped, before).count == 1


def test_a_handle_that_faces_a_new_key_is_no_edit_of_its_own():
    before = reduced(1.0)(*WHOLE)
    now = edited(divided(before, 10.0), [])  # two neighbours got other handles and types
    hands = found(now, before)
    assert hands.count == 1
    assert hands.spans == ((7.0, 14.0),)
    assert (
        found(divided(before, 10.0)[[0, 1, *range(3, len(before) + 1)]], before).count == 2
    )  # here nothing is beside them


@given(st.integers(-40, 40), edits)
def test_keys_that_moved_together_are_no_edits(step, changes):
    written = [dense(1.0)(*WHOLE), reduced(0.5)(*WHOLE), reduced(0.2)(*WHOLE)]
    later = [Timing(1.0, step).of(keys) for keys in written]
    assert timing([*later[:2], edited(later[2], changes)], written) == Timing(1.0, step)
    assert timing(written, written) == AS_WRITTEN
    assert timing([written[0], later[1], written[2]], written) == AS_WRITTEN  # one curve alone is an edit


@given(st.floats(1.1, 3.0) | st.floats(0.4, 0.9), st.integers(-40, 40), st.booleans(), edits)
def test_keys_that_were_stretched_together_are_no_edits(factor, step, snapped, changes):
    """Blender puts stretched keys on frames, unless told not to."""
    written = [reduced(1.0)(*WHOLE), reduced(0.5)(*WHOLE), reduced(0.2)(*WHOLE)]
    now = [Timing(factor, step).of(keys) for keys in written]
    for keys in now if snapped else ():
        off = np.rint(keys["co"][:, 0]) - keys["co"][:, 0]
        keys["co"][:, 0] += off
        keys["handle_left"][:, 0] += 0.3 * off
    hands = edited(now[2], changes)
    made = timing([*now[:2], hands], written)
    assert made.factor == pytest.approx(factor, abs=0.02)
    for keys, before in zip(now, written, strict=True):
        assert found(keys, followed(keys, before, made)).count == 0
    assert found(hands, followed(hands, written[2], made)).count <= 2 * len(changes)


@given(kinds, edits)
def test_what_was_written_is_remembered_well_enough(kind, changes):
    before = kind(1.0)(*WHOLE)
    back = recalled(remembered({"a": before, "empty": before[:0], "b": kind(0.2)(*WHOLE)}))
    assert list(back) == ["a", "empty", "b"]
    assert found(before, back["a"]).count == 0
    now = edited(before, changes)
    assert found(now, back["a"]).spans == found(now, before).spans


def test_nothing_is_remembered_of_nothing():
    assert recalled(remembered({})) == {}
