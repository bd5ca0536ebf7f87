# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender as a Python module with this checkout enabled as an extension, away from the user's own Blender."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULE = "bl_ext.user_default.expclip"


@contextmanager
def enabled_extension() -> Iterator[None]:
    """An empty scene with the add-on enabled and this Python as the worker's. bpy must not be imported before."""
    user = Path(tempfile.mkdtemp(prefix="expclip-blender-"))
    os.environ["BLENDER_USER_RESOURCES"] = str(user)
    os.environ.setdefault("EXPCLIP_PYTHON", sys.executable)
    extensions = user / "extensions" / "user_default"
    extensions.mkdir(parents=True)
    (extensions / "expclip").symlink_to(ROOT, target_is_directory=True)
    import bpy  # isort: skip  # first: it makes addon_utils known
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable(MODULE, default_set=True)
    try:
        yield
    finally:
        extension("session").stop()
        shutil.rmtree(user, ignore_errors=True)


def extension(name: str):
    """A module of the enabled extension."""
    return importlib.import_module(f"{MODULE}.{name}")
