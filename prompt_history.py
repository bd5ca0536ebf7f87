# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompts that were used last and those an animator marked, in a file of the extension's user folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from . import preferences

_REMEMBERED = 20


@dataclass(frozen=True)
class History:
    """Prompts, each once: recent ones, the last used first, and favourites in the order in which they were marked."""

    recent: tuple[str, ...] = ()
    favourites: tuple[str, ...] = ()

    def used(self, prompt: str) -> History:
        others = (each for each in self.recent if each != prompt)
        return replace(self, recent=(prompt, *others)[:_REMEMBERED]) if prompt else self

    def toggled(self, prompt: str) -> History:
        """With the prompt among the favourites, or without it when it was one."""
        if prompt in self.favourites:
            return replace(self, favourites=tuple(each for each in self.favourites if each != prompt))
        return replace(self, favourites=(*self.favourites, prompt))


def read() -> History:
    """What is remembered; nothing where the file is missing or spoilt."""
    try:
        found = json.loads(_file().read_text("utf-8"))
        return History(*(tuple(map(str, found[name])) for name in ("recent", "favourites")))
    except (OSError, ValueError, KeyError, TypeError):
        return History()


def write(history: History) -> None:
    """Remember. A folder that cannot be written to keeps nobody from working."""
    partial = _file().with_suffix(f".{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps(asdict(history), ensure_ascii=False, indent=1), "utf-8")
        partial.replace(_file())
    except OSError:
        partial.unlink(missing_ok=True)


def _file() -> Path:
    return preferences.user_folder() / "prompts.json"
