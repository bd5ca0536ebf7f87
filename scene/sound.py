# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip in the sequencer. Blender 4.4 renamed sequences to strips, 5.1 renamed their timing."""

from __future__ import annotations

from pathlib import Path

import bpy

MARK = "expclip_face"  # custom property of the strips this add-on placed: the face that speaks


def strips_of(scene: bpy.types.Scene):
    """The scene's top-level strips; makes the sequence editor when there is none."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def our_strips(scene: bpy.types.Scene) -> list:
    if not scene.sequence_editor:
        return []
    return [strip for strip in strips_of(scene) if MARK in strip]


def span(strip) -> tuple[int, int]:
    """The first frame that plays and the first that does not any more."""
    if hasattr(strip, "left_handle"):
        return int(strip.left_handle), int(strip.right_handle)
    return int(strip.frame_final_start), int(strip.frame_final_end)


def place(scene: bpy.types.Scene, clip: str, face: str, first_frame: int, frames: int):
    """Put a clip into the lowest free channel. Raises RuntimeError when Blender cannot read it."""
    if not bpy.app.build_options.audaspace:
        raise RuntimeError("this Blender was built without sound")
    strips = strips_of(scene)
    channel = _free_channel(strips, first_frame, first_frame + frames)
    strip = strips.new_sound(Path(clip).stem, clip, channel, first_frame)
    start, end = span(strip)
    if end - start <= 1 < frames:  # Blender places a strip of one frame for what it cannot decode
        remove(scene, strip)
        raise RuntimeError(f"Blender cannot decode {Path(clip).name}")
    strip[MARK] = face
    return strip


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
