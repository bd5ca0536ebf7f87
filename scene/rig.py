# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig: the meshes of a character that a take moves, and what stands in the way of moving them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, fields

import bpy
from mathutils import Vector

from ..expclip_core.channels import COUNT, NAMES
from ..expclip_core.errors import InputError
from ..expclip_core.names import (
    Adjustment,
    Adjustments,
    Mapping,
    Target,
    adjusted_mapping,
    adjusted_weights,
    closed_by_jaw,
    match,
)
from .drivers import Control, Driven, driven_keys
from .motion import Aim, aims_of


@dataclass(frozen=True)
class Face:
    """One set of shape keys that a take moves, and the meshes that share it.

    driven: shape keys that follow a control of the rig, which is keyed in their place. stuck: those with a driver that
    cannot be turned round, and what drives them.
    """

    shape_keys: bpy.types.Key
    meshes: tuple[bpy.types.Object, ...]
    mapping: Mapping
    driven: dict[str, Driven]
    stuck: dict[str, str]

    @property
    def keyed(self) -> tuple[str, ...]:
        """The shape keys that get keys of their own."""
        return tuple(key for key in self.mapping.keys if key not in self.driven)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(key_path(key) for key in self.keyed)


@dataclass(frozen=True)
class Rig:
    """A character's faces. Holds Blender data: made anew whenever it is needed, never kept."""

    name: str
    faces: tuple[Face, ...]
    adjustments: Adjustments
    aims: tuple[Aim, ...] = ()

    @property
    def meshes(self) -> tuple[bpy.types.Object, ...]:
        return tuple(mesh for face in self.faces for mesh in face.meshes)

    @property
    def missing(self) -> tuple[str, ...]:
        """The channels that none of the meshes has."""
        return tuple(name for name in NAMES if not any(name in face.mapping.targets for face in self.faces))

    @property
    def jaw_closes(self) -> bool:
        """Must the jaw close the lips, since nothing follows mouthClose?"""
        return "mouthClose" in self.missing and "jawOpen" not in self.missing

    def channels(self, weights: dict[str, array]) -> dict[str, array]:
        """What this rig's channels do for ARKit's weights: as its mapping shapes them."""
        return adjusted_weights(closed_by_jaw(weights) if self.jaw_closes else weights, self.adjustments)

    @property
    def controls(self) -> dict[Control, list[tuple[Face, str]]]:
        """What is keyed in place of shape keys, and the shape keys that follow it.

        A shape key that follows another one of the rig needs nothing: that one is keyed.
        """
        followers: dict[Control, list[tuple[Face, str]]] = {}
        for face in self.faces:
            for key, driven in face.driven.items():
                if not isinstance(driven.control.owner, bpy.types.Key):
                    followers.setdefault(driven.control, []).append((face, key))
        return followers

    @property
    def coverage(self) -> str:
        found = f"{COUNT - len(self.missing)} of {COUNT} shapes found"
        if len(self.meshes) > 1:
            found = f"{found} on {len(self.meshes)} meshes"
        return f"{found}, without {shortened(self.missing)}" if self.missing else found


def key_path(key: str) -> str:
    """The data path of a shape key's value, from its Key datablock."""
    return f'key_blocks["{bpy.utils.escape_identifier(key)}"].value'


def rig_of(target: bpy.types.Object | None) -> Rig:
    """The rig that an object of the character belongs to. Raises InputError with what is missing."""
    if target is None:
        raise InputError("Pick the face: select a mesh with ARKit shape keys or choose it under Face.")
    meshes = _meshes_of(target)
    if not meshes:
        raise InputError(f"{target.name} is no mesh and has none: pick the face's mesh or its armature.")
    keyed = [mesh for mesh in meshes if mesh.data.shape_keys]
    if not keyed:
        raise InputError(f"{target.name} has no shape keys: pick a mesh with ARKit shape keys or add the demo face.")
    adjustments = adjustments_of(target)
    faces = tuple(face for face in _faces(keyed, adjustments) if face.mapping.targets)
    if not faces:
        raise InputError(f"No shape key of {target.name} has an ARKit name: rename them or pick another mesh.")
    if locked := linked_meshes(target):
        raise InputError(
            f"{locked[0].name} is linked from another file: press Make Editable to override its shape keys."
        )
    return Rig(target.name, faces, adjustments, aims_of(character_of(target)))


def linked_meshes(target: bpy.types.Object) -> list[bpy.types.Object]:
    """The character's meshes whose shape keys belong to another file."""
    keyed = [mesh for mesh in _meshes_of(target) if mesh.data.shape_keys]
    return [mesh for mesh in keyed if not mesh.data.shape_keys.is_editable]


def make_editable(target: bpy.types.Object, scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> bpy.types.Object:
    """Override a linked character, its meshes and so their shape keys. Returns the object that stands in for it.

    Blender's own override of a hierarchy stops at the meshes, whose keys then cannot be animated.
    """
    if target.library:
        override = target.override_hierarchy_create(scene, layer, do_fully_editable=True)
        if override is None:
            raise InputError(f"Blender cannot override {target.name}: append it instead of linking it.")
        target = override
    for mesh in linked_meshes(target):
        mesh.data.override_create(remap_local_usages=True)
    return target


def shortened(names: Sequence[str], shown: int = 3) -> str:
    """``jawOpen, mouthClose, mouthPucker and 4 more``."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def character_of(target: bpy.types.Object) -> bpy.types.Object:
    """The object that stands for a character and keeps its mapping, whichever part of the character was picked.

    Its armature; without one the empty above it; without one the topmost mesh, and of loose meshes in a collection the
    one with most ARKit names.
    """
    if armature := _armature_of(target):
        return armature
    while target.parent and target.type != "EMPTY":
        target = target.parent
    return max(_loose_parts(target), key=_matches) if target.type == "MESH" else target


def adjustments_of(target: bpy.types.Object) -> dict[str, Adjustment]:
    """What the artist changed of a character's mapping, by channel."""
    return {shape.name: _adjustment_of(shape) for shape in character_of(target).expclip.shapes}


def _adjustment_of(shape: bpy.types.PropertyGroup) -> Adjustment:
    plain = {each.name: getattr(shape, each.name) for each in fields(Adjustment)}
    more = tuple(Target(each.key, each.gain) for each in shape.more if each.key)
    return Adjustment(**plain | {"more": more})


def set_adjustments(target: bpy.types.Object, adjustments: Adjustments) -> None:
    """Put a row for each of the 52 channels on the character, with these changes."""
    shapes = character_of(target).expclip.shapes
    shapes.clear()
    for channel in NAMES:
        shape = shapes.add()
        shape.name, adjustment = channel, adjustments.get(channel, Adjustment())
        for name in {each.name for each in fields(Adjustment)} - {"more"}:
            setattr(shape, name, getattr(adjustment, name))
        for target in adjustment.more:
            add_target(shape, target)


def add_target(shape: bpy.types.PropertyGroup, target: Target) -> None:
    """Let a row of the mapping move one more shape key."""
    made = shape.more.add()
    made.key, made.gain = target.key, target.gain


def key_names(target: bpy.types.Object) -> tuple[str, ...]:
    """All shape keys of a character, each name once, but for what its meshes are at rest."""
    keyed = [mesh for mesh in _meshes_of(target) if mesh.data.shape_keys]
    return tuple(dict.fromkeys(name for mesh in keyed for name in _key_names(mesh.data.shape_keys)))


def _faces(meshes: list[bpy.types.Object], adjustments: Adjustments) -> list[Face]:
    """The meshes' shape keys, each Key once even where objects share a mesh."""
    sharing: dict[bpy.types.Key, list[bpy.types.Object]] = {}
    for mesh in meshes:
        sharing.setdefault(mesh.data.shape_keys, []).append(mesh)
    return [_face(shape_keys, tuple(objects), adjustments) for shape_keys, objects in sharing.items()]


def _face(shape_keys: bpy.types.Key, meshes: tuple[bpy.types.Object, ...], adjustments: Adjustments) -> Face:
    names = _key_names(shape_keys)
    mapping = adjusted_mapping(match(names), adjustments, names)
    driven, stuck = driven_keys(shape_keys, {key: key_path(key) for key in mapping.keys})
    return Face(shape_keys, meshes, mapping, driven, stuck)


def _key_names(shape_keys: bpy.types.Key) -> tuple[str, ...]:
    basis = shape_keys.reference_key
    return tuple(block.name for block in shape_keys.key_blocks if block != basis)


def _meshes_of(target: bpy.types.Object) -> list[bpy.types.Object]:
    """The target, what hangs below its character, and what the armature deforms: face, lashes, teeth, tongue."""
    root = character_of(target)
    related = [target, root, *root.children_recursive]
    if root.type == "ARMATURE":
        related += [found for found in bpy.data.objects if found.type == "MESH" and _deformed_by(found) == root]
    elif root.type == "MESH":
        related += [part for loose in _loose_parts(root) for part in (loose, *loose.children_recursive)]
    elif root.instance_collection:
        related += root.instance_collection.all_objects
    return [found for found in dict.fromkeys(related) if found.type == "MESH"]


def _loose_parts(mesh: bpy.types.Object) -> list[bpy.types.Object]:
    """The mesh and those that touch it among the unparented ones of its collection: the parts of one face overlap."""
    collections = () if mesh.parent else mesh.users_collection
    beside = [found for each in collections for found in each.objects if found.type == "MESH" and not found.parent]
    beside = [found for found in beside if found.library == mesh.library]  # not the original of an override
    loose = [found for found in beside if found.data.shape_keys and not _deformed_by(found)]
    return sorted({mesh, *(found for found in loose if _touch(found, mesh))}, key=lambda found: found.name)


def _touch(one: bpy.types.Object, other: bpy.types.Object) -> bool:
    (low, high), (other_low, other_high) = _box(one), _box(other)
    return all(low[axis] <= other_high[axis] and other_low[axis] <= high[axis] for axis in range(3))


def _box(mesh: bpy.types.Object) -> tuple[Vector, Vector]:
    """The lowest and the highest corner in the world, of a box along its axes."""
    corners = [mesh.matrix_world @ Vector(corner) for corner in mesh.bound_box]
    return Vector(map(min, zip(*corners, strict=True))), Vector(map(max, zip(*corners, strict=True)))


def _matches(mesh: bpy.types.Object) -> int:
    return len(match(_key_names(mesh.data.shape_keys))) if mesh.data.shape_keys else 0


def _armature_of(target: bpy.types.Object) -> bpy.types.Object | None:
    if target.type == "ARMATURE":
        return target
    ancestor = target.parent
    while ancestor and ancestor.type != "ARMATURE":
        ancestor = ancestor.parent
    return ancestor or (_deformed_by(target) if target.type == "MESH" else None)


def _deformed_by(mesh: bpy.types.Object) -> bpy.types.Object | None:
    armatures = (modifier.object for modifier in mesh.modifiers if modifier.type == "ARMATURE")
    return next(filter(None, armatures), None)
