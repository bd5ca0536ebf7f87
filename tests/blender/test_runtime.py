# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from pathlib import Path

import bpy
import pytest

from expclip_core.channels import NAMES
from tests.blender.stage import extension, generate, make_mesh, message


@pytest.fixture
def no_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on an animator's machine on the first day."""
    monkeypatch.delenv("EXPCLIP_PYTHON")
    monkeypatch.setattr(extension("preferences"), "ROOT", tmp_path)
    extension("session").stop()


def test_without_a_runtime_generate_says_so(no_python: None, clip: Path) -> None:
    with pytest.raises(RuntimeError, match="runtime is not installed: install it or choose a Python"):
        generate(clip, "", make_mesh("Head", NAMES))


def test_the_preferences_say_that_it_is_missing_and_how_big_it_is(no_python: None) -> None:
    assert extension("preferences").runtime_state() == "Runtime: not installed, 1.5 to 6 GB, after the GPU"


def test_offline_nothing_is_downloaded(no_python: None) -> None:
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Blender may not go online"):
        bpy.ops.expclip.install_runtime()


def test_an_environments_folder_serves_as_python(no_python: None) -> None:
    preferences = extension("preferences")
    preferences.preferences().python = sys.prefix
    assert preferences.worker_python().parent.parent == Path(sys.prefix)


def test_an_installed_runtime_is_used_and_can_be_removed(no_python: None) -> None:
    preferences, runtime = extension("preferences"), extension("expclip_core.runtime")
    folder = preferences.runtime_folder()
    make = f"import pathlib; pathlib.Path({str(folder)!r}).mkdir()"
    runtime.Installation(folder, (runtime.Step("Making", (sys.executable, "-c", make), 1.0),)).result()
    assert preferences.worker_python() == runtime.interpreter(folder)
    assert bpy.ops.expclip.remove_runtime() == {"FINISHED"}
    assert message() == "The runtime was removed."
    with pytest.raises(extension("expclip_core.errors").InputError):
        preferences.worker_python()


def test_the_test_button_says_what_the_models_run_on() -> None:
    assert bpy.ops.expclip.test_worker() == {"FINISHED"}
    assert message().startswith("Ready: Python 3")


def test_the_log_opens_only_when_there_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(extension("operators.open_log"), "log_file", lambda: tmp_path / "none.log")
    assert not bpy.ops.expclip.open_log.poll()


def test_changing_the_device_starts_another_worker() -> None:
    session, preferences = extension("session"), extension("preferences").preferences()
    first = session.worker()
    assert session.worker() is first
    preferences.device = "cpu"
    assert session.worker() is not first
    assert not first.alive
