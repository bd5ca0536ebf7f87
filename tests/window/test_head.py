# SPDX-License-Identifier: GPL-3.0-or-later
"""Head and eyes in real Blender: on a bone and an empty, mixed, taken back, saved. Pictures in demo/head-VERSION."""

from __future__ import annotations

import pytest

STORY = "head"
TURN = 0.2  # radians, of the fake performance at its middle


def test_a_head_is_found_by_its_name(report: dict) -> None:
    assert report["found"] == ["Body", "head"]


def test_the_bone_turns_with_the_head_and_the_empty_with_the_eye(report: dict) -> None:
    still, turned = report["at rest"], report["generated"]
    assert still["head"] == [0.0, 0.0, 0.0]
    assert turned["head"] == pytest.approx([0.0, TURN, 0.0], abs=0.01)
    assert turned["eye"][1] > still["eye"][1] + 0.05  # it looks to its left during the blink


def test_the_csv_has_the_same_angles(report: dict) -> None:
    assert report["exported"]["HeadYaw"] == pytest.approx(report["generated"]["head"], abs=0.006)
    turned = [0.5 - angle for angle in report["exported"]["LeftEyeYaw"]]  # the empty rests at 0.5
    assert turned == pytest.approx(report["generated"]["eye"], abs=0.006)


def test_the_mix_turns_it_less(report: dict) -> None:
    assert report["mixed"]["head"][1] == pytest.approx(TURN / 2, abs=0.01)
    assert report["mixed"]["eye"] == report["generated"]["eye"]


def test_undo_brings_rest_back_and_redo_the_turn(report: dict) -> None:
    assert report["undone"] == report["at rest"]
    assert report["done again"] == report["mixed"]


def test_work_goes_on_after_opening(report: dict) -> None:
    assert report["opened"] == report["mixed"]
    assert report["redone"]["head"][1] == pytest.approx(TURN / 2, abs=0.01)
