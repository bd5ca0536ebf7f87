# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound files dragged onto real Blender's 3D View out of another window."""

from __future__ import annotations

import pytest

STORY = "dropping"


@pytest.fixture(autouse=True)
def _dragged(report: dict) -> None:
    if "ModuleNotFoundError:" in report["hand"][0]:
        pytest.skip("python3-xlib is not in the root of ../shared/tools/real-blender")


def test_one_file_is_the_clip(report: dict) -> None:
    assert report["onto_the_view"] == "one.wav"
    assert report["onto_the_sidebar"] == "two.wav"


def test_several_files_are_lines(report: dict) -> None:
    assert report["several"] == ["one.wav", "two.wav", "three.wav"]


def test_the_zip_is_installed_and_enabled(report: dict) -> None:
    assert report["zip_enabled"]
