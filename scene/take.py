# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a take on a rig: keys, sound, frame range. All of it or, when something fails, nothing."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..expclip_core.channels import NAMES
from ..expclip_core.errors import InputError
from ..expclip_core.formats import HEAD_AND_EYES
from . import actions, keys, memory, sound
from .checks import obstacles
from .drivers import control_values
from .keys import Fresh, Part, Written
from .memory import Take
from .rig import Face, Rig, key_path, shortened


@dataclass(frozen=True)
class Placed:
    """What a take wrote. `warnings` are sentences for the animator."""

    written: Written
    meshes: int
    warnings: tuple[str, ...]


def place(scene: bpy.types.Scene, rig: Rig, take: Take, with_sound: bool, fit_range: bool) -> Placed:
    """Key the rig, set sound and range, and check that the shapes move."""
    if take.frames == 0:
        raise InputError("The clip is too short to animate: choose one of at least a frame.")
    channels = take.channels(rig)
    warnings: list[str] = []
    with ExitStack() as undo:
        written = _key(rig, take, parts_of(rig, channels, take.motion), undo)
        if with_sound:
            warnings += _replace_sound(scene, rig, take)
        undo.pop_all()
    if fit_range:
        _fit_range(scene, take)
    warnings += _still_shapes(scene, rig, take, channels)
    return Placed(written, len(rig.meshes), tuple(warnings))


def parts_of(rig: Rig, channels: dict[str, array], motion: np.ndarray) -> list[Part]:
    """What channels, and the motion of head and eyes (frames, 9), mean for a rig.

    Meshes with the same shape keys are one part. Others must not: Blender disables an F-curve when one of its users has
    no such key.
    """
    values = {id(face): keys.shape_values(face.mapping, channels) for face in rig.faces}
    shares = {id(face): keys.shares_of(face.mapping) for face in rig.faces}
    parts = []
    for face, *others in _alike(rig.faces):
        paths = {(key_path(key), 0): key for key in face.keyed}
        curves = {place: values[id(face)][key] for place, key in paths.items()}
        made_of = {place: shares[id(face)][key] for place, key in paths.items()}
        parts.append(Part(face.meshes[0].name, tuple(each.shape_keys for each in (face, *others)), curves, made_of))
    controls: dict[bpy.types.ID, Part] = {}
    for control, followers in rig.controls.items():
        part = controls.setdefault(control.owner, Part(control.owner.name, (control.owner,), {}, {}, control=True))
        place = (control.path, max(control.index, 0))
        part.curves[place] = control_values([(face.driven[key], values[id(face)][key]) for face, key in followers])
        face, key = max(followers, key=lambda follower: abs(follower[0].driven[follower[1]].slope))
        part.shares[place], part.units[place] = shares[id(face)][key], 1 / face.driven[key].slope
    for aim in rig.aims:
        part = controls.setdefault(aim.owner, Part(aim.owner.name, (aim.owner,), {}, {}, control=True))
        turns = aim.curves(motion)
        part.curves.update(turns)
        part.shares.update({place: {} for place in turns})
    return [*parts, *controls.values()]


def empty_parts(rig: Rig) -> list[Part]:
    """The rig's owners and what moves them."""
    return parts_of(rig, {name: array("f", [0.0]) for name in NAMES}, np.zeros((1, len(HEAD_AND_EYES))))


def _key(rig: Rig, take: Take, parts: Sequence[Part], undo: ExitStack) -> Written:
    """New actions for the rig, with a slot a part where there are slots."""
    name = _action_name(rig, take)
    main = None
    written = Written()
    for part in parts:
        if part.control:
            channels = actions.beside(part.owners[0], name)
        elif main is not None and actions.has_slots():
            channels = actions.Channels(main, part.name)
        else:
            channels = actions.Channels(actions.new_action(name), part.name)
        if channels.action != main:
            undo.callback(bpy.data.actions.remove, channels.action)
        main = main or channels.action
        written += _write(part, channels, take, main, undo)
    if main is not None:
        memory.remember(main, take, memory.identity(rig.meshes[0]), rig.adjustments)
        keys.remember_count(main, written)
    return written


def key_controls(rig: Rig, main: bpy.types.Action) -> None:
    """Key what a take does not move yet: controls, or bones of head and eyes, that came to the rig since."""
    take, family = memory.recall(main), memory.actions_of(main)
    with ExitStack() as undo:
        for part in parts_of(rig, take.channels(rig), take.motion):
            if part.control and not any(action in family for action, _ in actions.playing(part.owners[0])):
                channels = actions.beside(part.owners[0], main.name)
                undo.callback(bpy.data.actions.remove, channels.action)
                _write(part, channels, take, main, undo)
        undo.pop_all()


def _write(part: Part, channels: actions.Channels, take: Take, main: bpy.types.Action, undo: ExitStack) -> Written:
    """Fill a part's F-curves and let them move its owners."""
    fresh = Fresh(part, take)
    written = {place: keys.write_new(channels.new_curve(*place), made) for place, made in fresh.all.items()}
    memory.remember_written(channels, written)
    if channels.action != main:
        channels.action.expclip.main = main
    for owner in part.owners:
        undo.callback(actions.restorer(owner))
        channels.assign(owner)
    return fresh.written


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
    try:
        strip = sound.place(scene, take.clip, rig.name, take.first_frame, take.frames, take.excerpt)
    except RuntimeError as error:
        return [f"The sequencer has no sound: {error}."]
    channels = [each.channel for each in replaced]
    for each in replaced:
        sound.remove(scene, each)
    if channels:
        strip.channel = min(channels)  # Blender looks for the next free one
    scene.sync_mode = "AUDIO_SYNC"
    return []


def _fit_range(scene: bpy.types.Scene, take: Take) -> None:
    """Let the scene play the take, and the other lines that this add-on placed in it."""
    spans = [sound.span(strip) for strip in sound.our_strips(scene)]
    scene.frame_start = max(min([take.first_frame, *(start for start, _ in spans)]), 0)
    scene.frame_end = max([take.last_frame, *(end - 1 for _, end in spans)])


def _still_shapes(scene: bpy.types.Scene, rig: Rig, take: Take, channels: dict[str, array]) -> list[str]:
    """Look at frames in which every shape should show: does each have the value that was written?"""
    written = {id(face): keys.shape_values(face.mapping, channels) for face in rig.faces}
    current, subframe = scene.frame_current, scene.frame_subframe
    still: dict[int, set[str]] = {number: set() for number in written}
    for frame in _telling_frames(channels):
        scene.frame_set(take.first_frame + frame)
        for face in rig.faces:
            still[id(face)].update(_not_as_written(face, written[id(face)], frame, 0.01 + take.tolerance))
    scene.frame_set(current, subframe=subframe)
    known = bool(obstacles(rig))
    return [_sentence(face, still[id(face)], known) for face in rig.faces if still[id(face)]]


def _telling_frames(channels: dict[str, array], at_most: int = 3) -> list[int]:
    """Frames that show each channel that moves at half its height or more, as far as few frames can."""
    weights = np.array(list(channels.values()), dtype=np.float32)
    peaks = weights.max(axis=1)
    high = weights >= np.maximum(0.5 * peaks, 0.02)[:, None]
    frames: list[int] = []
    while len(frames) < at_most and high.any():
        frames.append(int(high.sum(axis=0).argmax()))
        high = high[~high[:, frames[-1]]]
    return frames or [0]


def _not_as_written(face: Face, written: dict[str, array], frame: int, tolerance: float) -> set[str]:
    blocks = face.shape_keys.key_blocks
    return {
        key
        for key, values in written.items()
        if abs(blocks[key].value - min(max(values[frame], blocks[key].slider_min), blocks[key].slider_max)) > tolerance
    }


def _sentence(face: Face, still: set[str], known: bool) -> str:
    which = "no shape" if len(still) == len(face.mapping.keys) else shortened(sorted(still))
    does = "moves" if which == "no shape" else "does not move" if len(still) == 1 else "do not move"
    why = "the panel says why" if known else "look for another action, a handler or a script that sets its shape keys"
    return f"{face.meshes[0].name}: {which} {does} as written; {why}."
