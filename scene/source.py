# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a clip comes from: a file, or a sound strip of the sequencer with its trim, offset and speed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

import bpy

from ..expclip_core.errors import InputError
from ..expclip_core.excerpt import WHOLE, Excerpt
from ..preferences import user_folder
from . import sound
from .mixdown import mixed_down

_SAME = 1e-3  # seconds by which two excerpts may differ and be called the same


@dataclass(frozen=True)
class Source:
    """A clip to animate. clip: its file as an animator names it; path: as the system does. first_frame: of the scene.

    in_sequencer: an animator's strip plays it already.
    """

    clip: str
    path: Path
    first_frame: int
    excerpt: Excerpt = WHOLE
    in_sequencer: bool = False


def file_source(clip: str, first_frame: int, excerpt: Excerpt = WHOLE) -> Source:
    """A sound file, or one that is packed. Raises InputError when there is none."""
    path = Path(bpy.path.abspath(clip))
    if not path.is_file() and (sound := _packed(clip)):
        path = file_of(sound)
    if not path.is_file():
        raise InputError(f"There is no file {path.name} in {path.parent}: pick the clip again.")
    return Source(clip, path, first_frame, excerpt)


def is_missing(clip: str) -> bool:
    """Is a clip's file neither where it was nor packed?"""
    return not Path(bpy.path.abspath(clip)).is_file() and _packed(clip) is None


def _packed(clip: str) -> bpy.types.Sound | None:
    return next((sound for sound in bpy.data.sounds if sound.packed_file and sound.filepath == clip), None)


def strip_source(scene: bpy.types.Scene, name: str) -> Source:
    """What a sound strip plays, and where. Raises InputError when that cannot be said."""
    strip = next((each for each in sound_strips(scene) if each.name == name), None)
    if strip is None:
        raise InputError(f"There is no sound strip {name} in the sequencer: pick the strip again.")
    path = file_of(strip.sound)
    if _speed_changes(strip):
        mixed = mixed_down(scene, strip, path)
        return Source(str(mixed), mixed, sound.span(strip)[0], in_sequencer=True)
    fps = scene.render.fps / scene.render.fps_base
    first, end = sound.span(strip)
    trimmed = sound.trimmed(strip)
    speed = _speed(scene, strip, path, trimmed)
    start = ((first - sound.content_start(strip)) * speed + trimmed[0]) / fps - getattr(strip, "sound_offset", 0.0)
    silent = max(math.ceil(-start * fps / speed - 1e-6), 0)  # frames before the sound begins
    start = max(start + silent * speed / fps, 0.0)
    if first + silent >= end:
        raise InputError(f"The strip {name} plays no sound: move its handles or pick another.")
    ends_early = sound.content_start(strip) + sound.content_duration(strip) > end or trimmed[1]
    excerpt = Excerpt(start, start + (end - first - silent) * speed / fps if ends_early else None, speed)
    return Source(strip.sound.filepath, path, first + silent, excerpt, in_sequencer=True)


def strip_playing(scene: bpy.types.Scene, clip: str, excerpt: Excerpt, first_frame: int) -> str:
    """The name of the sound strip that plays a part of a file from a frame on; empty when none does."""
    for strip in sound_strips(scene):
        if strip.sound.filepath != clip or _speed_changes(strip):
            continue
        with suppress(InputError):
            found = strip_source(scene, strip.name)
            if found.first_frame == first_frame and _alike(found.excerpt, excerpt):
                return strip.name
    return ""


def _alike(one: Excerpt, other: Excerpt) -> bool:
    """The same but for the rounding to Blender's float32."""
    return all(
        math.isclose(a or 0.0, b or 0.0, abs_tol=_SAME) for a, b in zip(astuple(one), astuple(other), strict=True)
    )


def sound_strips(scene: bpy.types.Scene) -> list:
    """The scene's sound strips, those in meta strips too, in the order in which they play."""
    strips = (strip for strip in sound.all_strips(scene) if strip.type == "SOUND" and strip.sound)
    return sorted(strips, key=lambda strip: sound.span(strip)[0])


def strip_names(owner: bpy.types.PropertyGroup, context: bpy.types.Context, text: str) -> list[str]:
    """For a field that names a strip."""
    return [strip.name for strip in sound_strips(strips_scene(owner.id_data, context.workspace))]


def strips_scene(scene: bpy.types.Scene, workspace: bpy.types.WorkSpace | None) -> bpy.types.Scene:
    """The scene whose strips the sequencer shows: since Blender 5.0 a workspace may show another one's."""
    shown = getattr(workspace, "sequencer_scene", None)
    return shown if shown and not sound.all_strips(scene) else scene


def selected_strips(scene: bpy.types.Scene) -> list:
    return [strip for strip in sound_strips(scene) if strip.select]


def file_of(kept: bpy.types.Sound) -> Path:
    """The file of a sound; a packed one is written to the add-on's folder. Raises InputError when there is none."""
    path = Path(bpy.path.abspath(kept.filepath, library=kept.library))
    if kept.packed_file:
        data = kept.packed_file.data
        path = user_folder("packed") / f"{hashlib.sha256(data).hexdigest()[:16]}{path.suffix}"
        if not path.is_file():
            path.write_bytes(data)
    if not path.is_file():
        raise InputError(f"There is no file {path.name} in {path.parent}: find or replace the strip's sound.")
    return path


def _speed_changes(strip) -> bool:
    """Does a strip play faster here and slower there? Blender before 4.4 does not tell."""
    return len(getattr(strip, "retiming_keys", ())) > 2


def _speed(scene: bpy.types.Scene, strip, path: Path, trimmed: Sequence[int]) -> float:
    """How fast a strip plays its sound. Blender says where its retiming keys stand, not how fast it is between them."""
    keys = getattr(strip, "retiming_keys", None)
    if keys is not None and len(keys) == 0:
        return 1.0
    frames = sound.frames_of(scene, path) - sum(trimmed)
    if abs(frames - sound.content_duration(strip)) <= 1 or frames <= 1:
        return 1.0
    if not keys:  # Blender before 4.4 shows none, but counts the frame of the last one
        return frames / (sound.content_duration(strip) - 1)
    # Before 5.0 the last key stands on the last frame, since then behind it.
    inside = round(sound.content_start(strip)) + sound.content_duration(strip) - keys[1].timeline_frame
    return (frames - inside) / (sound.content_duration(strip) - inside)
