# SPDX-License-Identifier: GPL-3.0-or-later
"""Stories told in real Blender with a window; they need ../shared/tools/real-blender."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_FAKE = ROOT / "tests" / "blender" / "fake_worker.py"

sys.path.insert(0, str(ROOT / "tools"))


@pytest.fixture(scope="module", params=["4.3", "5.2"])
def version(request: pytest.FixtureRequest) -> str:
    """Of real Blender."""
    pytest.importorskip("bpy", reason="the bpy wheel, which builds the zip, is not installed")
    from photograph_sidebar import REAL_BLENDER

    if not REAL_BLENDER.exists():
        pytest.skip("there is no ../shared/tools/real-blender")
    return request.param


@pytest.fixture(scope="module")
def report(request: pytest.FixtureRequest, version: str, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the story tests/window/STORY.py reports, of the zip and of models that answer at once; `given_python` is theirs.

    The pictures stay in demo/STORY-VERSION to be looked at.
    """
    from photograph_sidebar import photograph

    python = tmp_path_factory.mktemp("python") / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{_FAKE}"\n')
    python.chmod(0o755)
    story = request.module.STORY
    driver = ROOT / "tests" / "window" / f"{story}.py"
    made = photograph(version, ROOT / "demo" / f"{story}-{version}", python=str(python), driver=driver)
    assert "error" not in made, made["error"]
    assert made["tracebacks"] == []
    return made | {"given_python": str(python)}
