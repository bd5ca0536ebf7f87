# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces whose shape keys a control rig drives: the controls are keyed, and the shapes do what the models said."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from tests.blender.fake_worker import weights
from tests.blender.stage import extension, generate, make_mesh, message, snapshot


@pytest.fixture
def armature():
    """A control rig with bones and custom properties."""
    made = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(made)
    bpy.context.view_layer.objects.active = made
    bpy.ops.object.mode_set(mode="EDIT")
    for name in ("jaw", "mouth"):
        made.data.edit_bones.new(name).tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    return made


def drive(mesh, key: str, expression: str = "", kind: str = "SCRIPTED", **variables):
    """Drive a shape key by variables: name=(object, data path) or name=(armature, bone, "LOC_X")."""
    for owner, *_ in variables.values():
        owner.update_tag()  # or a driver fails on a property that the evaluated object does not have yet
    bpy.context.view_layer.update()
    curve = mesh.data.shape_keys.key_blocks[key].driver_add("value")
    curve.driver.type = kind
    for name, (owner, *read) in variables.items():
        variable = curve.driver.variables.new()
        variable.name = name
        target = variable.targets[0]
        if len(read) == 1:
            target.id_type, target.id, target.data_path = owner.id_type, owner, read[0]
        else:
            variable.type = "TRANSFORMS"
            target.id, target.bone_target, target.transform_type = owner, *read
            target.transform_space = "LOCAL_SPACE"
    if kind == "SCRIPTED":
        curve.driver.expression = expression
    return curve


def shown(mesh, key: str) -> np.ndarray:
    """The evaluated value of a shape key on the take's frames."""
    block = mesh.data.shape_keys.key_blocks[key]
    values = []
    for frame in range(1, 50):
        bpy.context.scene.frame_set(frame)
        values.append(block.value)
    return np.array(values)


def written(channel: str, prompt: str = "") -> np.ndarray:
    return weights(prompt, 1.0, 24.0)[:, NAMES.index(channel)]


def sentences(mesh) -> str:
    found = extension("scene.checks").obstacles(extension("scene.rig").rig_of(mesh))
    return " ".join(obstacle.sentence for obstacle in found)


@pytest.mark.parametrize(
    "expression",
    ["jaw", "2*jaw", "jaw/4 - 0.5", "1 - jaw", "min(max(jaw, 0), 1)", "-(jaw * 3 + 1) + 0.25", "clamp(jaw)"],
)
def test_the_property_behind_an_expression_is_keyed(clip: Path, armature, expression: str) -> None:
    armature["JawOpen"] = 0.0
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", expression, jaw=(armature, '["JawOpen"]'))
    assert generate(clip, "", head) == {"FINISHED"}
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-4)
    assert "52 curves" in message()
    assert sentences(head) == ""


@pytest.mark.parametrize("kind", ["AVERAGE", "SUM", "MIN", "MAX"])
def test_a_single_variable_of_any_kind(clip: Path, armature, kind: str) -> None:
    armature.data["jaw"] = 0.0
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", kind=kind, jaw=(armature, 'data["jaw"]'))
    generate(clip, "", head)
    assert armature.data.animation_data.action
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-4)


def test_a_sum_of_one_source_twice(clip: Path, armature) -> None:
    armature["a"] = 0.0
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", kind="SUM", one=(armature, '["a"]'), other=(armature, '["a"]'))
    generate(clip, "", head)
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-4)


def test_a_bone_opens_the_jaw_and_the_body_keeps_its_movement(clip: Path, armature) -> None:
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", "-10 * z", z=(armature, "jaw", "LOC_Z"))
    armature.location.x = 1.0
    armature.keyframe_insert("location", frame=1)
    armature.location.x = 3.0
    armature.keyframe_insert("location", frame=49)
    theirs = armature.animation_data.action
    generate(clip, "", head)
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-4)
    assert armature.animation_data.action != theirs
    assert theirs.use_fake_user
    assert theirs.name != armature.animation_data.action.name
    bpy.context.scene.frame_set(49)
    assert armature.location.x == pytest.approx(3.0)
    first = armature.animation_data.action
    generate(clip, "smile", head)
    assert armature.animation_data.action != first
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-4)


def test_a_rotation_that_is_read_in_the_bones_own_order(clip: Path, armature) -> None:
    head = make_mesh("Head", NAMES, armature)
    armature.pose.bones["jaw"].rotation_mode = "XYZ"
    drive(head, "jawOpen", "x * 2", x=(armature, "jaw", "ROT_X"))
    generate(clip, "", head)
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-3)


def test_one_slider_moves_both_ways(clip: Path, armature) -> None:
    """As Faceit's and Rigify's face panels do: right of the middle one shape, left of it the other."""
    head = make_mesh("Head", ("mouthSmileLeft", "mouthFrownLeft", "jawOpen"), armature)
    drive(head, "mouthSmileLeft", "max(0, x)", x=(armature, "mouth", "LOC_X"))
    drive(head, "mouthFrownLeft", "max(0, -x)", x=(armature, "mouth", "LOC_X"))
    generate(clip, "smile", head)
    difference = written("mouthSmileLeft", "smile") - written("mouthFrownLeft", "smile")
    assert difference.max() > 0.3
    assert np.allclose(shown(head, "mouthSmileLeft"), np.maximum(difference, 0), atol=1e-4)
    assert np.allclose(shown(head, "mouthFrownLeft"), np.maximum(-difference, 0), atol=1e-4)


def test_several_meshes_follow_one_property(clip: Path, armature) -> None:
    armature["jaw"] = 0.0
    head, teeth = make_mesh("Head", NAMES, armature), make_mesh("Teeth", ("jawOpen", "tongueOut"), armature)
    drive(head, "jawOpen", "jaw", jaw=(armature, '["jaw"]'))
    drive(teeth, "jawOpen", "jaw * 0.5", jaw=(armature, '["jaw"]'))
    assert generate(clip, "", head) == {"FINISHED"}
    # Half as much on the teeth is what their rigger wanted: the nearest to both is 4 to 1 for the head.
    assert np.allclose(shown(head, "jawOpen"), np.clip(1.2 * written("jawOpen"), 0, 1), atol=1e-3)


def test_a_shape_that_follows_the_heads_needs_nothing(clip: Path, armature) -> None:
    head, teeth = make_mesh("Head", NAMES, armature), make_mesh("Teeth", ("jawOpen",), armature)
    drive(teeth, "jawOpen", "jaw", jaw=(head.data.shape_keys, 'key_blocks["jawOpen"].value'))
    assert generate(clip, "", head) == {"FINISHED"}
    assert np.allclose(shown(teeth, "jawOpen"), written("jawOpen"), atol=1e-4)
    assert teeth.data.shape_keys.animation_data.action is None
    assert sentences(head) == ""


def test_drivers_behind_drivers_are_followed_to_the_artists_slider(clip: Path, armature) -> None:
    """As Diffeomorphic imports Daz figures: a slider on the object drives one on its data, which drives the key."""
    armature["facs_jnt_JawOpen"] = 0.0
    armature.data["facs_jnt_JawOpen(fin)"] = 0.0
    middle = armature.data.driver_add('["facs_jnt_JawOpen(fin)"]').driver
    middle.expression = "u * 2"
    variable = middle.variables.new()
    variable.name = "u"
    variable.targets[0].id, variable.targets[0].data_path = armature, '["facs_jnt_JawOpen"]'
    head = make_mesh("Head", ("facs_jnt_JawOpen", "facs_bs_MouthClose_div2"), armature)
    drive(head, "facs_jnt_JawOpen", "a", a=(armature.data, '["facs_jnt_JawOpen(fin)"]'))
    generate(clip, "", head)
    assert np.allclose(shown(head, "facs_jnt_JawOpen"), written("jawOpen"), atol=1e-4)
    bpy.context.scene.frame_set(13)
    assert armature["facs_jnt_JawOpen"] == pytest.approx(0.5, abs=1e-3)


def test_what_is_not_plain_is_named_with_its_reason(clip: Path, armature) -> None:
    armature["a"], armature["b"], armature["whole"] = 0.0, 0.0, 1
    head = make_mesh("Head", NAMES, armature)
    armature.update_tag()
    a, b = (armature, '["a"]'), (armature, '["b"]')
    drive(head, "jawOpen", "a * a", a=a)
    drive(head, "mouthClose", "a + b", a=a, b=b)
    drive(head, "tongueOut", "w", w=(armature, '["whole"]'))
    drive(head, "cheekPuff", "g", g=(armature, '["gone"]'))
    drive(head, "mouthPucker", kind="MIN", a=a, b=b)
    drive(head, "mouthFunnel", "sin(", a=a)
    assert generate(clip, "", head) == {"FINISHED"}
    said = sentences(head)
    for part in (
        "jawOpen is driven by the expression a * a, so no take can move it: simplify the driver or remove it.",
        "mouthClose is driven by 2 controls at once",
        'tongueOut is driven by ["whole"] of Rig, which is not a decimal number',
        'cheekPuff is driven by ["gone"], which Rig does not have',
        "mouthPucker is driven by the smallest or largest of several variables",
        "mouthFunnel is driven by an expression that is broken",
    ):
        assert part in said


def test_a_constrained_or_parented_bone_is_named(armature) -> None:
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", "z", z=(armature, "jaw", "LOC_Z"))
    armature.pose.bones["jaw"].constraints.new("COPY_LOCATION")
    assert "jawOpen is driven by where jaw ends up" in sentences(head)


def test_a_curved_driver_is_named(armature) -> None:
    armature["a"] = 0.0
    head = make_mesh("Head", NAMES, armature)
    curve = drive(head, "jawOpen", "a", a=(armature, '["a"]'))
    for modifier in list(curve.modifiers):
        curve.modifiers.remove(modifier)
    for point in ((0.0, 0.0), (1.0, 1.0), (2.0, 0.2)):
        curve.keyframe_points.insert(*point)
    assert "jawOpen is driven by a bent driver curve" in sentences(head)


def test_a_circle_of_drivers_ends(armature) -> None:
    armature["a"] = 0.0
    driver = armature.driver_add('["a"]').driver
    driver.expression = "a"
    variable = driver.variables.new()
    variable.name = "a"
    variable.targets[0].id, variable.targets[0].data_path = armature, '["a"]'
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", "a", a=(armature, '["a"]'))
    assert "jawOpen is driven by drivers in a circle" in sentences(head)


def test_a_driver_that_failed_once_is_switched_on_again(clip: Path, armature) -> None:
    head = make_mesh("Head", NAMES, armature)
    curve = drive(head, "jawOpen", "jaw", jaw=(armature, '["jaw"]'))
    bpy.context.view_layer.update()
    armature["jaw"] = 0.0  # too late
    assert not curve.driver.is_valid
    bpy.context.scene.expclip.face = head
    assert "Blender has switched drivers off" in sentences(head)
    assert bpy.ops.expclip.remedy(remedy="WAKE_DRIVERS") == {"FINISHED"}
    generate(clip, "", head)
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-4)
    assert sentences(head) == ""


def test_the_preview_moves_the_control_and_takes_it_back(armature) -> None:
    armature["smile"] = 0.25
    head = make_mesh("Head", NAMES, armature)
    drive(head, "mouthSmileLeft", "s / 2", s=(armature, '["smile"]'))
    bpy.context.scene.expclip.face, bpy.context.scene.expclip.prompt = head, "smile"
    bpy.ops.expclip.preview()
    extension("preview").take_answer()
    bpy.context.view_layer.update()
    assert head.data.shape_keys.key_blocks["mouthSmileLeft"].value == pytest.approx(0.8, abs=1e-4)
    bpy.ops.expclip.preview()
    assert armature["smile"] == 0.25


def test_a_failure_leaves_controls_and_bodies_alone(clip: Path, armature, monkeypatch: pytest.MonkeyPatch) -> None:
    armature["jaw"] = 0.0
    armature.keyframe_insert("location", frame=1)
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", "jaw", jaw=(armature, '["jaw"]'))
    before, action = snapshot(), armature.animation_data.action
    take = extension("scene.take")

    def fails(*_):
        raise extension("expclip_core.errors").InputError("The disk is full: empty it.")

    monkeypatch.setattr(take, "_replace_sound", fails)
    with pytest.raises(RuntimeError, match="The disk is full"):
        generate(clip, "", head)
    assert snapshot() == before
    assert armature.animation_data.action == action


def test_a_linked_character_with_a_control_rig_is_overridden_and_speaks(clip: Path, armature, tmp_path: Path) -> None:
    armature["jaw"] = 0.0
    armature.property_overridable_library_set('["jaw"]', True)
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", "jaw", jaw=(armature, '["jaw"]'))
    hero = bpy.data.collections.new("Hero")
    bpy.context.scene.collection.children.link(hero)
    for each in (armature, head):
        hero.objects.link(each)
    path = str(tmp_path / "hero.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    with bpy.data.libraries.load(path, link=True) as (_, here):
        here.collections = ["Hero"]
    bpy.context.scene.collection.children.link(here.collections[0])
    bpy.context.scene.expclip.face = bpy.data.objects["Head"]
    assert bpy.ops.expclip.make_editable() == {"FINISHED"}
    own = bpy.context.scene.expclip.face
    assert generate(clip, "", own) == {"FINISHED"}
    assert np.allclose(shown(own, "jawOpen"), written("jawOpen"), atol=1e-3)


def test_a_take_leaves_the_characters_other_scene_alone(clip: Path, armature) -> None:
    armature["jaw"] = 0.0
    head = make_mesh("Head", NAMES, armature)
    drive(head, "jawOpen", "jaw", jaw=(armature, '["jaw"]'))
    other = bpy.data.scenes.new("Other")
    for each in (armature, head):
        other.collection.objects.link(each)
    other.expclip.prompt = "smile"
    generate(clip, "", head)
    assert other.expclip.prompt == "smile"
    assert not other.timeline_markers
    assert (other.frame_start, other.frame_end, other.frame_current) == (1, 250, 1)
    assert np.allclose(shown(head, "jawOpen"), written("jawOpen"), atol=1e-3)
