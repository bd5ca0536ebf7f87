# SPDX-License-Identifier: GPL-3.0-or-later
"""Two characters, a range, layers, a deleted take and another file in real Blender. Pictures in demo/session-VERSION."""

from __future__ import annotations

import pytest

STORY = "session"


def test_two_characters_have_takes_of_their_own(report: dict) -> None:
    assert report["characters"]["first is as it was"]
    assert report["characters"]["smiles"] == pytest.approx([0.8, 0.0], abs=0.01)
    assert report["characters"]["actions"] == 2


def test_a_range_redo_changes_nothing_outside_and_keeps_the_key_by_hand(report: dict) -> None:
    assert report["range"]["outside"] <= 2e-5  # of float32, at the borders' new keys
    assert report["range"]["smile inside"] == pytest.approx(0.0, abs=0.01)
    assert report["range"]["by hand"] == pytest.approx(0.321, abs=1e-3)


def test_a_range_a_reset_and_a_deletion_are_undone_and_done_again(report: dict) -> None:
    assert report["range undone"]
    assert report["range done again"]
    assert report["reset"] == pytest.approx(0.8, abs=0.01)
    assert report["reset undone"] == pytest.approx(0.321, abs=1e-3)
    assert report["deleted"]
    assert report["deletion undone"]
    assert report["deleted again"]


def test_an_artists_action_is_layered_over_a_take(report: dict) -> None:
    assert report["layered"] == {
        "tracks": 1,
        "jaw stays": True,
        "cheek added": pytest.approx(0.7, abs=0.01),
        "other character": True,
    }


@pytest.mark.parametrize("way", ["appended", "linked"])
def test_an_action_carries_its_memory_into_another_file(report: dict, way: str) -> None:
    carried = report[way]
    assert carried["prompt"]
    assert carried["listed"]
    assert carried["jaw"] > 0.1
    share = 0.5 if way == "appended" else 1.0
    assert carried["jaw after mixing"] == pytest.approx(share * carried["jaw"], abs=0.01)
