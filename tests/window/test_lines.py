# SPDX-License-Identifier: GPL-3.0-or-later
"""A dialogue in real Blender: generated as one, again in part, and taken back. Pictures in demo/lines-VERSION."""

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
    driver = ROOT / "tests" / "window" / "lines.py"
    return photograph(request.param, ROOT / "demo" / f"lines-{request.param}", python=str(python), driver=driver)


def test_the_story_came_to_its_end(report: dict) -> None:
    assert "error" not in report, report["error"]
    assert report["tracebacks"] == []
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
