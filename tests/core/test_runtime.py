# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from expclip_core import machine, runtime, wheels
from expclip_core.errors import Cancelled, InputError
from expclip_core.runtime import Installation, Recipe, Step

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
THIS_PYTHON = Path(sys.executable)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "user" / "runtime"


@dataclass(frozen=True)
class Given:
    """A recipe of steps that need no network."""

    folder: Path
    made: tuple[Step, ...]

    def steps(self) -> tuple[Step, ...]:
        return self.made


def python(folder: Path, lines: str, stage: str = "Working", **sizes: int) -> Step:
    """A step that makes the folder and runs a few lines of Python."""
    make = f"import pathlib; pathlib.Path({str(folder)!r}).mkdir(parents=True, exist_ok=True)\n"
    return Step(stage, (sys.executable, "-c", make + lines), **sizes)


def install(folder: Path, *steps: Step) -> Installation:
    return Installation(Given(folder, steps))


def recipe(folder: Path, **changes) -> Recipe:
    return replace(Recipe(folder, THIS_PYTHON, REQUIREMENTS), **changes)


def test_it_counts_as_installed_when_every_step_is_done(folder: Path) -> None:
    installation = install(folder, python(folder, ""), python(folder, "print('computes on mps')"))
    assert installation.result() == folder
    assert runtime.installed(folder)
    assert installation.fraction == 1.0
    assert installation.computes_on == "mps"


def test_a_failure_says_why_and_leaves_no_half_but_the_downloads(folder: Path) -> None:
    keep = f"pathlib.Path({str(runtime.downloads(folder) / 'torch.whl')!r}).touch()\n"
    fail = "print('ERROR: No matching distribution found for torch==2.13.0'); raise SystemExit(1)"
    installation = install(folder, python(folder, keep), python(folder, fail, stage="Getting torch"))
    with pytest.raises(InputError, match=r"Getting torch failed: No matching distribution found for torch==2\.13\.0\."):
        installation.result()
    assert not folder.exists()
    assert not runtime.installed(folder)
    assert (runtime.downloads(folder) / "torch.whl").exists()
    while list(folder.parent.glob("rubbish-*")):  # goes by itself
        time.sleep(0.01)


def test_downloads_go_when_it_succeeds(folder: Path) -> None:
    install(folder, python(folder, f"pathlib.Path({str(runtime.downloads(folder))!r}, 'torch.whl').touch()")).result()
    assert not runtime.downloads(folder).exists()


def test_pip_keeps_everything_beside_the_runtime(folder: Path) -> None:
    say = "import os, tempfile; print(os.environ['PIP_CACHE_DIR'], tempfile.gettempdir()); raise SystemExit(1)"
    place = runtime.downloads(folder)
    with pytest.raises(InputError, match=re.escape(f"{place / 'cache'} {place / 'unfinished'}")):
        install(folder, python(folder, say)).result()


def test_cancel_stops_at_once(folder: Path) -> None:
    installation = install(folder, python(folder, "import time; time.sleep(60)"))
    time.sleep(0.3)
    started = time.monotonic()
    installation.cancel()
    with pytest.raises(Cancelled):
        installation.result()
    assert time.monotonic() - started < 30.0  # of the step's 60 seconds
    assert not folder.exists()


def test_what_is_downloaded_is_shown_in_bytes(folder: Path) -> None:
    enough = folder.parent / "enough"
    write = f"""
import time
place = pathlib.Path({str(runtime.downloads(folder))!r})
(place / "unfinished" / "torch.whl").write_bytes(bytes(4_000_000))
while not pathlib.Path({str(enough)!r}).exists(): time.sleep(0.01)
"""
    installation = install(folder, python(folder, write, stage="Downloading torch", downloads=16_000_000, other=0.0))
    while installation.fraction == 0.0:
        assert not installation.wait(0.05)
    assert (installation.stage, installation.fraction) == ("Downloading torch (4 of 16 MB)", 0.25)
    enough.touch()
    installation.result()


def test_the_bar_moves_while_pip_unpacks_in_silence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter(range(10**10, 0, -(10**7)))  # every look finds 10 MB less
    monkeypatch.setattr(runtime.shutil, "disk_usage", lambda path: type("Usage", (), {"free": next(free)}))
    enough = folder.parent / "enough"
    say = f"""
import pathlib, time
while not pathlib.Path({str(enough)!r}).exists(): time.sleep(0.01)
"""
    installation = install(folder, python(folder, say, unpacks=100_000_000))
    seen = []
    while not installation.wait(0.05):
        seen.append(installation.fraction)
        if len(set(seen)) > 3:
            enough.touch()
    assert seen == sorted(seen)
    assert max(seen) < 1.0 == installation.fraction


def test_a_command_that_is_not_there(folder: Path) -> None:
    with pytest.raises(InputError, match=r"The runtime cannot be installed: .*nowhere"):
        install(folder, Step("Making", ("/nowhere/python",))).result()


def test_what_cannot_begin_leaves_the_runtime_that_is_there(folder: Path) -> None:
    install(folder, python(folder, "")).result()
    with pytest.raises(InputError, match="There is no Python at"):
        Installation(recipe(folder, python=folder / "nowhere")).result()
    assert runtime.installed(folder)


def commands_of(recipe: Recipe) -> list[str]:
    downloads(recipe.folder)
    return [" ".join(step.command) for step in recipe.steps()]


def downloads(folder: Path) -> None:
    runtime._clear_unfinished(folder)


def test_every_package_is_locked_by_hash_and_the_end_is_a_trial(folder: Path) -> None:
    commands = commands_of(recipe(folder))
    assert "-m venv" in commands[0]
    assert all("--require-hashes" in command and "--only-binary :all:" in command for command in commands[1:-1])
    unpacked = [re.findall(r"lock/(\S+)\.txt", command)[0] for command in commands if "pip install" in command]
    assert unpacked == ["pip", "torch", "runtime", "text-encoder"]
    assert all("--no-index" in command for command in commands if "pip install" in command)
    assert "--no-deps" in commands[-2]
    assert "import numpy, scipy, soundfile, torch" in commands[-1]


def test_torch_from_another_index_has_that_indexs_hashes(folder: Path) -> None:
    commands = commands_of(recipe(folder, source="https://example.org/rocm"))
    theirs = [command for command in commands if "--index-url https://example.org/rocm" in command]
    assert ["--no-deps" in command for command in theirs] == [True, False]
    assert (
        f"download --no-input --only-binary :all: --progress-bar off --dest {runtime.kept_wheels(folder)}" in theirs[0]
    )
    without = [command for command in commands[1:-1] if "--require-hashes" not in command]
    assert [re.findall(r"(\w+)\.txt", command) for command in without] == [["torch"]] * 3


def test_a_folder_of_wheels_needs_no_network(folder: Path, tmp_path: Path) -> None:
    commands = commands_of(recipe(folder, source=str(tmp_path)))
    assert len(commands) == 6
    assert all(f"--no-index --find-links {tmp_path}" in command for command in commands[1:-1])


@pytest.mark.parametrize("system", ["linux-x86_64", "windows-x86_64", "macos-arm64"])
def test_a_large_package_is_a_download_of_its_own(system: str) -> None:
    together = {lock: wheels.parts(REQUIREMENTS, lock, system) for lock in wheels.LOCKS}
    assert {lock: sum(part.size for part in parts) for lock, parts in together.items()} == runtime.download_sizes(
        REQUIREMENTS, system
    )
    assert [part.requirements.count("torch==") for part in together["torch"] if part.name == "torch"] == [1]
    for lock, parts in together.items():
        pinned = re.findall(r"^\S+==\S+", "".join(part.requirements for part in parts), re.MULTILINE)
        locked = re.findall(r"^\S+==\S+", (REQUIREMENTS / "lock" / f"{lock}.txt").read_text(), re.MULTILINE)
        assert len(pinned) == len(set(pinned))
        assert set(pinned) <= set(locked)
        assert all(part.size < 2e7 or part.requirements.count("\n    --hash") for part in parts)


def test_not_enough_room_is_said_before_anything_is_done(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 10**9})
    monkeypatch.setattr(runtime.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(
        InputError, match=r"not enough room in .* needs [\d.]+ GB while it is installed, 1\.0 GB are free"
    ):
        Installation(recipe(folder)).result()
    assert not folder.exists()


def test_what_is_downloaded_already_needs_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = []
    monkeypatch.setattr(runtime, "_check_room", lambda folder, bytes_: needed.append(bytes_))
    commands_of(recipe(folder))
    (runtime.kept_wheels(folder) / "torch.whl").write_bytes(bytes(10**6))
    commands_of(recipe(folder))
    assert 9e5 < needed[0] - needed[1] < 1.1e6


@pytest.mark.parametrize(
    ("system", "wanted", "can"),
    [
        ("linux-x86_64", "cuda", True), ("linux-x86_64", "rocm", False), ("windows-x86_64", "cuda", False),
        ("windows-x86_64", "cpu", True), ("macos-arm64", "mps", True), ("macos-arm64", "auto", True),
    ],
)  # fmt: skip
def test_what_pips_index_has(
    folder: Path, monkeypatch: pytest.MonkeyPatch, system: str, wanted: str, can: bool
) -> None:
    downloads(folder)
    monkeypatch.setattr(runtime, "examine", lambda python: machine.Python(system, (3, 13)))
    monkeypatch.setattr(runtime, "_check_room", lambda folder, needed: None)
    if can:
        assert recipe(folder, accelerator=wanted).steps()
    else:
        with pytest.raises(InputError, match=r"no torch for the .* GPU on this system: choose a torch source"):
            recipe(folder, accelerator=wanted).steps()
    assert recipe(folder, accelerator=wanted, source="https://example.org").steps()


def test_an_intel_mac_is_told_before_it_downloads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "examine", lambda python: machine.Python("macos-x86_64", (3, 11)))
    with pytest.raises(InputError, match="There is no torch for macos-x86_64"):
        recipe(folder).steps()


@pytest.mark.parametrize(
    ("name", "its_machine", "system"),
    [
        ("win32", "AMD64", "windows-x86_64"), ("darwin", "arm64", "macos-arm64"), ("linux", "x86_64", "linux-x86_64"),
        ("linux", "aarch64", "linux-aarch64"), ("win32", "32 bit", "windows-32 bit"),
    ],
)  # fmt: skip
def test_systems_have_one_name(name: str, its_machine: str, system: str) -> None:
    assert machine.system_name(name, its_machine) == system


def test_the_lock_pins_what_the_requirements_ask_for() -> None:
    for name in ("pip", "torch", "runtime", "text-encoder"):
        lines = (REQUIREMENTS / f"{name}.txt").read_text().splitlines()
        asked = {line.partition("#")[0].partition(";")[0].strip().lower() for line in lines} - {""}
        locked = (REQUIREMENTS / "lock" / f"{name}.txt").read_text()
        pinned = set(re.findall(r"^(\S+==[^\s;]+)", locked, re.MULTILINE))
        assert asked <= pinned, "run tools/lock_runtime.py"
        assert all(re.search(rf"^{re.escape(each)}.*\\\n    --hash=sha256:", locked, re.MULTILINE) for each in pinned)
        assert "://" not in locked


def test_this_python_can_make_a_runtime(tmp_path: Path) -> None:
    found = machine.examine(THIS_PYTHON)
    assert found.version == sys.version_info[:2]
    assert runtime.download_sizes(REQUIREMENTS, found.system)["torch"] > 10**8
    with pytest.raises(InputError, match="There is no Python at"):
        machine.examine(tmp_path / "python")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for Python are shell scripts")
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("""echo '["linux", "x86_64", [3, 9]]'""", "is 3.9: choose one from 3.11 to 3.14"),
        ("""echo '["linux", "x86_64", [3, 15]]'""", "is 3.15: choose one"),
        ("exit 1", "cannot make env"),
        ("echo hello", "cannot make env"),
    ],
)
def test_a_python_that_will_not_do(tmp_path: Path, script: str, says: str) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "python").chmod(0o755)
    with pytest.raises(InputError, match=says):
        machine.examine(tmp_path / "python")


@pytest.fixture
def orphan(folder: Path) -> Path:
    """A runtime whose Python has gone, as after Blender was moved."""
    version = ".".join(map(str, sys.version_info[:3]))
    install(folder, python(folder, "")).result()
    (folder / "pyvenv.cfg").write_text(f"home = {folder.parent / 'moved'}\nversion = {version}\n")
    return folder


def test_a_python_that_is_gone_is_put_back_and_nothing_else(orphan: Path) -> None:
    (orphan / "kept").touch()
    assert runtime.stale(orphan)
    steps = recipe(orphan).steps()
    assert [step.stage for step in steps] == ["Putting the Python back", "Trying it"]
    install(orphan, steps[0], python(orphan, "")).result()
    assert not runtime.stale(orphan)
    assert (orphan / "kept").exists()
    assert runtime.interpreter(orphan).is_file()


def test_another_pythons_runtime_is_made_anew(orphan: Path) -> None:
    (orphan / "pyvenv.cfg").write_text("home = /nowhere/bin\nversion = 3.10.1\n")
    assert "-m venv --clear" in commands_of(recipe(orphan))[0]


def test_a_device_that_torch_does_not_see_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "accelerator", lambda: "cuda")
    installation = install(folder, python(folder, "print('computes on cpu')"))
    installation.result()
    assert installation.missed.startswith("torch does not see the NVIDIA GPU: update its driver")
    monkeypatch.setattr(runtime, "accelerator", lambda: "cpu")
    installation = install(folder, python(folder, "print('computes on cpu')"))
    installation.result()
    assert installation.missed == ""


def test_removing_what_is_not_there_is_fine(folder: Path) -> None:
    runtime.remove(folder)
    install(folder, python(folder, "")).result()
    runtime.remove(folder)
    assert not folder.exists()
    deadline = time.monotonic() + 5.0
    while list(folder.parent.glob("rubbish-*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
