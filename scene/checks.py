# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a rig's shapes from moving as they are keyed, and what can be mended with one click."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import bpy

from .drivers import asleep, wake
from .rig import Face, Rig, shortened
from .seal import unsealed


@dataclass(frozen=True)
class Obstacle:
    """A sentence for the animator, and the name of its remedy in :data:`REMEDIES`, "" where there is no safe one."""

    sentence: str
    remedy: str = ""


@dataclass(frozen=True)
class Remedy:
    label: str
    description: str
    apply: Callable[[Rig], None]


def obstacles(rig: Rig) -> tuple[Obstacle, ...]:
    """All that is in the way, in the order in which it should be mended."""
    faces = [each for face in rig.faces for each in (*_of_drivers(rig, face), *_of_shapes(face), *_of_animation(face))]
    seal = unsealed(rig)
    return (*faces, *([Obstacle(seal)] if seal else ()), *_of_controls(rig), *_of_meshes(rig))


def _of_drivers(rig: Rig, face: Face) -> Iterator[Obstacle]:
    name = face.meshes[0].name
    by_reason: dict[str, list[str]] = {}
    for key, reason in (face.stuck | _led_by_strangers(rig, face)).items():
        by_reason.setdefault(reason, []).append(key)
    for reason, keys in by_reason.items():
        yield Obstacle(
            f"{name}: {_are(keys)} driven by {reason}, so no take can move {'it' if len(keys) == 1 else 'them'}: "
            "simplify the driver or remove it."
        )
    if asleep(face.shape_keys):
        yield Obstacle(f"{name}: Blender has switched drivers off, as they failed once.", "WAKE_DRIVERS")


def _led_by_strangers(rig: Rig, face: Face) -> dict[str, str]:
    """Shape keys that follow another shape key which is not keyed, and what drives them."""
    keyed = {(each.shape_keys, path) for each in rig.faces for path in each.paths}
    leaders = {key: driven.control for key, driven in face.driven.items()}
    return {
        key: f"another shape key of {leader.owner.name} that has no ARKit name"
        for key, leader in leaders.items()
        if isinstance(leader.owner, bpy.types.Key) and (leader.owner, leader.path) not in keyed
    }


def _of_shapes(face: Face) -> Iterator[Obstacle]:
    name = face.meshes[0].name
    blocks = [face.shape_keys.key_blocks[key] for key in face.mapping.keys]
    if not face.shape_keys.use_relative:
        yield Obstacle(f"{name}: its shape keys are not relative, so their values do nothing: switch Relative on.")
    if muted := [block.name for block in blocks if block.mute]:
        yield Obstacle(f"{name}: {_are(muted)} muted.", "UNMUTE")
    if limited := [block.name for block in blocks if block.slider_max < 1.0]:
        yield Obstacle(f"{name}: {_are(limited)} limited below 1 by the shape key's range.", "WIDEN")
    if raised := [block.name for block in blocks if block.slider_min > 0.0]:
        yield Obstacle(f"{name}: {_are(raised)} kept above 0 by the shape key's range.", "WIDEN")
    if face.mapping.ambiguous:
        yield Obstacle(f"{name}: {_are(face.mapping.ambiguous)} unused, as several keys mean the same.")


def _of_animation(face: Face) -> Iterator[Obstacle]:
    name, animation = face.meshes[0].name, face.shape_keys.animation_data
    if animation:
        yield from _of_layers(name, animation)
    for mesh in face.meshes:
        for owner in (mesh, mesh.data):
            if rival := _rival(owner):
                yield Obstacle(
                    f"{name}: the action {rival} of {owner.name} moves its shape keys as well: remove those."
                )


def _of_controls(rig: Rig) -> Iterator[Obstacle]:
    for owner in dict.fromkeys(control.owner for control in rig.controls):
        if owner.animation_data:
            yield from _of_layers(owner.name, owner.animation_data)


def _of_layers(name: str, animation: bpy.types.AnimData) -> Iterator[Obstacle]:
    if animation.use_tweak_mode:
        yield Obstacle(f"{name}: an NLA strip is being tweaked, and a take cannot be placed.", "LEAVE_TWEAK")
    if any(track.is_solo for track in animation.nla_tracks):
        yield Obstacle(f"{name}: a solo track in the NLA hides the action.", "UNSOLO")
    if animation.action_influence < 1.0 or animation.action_blend_type != "REPLACE":
        yield Obstacle(f"{name}: the NLA mixes the action with the strips below it.", "WHOLE_ACTION")
    if animation.action and any(_muted(curve) for curve in _curves(animation)):
        yield Obstacle(f"{name}: curves of its action are muted.", "UNMUTE_CURVES")


def _of_meshes(rig: Rig) -> Iterator[Obstacle]:
    if pinned := [mesh.name for mesh in rig.meshes if mesh.show_only_shape_key]:
        yield Obstacle(f"{_are(pinned)} pinned to one shape key.", "UNPIN")
    hidden = [mesh for mesh in rig.meshes if not mesh.visible_get()]
    if shown := [mesh.name for mesh in hidden if mesh.hide_viewport or mesh.hide_get()]:
        yield Obstacle(f"{_are(shown)} hidden.", "SHOW")
    if away := [mesh.name for mesh in hidden if mesh.name not in shown]:
        yield Obstacle(f"{_are(away)} in no collection that this view layer shows.")


def _curves(animation: bpy.types.AnimData) -> Sequence[bpy.types.FCurve]:
    """The F-curves that move an ID: of its slot, or of an action without slots."""
    action, slot = animation.action, getattr(animation, "action_slot", None)
    if not hasattr(action, "layers"):
        return action.fcurves
    bags = (strip.channelbag(slot) for layer in action.layers for strip in layer.strips if slot)
    return [curve for bag in bags if bag for curve in bag.fcurves]


def _muted(curve: bpy.types.FCurve) -> bool:
    return curve.mute or (curve.group is not None and curve.group.mute)


def _rival(owner: bpy.types.ID) -> str:
    """The action of an object or mesh that reaches through to the values of shape keys."""
    animation = owner.animation_data
    curves = _curves(animation) if animation and animation.action else ()
    reaches = any("key_blocks[" in curve.data_path and curve.data_path.endswith(".value") for curve in curves)
    return animation.action.name if reaches else ""


def _are(names: Sequence[str]) -> str:
    return f"{shortened(names)} {'is' if len(names) == 1 else 'are'}"


def _unmute(rig: Rig) -> None:
    for block in _blocks(rig):
        block.mute = False


def _widen(rig: Rig) -> None:
    for block in _blocks(rig):
        block.slider_min, block.slider_max = min(block.slider_min, 0.0), max(block.slider_max, 1.0)


def _wake_drivers(rig: Rig) -> None:
    for control in rig.controls:
        control.owner.update_tag()  # it may have got its property only after Blender looked
    for face in rig.faces:
        wake(face.shape_keys)


def _leave_tweak(rig: Rig) -> None:
    for animation in _animations(rig):
        animation.use_tweak_mode = False


def _unsolo(rig: Rig) -> None:
    for animation in _animations(rig):
        for track in animation.nla_tracks:
            track.is_solo = False


def _whole_action(rig: Rig) -> None:
    for animation in _animations(rig):
        animation.action_influence, animation.action_blend_type = 1.0, "REPLACE"


def _unmute_curves(rig: Rig) -> None:
    for animation in _animations(rig):
        for curve in _curves(animation) if animation.action else ():
            curve.mute = False
            if curve.group:
                curve.group.mute = False


def _unpin(rig: Rig) -> None:
    for mesh in rig.meshes:
        mesh.show_only_shape_key = False


def _show(rig: Rig) -> None:
    for mesh in rig.meshes:
        mesh.hide_viewport = False
        if mesh.hide_get():
            mesh.hide_set(False)


def _blocks(rig: Rig) -> list[bpy.types.ShapeKey]:
    return [face.shape_keys.key_blocks[key] for face in rig.faces for key in face.mapping.keys]


def _animations(rig: Rig) -> list[bpy.types.AnimData]:
    owners = dict.fromkeys((*(face.shape_keys for face in rig.faces), *(control.owner for control in rig.controls)))
    return [owner.animation_data for owner in owners if owner.animation_data]


REMEDIES: dict[str, Remedy] = {
    "UNMUTE": Remedy("Unmute", "Unmute the shape keys that takes move", _unmute),
    "WIDEN": Remedy("Widen Range", "Let these shape keys go from 0 to 1", _widen),
    "WAKE_DRIVERS": Remedy("Update Drivers", "Let Blender try the drivers again", _wake_drivers),
    "LEAVE_TWEAK": Remedy("Leave Tweak Mode", "Leave the NLA's tweak mode", _leave_tweak),
    "UNSOLO": Remedy("End Solo", "Let all tracks of the NLA play again", _unsolo),
    "WHOLE_ACTION": Remedy("Use Whole Action", "Let the action replace what the NLA does below it", _whole_action),
    "UNMUTE_CURVES": Remedy("Unmute Curves", "Unmute all curves of the face's action", _unmute_curves),
    "UNPIN": Remedy("Unpin", "Show the mix of all shape keys", _unpin),
    "SHOW": Remedy("Show", "Show the face's meshes in the viewport", _show),
}
