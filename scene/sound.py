# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip in the sequencer. Blender 4.4 renamed sequences to strips, 5.1 renamed their timing."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..expclip_core.excerpt import WHOLE, Excerpt

MARK = "expclip_face"  # custom property of the strips this add-on placed: the face that speaks


def strips_of(scene: bpy.types.Scene):
    """The scene's top-level strips; makes the sequence editor when there is none."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def all_strips(scene: bpy.types.Scene):
    """The scene's strips, those in meta strips too."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def our_strips(scene: bpy.types.Scene) -> list:
    if not scene.sequence_editor:
        return []
    return [strip for strip in strips_of(scene) if MARK in strip]


def span(strip) -> tuple[int, int]:
    """The first frame that plays and the first that does not any more."""
    if hasattr(strip, "left_handle"):
        return int(strip.left_handle), int(strip.right_handle)
    return int(strip.frame_final_start), int(strip.frame_final_end)


def content_start(strip) -> float:
    """The frame at which the sound itself would begin, were it not trimmed."""
    return float(strip.content_start if hasattr(strip, "content_start") else strip.frame_start)


def content_duration(strip) -> int:
    """Frames of a strip's whole content, trimmed or not. Blender 5.1 renamed them."""
    return strip.content_duration if hasattr(strip, "content_duration") else strip.frame_duration


def trimmed(strip) -> tuple[int, int]:
    """Frames taken off the sound's own start and end, which no handle brings back."""
    if hasattr(strip, "content_trim_start"):
        return strip.content_trim_start, strip.content_trim_end
    return strip.animation_offset_start, strip.animation_offset_end


def frames_of(scene: bpy.types.Scene, path: Path) -> int:
    """How many frames of the scene a sound file lasts; 1 when Blender cannot read it."""
    strip = strips_of(scene).new_sound(path.stem, str(path), 1, scene.frame_end + 1)
    frames = strip.frame_duration
    remove(scene, strip)
    return frames


def place(scene: bpy.types.Scene, clip: str, face: str, first_frame: int, frames: int, excerpt: Excerpt = WHOLE):
    """Put a clip into the lowest free channel. Raises RuntimeError when Blender cannot read it or play it so."""
    if not bpy.app.build_options.audaspace:
        raise RuntimeError("this Blender was built without sound")
    if excerpt.speed != 1.0:
        raise RuntimeError("its speed can only be set by hand, with Strip, Retiming")
    strips = strips_of(scene)
    channel = _free_channel(strips, first_frame, first_frame + frames)
    strip = strips.new_sound(Path(clip).stem, clip, channel, first_frame)
    start, end = span(strip)
    if end - start <= 1 < frames:  # Blender places a strip of one frame for what it cannot decode
        remove(scene, strip)
        raise RuntimeError(f"Blender cannot decode {Path(clip).name}")
    if excerpt != WHOLE:
        _cut(scene, strip, excerpt, first_frame)
    strip[MARK] = face
    return strip


def _cut(scene: bpy.types.Scene, strip, excerpt: Excerpt, first_frame: int) -> None:
    """Let a strip that plays all of its sound play an excerpt of it from a frame on."""
    fps = scene.render.fps / scene.render.fps_base
    new = hasattr(strip, "left_handle")
    end = content_start(strip) + strip.frame_duration if excerpt.end is None else first_frame + excerpt.end * fps
    setattr(strip, "content_start" if new else "frame_start", first_frame - excerpt.start * fps)
    setattr(strip, "left_handle" if new else "frame_final_start", first_frame)
    setattr(strip, "right_handle" if new else "frame_final_end", round(end - excerpt.start * fps))


def replaced_by(scene: bpy.types.Scene, clip: str, face: str, first_frame: int) -> list:
    """Our strips that a clip for a face takes the place of: the face's own and the same clip at the same frame."""
    path = bpy.path.abspath(clip)
    return [
        strip
        for strip in our_strips(scene)
        if strip[MARK] == face or (span(strip)[0] == first_frame and bpy.path.abspath(strip.sound.filepath) == path)
    ]


def remove(scene: bpy.types.Scene, strip) -> None:
    """Take a strip out, and its sound too when nothing else plays it."""
    sound = strip.sound
    strips_of(scene).remove(strip)
    if sound and sound.users == 0:
        bpy.data.sounds.remove(sound)


def _free_channel(strips, start: int, end: int) -> int:
    taken = {strip.channel for strip in strips if span(strip)[0] < end and span(strip)[1] > start}
    return next(channel for channel in range(1, 129) if channel not in taken)
