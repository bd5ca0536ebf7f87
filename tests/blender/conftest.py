# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout, enabled as an extension in the bpy module, away from the user's own Blender."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_EXIT_STATUS = pytest.StashKey[int]()

_user = Path(tempfile.mkdtemp(prefix="expclip-blender-"))
os.environ["BLENDER_USER_RESOURCES"] = str(_user)
(_user / "extensions" / "user_default").mkdir(parents=True)
(_user / "extensions" / "user_default" / "expclip").symlink_to(ROOT, target_is_directory=True)

bpy = pytest.importorskip("bpy", reason="the bpy wheel is not installed")

from tests.blender.stage import MODULE, extension, write_clip  # noqa: E402  after the folders are set


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_EXIT_STATUS] = int(exitstatus)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave before Blender's module does: as Python exits, 4.2's crashes once an add-on had panels, and 4.5's waits for
    ever for a thread of its own once it has played sounds."""
    if _EXIT_STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_EXIT_STATUS])


@pytest.fixture(scope="session", autouse=True)
def _isolated():
    yield
    extension("session").stop()
    shutil.rmtree(_user, ignore_errors=True)


@pytest.fixture(autouse=True)
def blender(fake_python: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty scene with the add-on enabled and a worker with fake models."""
    import addon_utils

    monkeypatch.setenv("EXPCLIP_PYTHON", str(fake_python))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable(MODULE, default_set=True)
    yield bpy
    addon_utils.disable(MODULE, default_set=True)


@pytest.fixture(scope="session")
def fake_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Something that is started like a Python and is the fake worker."""
    script = tmp_path_factory.mktemp("python") / "python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{Path(__file__).parent / "fake_worker.py"}"\n')
    script.chmod(0o755)
    return script


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "line.wav")
