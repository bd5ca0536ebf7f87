# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the models' runtime: a Python environment of its own with the locked packages. Standard library only.

Packages come from pip's own index, each checked against the hashes in requirements/lock (tools/lock_runtime.py). Wheels are
downloaded into a folder of our own, from which the environment is made without the network. They are kept until all is
done, so that a second try goes on where the first one stopped; an environment counts as installed only with the mark that
is set last, and one without it is removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from . import wheels
from .client import child_environment
from .errors import Cancelled, InputError
from .machine import ACCELERATORS, Python, accelerator, examine, this_system
from .worker import REQUIRED_PACKAGES

_MARK = "installed"
_RUBBISH = "rubbish-"  # what such folders beside the runtime hold is being deleted
_ON_DISK = {"linux": 1.9, "windows": 3.7, "macos": 3.7}  # unpacked bytes a downloaded byte, see docs/install.md
_DOWNLOADED = 1.5  # room a downloaded byte takes: wheels are kept, and the one that comes is there twice for a moment
_LOOK_EVERY = 0.2  # seconds between two looks at how far pip is
_OWN_TORCH = 3 * 10**9  # bytes that a torch from another source may have; the largest build has 2.8e9
_DEFAULT_BUILDS = {"linux": ("cpu", "cuda"), "windows": ("cpu",), "macos": ("cpu", "mps")}  # torch on pip's own index
_QUIETLY = ("--no-input", "--only-binary", ":all:", "--progress-bar", "off")
_UNPACKING = {
    "pip": "Unpacking pip",
    "torch": "Unpacking torch",
    "runtime": "Unpacking packages",
    "text-encoder": "Unpacking the sentence encoder",
}
_TRIAL = f"""
import {", ".join(REQUIRED_PACKAGES)}
gpu = "rocm" if torch.version.hip else "cuda"
print("computes on", gpu if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
"""


@dataclass(frozen=True)
class Step:
    """A command of the installation. `downloads` and `unpacks` are the bytes that it writes, `other` is what the rest of
    its work is worth in downloaded megabytes. `guessed`: nobody knows how much it will download.
    """

    stage: str
    command: tuple[str, ...]
    downloads: int = 0
    unpacks: int = 0
    other: float = 10.0
    guessed: bool = False

    @property
    def cost(self) -> float:
        return self.downloads / 1e6 + self.unpacks / 2e6 + self.other


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
        """The commands, in order. Looks at the Python, and writes beside the runtime what pip shall download, so it takes a
        moment. Raises InputError when they cannot work.
        """
        python = examine(self.python)
        if self._only_python_is_gone(python):
            return self._repair()
        self._check_accelerator(python)
        sizes = download_sizes(self.requirements, python.system)
        if self.source:
            sizes = sizes | {"torch": _OWN_TORCH}
        here = _size(downloads(self.folder))
        _check_room(self.folder, int((_on_disk(python.system) + _DOWNLOADED) * sum(sizes.values())) - here)
        pip, *others = wheels.LOCKS
        make = (str(self.python), "-m", "venv", "--clear", str(self.folder))
        return (
            Step("Making an environment", make, other=60.0),
            *self._downloads(pip, python.system),
            self._unpacks(pip, python.system, sizes),
            *(step for lock in others for step in self._downloads(lock, python.system)),
            *(self._unpacks(lock, python.system, sizes) for lock in others),
            Step("Trying it", (self._there, "-c", _TRIAL), other=60.0),
        )

    def _downloads(self, lock: str, system: str) -> list[Step]:
        """The steps that bring a lock's wheels; none when they are in a folder already."""
        if is_folder(self.source):
            return []
        pip = (self._there, "-m", "pip", "download", *_QUIETLY, "--dest", str(kept_wheels(self.folder)))
        if self.source and lock == "torch":
            command = (*pip, "--index-url", self.source, "--requirement", self._file(lock))
            return [
                Step("Downloading torch", (*command, "--no-deps"), _OWN_TORCH, guessed=True),
                Step("Downloading what torch needs", command, _OWN_TORCH // 3, guessed=True),
            ]
        steps = []
        for number, part in enumerate(wheels.parts(self.requirements, lock, system)):
            wanted = downloads(self.folder) / f"{lock}-{number}.txt"
            wanted.write_text(part.requirements)
            command = (*pip, "--no-cache-dir", "--no-deps", "--require-hashes", "--requirement", str(wanted))
            steps.append(Step(f"Downloading {part.name}", command, part.size))
        return steps

    def _unpacks(self, lock: str, system: str, sizes: dict[str, int]) -> Step:
        pip = (self._there, "-m", "pip", "install", *_QUIETLY, "--no-index", "--find-links", self._wheels)
        if self.source and lock == "torch" and not is_folder(self.source):
            command = (*pip, "--requirement", self._file(lock))
        else:
            command = (*pip, "--require-hashes", "--requirement", self._file(f"lock/{lock}"))
        alone = ("--no-deps",) if lock == "text-encoder" else ()  # its own loader is not used
        return Step(_UNPACKING[lock], (*command, *alone), unpacks=int(sizes[lock] * _on_disk(system)))

    @property
    def _there(self) -> str:
        return str(interpreter(self.folder))

    @property
    def _wheels(self) -> str:
        return self.source if is_folder(self.source) else str(kept_wheels(self.folder))

    def _only_python_is_gone(self, python: Python) -> bool:
        """Does it take no more than putting the Python back, as after Blender has moved?"""
        return stale(self.folder) and _made_with(self.folder) == python.version

    def _repair(self) -> tuple[Step, ...]:
        venv = (str(self.python), "-m", "venv", "--without-pip", str(self.folder))
        return Step("Putting the Python back", venv, other=30.0), Step(
            "Trying it", (self._there, "-c", _TRIAL), other=60.0
        )

    def _check_accelerator(self, python: Python) -> None:
        """Raises InputError when the accelerator that was asked for cannot be had from where torch comes from."""
        builds = _DEFAULT_BUILDS[python.system.partition("-")[0]]
        if self.accelerator not in ("auto", *builds) and not self.source:
            raise InputError(
                f"Pip's own index has no torch for {ACCELERATORS[self.accelerator]} on this system: choose a torch source in "
                "the preferences, the index that pytorch.org shows for it, or Automatic."
            )

    def _file(self, name: str) -> str:
        return str(self.requirements / f"{name}.txt")


class Installation:
    """An installation under way, in a thread. Looks like a :class:`client.Job`: fraction, stage, finished, result."""

    def __init__(self, recipe: Recipe) -> None:
        self.stage = "Looking at the Python"
        self.fraction = 0.0
        self.cancelled = False
        self.started = time.monotonic()
        self.computes_on = ""  # one of ACCELERATORS, when it is done
        self.missed = ""  # a sentence when the machine has a faster device than that
        self._recipe = recipe
        self._failure: Exception | None = None
        self._process: subprocess.Popen | None = None
        self._finished = threading.Event()
        threading.Thread(target=self._run, name="expclip install", daemon=True).start()

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
            _give_back(folder)
            _clear_unfinished(folder)
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
        """All steps, or none: what a failure leaves is removed, and a runtime that was there works on."""
        folder, total, done = self._recipe.folder, sum(step.cost for step in steps), 0.0
        anew = not any("--without-pip" in step.command for step in steps)  # else only the Python is put back
        if anew and installed(folder):
            folder.rename(_set_aside(folder))
        try:
            for step in steps:
                self._do(step, step.cost / total)
                done += step.cost
                self.fraction = done / total
        except BaseException:
            if anew:
                _discard(folder)
                _give_back(folder)
            raise
        _discard(_set_aside(folder))

    def _do(self, step: Step, share: float) -> None:
        """A step, which is a share of the whole installation."""
        self.stage = step.stage
        said: deque[str] = deque(maxlen=40)
        before, growth = self.fraction, _growth(step, self._recipe.folder)
        if self.cancelled:
            raise Cancelled
        self._process = process = subprocess.Popen(
            step.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=child_environment() | _pip_environment(self._recipe.folder),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        if self.cancelled:  # while it was started
            process.terminate()
        listening = threading.Thread(target=said.extend, args=(process.stdout,), name="expclip install hears")
        listening.start()
        while listening.is_alive():
            listening.join(_LOOK_EVERY)
            part, self.stage = growth.look()
            self.fraction = max(self.fraction, before + part * share)
        code = process.wait()
        if self.cancelled:
            raise Cancelled
        lines = [line.strip() for line in said]
        if code:
            raise InputError(f"{step.stage} failed: {_reason(lines)}. Try again: what was downloaded is kept.")
        if lines and lines[-1].startswith("computes on "):
            self.computes_on = lines[-1].split()[-1]


class Working:
    """A step of which nothing is to be seen but that it goes on."""

    def __init__(self, step: Step) -> None:
        self._stage = step.stage

    def look(self) -> tuple[float, str]:
        """How much of the step is done, 0 to 1, and what it does in a few words."""
        return 0.0, self._stage


class Downloading:
    """How much of a download is here: all that pip writes while it downloads is below one folder."""

    def __init__(self, step: Step, folder: Path) -> None:
        self._stage, self._bytes, self._folder = step.stage, step.downloads, downloads(folder)
        self._of = "" if step.guessed else f" of {step.downloads / 1e6:,.0f}"
        self._before = _size(self._folder)

    def look(self) -> tuple[float, str]:
        came = min(max(_size(self._folder) - self._before, 0), self._bytes)
        return came / self._bytes, f"{self._stage} ({came / 1e6:,.0f}{self._of} MB)"


class Unpacking:
    """How much is unpacked: the disk tells, faster than a walk through what will be tens of thousands of files."""

    def __init__(self, step: Step, folder: Path) -> None:
        self._stage, self._bytes, self._beside = step.stage, step.unpacks, folder.parent
        self._free = shutil.disk_usage(self._beside).free

    def look(self) -> tuple[float, str]:
        written = self._free - shutil.disk_usage(self._beside).free
        return min(max(written / self._bytes, 0.0), 0.95), self._stage


def _growth(step: Step, folder: Path) -> Working | Downloading | Unpacking:
    if step.downloads:
        return Downloading(step, folder)
    return Unpacking(step, folder) if step.unpacks else Working(step)


def interpreter(folder: Path) -> Path:
    """The Python in an environment's folder."""
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def downloads(folder: Path) -> Path:
    """Where the packages lie until the runtime in `folder` is done."""
    return folder.parent / "downloads"


def kept_wheels(folder: Path) -> Path:
    """Those that came whole, for this try and the next."""
    return downloads(folder) / "wheels"


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


def _set_aside(folder: Path) -> Path:
    """Where the runtime that is replaced waits for the new one to work."""
    return folder.with_name(f"{folder.name}-before")


def _give_back(folder: Path) -> None:
    """Put the runtime that was set aside back, also after an installation that nobody could end."""
    if _set_aside(folder).exists() and not installed(folder):
        _discard(folder)
        _set_aside(folder).rename(folder)


def _discard(folder: Path) -> None:
    try:
        _throw_away(folder)
    except OSError:  # Windows: something still reads a file in it
        shutil.rmtree(folder, ignore_errors=True)


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
    return {lock: sum(packages.values()) for lock, packages in wheels.sizes(requirements, system).items()}


def sizes_in_words(requirements: Path) -> str:
    """How much this machine downloads and keeps, such as: 0.3 GB to download, 1.1 GB on disk."""
    try:
        download = sum(download_sizes(requirements, this_system()).values())
    except InputError as error:
        return str(error)
    return f"{download / 1e9:.1f} GB to download, {download * _on_disk(this_system()) / 1e9:.1f} GB on disk"


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


def _check_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < needed:
        needs = f"{needed / 1e9:.1f} GB while it is installed, {free / 1e9:.1f} GB are free"
        raise InputError(f"There is not enough room in {folder.parent}: the runtime needs {needs}.")


def _unfinished(folder: Path) -> Path:
    """Where pip keeps what it has not finished."""
    return downloads(folder) / "unfinished"


def _clear_unfinished(folder: Path) -> None:
    """What an earlier try left half done is of no use; what it finished is kept."""
    shutil.rmtree(_unfinished(folder), ignore_errors=True)
    for each in (kept_wheels(folder), _unfinished(folder)):
        each.mkdir(parents=True, exist_ok=True)


def _pip_environment(folder: Path) -> dict[str, str]:
    """Everything beside the runtime, as the system's temporary folder may be small."""
    unfinished = str(_unfinished(folder))
    return {
        "PIP_CACHE_DIR": str(downloads(folder) / "cache"), "TMPDIR": unfinished, "TEMP": unfinished, "TMP": unfinished,
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
    """Bytes of all files below a folder, while others may write there."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                status = (Path(place) / name).lstat()
                total += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return total


def _reason(lines: list[str]) -> str:
    """The last error that pip names, else its last line. Without the network pip only says that it found nothing."""
    said = [line for line in lines if line]
    errors = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")]
    if any("connection broken by" in line for line in said) and "No matching distribution" in "".join(errors):
        return "the package index does not answer, so check the network, the firewall or the proxy"
    return (errors or said or ["no reason was given"])[-1].rstrip(".")[:300]
