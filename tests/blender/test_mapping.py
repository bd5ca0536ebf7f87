# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from tests.blender.fake_worker import weights
from tests.blender.stage import curves_of, extension, generate, make_mesh


@pytest.fixture
def head():
    made = make_mesh("Head", (*NAMES, "my jaw"))
    bpy.context.scene.expclip.face = made
    assert bpy.ops.expclip.edit_mapping() == {"FINISHED"}
    return made


def values(head, key: str) -> np.ndarray:
    curve = curves_of(head.data.shape_keys)[key]
    return np.array([curve.evaluate(frame) for frame in range(1, 50)])


def test_editing_lists_the_52_and_changes_nothing(head, clip: Path) -> None:
    assert [shape.name for shape in head.expclip.shapes] == list(NAMES)
    generate(clip, "smile", head)
    for index, name in enumerate(NAMES):
        assert np.allclose(values(head, name), weights("smile", 1.0, 24.0)[:, index], atol=1e-4)


def test_gain_offset_and_limits(head, clip: Path) -> None:
    shape = head.expclip.shapes["jawOpen"]
    shape.gain, shape.offset, shape.lowest, shape.highest = 0.5, 0.2, 0.25, 0.6
    generate(clip, "", head)
    expected = np.clip(weights("", 1.0, 24.0)[:, NAMES.index("jawOpen")] * 0.5 + 0.2, 0.25, 0.6)
    assert np.allclose(values(head, "jawOpen"), expected, atol=1e-4)


def test_a_muted_channel_is_not_keyed(head, clip: Path) -> None:
    head.expclip.shapes["tongueOut"].mute = True
    generate(clip, "", head)
    assert "tongueOut" not in curves_of(head.data.shape_keys)


def test_another_key_takes_a_channel(head, clip: Path) -> None:
    head.expclip.shapes["jawOpen"].key = "my jaw"
    generate(clip, "", head)
    assert "jawOpen" not in curves_of(head.data.shape_keys)
    assert values(head, "my jaw").max() > 0.95


def test_the_mapping_lives_on_the_armature_and_serves_all_its_meshes(clip: Path) -> None:
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    head, teeth = (make_mesh(name, ("jawOpen", "mouthClose"), armature) for name in ("Head", "Teeth"))
    bpy.context.scene.expclip.face = teeth
    bpy.ops.expclip.edit_mapping()
    armature.expclip.shapes["jawOpen"].gain = 0.5
    generate(clip, "", head)
    assert values(head, "jawOpen").max() == pytest.approx(0.5, abs=0.01)
    assert values(teeth, "jawOpen").max() == pytest.approx(0.5, abs=0.01)


def test_a_preset_goes_to_another_character(head, tmp_path: Path) -> None:
    shape = head.expclip.shapes["browInnerUp"]
    shape.gain, shape.mute, shape.key = 1.5, True, "my jaw"
    assert bpy.ops.expclip.save_mapping(filepath=str(tmp_path / "hero.json")) == {"FINISHED"}
    other = make_mesh("Other", NAMES)
    bpy.context.scene.expclip.face = other
    assert bpy.ops.expclip.load_mapping(filepath=str(tmp_path / "hero.json")) == {"FINISHED"}
    rig = extension("scene.rig")
    assert rig.adjustments_of(other) == rig.adjustments_of(head)


def test_presets_have_names(head) -> None:
    presets, rig = extension("mapping_presets"), extension("scene.rig")
    head.expclip.shapes["jawOpen"].gain = 0.7
    assert bpy.ops.expclip.save_mapping_preset(name="Studio: hero/2") == {"FINISHED"}
    (name,) = presets.names()
    other = make_mesh("Other", NAMES)
    bpy.context.scene.expclip.face = other
    assert bpy.ops.expclip.use_mapping_preset(name=name) == {"FINISHED"}
    assert rig.adjustments_of(other) == rig.adjustments_of(head)
    assert bpy.ops.expclip.delete_mapping_preset(name=name) == {"FINISHED"}
    assert presets.names() == []
    with pytest.raises(RuntimeError, match="There is no mapping preset Studio: hero/2: pick one from the menu"):
        bpy.ops.expclip.use_mapping_preset(name="Studio: hero/2")


def test_a_preset_without_a_name(head) -> None:
    with pytest.raises(RuntimeError, match="The preset has no name"):
        bpy.ops.expclip.save_mapping_preset(name=" ")


@pytest.mark.parametrize("text", ["", "[]", '{"channels": 3}', '{"channels": {"jawOpen": {"gain": "much"}}}'])
def test_a_file_that_is_no_preset(head, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(RuntimeError, match=r"x\.json is not a mapping preset: pick a file"):
        bpy.ops.expclip.load_mapping(filepath=str(tmp_path / "x.json"))
    assert len(head.expclip.shapes) == 52


def test_automatic_again(head) -> None:
    assert bpy.ops.expclip.reset_mapping() == {"FINISHED"}
    assert not head.expclip.shapes
    assert not bpy.ops.expclip.reset_mapping.poll()


@pytest.fixture
def library(head, tmp_path: Path) -> str:
    """A .blend with a head in a collection, its jaw's gain halved; an empty file is open."""
    head.expclip.shapes["jawOpen"].gain = 0.5
    collection = bpy.data.collections.new("Hero")
    bpy.context.scene.collection.children.link(collection)
    collection.objects.link(head)
    path = str(tmp_path / "hero.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    return path


def link(path: str, kind: str, name: str):
    with bpy.data.libraries.load(path, link=True) as (_, here):
        setattr(here, kind, [name])
    linked = getattr(here, kind)[0]
    scene = bpy.context.scene.collection
    (scene.children if kind == "collections" else scene.objects).link(linked)
    return linked


def test_the_mapping_survives_save_and_reopen(library: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=library)
    assert bpy.data.objects["Head"].expclip.shapes["jawOpen"].gain == 0.5


@pytest.mark.parametrize("kind", ["objects", "collections"])
def test_a_linked_character_is_made_editable_and_speaks(library: str, clip: Path, kind: str) -> None:
    link(library, kind, "Head" if kind == "objects" else "Hero")
    face = bpy.data.objects["Head"]
    with pytest.raises(RuntimeError, match="Head is linked from another file: press Make Editable"):
        generate(clip, "", face)
    assert bpy.ops.expclip.make_editable() == {"FINISHED"}
    own = bpy.context.scene.expclip.face
    assert own.override_library
    assert own.expclip.shapes["jawOpen"].gain == 0.5
    assert generate(clip, "", own) == {"FINISHED"}
    assert values(own, "jawOpen").max() == pytest.approx(0.5, abs=0.01)


def test_an_override_made_by_hand_is_completed(library: str, clip: Path) -> None:
    hero = link(library, "collections", "Hero")
    hero.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer, do_fully_editable=True)
    own = next(each for each in bpy.data.objects if each.name == "Head" and each.override_library)
    bpy.context.scene.expclip.face = own
    assert bpy.ops.expclip.make_editable() == {"FINISHED"}
    assert generate(clip, "", own) == {"FINISHED"}


def test_a_takes_keys_survive_save_and_reopen(head, clip: Path, tmp_path: Path) -> None:
    generate(clip, "smile", head)
    path = str(tmp_path / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    bpy.context.scene.frame_set(13)
    assert bpy.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(1.0, abs=0.01)
    assert bpy.context.scene.expclip.prompt == "smile"
    assert not bpy.context.window_manager.expclip.running


def test_a_channel_moves_several_shape_keys_each_with_its_gain(head, clip: Path) -> None:
    head.expclip.active = NAMES.index("jawOpen")
    assert bpy.ops.expclip.add_target(key="my jaw", gain=0.5) == {"FINISHED"}
    assert bpy.ops.expclip.add_target(key="cheekPuff", gain=-0.25) == {"FINISHED"}
    generate(clip, "", head)
    jaw, puff = (weights("", 1.0, 24.0)[:, NAMES.index(name)] for name in ("jawOpen", "cheekPuff"))
    assert np.allclose(values(head, "jawOpen"), jaw, atol=1e-4)
    assert np.allclose(values(head, "my jaw"), 0.5 * jaw, atol=1e-4)
    assert np.allclose(values(head, "cheekPuff"), np.maximum(puff - 0.25 * jaw, 0.0), atol=1e-4)


def test_a_shape_key_that_was_added_is_taken_away_again(head) -> None:
    assert not bpy.ops.expclip.remove_target.poll()
    for key in ("my jaw", "cheekPuff"):
        bpy.ops.expclip.add_target(key=key)
    assert bpy.ops.expclip.remove_target(index=0) == {"FINISHED"}
    assert [each.key for each in head.expclip.shapes[0].more] == ["cheekPuff"]
    with pytest.raises(RuntimeError, match="has only 1 added shape keys: count from 0"):
        bpy.ops.expclip.remove_target(index=1)


def test_shape_keys_of_all_meshes_can_be_chosen() -> None:
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    for name, keys in (("Head", ("jawOpen", "Snarl")), ("Tongue", ("tongueOut", "tongueUp"))):
        make_mesh(name, keys, armature)
    assert sorted(extension("scene.rig").key_names(armature)) == ["Snarl", "jawOpen", "tongueOut", "tongueUp"]
    assert extension("properties")._matching_keys(armature.expclip, bpy.context, "TONG") == ["tongueOut", "tongueUp"]


def test_several_shape_keys_travel_in_a_preset_and_in_the_file(head, tmp_path: Path) -> None:
    bpy.ops.expclip.add_target(key="my jaw", gain=0.5)
    bpy.ops.expclip.save_mapping(filepath=str(tmp_path / "hero.json"))
    bpy.ops.expclip.reset_mapping()
    bpy.ops.expclip.load_mapping(filepath=str(tmp_path / "hero.json"))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    (more,) = bpy.data.objects["Head"].expclip.shapes[0].more
    assert (more.key, more.gain) == ("my jaw", 0.5)


def test_a_linked_characters_mapping_is_changed_in_this_file(library: str, clip: Path) -> None:
    link(library, "collections", "Hero")
    bpy.context.scene.expclip.face = bpy.data.objects["Head"]
    assert not bpy.ops.expclip.edit_mapping.poll()
    assert not bpy.ops.expclip.add_target.poll()
    bpy.ops.expclip.make_editable()
    own = bpy.context.scene.expclip.face
    own.expclip.active = NAMES.index("jawOpen")
    assert bpy.ops.expclip.add_target(key="my jaw", gain=0.25) == {"FINISHED"}
    own.expclip.shapes["tongueOut"].mute = True
    generate(clip, "", own)
    assert values(own, "my jaw").max() == pytest.approx(0.125, abs=0.01)
    bpy.ops.wm.save_as_mainfile(filepath=library.replace("hero", "shot"))
    bpy.ops.wm.open_mainfile(filepath=library.replace("hero", "shot"))
    own = bpy.context.scene.expclip.face
    assert own.override_library
    assert own.expclip.shapes["tongueOut"].mute
    assert [(each.key, each.gain) for each in own.expclip.shapes["jawOpen"].more] == [("my jaw", 0.25)]
