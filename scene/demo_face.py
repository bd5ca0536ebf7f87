# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo face: a stylised head with the 52 ARKit shape keys. tools/build_demo_face.py sculpts what demo_face.npz holds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from ..expclip_core.arkit import NAMES

STORED_UNIT = 1e-5  # metres in one step of the stored integers
COLOUR = "Colour"
# Name: viewport colour, roughness, subsurface weight, clear coat. The order is that of the stored material numbers.
MATERIALS = {
    "Skin": ((0.74, 0.44, 0.31), 0.48, 0.12, 0.0),
    "Eyes": ((0.90, 0.90, 0.88), 0.12, 0.0, 1.0),
    "Catchlight": ((1.0, 1.0, 1.0), 0.2, 0.0, 0.0),
    "Lashes": ((0.018, 0.010, 0.010), 0.6, 0.0, 0.0),
    "Brows": ((0.075, 0.032, 0.022), 0.7, 0.0, 0.0),
    "Hair": ((0.115, 0.045, 0.028), 0.38, 0.0, 0.0),
    "Teeth": ((0.90, 0.87, 0.80), 0.2, 0.05, 0.5),
    "Gums": ((0.55, 0.16, 0.17), 0.3, 0.1, 0.5),
    "Tongue": ((0.62, 0.20, 0.22), 0.35, 0.1, 0.3),
    "Iris": ((0.08, 0.42, 0.50), 0.12, 0.0, 1.0),
    "Pupil": ((0.01, 0.01, 0.012), 0.12, 0.0, 1.0),
}


@cache
def _stored() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).with_name("demo_face.npz"), allow_pickle=False) as arrays:
        return dict(arrays)


def add_demo_face(context: bpy.types.Context, name: str = "ExpCLIP Face") -> bpy.types.Object:
    """Add the head at the 3D cursor, life-sized, facing -Y, as the active object, and return it.

    The mesh has the shape keys of :data:`arkit.NAMES` after the Basis, a colour attribute, one vertex group a part
    and the groups ``lip_upper_inner`` and ``lip_lower_inner`` (one vertex each, on the midline, for the lips' gap).
    """
    stored = _stored()
    mesh = _mesh(name, stored)
    face = bpy.data.objects.new(name, mesh)
    context.collection.objects.link(face)
    face.location = context.scene.cursor.location
    _add_shape_keys(face, stored)
    _add_vertex_groups(face, stored)
    for other in context.selected_objects:
        other.select_set(False)
    face.select_set(True)
    context.view_layer.objects.active = face
    return face


def _mesh(name: str, stored: dict[str, np.ndarray]) -> bpy.types.Mesh:
    sizes = stored["sizes"].astype(np.int32)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(stored["vertices"]))
    mesh.vertices.foreach_set("co", (stored["vertices"].astype(np.float32) * STORED_UNIT).ravel())
    mesh.loops.add(len(stored["corners"]))
    mesh.loops.foreach_set("vertex_index", stored["corners"].astype(np.int32))
    mesh.polygons.add(len(sizes))
    mesh.polygons.foreach_set("loop_start", np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32))
    mesh.polygons.foreach_set("material_index", _material_numbers(stored))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(sizes), bool))
    mesh.update(calc_edges=True)
    mesh.validate()
    colours = np.ones((len(stored["vertices"]), 4), np.float32)
    colours[:, :3] = (stored["colours"] / 255.0) ** 2.2
    attribute = mesh.color_attributes.new(COLOUR, "FLOAT_COLOR", "POINT")
    attribute.data.foreach_set("color", colours.ravel())
    mesh.color_attributes.active_color = attribute
    for material in MATERIALS:
        mesh.materials.append(_material(material))
    return mesh


def _material_numbers(stored: dict[str, np.ndarray]) -> np.ndarray:
    """The stored materials, with iris and pupil told apart by their paint: Solid view shows materials, not paint."""
    numbers, kinds = stored["materials"].astype(np.int32), list(MATERIALS)
    starts = np.concatenate([[0], np.cumsum(stored["sizes"].astype(np.int64))[:-1]])
    paint = np.add.reduceat(stored["colours"][stored["corners"]].astype(float), starts) / stored["sizes"][:, None]
    eyes = numbers == kinds.index("Eyes")
    numbers[eyes & (paint[:, 0] < 150)] = kinds.index("Iris")
    numbers[eyes & (paint.max(axis=1) < 60)] = kinds.index("Pupil")
    return numbers


def _material(kind: str) -> bpy.types.Material:
    colour, roughness, subsurface, coat = MATERIALS[kind]
    material = bpy.data.materials.get(f"ExpCLIP {kind}")
    if material is not None:
        return material
    material = bpy.data.materials.new(f"ExpCLIP {kind}")
    material.diffuse_color = (*colour, 1.0)
    material.roughness = roughness
    if material.node_tree is None:
        material.use_nodes = True
    tree = material.node_tree
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    painted = tree.nodes.new("ShaderNodeVertexColor")
    painted.layer_name = COLOUR
    painted.location = (-300, 200)
    tree.links.new(painted.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = roughness
    shader.inputs["Subsurface Weight"].default_value = subsurface
    shader.inputs["Subsurface Radius"].default_value = (0.010, 0.004, 0.002)
    shader.inputs["Coat Weight"].default_value = coat
    if kind == "Catchlight":
        shader.inputs["Emission Color"].default_value = (1, 1, 1, 1)
        shader.inputs["Emission Strength"].default_value = 1.0
    return material


def _add_shape_keys(face: bpy.types.Object, stored: dict[str, np.ndarray]) -> None:
    rest = stored["vertices"].astype(np.float32) * STORED_UNIT
    deltas = np.zeros((len(NAMES) * len(rest), 3), np.float32)
    deltas[np.cumsum(stored["moved"])] = stored["deltas"].T * np.float32(STORED_UNIT)
    face.shape_key_add(name="Basis", from_mix=False)
    for name, delta in zip(NAMES, deltas.reshape(len(NAMES), -1, 3), strict=True):
        key = face.shape_key_add(name=name, from_mix=False)
        key.data.foreach_set("co", (rest + delta).ravel())
        key.slider_min, key.slider_max = 0.0, 1.0


def _add_vertex_groups(face: bpy.types.Object, stored: dict[str, np.ndarray]) -> None:
    start = 0
    for part, size in zip(stored["parts"], stored["part_sizes"], strict=True):
        group = face.vertex_groups.get(str(part)) or face.vertex_groups.new(name=str(part))
        group.add(list(range(start, start + int(size))), 1.0, "ADD")
        start += int(size)
    for lip in ("lip_upper_inner", "lip_lower_inner"):
        face.vertex_groups.new(name=lip).add([int(i) for i in stored[lip]], 1.0, "ADD")


def frame_demo_face(scene: bpy.types.Scene, face: bpy.types.Object) -> bpy.types.Object:
    """Give ``scene`` a portrait camera on ``face``, three soft lights, a background and Workbench set to the painted colours.

    Returns the camera. The lights serve EEVEE and Cycles; Workbench lights itself.
    """
    centre = face.matrix_world.translation + Vector((0, 0, -0.008))
    camera = bpy.data.objects.new("Portrait", bpy.data.cameras.new("Portrait"))
    camera.data.lens, camera.data.clip_start = 85.0, 0.01
    camera.data.sensor_fit, camera.data.sensor_height = "VERTICAL", 36.0  # the whole head in any picture's shape
    camera.location = centre + Vector((0.14, -0.735, 0.02))
    _look_at(camera, centre)
    scene.collection.objects.link(camera)
    scene.camera = camera
    for name, place, watts, size, colour in (
        ("Key", (-0.55, -0.75, 0.55), 11.0, 0.45, (1.0, 0.93, 0.86)),
        ("Fill", (0.75, -0.60, 0.05), 3.6, 0.80, (0.82, 0.90, 1.0)),
        ("Rim", (0.45, 0.65, 0.55), 13.0, 0.35, (1.0, 0.90, 0.80)),
    ):
        lamp = bpy.data.lights.new(name, "AREA")
        lamp.energy, lamp.size, lamp.color = watts, size, colour
        light = bpy.data.objects.new(name, lamp)
        light.location = centre + Vector(place)
        _look_at(light, centre)
        scene.collection.objects.link(light)
    scene.world = scene.world or bpy.data.worlds.new("World")
    scene.world.color = (0.10, 0.13, 0.17)
    scene.view_settings.view_transform = "Standard"
    shading = scene.display.shading
    shading.light, shading.color_type = "STUDIO", "VERTEX"
    shading.show_cavity, shading.cavity_type = True, "WORLD"
    shading.show_specular_highlight = True
    scene.display.render_aa = "8"
    return camera


def _look_at(thing: bpy.types.Object, point: Vector) -> None:
    thing.rotation_euler = (point - thing.location).to_track_quat("-Z", "Y").to_euler()
