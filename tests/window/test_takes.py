# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with takes in real Blender: a key by hand outlives mixing, redoing, undoing, saving. Pictures in demo/takes-VERSION."""

from __future__ import annotations

import pytest

STORY = "takes"


def test_a_key_by_hand_outlives_everything_but_its_undoing(report: dict) -> None:
    assert report["generated"]["by_hand"] == report["undone"]["by_hand"] == -1.0
    for moment in ("edited", "mixed", "redone", "done_again", "opened"):
        assert report[moment]["by_hand"] == pytest.approx(0.123, abs=1e-3), moment
    assert report["reset"]["by_hand"] == -1.0


def test_everything_else_follows(report: dict) -> None:
    assert report["generated"]["smile"] == pytest.approx(0.8, abs=0.01)
    assert report["mixed"]["smile"] == pytest.approx(0.2, abs=0.01)
    assert report["redone"]["smile"] == pytest.approx(0.0, abs=0.01)


def test_undo_and_redo_go_through_the_session(report: dict) -> None:
    assert report["undone"] == report["generated"]
    assert report["done_again"] == report["redone"]


def test_comparing_is_undone_and_done_again(report: dict) -> None:
    assert report["compared_undo"] == report["done_again"]
    assert report["compared_redo"] == report["compared"] != report["done_again"]


def test_work_goes_on_after_opening(report: dict) -> None:
    assert report["continued"]["by_hand"] == pytest.approx(0.123, abs=1e-3)
    assert report["continued"]["smile"] == pytest.approx(0.2, abs=0.01)
    assert report["strip_smile"] == pytest.approx(0.4, abs=0.01)
    assert report["taken_up"] == report["continued"]
    assert report["continued_undone"] == report["opened"]


def test_comparing_and_opening_keep_both_takes(report: dict) -> None:
    assert report["compared"]["actions"] == report["opened"]["actions"] == 2
    assert report["opened"] == report["redone"]
