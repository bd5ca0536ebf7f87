# SPDX-License-Identifier: GPL-3.0-or-later
"""What this computer and the Pythons on it are. Standard library only."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .client import child_environment
from .errors import InputError

ACCELERATORS = {"cpu": "the CPU", "cuda": "the NVIDIA GPU", "rocm": "the AMD GPU", "mps": "the Apple GPU"}
_OLDEST_PYTHON, _NEWEST_PYTHON = (3, 11), (3, 14)  # those with hashes in requirements/lock
_QUESTION = """
import ensurepip, json, platform, struct, sys, venv
print(json.dumps([sys.platform, platform.machine() if struct.calcsize("P") == 8 else "32 bit", sys.version_info[:2]]))
"""


@dataclass(frozen=True)
class Python:
    """What an interpreter says of itself: `system` as in sizes.json, such as linux-x86_64."""

    system: str
    version: tuple[int, int]


def this_system() -> str:
    return system_name(sys.platform, platform.machine())


def system_name(name: str, machine: str) -> str:
    """A system as sizes.json calls it, from sys.platform and platform.machine()."""
    system = {"win32": "windows", "darwin": "macos"}.get(name, name)
    machine = machine.lower().replace("amd64", "x86_64")
    return f"{system}-{'arm64' if system == 'macos' and machine == 'aarch64' else machine}"


def accelerator() -> str:
    """The fastest kind of device that this machine has, one of ACCELERATORS, whether torch can use it or not."""
    if sys.platform == "darwin":
        return "mps" if platform.machine() == "arm64" else "cpu"
    if _answers("nvidia-smi", "-L"):
        return "cuda"
    return "rocm" if _answers("rocminfo") or _answers("hipinfo") else "cpu"


def examine(python: Path) -> Python:
    """What a Python is. Raises InputError when it cannot make the runtime."""
    if not python.is_file():
        raise InputError(f"There is no Python at {python}: choose another one in the add-on's preferences.")
    try:
        done = subprocess.run(
            [str(python), "-c", _QUESTION],
            capture_output=True, text=True, timeout=30, env=child_environment(), check=False,
        )  # fmt: skip
        name, machine, version = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        message = f"The Python at {python} cannot make environments: choose a complete one from python.org."
        raise InputError(message) from error
    if not _OLDEST_PYTHON <= tuple(version) <= _NEWEST_PYTHON:
        range_ = " to ".join(".".join(map(str, each)) for each in (_OLDEST_PYTHON, _NEWEST_PYTHON))
        raise InputError(f"The Python at {python} is {'.'.join(map(str, version))}: choose one from {range_}.")
    return Python(system_name(name, machine), tuple(version))


def _answers(*command: str) -> bool:
    """Does a program exist and end well?"""
    if not (program := shutil.which(command[0])):
        return False
    try:
        done = subprocess.run(
            [program, *command[1:]],
            capture_output=True, timeout=10, check=False, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
