# SPDX-License-Identifier: GPL-3.0-or-later
"""Many lines: the list, its tables, and Generate All."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import pytest

from expclip_core.channels import NAMES
from expclip_core.lines import read_lines
from tests.blender.stage import extension, make_mesh, message, write_clip

with_sound = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")


@pytest.fixture
def heads() -> tuple:
    anna, ben = make_mesh("Anna", NAMES), make_mesh("Ben", NAMES)
    ben.location.x = 10.0  # meshes that touch are one face
    bpy.context.view_layer.update()
    return anna, ben


def dialogue():
    return bpy.context.scene.expclip_lines


def add(clip: Path, face, start: int, prompt: str = "", **more):
    line = dialogue().add()
    line.clip, line.face, line.first_frame, line.prompt = str(clip), face, start, prompt
    for name, value in more.items():
        setattr(line, name, value)
    return line


def states() -> list[str]:
    return [line.state for line in dialogue().lines]


def strips_of(head) -> list[tuple]:
    animation = head.data.shape_keys.animation_data
    strips = [strip for track in animation.nla_tracks for strip in track.strips] if animation else []
    return sorted((strip.frame_start, strip.frame_end, strip.action.expclip.prompt) for strip in strips)


def jaw(head, frame: int) -> float:
    bpy.context.scene.frame_set(frame)
    return head.data.shape_keys.key_blocks["jawOpen"].value


def test_every_line_plays_on_its_face_where_it_starts(heads, clip: Path, tmp_path: Path) -> None:
    anna, ben = heads
    add(clip, anna, 1, "calm")
    add(write_clip(tmp_path / "b.wav"), ben, 60, "smile")
    add(clip, anna, 120, "smile")
    assert bpy.ops.expclip.generate_lines() == {"FINISHED"}
    assert states() == ["DONE"] * 3
    assert message() == "Lines: 3 done"
    assert strips_of(anna) == [(1, 49, "calm"), (120, 168, "smile")]
    assert strips_of(ben) == [(60, 108, "smile")]
    assert [jaw(anna, frame) > 0.9 for frame in (13, 72, 132)] == [True, False, True]
    assert [jaw(ben, frame) > 0.9 for frame in (13, 72, 132)] == [False, True, False]
    assert len(bpy.data.actions) == 3


@with_sound
def test_every_line_has_its_sound(heads, clip: Path) -> None:
    add(clip, heads[0], 1)
    add(clip, heads[0], 120)
    add(clip, heads[1], 20, clip_start=0.5, clip_end=1.5)
    bpy.ops.expclip.generate_lines()
    bpy.ops.expclip.generate_lines()
    sound = extension("scene.sound")
    assert sorted(sound.span(strip) for strip in sound.our_strips(bpy.context.scene)) == [(1, 49), (20, 44), (120, 168)]
    assert (bpy.context.scene.frame_start, bpy.context.scene.frame_end) == (1, 168)


def test_unchanged_lines_are_left_out_and_changed_ones_replaced(heads, clip: Path) -> None:
    anna, _ = heads
    add(clip, anna, 1, "calm")
    add(clip, anna, 120, "calm")
    bpy.ops.expclip.generate_lines()
    bpy.ops.expclip.generate_lines()
    assert states() == ["SKIPPED", "SKIPPED"]
    assert len(bpy.data.actions) == 2
    dialogue().lines[1].prompt = "smile"
    bpy.ops.expclip.generate_lines()
    assert states() == ["SKIPPED", "DONE"]
    assert strips_of(anna) == [(1, 49, "calm"), (120, 168, "smile")]
    assert len(bpy.data.actions) == 3
    assert all(action.users for action in bpy.data.actions)
    track = anna.data.shape_keys.animation_data.nla_tracks[0]
    track.strips.remove(track.strips[0])
    bpy.ops.expclip.generate_lines()
    assert states() == ["DONE", "SKIPPED"]


def channels_of(head, place: int):
    """The F-curves of the strip that comes so many strips after the first."""
    animation = head.data.shape_keys.animation_data
    strips = sorted(
        (each for track in animation.nla_tracks for each in track.strips), key=lambda each: each.frame_start
    )
    slot = getattr(strips[place], "action_slot", None)
    return extension("scene.actions").Channels(strips[place].action, "", slot=slot)


def curve_of(head, place: int, name: str):
    return channels_of(head, place).find(f'key_blocks["{name}"].value')


def keys_of(curve) -> dict[float, float]:
    return {round(point.co.x, 3): round(point.co.y, 3) for point in curve.keyframe_points}


@pytest.mark.parametrize("density", ["DENSE", "REDUCED"])
def test_a_changed_line_keeps_the_keys_that_were_moved_added_and_deleted(heads, clip: Path, density: str) -> None:
    anna, _ = heads
    bpy.context.scene.expclip.keying.density = density
    add(clip, anna, 1, "calm")
    add(clip, anna, 120, "calm")
    bpy.ops.expclip.generate_lines()
    old = curve_of(anna, 1, "jawOpen").id_data
    anna.shape_key_add(name="Mine")
    channels_of(anna, 1).curve('key_blocks["Mine"].value').keyframe_points.insert(150, 0.7)
    jaw_open, blink = curve_of(anna, 1, "jawOpen"), curve_of(anna, 1, "eyeBlinkLeft")
    jaw_open.keyframe_points.insert(140.5, 0.123, options={"FAST"})
    jaw_open.update()
    for point in [each for each in blink.keyframe_points if 125 < each.co.x < 160][::-1]:
        blink.keyframe_points.remove(point)
    line = dialogue().lines[1]
    line.prompt, line.first_frame, line.clip_start = "smile", 200, 0.5
    bpy.ops.expclip.generate_lines()
    assert states() == ["SKIPPED", "DONE"]
    assert strips_of(anna) == [(1, 49, "calm"), (200, 236, "smile")]
    assert keys_of(curve_of(anna, 1, "jawOpen"))[208.5] == 0.123  # the same moment of the clip
    assert keys_of(curve_of(anna, 1, "Mine")) == {218.0: 0.7}
    assert not [frame for frame in keys_of(curve_of(anna, 1, "eyeBlinkLeft")) if 200 < frame < 228]
    assert anna.data.shape_keys.animation_data.nla_tracks[0].strips[1].action.expclip.by_hand >= 2
    bpy.context.scene.frame_set(220)
    assert anna.data.shape_keys.key_blocks["mouthSmileLeft"].value == pytest.approx(0.8, abs=0.02)
    assert (old.use_fake_user, old.expclip.prompt) == (True, "calm")
    line.prompt, line.first_frame, line.clip_start = "calm", 120, 0.0
    bpy.ops.expclip.generate_lines()
    assert keys_of(curve_of(anna, 1, "jawOpen"))[140.5] == 0.123
    assert keys_of(curve_of(anna, 1, "Mine")) == {150.0: 0.7}
    assert not [frame for frame in keys_of(curve_of(anna, 1, "eyeBlinkLeft")) if 132 < frame < 160]


def test_a_changed_line_keeps_its_mix_and_how_all_of_it_was_moved(heads, clip: Path) -> None:
    anna, _ = heads
    add(clip, anna, 10, "calm")
    bpy.ops.expclip.generate_lines()
    action = curve_of(anna, 0, "jawOpen").id_data
    action.expclip.mix.speech = 0.5
    action.expclip.mix.shapes.add().name = "jawOpen"
    action.expclip.mix.shapes["jawOpen"].offset = 0.1
    action.expclip.mix.jaw.strength = 0.9
    for name in NAMES:
        for point in curve_of(anna, 0, name).keyframe_points:
            for handle in ("co", "handle_left", "handle_right"):
                getattr(point, handle).x -= 2.0
    before = keys_of(curve_of(anna, 0, "jawOpen"))
    dialogue().lines[0].prompt = "smile"
    bpy.ops.expclip.generate_lines()
    assert strips_of(anna) == [(8, 56, "smile")]
    assert keys_of(curve_of(anna, 0, "jawOpen")) == pytest.approx(before, abs=0.01)
    dialogue().lines[0].first_frame = 30
    bpy.ops.expclip.generate_lines()
    assert strips_of(anna) == [(28, 76, "smile")]


def test_lines_are_made_again_when_their_keys_or_their_mapping_would_differ(heads, clip: Path) -> None:
    anna, _ = heads
    add(clip, anna, 1, "calm")
    bpy.ops.expclip.generate_lines()
    bpy.context.scene.expclip.keying.tolerance *= 2
    bpy.ops.expclip.generate_lines()
    assert states() == ["DONE"]
    bpy.ops.expclip.generate_lines()
    assert states() == ["SKIPPED"]
    settings = extension("preferences").preferences()
    settings.guess_words = False
    bpy.ops.expclip.generate_lines()
    settings.guess_words = True
    assert states() == ["DONE"]
    bpy.context.scene.expclip.face = anna
    bpy.ops.expclip.edit_mapping()
    bpy.ops.expclip.generate_lines()
    loud = jaw(anna, 12)
    anna.expclip.shapes["jawOpen"].gain = 0.5
    bpy.ops.expclip.generate_lines()
    assert states() == ["DONE"]
    assert jaw(anna, 12) == pytest.approx(0.5 * loud, abs=0.02)
    assert loud > 0.1


def test_lines_are_made_again_for_other_contents_of_their_files_and_other_weights(
    heads, clip: Path, tmp_path: Path
) -> None:
    def made() -> str:
        bpy.ops.expclip.generate_lines()
        return states()[0]

    add(clip, heads[0], 1, "calm")
    assert made() == "DONE"
    clip.write_bytes(clip.read_bytes())
    os.utime(clip, ns=(1, 1))
    assert made() == "SKIPPED"
    clip.write_bytes(clip.read_bytes()[:-2] + b"xx")
    os.utime(clip, ns=(2, 2))
    assert made() == "DONE"
    clip.with_suffix(".txt").write_text("Hello.")
    assert (made(), made()) == ("DONE", "SKIPPED")
    dialogue().lines[0].transcript = "Goodbye."
    assert made() == "DONE"
    clip.with_suffix(".txt").write_text("Not read.")
    assert made() == "SKIPPED"
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "speech.safetensors").write_bytes(b"one")
    extension("preferences").preferences().weights = str(tmp_path / "weights")
    assert (made(), made()) == ("DONE", "SKIPPED")
    (tmp_path / "weights" / "speech.safetensors").write_bytes(b"another")
    assert made() == "DONE"


def test_a_line_of_a_part_of_a_file_is_done_again_in_its_place(heads, tmp_path: Path) -> None:
    anna, _ = heads
    clip = write_clip(tmp_path / "long.wav", seconds=10.0)
    add(clip, anna, 1, "calm")
    add(clip, anna, 100, "calm", clip_start=4.0, clip_end=7.0, clip_speed=1.5)
    bpy.ops.expclip.generate_lines()
    scene = bpy.context.scene
    scene.expclip.face, scene.expclip.prompt = anna, "smile"
    scene.frame_set(120)
    scene.expclip.redo.use_range, scene.expclip.redo.start, scene.expclip.redo.end = True, 110, 130
    assert bpy.ops.expclip.redo() == {"FINISHED"}
    assert [strip[:2] for strip in strips_of(anna)] == [(1, 49), (100, 148)]
    smile = anna.data.shape_keys.key_blocks["mouthSmileLeft"]
    for frame, value in ((105, 0.0), (120, 0.8), (140, 0.0), (20, 0.0)):
        scene.frame_set(frame)
        assert smile.value == pytest.approx(value, abs=0.02), frame
    bpy.ops.expclip.generate_lines()
    assert states() == ["SKIPPED", "SKIPPED"]  # what was done by hand since stays


def test_all_meshes_of_a_character_get_a_changed_line_once(clip: Path) -> None:
    armature = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(armature)
    head, teeth = make_mesh("Head", NAMES, armature), make_mesh("Teeth", ("jawOpen",), armature)
    add(clip, armature, 1, "calm")
    bpy.ops.expclip.generate_lines()
    dialogue().lines[0].first_frame = 30
    bpy.ops.expclip.generate_lines()
    assert [strip[:2] for strip in (*strips_of(head), *strips_of(teeth))] == [(30, 78)] * 2
    assert (bpy.context.scene.frame_start, bpy.context.scene.frame_end) == (30, 78)


def test_one_bad_line_stops_nothing(heads, clip: Path, tmp_path: Path) -> None:
    anna, _ = heads
    (tmp_path / "text.wav").write_text("no sound")
    add(tmp_path / "gone.wav", anna, 1)
    add(tmp_path / "text.wav", anna, 1)
    add(write_clip(tmp_path / "crash.wav"), anna, 1)
    add(write_clip(tmp_path / "raise.wav"), anna, 1)
    add(clip, None, 1, character="Nobody")
    add(clip, anna, 1, clip_start=2.0, clip_end=1.0)
    add("", anna, 1)
    add(clip, anna, 1)
    assert bpy.ops.expclip.generate_lines() == {"FINISHED"}
    assert states() == ["FAILED"] * 7 + ["DONE"]
    words = [
        "no file gone.wav",
        "not a sound file",
        "crashed",
        "models failed",
        "no character Nobody",
        "later end",
        "no clip",
    ]
    for line, expected in zip(dialogue().lines, words, strict=False):
        assert expected in line.message
        assert line.message.endswith(".")
    assert message() == "Lines: 1 done, 7 failed"
    assert strips_of(anna) == [(1, 49, "")]


def test_when_every_line_fails_it_is_an_error(heads, tmp_path: Path) -> None:
    add(tmp_path / "gone.wav", heads[0], 1)
    with pytest.raises(RuntimeError, match="the list says why"):
        bpy.ops.expclip.generate_lines()
    assert not bpy.data.actions


def test_cancelling_keeps_what_is_done_and_the_next_run_goes_on(heads, clip: Path, monkeypatch) -> None:
    for start in (1, 60, 120):
        add(clip, heads[0], start)
    lines = extension("operators.lines")
    settle = lines.Queue._settle

    def settle_and_cancel(queue, *arguments) -> None:
        settle(queue, *arguments)
        queue.cancel()

    with monkeypatch.context() as patch:
        patch.setattr(lines.Queue, "_settle", settle_and_cancel)
        bpy.ops.expclip.generate_lines()
    assert states() == ["DONE", "WAITING", "WAITING"]
    assert message() == "Lines: 1 done, 2 left"
    bpy.ops.expclip.generate_lines()
    assert states() == ["SKIPPED", "DONE", "DONE"]


def test_a_file_that_was_saved_while_a_line_was_made_makes_it_again(
    heads, clip: Path, tmp_path: Path, monkeypatch
) -> None:
    add(clip, heads[0], 1, "calm")
    bpy.ops.expclip.generate_lines()
    dialogue().lines[0].prompt = "smile"
    queue, saved = extension("operators.lines").Queue, tmp_path / "saved.blend"
    wait = queue.wait

    def save_and_wait(*arguments) -> bool:
        if states() == ["RUNNING"]:
            bpy.ops.wm.save_as_mainfile(filepath=str(saved), copy=True)
        return wait(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(queue, "wait", save_and_wait)
        bpy.ops.expclip.generate_lines()
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert strips_of(bpy.data.objects["Anna"]) == [(1, 49, "calm")]
    bpy.ops.expclip.generate_lines()
    assert states() == ["DONE"]
    assert strips_of(bpy.data.objects["Anna"]) == [(1, 49, "smile")]


def test_an_artists_action_and_tracks_stay(heads, clip: Path) -> None:
    keys = heads[0].data.shape_keys
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=1)
    theirs = keys.animation_data.action
    track = keys.animation_data.nla_tracks.new()
    track.name = "Theirs"
    add(clip, heads[0], 1)
    bpy.ops.expclip.generate_lines()
    assert theirs.use_fake_user
    assert not track.strips
    assert [each.name for each in keys.animation_data.nla_tracks] == ["Theirs", "ExpCLIP Lines"]


def test_a_face_that_controls_move_is_left_to_generate(heads, clip: Path) -> None:
    anna, _ = heads
    anna["jaw"] = 0.0
    driver = anna.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    variable = driver.variables.new()
    variable.targets[0].id, variable.targets[0].data_path = anna, '["jaw"]'
    driver.expression = variable.name
    add(clip, anna, 1)
    with pytest.raises(RuntimeError, match="the list says why"):
        bpy.ops.expclip.generate_lines()
    assert "use Generate" in dialogue().lines[0].message


def test_lines_at_the_same_time_get_tracks_of_their_own(heads, clip: Path) -> None:
    add(clip, heads[0], 1)
    add(clip, heads[0], 30)
    bpy.ops.expclip.generate_lines()
    assert states() == ["DONE", "DONE"]
    assert len(heads[0].data.shape_keys.animation_data.nla_tracks) == 2


def test_the_list_is_written_with_buttons(clip: Path) -> None:
    settings = bpy.context.scene.expclip
    settings.clip, settings.prompt, settings.first_frame = str(clip), "sad", 7
    assert not bpy.ops.expclip.remove_line.poll()
    for prompt in ("a", "b", "c"):
        settings.prompt = prompt
        bpy.ops.expclip.add_line()
    lines = dialogue()
    assert [(line.prompt, line.first_frame) for line in lines.lines] == [("a", 7), ("b", 7), ("c", 7)]
    assert len({line.identity for line in lines.lines}) == 3
    bpy.ops.expclip.move_line(direction="UP")
    assert [line.prompt for line in lines.lines] == ["a", "c", "b"]
    assert lines.current.prompt == "c"
    bpy.ops.expclip.remove_line()
    assert [line.prompt for line in lines.lines] == ["a", "b"]
    assert bpy.ops.expclip.move_line(direction="DOWN") == {"CANCELLED"}


def test_tables_come_in_and_go_out(heads, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("Hello\nthere.")
    (tmp_path / "in.csv").write_text(
        "clip;Character;start;prompt;transcript;from;intensity\n"
        "line.wav;anna;12;sad;words.txt;0,5;1,5\nline.wav;Zoe;;;;;\nline.wav;;soon;;;;\n"
    )
    assert bpy.ops.expclip.import_lines(filepath=str(tmp_path / "in.csv")) == {"FINISHED"}
    first, second = dialogue().lines
    assert (Path(first.clip), first.face, first.first_frame, first.prompt) == (clip, heads[0], 12, "sad")
    assert (first.transcript, first.clip_start, first.intensity) == ("Hello there.", 0.5, 1.5)
    assert (second.face, second.character) == (None, "Zoe")
    bpy.ops.expclip.export_lines(filepath=str(tmp_path / "out.csv"))
    rows = read_lines(tmp_path / "out.csv").lines
    assert [(row.clip, row.character, row.start) for row in rows] == [(clip, "Anna", 12), (clip, "Zoe", 1)]
    assert rows[0].excerpt.start == 0.5
    with pytest.raises(RuntimeError, match="no column 'clip'"):
        bpy.ops.expclip.import_lines(filepath=str(tmp_path / "words.txt"))


def test_an_import_adds_all_its_lines_or_none(clip: Path, tmp_path: Path) -> None:
    add(clip, None, 1)
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "in.csv").write_text("clip,start,seed,transcript\nline.wav,7,,\nline.wav,,,folder.txt\n")
    with pytest.raises(RuntimeError, match=r"folder\.txt cannot be read"):
        bpy.ops.expclip.import_lines(filepath=str(tmp_path / "in.csv"))
    assert (len(dialogue().lines), dialogue().active) == (1, 0)
    (tmp_path / "in.csv").write_text(
        "clip,start,seed\nline.wav,99999999999,\nline.wav,,99999999999\nline.wav,1048574,2147483647\n"
    )
    assert bpy.ops.expclip.import_lines(filepath=str(tmp_path / "in.csv")) == {"FINISHED"}
    assert [(line.first_frame, line.seed) for line in dialogue().lines] == [(1, 0), (1048574, 2147483647)]


@with_sound
def test_the_strips_of_a_dialogue_become_lines_and_are_followed(heads, tmp_path: Path) -> None:
    sound = extension("scene.sound")
    strips = sound.strips_of(bpy.context.scene)
    made = [
        strips.new_sound(name, str(write_clip(tmp_path / f"{name}.wav")), 1, start)
        for name, start in (("second", 100), ("first", 10))
    ]
    assert bpy.ops.expclip.add_strip_lines() == {"FINISHED"}
    bpy.ops.expclip.add_strip_lines()
    assert [line.strip for line in dialogue().lines] == ["first", "second"]
    for line, head in zip(dialogue().lines, heads, strict=True):
        line.face = head
    bpy.ops.expclip.generate_lines()
    assert strips_of(heads[0]) == [(10, 58, "")]
    setattr(made[1], "content_start" if hasattr(made[1], "content_start") else "frame_start", 20)
    bpy.ops.expclip.generate_lines()
    assert states() == ["DONE", "SKIPPED"]
    assert strips_of(heads[0]) == [(20, 68, "")]
    assert len(sound.all_strips(bpy.context.scene)) == 2
