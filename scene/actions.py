# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions before and after slots: Blender 4.2 and 4.3 have none, 4.4 and later nothing without.

The only place that knows the difference. It asks whether an attribute is there, never for a version.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy

MARK = "expclip_take"  # custom property of the actions this add-on made


def new_action(name: str) -> bpy.types.Action:
    action = bpy.data.actions.new(name)
    action[MARK] = True
    return action


def is_ours(action: bpy.types.Action | None) -> bool:
    return action is not None and MARK in action


def has_slots() -> bool:
    return "slots" in bpy.types.Action.bl_rna.properties


class Channels:
    """The F-curves in an action that move some Keys which all have the same shape keys."""

    def __init__(self, action: bpy.types.Action, slot_name: str) -> None:
        self.action = action
        self._slot = action.slots.new(id_type="KEY", name=slot_name) if has_slots() else None
        self._fcurves = action.fcurves if self._slot is None else _channelbag(action, self._slot).fcurves

    def new_curve(self, data_path: str) -> bpy.types.FCurve:
        return self._fcurves.new(data_path)

    def assign(self, shape_keys: bpy.types.Key) -> None:
        """Let the curves move a Key. The action it had is kept, with a fake user, so that nothing is lost."""
        animation = shape_keys.animation_data or shape_keys.animation_data_create()
        if animation.action and animation.action != self.action:
            animation.action.use_fake_user = True
        animation.action = self.action
        if self._slot is not None:
            animation.action_slot = self._slot


def _channelbag(action: bpy.types.Action, slot: bpy.types.ActionSlot) -> bpy.types.ActionChannelbag:
    layer = action.layers[0] if action.layers else action.layers.new("Layer")
    strip = layer.strips[0] if layer.strips else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def restorer(shape_keys: bpy.types.Key) -> Callable[[], None]:
    """What gives a Key the action back that it has now."""
    animation = shape_keys.animation_data
    if animation is None:
        return shape_keys.animation_data_clear
    action, slot = animation.action, getattr(animation, "action_slot", None)

    def restore() -> None:
        animation.action = action
        if slot is not None:
            animation.action_slot = slot

    return restore
