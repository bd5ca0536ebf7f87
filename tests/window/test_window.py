# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip in real Blender with a window: installed, enabled, one take generated, one undo.

Slow (half a minute a version). The pictures stay in demo/drive-VERSION to be looked at.
"""

from __future__ import annotations

STORY = "drive"


def test_the_window_is_never_blocked_while_the_models_work(report: dict) -> None:
    assert report["message"].endswith(" s")
    assert not report["failed"]
    assert report["invoked"] == ["RUNNING_MODAL"]
    assert report["invoke_seconds"] < 0.1
    assert report["photographed_running"]


def test_one_take_one_strip_one_undo(report: dict) -> None:
    assert report["actions_made"] == 1
    assert report["strips"] == 1
    assert report["actions_after_one_undo"] == 0
    assert report["range"] == [1, 49]


def test_esc_stops_and_changes_nothing(report: dict) -> None:
    assert report["esc"]["message"] == "Cancelled, nothing was changed."
    assert (report["esc"]["actions_made"], report["esc"]["strips"]) == (0, 0)


def test_undo_brings_no_preview_back(report: dict) -> None:
    assert report["previews"] == [0.8, 0.4]
    assert report["preview_follows_undo"]
    assert report["face_after_preview"] == [True] * 5


def test_the_face_speaks(report: dict) -> None:
    assert max(report["jaw"]) > 0.95
    assert min(report["jaw"]) < 0.05


def test_a_python_from_the_file_browser_is_asked_while_the_window_goes_on(report: dict) -> None:
    assert report["waited_for_the_python"] is False
    assert report["python"] == report["given_python"]


def test_german_is_shown_when_blender_speaks_it(report: dict) -> None:
    assert report["german"] == ["Erzeugen", "Anhalten; die Szene bleibt, wie sie ist", "Gesicht"]


def test_a_missing_file_is_said(report: dict) -> None:
    assert "pick the clip again" in report["missing_file"]
