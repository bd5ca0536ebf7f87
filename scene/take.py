# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a take on a rig: keys, sound, frame range. All of it or, when something fails, nothing."""

from __future__ import annotations

from array import array
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from ..expclip_core.errors import InputError
from ..expclip_core.names import adjusted_weights
from . import actions, keys, sound
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
        written = _key(rig, take, undo)
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
        for key, values in keys.shape_values(face.mapping, take.channels).items():
            written.append(keys.write(channels.new_curve(key_path(key)), take.first_frame, values))
        for shape_keys in (each.shape_keys for each in (face, *others)):
            undo.callback(actions.restorer(shape_keys))
            channels.assign(shape_keys)
    return written


def _alike(faces: tuple[Face, ...]) -> list[list[Face]]:
    groups: dict[frozenset[str], list[Face]] = {}
    for face in faces:
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
    """Look at the frame with the most movement: does every shape have the value that was written?"""
    looked_at = range(0, take.frames, 1 + take.frames // 500)
    busiest = max(looked_at, key=lambda frame: sum(curve[frame] for curve in take.channels.values()))
    current, subframe = scene.frame_current, scene.frame_subframe
    scene.frame_set(take.first_frame + busiest)
    still = [sentence for face in rig.faces for sentence in _still_on(face, take, busiest)]
    scene.frame_set(current, subframe=subframe)
    return still


def _still_on(face: Face, take: Take, frame: int) -> list[str]:
    blocks = face.shape_keys.key_blocks
    wrong = []
    for key, values in keys.shape_values(face.mapping, take.channels).items():
        block = blocks[key]
        expected = min(max(values[frame], block.slider_min), block.slider_max)
        if abs(block.value - expected) > 0.01:
            wrong.append(key)
    if not wrong:
        return []
    which = "No shape" if len(wrong) == len(face.mapping.keys) else shortened(wrong)
    return [f"{face.meshes[0].name}: {which} moves as written: {_reason(face)}."]


def _reason(face: Face) -> str:
    """Why written keys may do nothing, as far as it can be seen."""
    animation = face.shape_keys.animation_data
    if animation.use_tweak_mode:
        return "leave the NLA's tweak mode"
    if any(track.is_solo for track in animation.nla_tracks):
        return "a solo track in the NLA hides the action"
    if animation.drivers:
        return "drivers move it instead"
    if not any(mesh.visible_get() for mesh in face.meshes):
        return "its mesh is hidden in this view layer"
    return "look for drivers, muted curves or NLA tracks on its shape keys"
