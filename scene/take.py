# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a take on a rig: keys, sound, frame range. All of it or, when something fails, nothing."""

from __future__ import annotations

from array import array
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np

from ..expclip_core.errors import InputError
from ..expclip_core.names import adjusted_weights
from . import actions, keys, sound
from .checks import obstacles
from .drivers import control_values
from .rig import Face, Rig, key_path, shortened


@dataclass(frozen=True)
class Take:
    """One generated result. `channels`: ARKit name → one weight a frame, the first of them at `first_frame`."""

    clip: str
    prompt: str
    first_frame: int
    channels: dict[str, array]

    @property
    def frames(self) -> int:
        return len(next(iter(self.channels.values())))

    @property
    def last_frame(self) -> int:
        return self.first_frame + self.frames - 1


@dataclass(frozen=True)
class Placed:
    """What a take wrote. `warnings` are sentences for the animator."""

    curves: int
    keys: int
    meshes: int
    warnings: tuple[str, ...]


def place(scene: bpy.types.Scene, rig: Rig, take: Take, with_sound: bool, fit_range: bool) -> Placed:
    """Key the rig, set sound and range, and check that the shapes move."""
    if take.frames == 0:
        raise InputError("The clip is too short to animate: choose one of at least a frame.")
    take = replace(take, channels=adjusted_weights(take.channels, rig.adjustments))
    warnings: list[str] = []
    with ExitStack() as undo:
        written = [*_key(rig, take, undo), *_key_controls(rig, take, undo)]
        if with_sound:
            warnings += _replace_sound(scene, rig, take)
        undo.pop_all()
    if fit_range:
        _fit_range(scene, take)
    warnings += _still_shapes(scene, rig, take)
    return Placed(len(written), sum(written), len(rig.meshes), tuple(warnings))


def _key(rig: Rig, take: Take, undo: ExitStack) -> list[int]:
    """One action for the rig. Returns the number of keys on each F-curve.

    Meshes with the same shape keys share a slot. Others must not: Blender disables an F-curve when one of its users has
    no such key. Without slots each such group has an action of its own.
    """
    written: list[int] = []
    action = None
    for face, *others in _alike(rig.faces):
        if action is None or not actions.has_slots():
            action = actions.new_action(_action_name(rig, take))
            undo.callback(bpy.data.actions.remove, action)
        action["expclip_clip"], action["expclip_prompt"] = take.clip, take.prompt
        channels = actions.Channels(action, face.meshes[0].name)
        values = keys.shape_values(face.mapping, take.channels)
        for key in face.keyed:
            written.append(keys.write(channels.new_curve(key_path(key)), take.first_frame, values[key]))
        for shape_keys in (each.shape_keys for each in (face, *others)):
            undo.callback(actions.restorer(shape_keys))
            channels.assign(shape_keys)
    return written


def _key_controls(rig: Rig, take: Take, undo: ExitStack) -> list[int]:
    """Key what drives shape keys, beside what else moves it. Returns the number of keys on each F-curve."""
    written: list[int] = []
    values = {id(face): keys.shape_values(face.mapping, take.channels) for face in rig.faces}
    room: dict[bpy.types.ID, actions.Channels] = {}
    for control, followers in rig.controls.items():
        if control.owner not in room:
            room[control.owner] = actions.beside(control.owner, _action_name(rig, take))
            undo.callback(bpy.data.actions.remove, room[control.owner].action)
        wanted = [(face.driven[key], values[id(face)][key]) for face, key in followers]
        curve = room[control.owner].new_curve(control.path, max(control.index, 0))
        written.append(keys.write(curve, take.first_frame, array("f", control_values(wanted))))
    for owner, channels in room.items():
        undo.callback(actions.restorer(owner))
        channels.assign(owner)
    return written


def _alike(faces: tuple[Face, ...]) -> list[list[Face]]:
    groups: dict[frozenset[str], list[Face]] = {}
    for face in faces:
        if face.keyed:
            groups.setdefault(frozenset(face.paths), []).append(face)
    return list(groups.values())


def _action_name(rig: Rig, take: Take) -> str:
    return " ".join(filter(None, (rig.name, Path(take.clip).stem, take.prompt)))


def _replace_sound(scene: bpy.types.Scene, rig: Rig, take: Take) -> list[str]:
    replaced = sound.replaced_by(scene, take.clip, rig.name, take.first_frame)
    for strip in replaced:
        sound.remove(scene, strip)
    try:
        sound.place(scene, take.clip, rig.name, take.first_frame, take.frames)
    except RuntimeError as error:
        return [f"The sequencer has no sound: {error}."]
    scene.sync_mode = "AUDIO_SYNC"
    return []


def _fit_range(scene: bpy.types.Scene, take: Take) -> None:
    """Let the scene play the take, and the other lines that this add-on placed in it."""
    spans = [sound.span(strip) for strip in sound.our_strips(scene)]
    scene.frame_start = max(min([take.first_frame, *(start for start, _ in spans)]), 0)
    scene.frame_end = max([take.last_frame, *(end - 1 for _, end in spans)])


def _still_shapes(scene: bpy.types.Scene, rig: Rig, take: Take) -> list[str]:
    """Look at frames in which every shape should show: does each have the value that was written?"""
    written = {id(face): keys.shape_values(face.mapping, take.channels) for face in rig.faces}
    current, subframe = scene.frame_current, scene.frame_subframe
    still: dict[int, set[str]] = {number: set() for number in written}
    for frame in _telling_frames(take):
        scene.frame_set(take.first_frame + frame)
        for face in rig.faces:
            still[id(face)].update(_not_as_written(face, written[id(face)], frame))
    scene.frame_set(current, subframe=subframe)
    known = bool(obstacles(rig))
    return [_sentence(face, still[id(face)], known) for face in rig.faces if still[id(face)]]


def _telling_frames(take: Take, at_most: int = 3) -> list[int]:
    """Frames that show each channel that moves at half its height or more, as far as few frames can."""
    weights = np.array(list(take.channels.values()), dtype=np.float32)
    peaks = weights.max(axis=1)
    high = weights >= np.maximum(0.5 * peaks, 0.02)[:, None]
    frames: list[int] = []
    while len(frames) < at_most and high.any():
        frames.append(int(high.sum(axis=0).argmax()))
        high = high[~high[:, frames[-1]]]
    return frames or [0]


def _not_as_written(face: Face, written: dict[str, array], frame: int) -> set[str]:
    blocks = face.shape_keys.key_blocks
    return {
        key
        for key, values in written.items()
        if abs(blocks[key].value - min(max(values[frame], blocks[key].slider_min), blocks[key].slider_max)) > 0.01
    }


def _sentence(face: Face, still: set[str], known: bool) -> str:
    which = "no shape" if len(still) == len(face.mapping.keys) else shortened(sorted(still))
    does = "moves" if which == "no shape" else "does not move" if len(still) == 1 else "do not move"
    why = "the panel says why" if known else "look for another action, a handler or a script that sets its shape keys"
    return f"{face.meshes[0].name}: {which} {does} as written; {why}."
