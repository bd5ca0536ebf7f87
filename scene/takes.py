# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes of a character: which there are, which one plays, and what can be done with them."""

from __future__ import annotations

import math

import bpy

from ..expclip_core.errors import InputError
from . import actions, memory
from .keys import Part
from .rig import Rig, character_of, rig_of
from .take import empty_parts

_before: dict[str, int] = {}  # character → number of the take that played before this one


def takes_of(target: bpy.types.Object) -> list[bpy.types.Action]:
    """The main actions of a character's takes, the newest first."""
    mine = character_of(target).expclip.identity
    playing = current(target)
    found = [
        action
        for action in bpy.data.actions
        if memory.remembers(action) and (action == playing or (mine and action.expclip.character == mine))
    ]
    return sorted(found, key=lambda action: action.expclip.date, reverse=True)


def current(target: bpy.types.Object) -> bpy.types.Action | None:
    """The main action of the take that plays on a character: the active one, else that of the NLA strip nearest to the
    playhead, of several the topmost.
    """
    frame = bpy.context.scene.frame_current
    for owner in _shape_keys_of(target):
        animation = owner.animation_data
        if animation and animation.action and memory.remembers(memory.main_of(animation.action)):
            return memory.main_of(animation.action)
        strips = [strip for track, strip in reversed(actions.strips_of(owner)) if strip.action and not track.mute]
        ours = [strip for strip in strips if memory.remembers(memory.main_of(strip.action))]
        nearest = min(ours, key=lambda strip: max(strip.frame_start - frame, frame - strip.frame_end, 0), default=None)
        if nearest is not None:
            return memory.main_of(nearest.action)
    return None


def _shape_keys_of(target: bpy.types.Object) -> list[bpy.types.Key]:
    meshes = (each for each in (target, *character_of(target).children_recursive) if each.type == "MESH")
    return [mesh.data.shape_keys for mesh in meshes if mesh.data.shape_keys]


def switch(target: bpy.types.Object, main: bpy.types.Action) -> None:
    """Let a take play. What played before is kept; in the NLA its strip takes the other take of the same line, and of a
    take that is there the playhead goes to its start. Raises InputError.
    """
    rig, before = rig_of(target), current(target)
    if before is not None and before != main:
        _before[character_of(target).name] = before.session_uid
    active = [owner.animation_data.action for owner in _shape_keys_of(target) if owner.animation_data]
    laid = _strips_playing(target, main)
    if laid and not any(active):
        bpy.context.scene.frame_set(math.ceil(min(strip.frame_start for _, strip in laid)))
        return
    same_line = before is not None and _line_of(before) == _line_of(main)
    for part in empty_parts(rig):
        if channels := _best_for(part, main):
            for owner in part.owners:
                strips = (
                    [strip for each, strip in _strips_playing(target, before) if each == owner] if same_line else []
                )
                if strips and not any(active):
                    channels.take_over(strips)
                else:
                    channels.assign(owner)


def _line_of(main: bpy.types.Action) -> tuple:
    """Takes of the same line are of the same part of the same clip, at the same place."""
    kept = main.expclip
    return kept.clip, kept.first_frame, kept.clip_start, kept.clip_end, kept.clip_speed


def _strips_playing(target: bpy.types.Object, main: bpy.types.Action) -> list[tuple[bpy.types.ID, bpy.types.NlaStrip]]:
    """The strips that play a take on a character, with what they move."""
    family = memory.actions_of(main)
    owners = {owner: None for part in empty_parts(rig_of(target)) for owner in part.owners}
    return [(owner, strip) for owner in owners for _, strip in actions.strips_of(owner) if strip.action in family]


def other_take(target: bpy.types.Object) -> bpy.types.Action | None:
    """The take to compare with: the one that played before, else the newest other one."""
    playing = current(target)
    others = [take for take in takes_of(target) if take != playing]
    before = _before.get(character_of(target).name)
    return next((take for take in others if take.session_uid == before), others[0] if others else None)


def duplicate(target: bpy.types.Object, main: bpy.types.Action) -> bpy.types.Action:
    """A copy of a take, which plays from now on, in the NLA in the place of the take. Raises InputError."""
    copies = [action.copy() for action in memory.actions_of(main)]
    for copy in copies[1:]:
        copy.expclip.main = copies[0]
    switch(target, copies[0])
    return copies[0]


def delete(target: bpy.types.Object, main: bpy.types.Action) -> None:
    """Remove a take; the one to compare with plays in its place. A control rig's other movement stays. Raises InputError."""
    laid = _strips_playing(target, main)
    if main == current(target):
        other = other_take(target)
        if other and not laid:
            switch(target, other)
        else:
            _leave_controls(rig_of(target), main)
    for owner, gone in laid:
        for track in owner.animation_data.nla_tracks:
            if gone in track.strips.values():
                track.strips.remove(gone)
    for action in reversed(memory.actions_of(main)):
        bpy.data.actions.remove(action)


def push_down(target: bpy.types.Object, main: bpy.types.Action) -> list[bpy.types.NlaTrack]:
    """Lay the take into the NLA, one strip an owner, on top of what is there. Raises InputError."""
    if _strips_playing(target, main):
        raise InputError(f"{main.name} is on the NLA already: move its strip there.")
    tracks = []
    for part in empty_parts(rig_of(target)):
        for owner in part.owners:
            animation = owner.animation_data
            if animation and animation.action in memory.actions_of(main):
                tracks.append(actions.push_down(owner, main.name))
    return tracks


def _leave_controls(rig: Rig, main: bpy.types.Action) -> None:
    """Take our curves out of a control rig's action, which is a copy of the artist's own, and let it be theirs."""
    for part in empty_parts(rig):
        for owner in part.owners if part.control else ():
            for action, slot in actions.playing(owner):
                if memory.main_of(action) == main and action != main:
                    actions.Channels(action, owner.name, slot=slot).remove(part.curves)
                    action.expclip.main = None


def _best_for(part: Part, main: bpy.types.Action) -> actions.Channels | None:
    """The take's curves that fit a part: those that move most of it."""
    choices = [channels for action in memory.actions_of(main) for channels in actions.all_channels(action)]
    fitting = [(sum(channels.find(*place) is not None for place in part.curves), channels) for channels in choices]
    count, best = max(fitting, key=lambda each: each[0], default=(0, None))
    return best if count else None
