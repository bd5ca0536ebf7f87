# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages of requirements/lock as files: how large they are, and which of them come together. Standard library only.

pip keeps what it downloads only when its call ends well. So each large package has a call of its own, and an installation
that breaks off loses no more than the one that was coming.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import InputError

LOCKS = ("pip", "torch", "runtime", "text-encoder")
_LARGE = 10**7  # bytes; a smaller one is not worth a call of its own, which takes about a second
_PINNED = re.compile(r"^(([\w.-]+)==.*(?:\n +--hash=.*)+\n)", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """What one call of pip downloads: `requirements` are the lock's lines with their hashes, `size` is in bytes."""

    name: str
    requirements: str
    size: int


def sizes(requirements: Path, system: str) -> dict[str, dict[str, int]]:
    """Bytes to download, by lock and package. Raises InputError for a system that torch has no builds for."""
    known = json.loads((requirements / "lock" / "sizes.json").read_text())
    if system not in known["torch"]:
        raise InputError(f"There is no torch for {system}: use a computer with {', '.join(known['torch'])}.")
    return {lock: known[lock][system] for lock in LOCKS}


def parts(requirements: Path, lock: str, system: str) -> list[Part]:
    """A lock's packages for a system as they are downloaded: the large ones one by one, then all others at once."""
    packages = sizes(requirements, system)[lock]
    locked = _PINNED.findall((requirements / "lock" / f"{lock}.txt").read_text())
    large = [name for name in packages if packages[name] >= _LARGE]
    small = [name for name in packages if packages[name] < _LARGE]
    groups = [(name, [name]) for name in large] + ([(_together(small), small)] if small else [])
    return [
        Part(title, "".join(lines for lines, name in locked if name in names), sum(packages[name] for name in names))
        for title, names in groups
    ]


def _together(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} small packages"
