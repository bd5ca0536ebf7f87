# SPDX-License-Identifier: GPL-3.0-or-later
"""Real heads under the names of other rigs, and whichever object of a character is picked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from tests.blender.fake_worker import weights
from tests.blender.stage import extension, generate, make_mesh, message

RIGS = Path(__file__).parents[3] / "shared" / "data" / "rigs"
EVERY = 20  # of a head's vertices; enough to see each shape


def pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def sided(name: str) -> str:
    return re.sub(r"(?<=[a-z])(Left|Right)$", lambda side: "_" + side[0][0], name)


def from_tables(family: str) -> Callable[[str], tuple[str, ...]]:
    """All keys that a family of rigs has for a channel."""
    found = next(each for each in extension("expclip_core.names.families").FAMILIES if each.name == family)
    return lambda channel: tuple(key for key, _ in found.alternatives(channel)[0])


def iclone(name: str) -> tuple[str, ...]:
    return (f"A{NAMES.index(name) + 1:02d}_" + "_".join(re.findall(r"[A-Z]?[a-z]+", pascal(name))),)


SCHEMES: dict[str, Callable[[], Callable[[str], tuple[str, ...]]]] = {
    "Apple, Faceit, Ready Player Me": lambda: lambda name: (name,),
    "Live Link, VRM": lambda: lambda name: (pascal(name),),
    "FaceCap": lambda: lambda name: (sided(name),),
    "Unity": lambda: lambda name: ("blendShape2." + sided(name),),
    "iClone": lambda: iclone,
    "Daz": lambda: lambda name: (f"facs_{'jnt' if name.startswith('jaw') else 'bs'}_{pascal(name)}_div2",),
    "ICT-FaceKit": lambda: from_tables("ICT-FaceKit"),
    "Character Creator 4": lambda: from_tables("Character Creator"),
    "Unified Expressions": lambda: from_tables("Unified Expressions"),
    "Quest": lambda: from_tables("Meta face tracking"),
}


def shapes_of(rig: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A head's vertices and how each ARKit shape moves them, with the halves of a split shape together."""
    file = np.load(RIGS / f"{rig}.npz", allow_pickle=False)
    shapes: dict[str, np.ndarray] = {}
    for name, delta in zip(map(str, file["shape_names"]), file["shape_deltas"], strict=True):
        whole = re.sub(r"_([LR])$", lambda side: {"L": "Left", "R": "Right"}[side[1]], name)
        whole = whole if whole in NAMES else name.rpartition("_")[0]
        if whole in NAMES:
            shapes[whole] = shapes.get(whole, 0) + delta[::EVERY]
    return file["vertices"][::EVERY], shapes


def head_of(vertices: np.ndarray, shapes: dict[str, np.ndarray], names: Callable[[str], tuple[str, ...]]):
    """The head with other names; a shape that its scheme splits has all its movement in the first part."""
    mesh = bpy.data.meshes.new("Head")
    mesh.from_pydata(vertices.tolist(), [], [])
    head = bpy.data.objects.new("Head", mesh)
    bpy.context.scene.collection.objects.link(head)
    head.shape_key_add(name="Basis")
    for channel, delta in shapes.items():
        for part, key in enumerate(names(channel)):
            block = head.shape_key_add(name=key, from_mix=False)
            block.value = 0.0
            if part == 0:
                block.data.foreach_set("co", (vertices + delta).astype(np.float32).ravel())
    return head


@pytest.mark.parametrize("rig", ["makehuman_arkit", "ict_facekit"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_real_head_speaks_under_other_names(scheme: str, rig: str, clip: Path) -> None:
    if not RIGS.exists():
        pytest.skip("the real heads lie in ../shared, which is not here")
    vertices, shapes = shapes_of(rig)
    head = head_of(vertices, shapes, SCHEMES[scheme]())
    found = extension("scene.rig").rig_of(head)
    assert set(found.missing) == set(NAMES) - set(shapes)
    bpy.context.scene.expclip.keying.density = "DENSE"
    assert generate(clip, "smile", head) == {"FINISHED"}
    bpy.context.scene.frame_set(13)
    evaluated = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    moved = np.zeros(vertices.size, np.float32)
    evaluated.vertices.foreach_get("co", moved)
    frame = weights("smile", 1.0, 24.0)[12]
    expected = vertices + sum(frame[NAMES.index(name)] * delta for name, delta in shapes.items())
    size = np.ptp(vertices)
    assert np.abs(expected - vertices).max() > 0.02 * size
    assert np.abs(moved.reshape(-1, 3) - expected).max() < 5e-4 * size  # layers are kept at half precision


@pytest.fixture
def parts():
    """A face, lashes, teeth and a shirt without shape keys, loose in a collection."""
    collection = bpy.data.collections.new("Hero")
    bpy.context.scene.collection.children.link(collection)
    made = [
        make_mesh("Face", NAMES), make_mesh("Lashes", ("eyeBlinkLeft", "eyeBlinkRight")),
        make_mesh("Teeth", ("jawOpen",)), make_mesh("Shirt", ()),
    ]  # fmt: skip
    for each in made:
        bpy.context.scene.collection.objects.unlink(each)
        collection.objects.link(each)
    return made


@pytest.mark.parametrize("picked", range(3))
def test_a_part_in_a_collection_brings_the_others(clip: Path, parts, picked: int) -> None:
    assert generate(clip, "", parts[picked]) == {"FINISHED"}
    assert "on 3 meshes" in message()


def test_the_mapping_is_the_same_whichever_part_is_picked(parts) -> None:
    rig = extension("scene.rig")
    assert {rig.character_of(part).name for part in parts[:3]} == {"Face"}


def test_another_head_beside_is_another_character(clip: Path, parts) -> None:
    other = make_mesh("Villain", NAMES)
    bpy.data.collections["Hero"].objects.link(other)
    other.location.x = 5.0
    bpy.context.view_layer.update()
    generate(clip, "", parts[0])
    assert "on 3 meshes" in message()
    assert other.data.shape_keys.animation_data is None


def test_an_empty_above_the_meshes_is_the_character(clip: Path, parts) -> None:
    empty = bpy.data.objects.new("Hero", None)
    bpy.context.scene.collection.objects.link(empty)
    for part in parts[:3]:
        part.parent = empty
    rig = extension("scene.rig")
    for picked in (empty, parts[1]):
        assert {mesh.name for mesh in rig.rig_of(picked).meshes} == {"Face", "Lashes", "Teeth"}
        assert rig.character_of(picked) == empty
