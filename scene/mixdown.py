# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip as it is heard, in a file of its own: for what Blender plays but does not tell."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import bpy

from ..expclip_core.errors import InputError
from ..preferences import user_folder
from . import sound

_PAUSE, _PATIENCE = 0.1, 3.0  # seconds in which a file that is being written grows; for its growth one waits so long


def mixed_down(scene: bpy.types.Scene, strip, original: Path) -> Path:
    """The file with what a sound strip plays from its first frame to its last, alone, in the add-on's folder.

    What is heard alike has the same file. A transcript beside the original goes with it. The scene stays as it is.
    Raises InputError when Blender cannot mix sound down.
    """
    draft = user_folder("mixed") / "draft.flac"
    draft.unlink(missing_ok=True)
    with _alone(scene, strip), bpy.context.temp_override(scene=scene), suppress(RuntimeError):
        bpy.ops.sound.mixdown(filepath=str(draft), check_existing=False, container="FLAC", codec="FLAC", format="S16")
        _wait_for(draft)
    if not draft.is_file():
        raise InputError(
            f"The strip {strip.name} changes its speed on the way, and Blender cannot mix it down: reset its retiming."
        )
    path = draft.with_stem(hashlib.sha256(draft.read_bytes()).hexdigest()[:16])
    draft.replace(path)
    if (words := original.with_suffix(".txt")).is_file():
        shutil.copyfile(words, path.with_suffix(".txt"))
    return path


def _wait_for(file: Path) -> None:
    """Until a file is written: Blender 5.2 goes on mixing in a job of its own after it has said that it is finished."""
    size, since = 0, time.monotonic()
    while time.monotonic() - since < _PATIENCE:
        now = file.stat().st_size if file.is_file() else 0
        if now and now == size:
            return
        if now > size:
            size, since = now, time.monotonic()
        time.sleep(_PAUSE)


@contextmanager
def _alone(scene: bpy.types.Scene, strip) -> Iterator[None]:
    """The scene's range is the strip's, and no other sound plays."""
    others = [other for other in sound.all_strips(scene) if other.type in {"SOUND", "SCENE"} and not other.mute]
    kept = scene.frame_start, scene.frame_end, strip.mute
    first, end = sound.span(strip)
    try:
        for other in others:
            other.mute = True
        strip.mute = False
        scene.frame_start, scene.frame_end = first, end - 1
        yield
    finally:
        for other in others:
            other.mute = False
        scene.frame_start, scene.frame_end, strip.mute = kept
