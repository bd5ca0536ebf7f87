# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from expclip_core import runtime
from expclip_core.errors import Cancelled, InputError
from expclip_core.runtime import Installation, Step


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "user" / "runtime"


def python(folder: Path, lines: str, until: float = 1.0, stage: str = "Working") -> Step:
    """A step that makes the folder and runs a few lines of Python."""
    make = f"import pathlib; pathlib.Path({str(folder)!r}).mkdir(parents=True, exist_ok=True)\n"
    return Step(stage, (sys.executable, "-c", make + lines), until)


def test_it_counts_as_installed_when_every_step_is_done(folder: Path) -> None:
    installation = Installation(folder, (python(folder, "", 0.5), python(folder, "")))
    assert installation.result() == folder
    assert runtime.installed(folder)
    assert installation.fraction == 1.0


def test_a_failure_says_why_and_leaves_no_half_but_the_downloads(folder: Path) -> None:
    keep = f"d = pathlib.Path({str(folder.parent / 'downloads')!r}); d.mkdir(); (d / 'torch.whl').touch()\n"
    fail = "print('ERROR: No matching distribution found for torch==2.13.0'); raise SystemExit(1)"
    installation = Installation(folder, (python(folder, keep, 0.1), python(folder, fail, stage="Getting torch")))
    with pytest.raises(InputError, match=r"Getting torch failed: No matching distribution found for torch==2\.13\.0\."):
        installation.result()
    assert not folder.exists()
    assert not runtime.installed(folder)
    assert (folder.parent / "downloads" / "torch.whl").exists()


def test_downloads_go_when_it_succeeds(folder: Path) -> None:
    keep = f"d = pathlib.Path({str(folder.parent / 'downloads')!r}); d.mkdir(); (d / 'torch.whl').touch()\n"
    Installation(folder, (python(folder, keep),)).result()
    assert not (folder.parent / "downloads").exists()


def test_pip_downloads_under_the_users_folder(folder: Path) -> None:
    say = "import os; pathlib.Path(os.environ['PIP_CACHE_DIR']).mkdir(); raise SystemExit(1)"
    with pytest.raises(InputError):
        Installation(folder, (python(folder, say),)).result()
    assert (folder.parent / "downloads").is_dir()


def test_cancel_stops_at_once(folder: Path) -> None:
    installation = Installation(folder, (python(folder, "import time; time.sleep(60)"),))
    time.sleep(0.3)
    started = time.monotonic()
    installation.cancel()
    with pytest.raises(Cancelled):
        installation.result()
    assert time.monotonic() - started < 2.0
    assert not folder.exists()


def test_what_pip_downloads_is_shown(folder: Path) -> None:
    line = "  Downloading torch-2.13.0-cp311-none-linux.whl (201.2 MB)"
    lines = f"import time; print({line!r}, flush=True); time.sleep(0.5)"
    installation = Installation(folder, (python(folder, lines, 0.75),))
    stages = set()
    while not installation.wait(0.05):
        stages.add(installation.stage)
    assert "Downloading torch (201.2 MB)" in stages


def test_not_enough_room_is_said_before_anything_is_done(folder: Path) -> None:
    with pytest.raises(InputError, match=r"not enough room in .* needs 1000000\.0 GB"):
        Installation(folder, (python(folder, ""),), needed=10**15)
    assert not folder.exists()


def test_a_command_that_is_not_there(folder: Path) -> None:
    with pytest.raises(InputError, match=r"The runtime cannot be installed: .*nowhere"):
        Installation(folder, (Step("Making", ("/nowhere/python",), 1.0),)).result()


def test_the_steps_pin_what_they_get_and_end_with_a_trial(tmp_path: Path) -> None:
    made = runtime.steps(tmp_path / "runtime", Path(sys.executable), tmp_path, index="https://example.org/cpu")
    commands = [" ".join(step.command) for step in made]
    assert "-m venv" in commands[0]
    assert "torch.txt --index-url https://example.org/cpu" in commands[1]
    assert "--no-deps" in commands[3]
    assert "import numpy, scipy, soundfile, torch" in commands[-1]
    assert all("--only-binary" in command for command in commands[1:-1])
    assert [step.until for step in made] == sorted(step.until for step in made)


def test_this_python_can_make_a_runtime(tmp_path: Path) -> None:
    runtime.check_python(Path(sys.executable))
    with pytest.raises(InputError, match="There is no Python at"):
        runtime.check_python(tmp_path / "python")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for Python are shell scripts")
@pytest.mark.parametrize(("script", "says"), [("echo 3 9", "too old: choose 3.11"), ("exit 1", "cannot make env")])
def test_a_python_that_will_not_do(tmp_path: Path, script: str, says: str) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(InputError, match=says):
        runtime.check_python(tmp_path / "python")


def test_removing_what_is_not_there_is_fine(folder: Path) -> None:
    runtime.remove(folder)
    Installation(folder, (python(folder, ""),)).result()
    runtime.remove(folder)
    assert not folder.exists()
