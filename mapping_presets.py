# SPDX-License-Identifier: GPL-3.0-or-later
"""Mappings under a name, for all characters with the same shape keys; files of the extension's user folder."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import preferences
from .expclip_core.errors import InputError
from .expclip_core.names import Adjustments, read_preset, write_preset


def names() -> list[str]:
    return sorted((path.stem for path in _folder().glob("*.json")), key=str.casefold)


def load(name: str) -> Adjustments:
    """Raises InputError when there is none of that name."""
    if name not in names():
        raise InputError(f"There is no mapping preset {name}: pick one from the menu.")
    return read_preset(_file(name))


def save(name: str, adjustments: Adjustments) -> str:
    """Keep a mapping, in place of one of that name. Returns the name as a file can have it. Raises InputError."""
    path = _file(name)
    try:
        write_preset(path, adjustments)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}; choose another name.") from error
    return path.stem


def delete(name: str) -> None:
    _file(name).unlink(missing_ok=True)


def _file(name: str) -> Path:
    return _folder() / f"{bpy.path.clean_name(name.strip())}.json"


def _folder() -> Path:
    return preferences.user_folder("mappings")
