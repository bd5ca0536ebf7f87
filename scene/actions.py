# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions before and after slots: Blender 4.2 and 4.3 have none, 4.4 and later nothing without.

The only place that knows the difference. It asks whether an attribute is there, never for a version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import bpy

MARK = "expclip_take"  # custom property of the actions this add-on made
LINE = "expclip_line"  # of the actions and sound strips of a line of the list: its identity
LINE_START = "expclip_line_start"  # of those actions: the frame at which the line started when they were laid down
CONTROLS = "expclip_controls"  # of those it made for the object or armature of a control rig


def new_action(name: str) -> bpy.types.Action:
    action = bpy.data.actions.new(name)
    action[MARK] = True
    return action


def is_ours(action: bpy.types.Action | None) -> bool:
    return action is not None and MARK in action


def has_slots() -> bool:
    return "slots" in bpy.types.Action.bl_rna.properties


class Channels:
    """The F-curves in an action that move some IDs alike: Keys which all have the same shape keys, or a control rig.

    They get a slot of their own, unless they go into one that is there.
    """

    def __init__(self, action: bpy.types.Action, slot_name: str, id_type: str = "KEY", slot=None) -> None:
        self.action = action
        self._slot = slot or (action.slots.new(id_type=id_type, name=slot_name) if has_slots() else None)
        self._fcurves = action.fcurves if self._slot is None else _channelbag(action, self._slot).fcurves

    @property
    def name(self) -> str:
        """What tells them from others in the same action; stays when the action is copied or appended."""
        return str(self._slot.handle) if self._slot is not None else "0"

    @property
    def places(self) -> list[tuple[str, int]]:
        """Data path and index of each F-curve."""
        return [(curve.data_path, curve.array_index) for curve in self._fcurves]

    def find(self, data_path: str, index: int = 0) -> bpy.types.FCurve | None:
        return self._fcurves.find(data_path, index=index)

    def curve(self, data_path: str, index: int = 0) -> bpy.types.FCurve:
        """The F-curve that is there, else a new one."""
        return self.find(data_path, index) or self._fcurves.new(data_path, index=index)

    def remove(self, places: Iterable[tuple[str, int]]) -> None:
        """Remove the F-curves that are there."""
        for curve in filter(None, (self.find(*place) for place in places)):
            self._fcurves.remove(curve)

    def new_curve(self, data_path: str, index: int = 0) -> bpy.types.FCurve:
        """An empty F-curve, in place of the one that may be there."""
        if there := self._fcurves.find(data_path, index=index):
            self._fcurves.remove(there)
        return self._fcurves.new(data_path, index=index)

    def assign(self, owner: bpy.types.ID) -> None:
        """Let the curves move an ID. The action it had is kept, with a fake user, so that nothing is lost."""
        animation = owner.animation_data or owner.animation_data_create()
        if animation.action and animation.action != self.action:
            animation.action.use_fake_user = True
        animation.action = self.action
        if self._slot is not None:
            animation.action_slot = self._slot

    def take_over(self, strips: Iterable[bpy.types.NlaStrip]) -> None:
        """Let strips of the NLA play the curves in the place of what they played, which is kept with a fake user."""
        for strip in strips:
            start, end = strip.action_frame_start, strip.action_frame_end
            for name in {LINE, LINE_START} & set(strip.action.keys()):
                self.action[name] = strip.action[name]
            strip.action.use_fake_user = True
            strip.action, strip.name = self.action, self.action.name
            if self._slot is not None:
                strip.action_slot = self._slot
            strip.action_frame_end, strip.action_frame_start = end, start


def beside(owner: bpy.types.ID, name: str) -> Channels:
    """Room for curves beside what moves an ID now: in a copy of its action, so that a body keeps its movement."""
    animation = owner.animation_data
    action = animation.action.copy() if animation and animation.action else bpy.data.actions.new(name)
    action.name = name
    action[CONTROLS] = True
    if not has_slots():
        return Channels(action, owner.name)
    handle = animation.action_slot.handle if animation and animation.action_slot else None
    slot = next((each for each in action.slots if each.handle == handle), None)
    return Channels(action, owner.name, owner.id_type, slot)


def all_channels(action: bpy.types.Action) -> list[Channels]:
    """The F-curves of an action, slot by slot."""
    if not has_slots():
        return [Channels(action, "")]
    return [Channels(action, slot.name_display, slot=slot) for slot in action.slots]


def playing(owner: bpy.types.ID) -> list[tuple[bpy.types.Action, bpy.types.ActionSlot | None]]:
    """What moves an ID: its active action, then the strips of its NLA."""
    animation = owner.animation_data
    if animation is None:
        return []
    strips = [strip for _, strip in strips_of(owner)]
    return [(each.action, getattr(each, "action_slot", None)) for each in (animation, *strips) if each.action]


def strips_of(owner: bpy.types.ID) -> list[tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]]:
    """The strips of an ID's NLA with their tracks, from the lowest track up."""
    animation = owner.animation_data
    return [(track, strip) for track in animation.nla_tracks for strip in track.strips] if animation else []


def lay(track: bpy.types.NlaTrack, action: bpy.types.Action, slot, first_frame: float, last_frame: float):
    """An action as a strip of a track, from one frame to another, both of them keyed."""
    strip = track.strips.new(action.name, int(first_frame), action)
    if slot is not None:
        strip.action_slot = slot
    # The end first: Blender finds no length in an action of several slots, and a strip must not end before it starts.
    strip.action_frame_end = last_frame
    strip.action_frame_start = first_frame
    return strip


def push_down(owner: bpy.types.ID, name: str) -> bpy.types.NlaTrack:
    """The active action becomes a strip on a new track, where it stands."""
    animation = owner.animation_data
    action, slot = animation.action, getattr(animation, "action_slot", None)
    track = animation.nla_tracks.new()
    track.name = name
    lay(track, action, slot, *action.frame_range)
    animation.action = None
    return track


def _channelbag(action: bpy.types.Action, slot: bpy.types.ActionSlot) -> bpy.types.ActionChannelbag:
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def restorer(owner: bpy.types.ID) -> Callable[[], None]:
    """What gives an ID the action back that it has now."""
    animation = owner.animation_data
    if animation is None:
        return owner.animation_data_clear
    action, slot = animation.action, getattr(animation, "action_slot", None)

    def restore() -> None:
        animation.action = action
        if slot is not None:
            animation.action_slot = slot

    return restore
