# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo face: every shape moves its own part, on its own side, and the lips keep Apple's rule."""

from __future__ import annotations

import numpy as np
import pytest

from expclip_core.arkit import INDEX, NAMES, mirrored, pose
from tests.blender.stage import extension

MM = 1000.0


class Face:
    """The face's vertices in millimetres under any pose."""

    def __init__(self, blender) -> None:
        self.object = extension("scene.demo_face").add_demo_face(blender.context)
        keys = self.object.data.shape_keys.key_blocks
        self.names = [key.name for key in keys]
        self.rest = self.read(keys["Basis"])
        self.deltas = np.stack([self.read(keys[name]) - self.rest for name in NAMES])

    def read(self, key) -> np.ndarray:
        flat = np.empty(len(key.data) * 3, np.float32)
        key.data.foreach_get("co", flat)
        return flat.reshape(-1, 3) * MM

    def part(self, name: str) -> np.ndarray:
        group = self.object.vertex_groups[name].index
        return np.array([any(g.group == group for g in v.groups) for v in self.object.data.vertices])

    def posed(self, **weights: float) -> np.ndarray:
        return self.rest + np.tensordot(pose(**weights), self.deltas, axes=1)

    def moved(self, name: str) -> np.ndarray:
        return self.deltas[INDEX[name]]

    def gap(self, **weights: float) -> float:
        posed = self.posed(**weights)
        return float(posed[self.part("lip_upper_inner"), 2].mean() - posed[self.part("lip_lower_inner"), 2].mean())


@pytest.fixture
def face(blender) -> Face:
    return Face(blender)


def test_basis_then_the_52_names(face: Face) -> None:
    assert face.names == ["Basis", *NAMES]


def test_same_face_every_time(blender, face: Face) -> None:
    again = Face(blender)
    assert np.array_equal(again.rest, face.rest)
    assert np.array_equal(again.deltas, face.deltas)


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_moves_something_by_a_face_s_amount(face: Face, name: str) -> None:
    assert 2.5 < np.linalg.norm(face.moved(name), axis=1).max() < 50


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("Left")])
def test_right_mirrors_left(face: Face, name: str) -> None:
    place = np.round(face.rest * 100).astype(int)
    known, counts = np.unique(place, axis=0, return_counts=True)
    alone = set(map(tuple, known[counts == 1]))  # where the lips meet two vertices share a place
    twin = {tuple(v): i for i, v in enumerate(place * [-1, 1, 1])}
    pairs = [(twin[key], i) for i, key in enumerate(map(tuple, place)) if key in twin and key in alone]
    assert len(pairs) > 0.7 * len(place)
    left, right = face.moved(name), face.moved(mirrored(name))
    there, here = np.array(pairs).T
    size = np.linalg.norm(left[here], axis=1)
    difference = np.linalg.norm(left[here] - right[there] * [-1, 1, 1], axis=1)
    assert np.quantile(difference[size > 0.05], 0.99) < 0.05


@pytest.mark.parametrize("base", ["eyeBlink", "mouthSmile", "browDown", "browOuterUp", "cheekSquint", "noseSneer"])
def test_left_is_the_character_s_own_left(face: Face, base: str) -> None:
    size = np.linalg.norm(face.moved(f"{base}Left"), axis=1)
    assert size[face.rest[:, 0] > 12].max() > 4 * size[face.rest[:, 0] < -12].max()


def test_lips_touch_at_rest(face: Face) -> None:
    assert abs(face.gap()) <= 0.3


def test_jaw_opens_like_a_jaw(face: Face) -> None:
    assert 30 <= face.gap(jawOpen=1) <= 42
    assert np.all(face.moved("jawOpen")[face.part("upper teeth")] == 0)
    assert face.moved("jawOpen")[face.part("lower teeth"), 2].mean() < -15


@pytest.mark.parametrize("weight", [0.1, 0.25, 0.5, 0.75, 1.0])
def test_mouth_close_equal_to_jaw_open_seals(face: Face, weight: float) -> None:
    assert abs(face.gap(jawOpen=weight, mouthClose=weight)) <= 0.5


@pytest.mark.parametrize("name", ["mouthLowerDown", "mouthUpperUp", "mouthFunnel", "jawOpen"])
def test_openers_open(face: Face, name: str) -> None:
    assert face.gap(**{name: 0.5}) > 3


@pytest.mark.parametrize("name", ["mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple", "mouthPress"])
def test_closed_mouth_shapes_stay_closed(face: Face, name: str) -> None:
    assert abs(face.gap(**{name: 1})) <= 0.5


@pytest.mark.parametrize(("name", "up"), [("browInnerUp", 1), ("browOuterUpLeft", 1), ("browDownLeft", -1)])
def test_brows_go_their_way(face: Face, name: str, up: int) -> None:
    assert up * face.moved(name)[face.part("brow"), 2].mean() > 1


@pytest.mark.parametrize(("name", "way"), [("mouthSmileLeft", 1), ("mouthFrownLeft", -1)])
def test_mouth_corner_goes_its_way(face: Face, name: str, way: int) -> None:
    lips = face.part("skin") & (np.linalg.norm(face.rest - [23, -80, -58], axis=1) < 6)
    assert way * face.moved(name)[lips, 2].mean() > 2


@pytest.mark.parametrize(("name", "axis", "way"), [
    ("eyeLookUpLeft", 2, 1), ("eyeLookDownLeft", 2, -1), ("eyeLookOutLeft", 0, 1), ("eyeLookInLeft", 0, -1),
])  # fmt: skip
def test_gaze_turns_the_left_eye(face: Face, name: str, axis: int, way: int) -> None:
    pupil = face.part("eye") & (face.rest[:, 1] < -74) & (face.rest[:, 0] > 0)
    assert way * face.moved(name)[pupil, axis].mean() > 4


@pytest.mark.parametrize("weight", [0.25, 0.5, 0.75, 1.0])
def test_a_closing_lid_stays_in_front_of_the_eyeball(face: Face, weight: float) -> None:
    eye = face.part("eye") & (face.rest[:, 0] > 0)
    centre = (face.rest[eye].min(axis=0) + face.rest[eye].max(axis=0)) / 2
    radius = np.linalg.norm(face.rest[eye] - centre, axis=1).mean()
    lid = face.part("skin") & (np.linalg.norm(face.moved("eyeBlinkLeft"), axis=1) > 8)
    outer = lid & (np.linalg.norm(face.rest - centre, axis=1) > radius + 2)
    assert outer.sum() > 20
    assert np.linalg.norm(face.posed(eyeBlinkLeft=weight)[outer] - centre, axis=1).min() > radius


def test_tongue_leaves_the_mouth(face: Face) -> None:
    tongue = face.part("tongue")
    lips = face.posed(tongueOut=1, jawOpen=0.2)[face.part("lip_lower_inner"), 1].mean()
    assert face.posed(tongueOut=1, jawOpen=0.2)[tongue, 1].min() < lips - 5
    assert face.rest[tongue, 1].min() > face.rest[face.part("lip_lower_inner"), 1].mean()


def test_framing_gives_a_camera_that_looks_at_the_face(blender, face: Face) -> None:
    from mathutils import Vector

    scene = blender.context.scene
    camera = extension("scene.demo_face").frame_demo_face(scene, face.object)
    assert scene.camera is camera
    blender.context.view_layer.update()
    towards = camera.matrix_world.to_3x3() @ Vector((0, 0, -1))
    assert towards.dot((face.object.location - camera.location).normalized()) > 0.99
