# SPDX-License-Identifier: GPL-3.0-or-later
"""A strip as it is heard, in a file of its own: for what Blender plays but does not tell."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import bpy

from ..expclip_core.errors import InputError
from ..preferences import user_folder
from . import sound

# Seconds between two looks at a file that is being written, in which it may not have begun, in which it grows no more.
_PAUSE, _PATIENCE, _STILL = 0.1, 3.0, 0.5


def mixed_down(scene: bpy.types.Scene, strip, original: Path) -> Path:
    """The file with what a sound strip plays from its first frame to its last, alone and at full volume, in the add-on's folder.

    What is heard alike has the same file. A transcript beside the original goes with it. The scene stays as it is.
    Raises InputError when Blender cannot mix it down.
    """
    if sound.span(strip)[0] < 0:  # no scene begins before frame 0
        raise InputError(
            f"The strip {strip.name} changes its speed on the way and starts before frame 0: move it to the right."
        )
    draft = user_folder("mixed") / "draft.flac"
    draft.unlink(missing_ok=True)
    with _alone(scene, strip), bpy.context.temp_override(scene=scene), suppress(RuntimeError):
        bpy.ops.sound.mixdown(filepath=str(draft), check_existing=False, container="FLAC", codec="FLAC", format="S16")
        if not draft.is_file():
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
    while time.monotonic() - since < (_STILL if size else _PATIENCE):
        time.sleep(_PAUSE)
        now = file.stat().st_size if file.is_file() else 0
        if now != size:
            size, since = now, time.monotonic()


@contextmanager
def _alone(scene: bpy.types.Scene, strip) -> Iterator[None]:
    """The scene's range is the strip's, and nothing else sounds."""
    first, end = sound.span(strip)
    with ExitStack() as stack:
        for other in sound.all_strips(scene):
            if other.type in {"SOUND", "SCENE"}:
                stack.enter_context(_set(other, mute=other != strip))
        for channel in scene.sequence_editor.channels:
            stack.enter_context(_set(channel, mute=False))
        stack.enter_context(_set(strip, volume=1.0))
        stack.enter_context(
            _set(scene, frame_end=max(end - 1, scene.frame_end))
        )  # Blender keeps the start before the end
        stack.enter_context(_set(scene, frame_start=first, frame_end=end - 1, audio_volume=1.0, use_audio=True))
        yield


@contextmanager
def _set(owner: bpy.types.bpy_struct, **values: object) -> Iterator[None]:
    """Properties have other values for a while."""
    kept = {name: getattr(owner, name) for name in values}
    try:
        for name, value in values.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in kept.items():
            setattr(owner, name, value)
