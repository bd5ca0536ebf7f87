# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the models' runtime: a Python environment of its own with the locked packages. Standard library only.

Packages come from pip's own index, each checked against the hashes in requirements/lock (tools/lock_runtime.py). Downloads
are kept until all is done, so that a second try goes on where the first one stopped; an environment counts as installed
only with the mark that is set last, and one without it is removed.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from .client import child_environment
from .errors import Cancelled, InputError
from .machine import ACCELERATORS, Python, accelerator, examine, this_system
from .worker import REQUIRED_PACKAGES

_MARK = "installed"
_RUBBISH = "rubbish-"  # what such folders beside the runtime hold is being deleted
_LOCKS = ("pip", "torch", "runtime", "text-encoder")
_ON_DISK = {"linux": 1.9, "windows": 3.7, "macos": 3.7}  # unpacked bytes a downloaded byte, see docs/install.md
_TWICE = 2.0  # pip keeps a wheel in its cache and beside it while it unpacks it
_DOWNLOADING = 0.6  # of a step's time, the rest is unpacking
_OWN_TORCH = 3 * 10**9  # bytes that a torch from another source may have; the largest build has 2.8e9
_DEFAULT_BUILDS = {"linux": ("cpu", "cuda"), "windows": ("cpu",), "macos": ("cpu", "mps")}  # torch on pip's own index
_TRIAL = f"""
import {", ".join(REQUIRED_PACKAGES)}
gpu = "rocm" if torch.version.hip else "cuda"
print("computes on", gpu if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
"""


@dataclass(frozen=True)
class Step:
    """A command of the installation. `until` is the fraction that is reached when it has ended, `size` what it downloads."""

    stage: str
    command: tuple[str, ...]
    until: float
    size: int = 0


@dataclass(frozen=True)
class Recipe:
    """What to install where.

    `python` makes the environment in `folder`. `source` is where torch comes from when not from pip's own index: the address
    of another index, or a folder of wheels, which all packages then come from. `accelerator` is auto or one of ACCELERATORS.
    """

    folder: Path
    python: Path
    requirements: Path
    source: str = ""
    accelerator: str = "auto"

    def steps(self) -> tuple[Step, ...]:
        """The commands, in order. Looks at the Python, so it takes a moment. Raises InputError when they cannot work."""
        python = examine(self.python)
        if self._only_python_is_gone(python):
            return self._repair()
        self._check_accelerator(python)
        sizes = download_sizes(self.requirements, python.system)
        if self.source:
            sizes = sizes | {"torch": _OWN_TORCH}
        _check_room(self.folder, int((_on_disk(python.system) + _TWICE) * sum(sizes.values())))
        there = str(interpreter(self.folder))
        bare = (there, "-m", "pip", "install", "--no-input", "--only-binary", ":all:")
        pip = (*bare, "--progress-bar", "raw")  # which the pip that a Python brings along may not know yet
        hashed = (*self._from_folder(), "--require-hashes", "-r")
        locked = (*pip, *hashed)
        torch = (
            (*pip, *self._from_source(), "-r", self._file("torch.txt"))
            if self.source
            else (*locked, self._lock("torch"))
        )
        parts = (
            ("Making an environment", (str(self.python), "-m", "venv", "--clear", str(self.folder)), 0, 60),
            ("Getting pip", (*bare, *hashed, self._lock("pip")), sizes["pip"], 20),
            ("Getting torch", torch, sizes["torch"], 40),
            ("Getting packages", (*locked, self._lock("runtime")), sizes["runtime"], 40),
            (
                "Getting the sentence encoder",
                (*locked, self._lock("text-encoder"), "--no-deps"),
                sizes["text-encoder"],
                10,
            ),
            ("Trying it", (there, "-c", _TRIAL), 0, 60),
        )
        return _weighted(parts)

    def _only_python_is_gone(self, python: Python) -> bool:
        """Does it take no more than putting the Python back, as after Blender has moved?"""
        return stale(self.folder) and _made_with(self.folder) == python.version

    def _repair(self) -> tuple[Step, ...]:
        venv = (str(self.python), "-m", "venv", "--without-pip", str(self.folder))
        there = str(interpreter(self.folder))
        return Step("Putting the Python back", venv, 0.3), Step("Trying it", (there, "-c", _TRIAL), 1.0)

    def _check_accelerator(self, python: Python) -> None:
        """Raises InputError when the accelerator that was asked for cannot be had from where torch comes from."""
        builds = _DEFAULT_BUILDS[python.system.partition("-")[0]]
        if self.accelerator not in ("auto", *builds) and not self.source:
            raise InputError(
                f"Pip's own index has no torch for {ACCELERATORS[self.accelerator]} on this system: choose a torch source in "
                "the preferences, the index that pytorch.org shows for it, or Automatic."
            )

    def _from_folder(self) -> tuple[str, ...]:
        return ("--no-index", "--find-links", self.source) if is_folder(self.source) else ()

    def _from_source(self) -> tuple[str, ...]:
        return self._from_folder() or ("--index-url", self.source)

    def _file(self, name: str) -> str:
        return str(self.requirements / name)

    def _lock(self, name: str) -> str:
        return str(self.requirements / "lock" / f"{name}.txt")


class Installation:
    """An installation under way, in a thread. Looks like a :class:`client.Job`: fraction, stage, finished, result."""

    def __init__(self, recipe: Recipe) -> None:
        self.stage = "Looking at the Python"
        self.cancelled = False
        self.started = time.monotonic()
        self.computes_on = ""  # one of ACCELERATORS, when it is done
        self.missed = ""  # a sentence when the machine has a faster device than that
        self._recipe = recipe
        self._failure: Exception | None = None
        self._process: subprocess.Popen | None = None
        self._fraction = 0.0  # as far as pip's words tell
        self._unpacking: Unpacking | None = None
        self._finished = threading.Event()
        threading.Thread(target=self._run, name="expclip install", daemon=True).start()

    @property
    def fraction(self) -> float:
        unpacking = self._unpacking
        return self._fraction + (unpacking.fraction() if unpacking else 0.0)

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def wait(self, timeout: float | None = None) -> bool:
        return self._finished.wait(timeout)

    def cancel(self) -> None:
        self.cancelled = True
        if process := self._process:
            process.terminate()

    def result(self) -> Path:
        """The runtime's folder. Raises InputError with the reason, or Cancelled."""
        self._finished.wait()
        if self._failure is not None:
            raise self._failure
        return self._recipe.folder

    def _run(self) -> None:
        folder = self._recipe.folder
        try:
            downloads(folder).mkdir(parents=True, exist_ok=True)
            steps = self._recipe.steps()
            self._do_all(steps)
            self.missed = _missed(self.computes_on)
            (folder / _MARK).write_text(str(_size(folder)))
            _throw_away(downloads(folder))
        except (Cancelled, InputError) as error:
            self._failure = error
        except OSError as error:
            self._failure = InputError(f"The runtime cannot be installed: {error}.")
        finally:
            self._finished.set()

    def _do_all(self, steps: tuple[Step, ...]) -> None:
        """All steps, or none: what a failure leaves is removed."""
        try:
            for step in steps:
                self._do(step)
        except BaseException:
            try:
                _throw_away(self._recipe.folder)
            except OSError:  # Windows: something still reads a file in it
                shutil.rmtree(self._recipe.folder, ignore_errors=True)
            raise

    def _do(self, step: Step) -> None:
        self.stage, before = step.stage, self._fraction
        said: deque[str] = deque(maxlen=40)
        told = Downloading()
        if self.cancelled:
            raise Cancelled
        self._process = subprocess.Popen(
            step.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=child_environment() | _pip_environment(downloads(self._recipe.folder)),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        if self.cancelled:  # while it was started
            self._process.terminate()
        for line in self._process.stdout:
            if not told.read(line):
                said.append(line.strip())
            self.stage = told.stage or step.stage
            part = _DOWNLOADING * min(told.bytes / step.size, 1.0) if step.size else 0.0
            self._fraction = max(self._fraction, before + part * (step.until - before))
            if told.stage == "Unpacking" and step.size:
                self._unpacking = Unpacking(self._recipe.folder, _unpacked_size(step.size), step.until - self._fraction)
        self._unpacking = None
        code = self._process.wait()
        if self.cancelled:
            raise Cancelled
        if code:
            raise InputError(f"{step.stage} failed: {_reason(said)}. Try again: what was downloaded is kept.")
        self._fraction = step.until
        if said and said[-1].startswith("computes on "):
            self.computes_on = said[-1].split()[-1]


class Unpacking:
    """pip says nothing while it unpacks, for minutes on a slow disk: the disk tells how far it is."""

    def __init__(self, folder: Path, size: int, share: float) -> None:
        self._folder, self._size, self._share = folder, size, share
        self._free = shutil.disk_usage(folder).free

    def fraction(self) -> float:
        """From 0 to the share of the whole installation that this is."""
        written = self._free - shutil.disk_usage(self._folder.parent).free
        return self._share * min(max(written / self._size, 0.0), 0.95)


class Downloading:
    """What pip downloads, read off its lines: `bytes` so far, and `stage` in a few words."""

    def __init__(self) -> None:
        self.bytes = 0.0
        self.stage = ""
        self._before = 0.0  # bytes of the files that are here
        self._size = 0.0  # bytes of the one that comes
        self._name = ""

    def read(self, line: str) -> bool:
        """Take in a line; is it about progress alone?"""
        line = line.strip()
        if match := re.match(r"Progress (\d+) of (\d+)", line):
            self.bytes, self._size = self._before + int(match[1]), float(match[2])
            if self._size > 10**6:
                self.stage = f"Downloading {self._name} ({int(match[1]) / 1e6:,.0f} of {self._size / 1e6:,.0f} MB)"
            return True
        if match := re.match(r"(Downloading|Using cached) (\S+).*\(([\d.]+) (bytes|kB|MB|GB)\)", line):
            self._before += self._size
            self._size = float(match[3]) * {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[match[4]]
            self._name = match[2].rpartition("/")[2].split("-")[0].replace("_", "-")
            if match[1] == "Using cached":
                self.bytes = self._before + self._size
                self.stage = f"Taking {self._name} from the last try"
            else:
                self.bytes = self._before
                self.stage = f"Downloading {self._name} ({match[3]} {match[4]})"
        elif line.startswith("Installing collected packages"):
            self.stage = "Unpacking"
        return False


def interpreter(folder: Path) -> Path:
    """The Python in an environment's folder."""
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def downloads(folder: Path) -> Path:
    """Where the packages lie until the runtime in `folder` is done."""
    return folder.parent / "downloads"


def installed(folder: Path) -> bool:
    return (folder / _MARK).is_file()


def stale(folder: Path) -> bool:
    """Is the Python gone that an installed runtime was made with, as when Blender was moved or replaced?"""
    return installed(folder) and not Path(_environment(folder).get("home", "")).is_dir()


def size(folder: Path) -> int:
    """Bytes that an installed runtime takes."""
    return int((folder / _MARK).read_text())


def remove(folder: Path) -> None:
    """Take a runtime and what was downloaded for it away: out of sight at once, off the disk by a thread.

    Raises InputError when a file is in use.
    """
    for each in (downloads(folder), folder):
        try:
            _throw_away(each)
        except OSError as error:
            raise InputError(f"{each} cannot be removed: close what uses it and try again.") from error


def _throw_away(place: Path) -> None:
    """Out of sight at once, and off the disk by a thread, with what an earlier one had no time for. Raises OSError."""
    if place.exists():
        place.rename(Path(tempfile.mkdtemp(prefix=_RUBBISH, dir=place.parent)) / place.name)
    for rubbish in place.parent.glob(f"{_RUBBISH}*"):
        threading.Thread(target=shutil.rmtree, args=(rubbish, True), name="expclip remove").start()


def is_folder(source: str) -> bool:
    """Is a torch source a folder of wheels, which needs no network?"""
    return bool(source) and Path(source).is_dir()


def download_sizes(requirements: Path, system: str) -> dict[str, int]:
    """Bytes to download by lock file. Raises InputError for a system that torch has no builds for."""
    sizes = json.loads((requirements / "lock" / "sizes.json").read_text())
    if system not in sizes["torch"]:
        raise InputError(f"There is no torch for {system}: use a computer with {', '.join(sizes['torch'])}.")
    return {name: sizes[name][system] for name in _LOCKS}


def sizes_in_words(requirements: Path) -> str:
    """How much this machine downloads and keeps, such as: 0.3 GB to download, 1.1 GB on disk."""
    try:
        download = sum(download_sizes(requirements, this_system()).values())
    except InputError as error:
        return str(error)
    return f"{download / 1e9:.1f} GB to download, {download * _on_disk(this_system()) / 1e9:.1f} GB on disk"


def _unpacked_size(download: int) -> int:
    return int(download * _on_disk(this_system()))


def _on_disk(system: str) -> float:
    return _ON_DISK[system.partition("-")[0]]


def _missed(computes_on: str) -> str:
    has = accelerator()
    if has in ("cpu", computes_on):
        return ""
    return (
        f"torch does not see {ACCELERATORS[has]}: update its driver, or choose as torch source the index that pytorch.org "
        "shows for it and install again."
    )


def _weighted(parts: tuple[tuple[str, tuple[str, ...], int, int], ...]) -> tuple[Step, ...]:
    """Steps from (stage, command, bytes to download, MB that its other work is worth), their ends placed accordingly."""
    weights = [size / 1e6 + other for _, _, size, other in parts]
    ends = [sum(weights[: number + 1]) / sum(weights) for number in range(len(parts))]
    return tuple(Step(stage, command, end, size) for (stage, command, size, _), end in zip(parts, ends, strict=True))


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < needed:
        needs = f"{needed / 1e9:.1f} GB while it is installed, {free / 1e9:.1f} GB are free"
        raise InputError(f"There is not enough room in {folder.parent}: the runtime needs {needs}.")


def _pip_environment(downloads: Path) -> dict[str, str]:
    """Everything beside `downloads`, as the system's temporary folder may be small; kept to go on with after a break."""
    folder = str(downloads)
    return {
        "PIP_CACHE_DIR": folder, "TMPDIR": folder, "TEMP": folder, "TMP": folder,
        "PIP_RESUME_RETRIES": "5", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip


def _environment(folder: Path) -> dict[str, str]:
    """What an environment says of itself in pyvenv.cfg; empty when it is none."""
    try:
        lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}


def _made_with(folder: Path) -> tuple[int, int]:
    return tuple(int(part) for part in _environment(folder).get("version", "0.0").split(".")[:2])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _reason(lines: deque[str]) -> str:
    """The last error that pip names, else its last line."""
    said = [line for line in lines if line]
    errors = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")]
    return (errors or said or ["no reason was given"])[-1].rstrip(".")[:300]
