# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
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
    monkeypatch.setattr(extension("preferences"), "CHECKOUT_PYTHON", tmp_path / "none")
    extension("session").stop()


def test_without_a_runtime_generate_says_so(no_python: None, clip: Path) -> None:
    with pytest.raises(RuntimeError, match="runtime is not installed: install it or choose a Python"):
        generate(clip, "", make_mesh("Head", NAMES))


def test_the_preferences_say_that_it_is_missing_and_how_big_it_is(no_python: None) -> None:
    state = extension("preferences").runtime_state()
    assert re.fullmatch(r"Runtime: not installed, [\d.]+ GB to download, [\d.]+ GB on disk", state)


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
    made_up_runtime(folder, home=Path(sys.executable).parent)
    assert preferences.worker_python() == runtime.interpreter(folder)
    assert bpy.ops.expclip.remove_runtime() == {"FINISHED"}
    assert message() == "The runtime was removed."
    with pytest.raises(extension("expclip_core.errors").InputError):
        preferences.worker_python()
    assert not bpy.ops.expclip.remove_runtime.poll()


def made_up_runtime(folder: Path, home: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\nversion = 3.11.7\n")
    (folder / "installed").write_text("1500000000")


def test_a_runtime_whose_python_is_gone_asks_for_repair(no_python: None, tmp_path: Path) -> None:
    preferences = extension("preferences")
    made_up_runtime(preferences.runtime_folder(), home=tmp_path / "old-blender")
    assert preferences.runtime_state().startswith("Runtime: its Python is gone")
    assert preferences.install_label() == "Repair Runtime"
    with pytest.raises(extension("expclip_core.errors").InputError, match="press Repair Runtime"):
        preferences.worker_python()
    bpy.ops.expclip.remove_runtime()


def test_installing_says_what_it_came_to(no_python: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runtime, preferences = extension("expclip_core.runtime"), extension("preferences")
    make = f"import pathlib; pathlib.Path({str(preferences.runtime_folder())!r}).mkdir(); print('computes on cuda')"
    step = runtime.Step("Making", (sys.executable, "-c", make))
    monkeypatch.setattr(runtime.Recipe, "steps", lambda recipe: (step,))
    preferences.preferences().torch_source = str(tmp_path)  # a folder: no network is needed
    assert bpy.ops.expclip.install_runtime() == {"FINISHED"}
    assert message() == "The runtime is installed, takes 0.0 GB and computes on the NVIDIA GPU."
    bpy.ops.expclip.remove_runtime()


def test_the_test_button_speaks_a_second_and_says_on_what() -> None:
    assert bpy.ops.expclip.test_worker() == {"FINISHED"}
    assert re.match(r"Ready: 2 s of speech became 101 frames in 0\.10 s on .+\. Python 3.*, torch none\.", message())


def test_a_python_is_taken_after_it_answered(no_python: None, fake_python: Path) -> None:
    preferences = extension("preferences")
    assert bpy.ops.expclip.use_python(python=str(fake_python)) == {"FINISHED"}
    assert preferences.worker_python() == fake_python
    assert message().endswith("is used from now on.")
    assert extension("session").warm()


def test_a_python_that_cannot_run_the_models_is_not_taken(no_python: None, tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(RuntimeError, match="lacks numpy, scipy, soundfile, torch"):
        bpy.ops.expclip.use_python(python=str(bare))
    with pytest.raises(RuntimeError, match="There is no Python at"):
        bpy.ops.expclip.use_python(python=str(tmp_path / "nothing"))
    assert not extension("preferences").has_runtime()


def test_an_idle_worker_gives_its_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    session, settings = extension("session"), extension("preferences").preferences()
    worker = session.worker()
    worker.hello.result()
    settings.idle_time = 0
    monkeypatch.setattr(type(worker), "idle_seconds", 601.0)
    session._free_memory_when_idle()
    assert session.warm()
    settings.idle_time = 600
    session._free_memory_when_idle()
    assert not session.warm()
    assert worker.process.wait(5.0) == 0
    assert bpy.ops.expclip.test_worker() == {"FINISHED"}


def test_memory_is_freed_by_hand() -> None:
    session = extension("session")
    assert not bpy.ops.expclip.free_memory.poll()
    worker = session.worker()
    worker.hello.result()
    assert bpy.ops.expclip.free_memory() == {"FINISHED"}
    assert worker.process.wait(5.0) == 0


def test_other_weights_start_another_worker(tmp_path: Path) -> None:
    preferences = extension("preferences")
    preferences.preferences().weights = str(tmp_path)
    preferences.preferences().text_encoder = str(tmp_path)
    command = preferences.launch().command
    assert command[command.index("--weights") + 1] == command[command.index("--text-encoder") + 1] == str(tmp_path)


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
