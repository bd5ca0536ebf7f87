# SPDX-License-Identifier: GPL-3.0-or-later
"""Several lines on one face: each take a strip in the NLA, each clip a strip in the sequencer, found again by the line."""

from __future__ import annotations

from collections.abc import Collection

import bpy

from . import memory, sound
from .actions import LINE, LINE_START, lay, strips_of
from .hand import Hand, hand_in
from .rig import Rig
from .source import Source

TRACK = "ExpCLIP Lines"


def is_laid_down(rig: Rig, line: str) -> bool:
    """Does the rig still play the line's take?"""
    return bool(_laid_down(rig, line))


def hand_of_line(rig: Rig, line: str) -> Hand | None:
    """What the animator did to the take that the rig plays for a line, when there is one."""
    mains = (memory.main_of(strip.action) for _, strip in _laid_down(rig, line))
    main = next((main for main in mains if memory.remembers(main)), None)
    return hand_in(rig, main, main.get(LINE_START, main.expclip.first_frame)) if main else None


def lay_down(rig: Rig, line: str, start: int, first_frame: int, last_frame: int) -> None:
    """Turn the take that was just placed into strips of the NLA, in place of the line's last one.

    That one stays in the file. Between its lines a face holds how the last one ended. start: the line's own frame.
    """
    _take_up(rig, line)
    for owner in _owners(rig):
        animation = owner.animation_data
        action, slot = animation.action, getattr(animation, "action_slot", None)
        action[LINE], action[LINE_START] = line, start
        track = _free_track(animation, first_frame, last_frame)
        strip = lay(track, action, slot, first_frame, last_frame)
        # Without a hold a shape keeps whatever it had. A track above must not hide the one below that holds.
        strip.extrapolation = "HOLD" if track.name == TRACK else "NOTHING"
        animation.action = None


def _take_up(rig: Rig, line: str) -> None:
    """Remove the line's strips; their actions stay, and are the line's no more."""
    old = _laid_down(rig, line)
    for action in {strip.action for _, strip in old}:
        action.use_fake_user = True
        del action[LINE]
    for track, strip in old:
        track.strips.remove(strip)


def _laid_down(rig: Rig, line: str) -> list[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]]:
    """The strips that play a line on a rig, with their tracks."""
    strips = [each for owner in _owners(rig) for each in strips_of(owner)]
    return [(track, strip) for track, strip in strips if strip.action and strip.action.get(LINE) == line]


def fit_range(scene: bpy.types.Scene, lines: Collection[str]) -> None:
    """Let the scene play all of its lines that were laid down."""
    spans = [action.frame_range for action in bpy.data.actions if action.get(LINE) in lines]
    if spans:
        scene.frame_start = max(int(min(start for start, _ in spans)), 0)
        scene.frame_end = int(max(end for _, end in spans))


def lay_sound(scene: bpy.types.Scene, line: str, face: str, source: Source, frames: int) -> str:
    """Put the line's clip into the sequencer, in place of its last one. Returns a sentence when that fails."""
    for strip in sound.our_strips(scene):
        if strip.get(LINE) == line:
            sound.remove(scene, strip)
    scene.sync_mode = "AUDIO_SYNC"
    if source.in_sequencer:
        return ""
    try:
        strip = sound.place(scene, source.clip, face, source.first_frame, frames, source.excerpt)
    except RuntimeError as error:
        return f"The sequencer has no sound: {error}."
    strip[LINE] = line
    return ""


def _owners(rig: Rig) -> list[bpy.types.ID]:
    """The shape keys that takes of the rig move."""
    return [face.shape_keys for face in rig.faces if face.keyed]


def _free_track(animation: bpy.types.AnimData, first_frame: int, last_frame: int) -> bpy.types.NlaTrack:
    """One of our tracks with room for these frames, else a new one above."""
    ours = [track for track in animation.nla_tracks if track.name.startswith(TRACK)]
    for track in ours:
        if all(strip.frame_end < first_frame or strip.frame_start > last_frame for strip in track.strips):
            return track
    track = animation.nla_tracks.new()
    track.name = f"{TRACK} {len(ours) + 1}" if ours else TRACK
    return track
