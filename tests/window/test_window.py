# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip in real Blender with a window: installed, enabled, one take generated, one undo.

Slow (half a minute a version). The pictures stay in demo/window-VERSION to be looked at.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAKE = ROOT / "tests" / "blender" / "fake_worker.py"

sys.path.insert(0, str(ROOT / "tools"))
pytest.importorskip("bpy", reason="the bpy wheel, which builds the zip, is not installed")
from photograph_sidebar import REAL_BLENDER, photograph  # noqa: E402

pytestmark = pytest.mark.skipif(not REAL_BLENDER.exists(), reason="there is no ../shared/tools/real-blender")


@pytest.fixture(scope="module", params=["4.3", "5.2"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict:
    python = tmp_path_factory.mktemp("python") / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{FAKE}"\n')
    python.chmod(0o755)
    made = photograph(request.param, ROOT / "demo" / f"window-{request.param}", python=str(python))
    return made | {"given_python": str(python)}


def test_the_story_came_to_its_end(report: dict) -> None:
    assert "error" not in report, report["error"]
    assert report["message"].endswith(" s")
    assert not report["failed"]
    assert report["tracebacks"] == []


def test_the_window_is_never_blocked_while_the_models_work(report: dict) -> None:
    assert report["invoked"] == ["RUNNING_MODAL"]
    assert report["invoke_seconds"] < 0.1
    assert report["photographed_running"]


def test_one_take_one_strip_one_undo(report: dict) -> None:
    assert report["actions_made"] == 1
    assert report["strips"] == 1
    assert report["actions_after_one_undo"] == 0
    assert report["range"] == [1, 49]


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
