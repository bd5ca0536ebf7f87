# SPDX-License-Identifier: GPL-3.0-or-later
"""A dialogue in real Blender: generated as one, again in part, and taken back. Pictures in demo/lines-VERSION."""

from __future__ import annotations

import pytest

STORY = "lines"


def test_the_window_is_never_blocked(report: dict) -> None:
    assert report["invoke_seconds"] < 0.1


def test_each_line_lies_where_it_starts_and_a_bad_one_stopped_nothing(report: dict) -> None:
    assert report["states"] == ["DONE", "DONE", "DONE", "FAILED"]
    assert report["message"] == "Lines: 3 done, 1 failed"
    assert report["strips"] == [[1, 49], [80, 128], [200, 248]]
    assert report["sounds"] == 3


def test_what_did_not_change_is_left_out(report: dict) -> None:
    assert report["again"] == ["SKIPPED", "DONE", "SKIPPED", "FAILED"]


def test_one_undo_takes_one_run_back(report: dict) -> None:
    assert report["undone"] == {"actions": 0, "sounds": 1, "strips": []}


def test_a_strip_that_changes_its_speed_is_mixed_down(report: dict) -> None:
    if "retimed" not in report:
        pytest.skip("this Blender does not tell its retiming keys")
    assert report["retimed"] == [1, 2]  # files; the models of this story read no FLAC
