# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts used before, prompts over time as markers, and poses that are prompts."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from expclip_core.channels import NAMES
from tests.blender.stage import curves_of, extension, generate, make_mesh


@pytest.fixture
def head():
    made = make_mesh("Head", NAMES)
    bpy.context.scene.expclip.face = made
    return made


def add_prompt(prompt: str, frame: int):
    bpy.context.scene.expclip.prompt = prompt
    bpy.context.scene.frame_set(frame)
    assert bpy.ops.expclip.add_timed_prompt() == {"FINISHED"}
    return extension("scene.score").markers(bpy.context.scene)[-1]


def performed(first_frame: int, fps: float):
    score, scene = extension("scene.score"), bpy.context.scene
    return score.performed(scene, score.own_prompt(scene), first_frame, fps)


def smile(head, *frames: int) -> list[float]:
    curve = curves_of(head.data.shape_keys)["mouthSmileLeft"]
    return [round(curve.evaluate(frame), 2) for frame in frames]


def test_used_prompts_are_remembered_once_the_last_first(clip: Path, head) -> None:
    history = extension("prompt_history")
    history.write(history.History())
    for prompt in ("calm", "smile", "calm"):
        generate(clip, prompt, head)
    assert history.read().recent == ("calm", "smile")
    many = history.History()
    for number in range(30):
        many = many.used(f"take {number}")
    assert len(many.recent) == 20
    assert many.recent[0] == "take 29"


def test_a_favourite_is_kept_and_taken_away() -> None:
    history = extension("prompt_history")
    history.write(history.History())
    assert not bpy.ops.expclip.favourite_prompt.poll()
    bpy.context.scene.expclip.prompt = "weary"
    bpy.ops.expclip.favourite_prompt()
    assert history.read().favourites == ("weary",)
    bpy.ops.expclip.favourite_prompt()
    assert history.read().favourites == ()
    bpy.ops.expclip.use_prompt(prompt="glad")
    assert bpy.context.scene.expclip.prompt == "glad"


def test_a_spoilt_history_is_an_empty_one() -> None:
    extension("preferences").user_folder().joinpath("prompts.json").write_text("[")
    assert extension("prompt_history").read() == extension("prompt_history").History()


def test_without_markers_the_field_is_the_prompt(head) -> None:
    scene = bpy.context.scene
    scene.expclip.prompt, scene.expclip.intensity = "sad", 0.5
    (only,) = performed(1, 24.0)
    assert (only.time, only.prompt, only.intensity, only.pose) == (0.0, "sad", 0.5, ())


def test_markers_become_seconds_of_the_line(head) -> None:
    add_prompt("late", 73)
    add_prompt("start", 25)
    bpy.context.scene.expclip.prompt = "field"
    assert [(each.time, each.prompt) for each in performed(25, 24.0)] == [(0.0, "start"), (2.0, "late")]
    assert [(each.time, each.prompt) for each in performed(1, 12.0)] == [(0.0, "field"), (2.0, "start"), (6.0, "late")]


def test_markers_before_a_line_belong_to_other_lines(head) -> None:
    add_prompt("before", 5)
    bpy.context.scene.expclip.prompt = "field"
    assert [each.prompt for each in performed(25, 24.0)] == ["field"]


def test_a_dragged_marker_moves_the_smile(clip: Path, head) -> None:
    marker = add_prompt("smile", 25)
    generate(clip, "", head)
    assert smile(head, 10, 35) == [0.0, 0.8]
    marker.frame = 40
    generate(clip, "", head)
    assert smile(head, 10, 35, 45) == [0.0, 0.0, 0.8]
    bpy.ops.expclip.remove_timed_prompt()
    assert not bpy.ops.expclip.remove_timed_prompt.poll()
    generate(clip, "", head)
    assert smile(head, 10, 45) == [0.0, 0.0]


def test_marker_and_prompt_are_renamed_together(head) -> None:
    marker = add_prompt("smile", 25)
    long = "sad, but trying to smile, " * 4
    marker.expclip.text = long
    assert marker.expclip.text == long
    assert long.startswith(marker.name)
    marker.name = "furious"
    assert marker.expclip.text == "furious"
    marker.expclip.text = ""
    assert (marker.expclip.text, marker.name) == ("", "neutral")


def test_an_artists_markers_are_no_prompts(head) -> None:
    bpy.context.scene.timeline_markers.new("door slams", frame=12)
    assert len(performed(1, 24.0)) == 1


def test_a_second_scene_has_prompts_of_its_own(head) -> None:
    add_prompt("smile", 25)
    other = bpy.data.scenes.new("Other")
    assert extension("scene.score").markers(other) == []


def test_prompts_and_poses_survive_save_and_reopen(head, tmp_path: Path) -> None:
    head.data.shape_keys.key_blocks["browInnerUp"].value = 0.75
    bpy.ops.expclip.take_pose(name="worry")
    add_prompt("smile", 25).expclip.intensity = 1.5
    path = str(tmp_path / "shot.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    first, later = performed(1, 24.0)
    assert first.pose[NAMES.index("browInnerUp")] == 0.75
    assert (later.time, later.prompt, later.intensity) == (1.0, "smile", 1.5)


def test_a_pose_is_read_back_through_the_mapping() -> None:
    head = make_mesh("Head", ("Brow_Raise_Inner_L", "Brow_Raise_Inner_R", "Jaw_Open", "Mouth_Smile_L"))
    bpy.context.scene.expclip.face = head
    bpy.ops.expclip.edit_mapping()
    head.expclip.shapes["jawOpen"].gain = 0.5
    for key, value in (("Brow_Raise_Inner_L", 0.6), ("Brow_Raise_Inner_R", 0.6), ("Jaw_Open", 0.25)):
        head.data.shape_keys.key_blocks[key].value = value
    pose = extension("scene.pose").pose_of_rig(extension("scene.rig").rig_of(head))
    shown = {name: round(weight, 4) for name, weight in pose.items() if weight > 1e-4}
    assert shown == {"browInnerUp": 0.6, "jawOpen": 0.5}


def test_a_pose_and_words_are_performed_together(clip: Path, head) -> None:
    head.data.shape_keys.key_blocks["tongueOut"].value = 1.0
    assert bpy.ops.expclip.take_pose() == {"FINISHED"}
    prompting = bpy.context.scene.expclip.prompting
    assert prompting.pose == "Pose 1"
    prompting.pose_weight = 0.25
    bpy.ops.expclip.preview()
    extension("preview").take_answer()
    assert head.data.shape_keys.key_blocks["tongueOut"].value == pytest.approx(0.25, abs=1e-3)
    bpy.ops.expclip.preview()
    generate(clip, "", head)
    assert curves_of(head.data.shape_keys)["tongueOut"].evaluate(2) == pytest.approx(0.25, abs=0.03)
    bpy.ops.expclip.remove_pose()
    assert prompting.pose == ""
    assert not bpy.ops.expclip.remove_pose.poll()


def test_a_resting_face_is_no_pose(head) -> None:
    with pytest.raises(RuntimeError, match="The face rests: pose it first"):
        bpy.ops.expclip.take_pose()
    assert not bpy.context.scene.expclip.prompting.poses


def test_a_pose_in_words_to_click(head) -> None:
    head.data.shape_keys.key_blocks["cheekPuff"].value = 0.9
    assert bpy.ops.expclip.describe_pose() == {"FINISHED"}
    likely = [each.name for each in bpy.context.scene.expclip.prompting.likely]
    assert len(likely) == 5
    assert likely[0] == "cheekPuff"  # the fake models name the strongest channel
