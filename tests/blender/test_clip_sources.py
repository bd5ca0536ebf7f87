# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a clip comes from: strips with their trim, place and speed, packed sounds, dropped files, texts."""

from __future__ import annotations

import hashlib
import wave
from pathlib import Path

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from expclip_core.excerpt import Excerpt
from tests.blender.stage import curves_of, extension, generate, make_mesh, write_clip

pytestmark = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this Blender was built without sound")


@pytest.fixture
def ten_seconds(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "ten.wav", 10.0)


def new_strip(clip: Path, frame: int = 11):
    return extension("scene.sound").strips_of(bpy.context.scene).new_sound(clip.stem, str(clip), 1, frame)


def trim(strip, left: int, right: int) -> None:
    """Move the handles by so many frames inwards."""
    start, end = extension("scene.sound").span(strip)
    names = (
        ("left_handle", "right_handle") if hasattr(strip, "left_handle") else ("frame_final_start", "frame_final_end")
    )
    for name, frame in zip(names, (start + left, end - right), strict=True):
        setattr(strip, name, frame)


def source_of(strip):
    return extension("scene.source").strip_source(bpy.context.scene, strip.name)


def move_to(strip, frame: int) -> None:
    if hasattr(strip, "content_start"):
        strip.content_start = frame
    else:
        strip.frame_start = frame


def near(excerpt: Excerpt) -> tuple:
    return pytest.approx((excerpt.start, excerpt.end, excerpt.speed), abs=1e-3)


def numbers(excerpt: Excerpt) -> tuple:
    return excerpt.start, excerpt.end, excerpt.speed


def test_an_untouched_strip_is_the_whole_file_where_it_stands(ten_seconds: Path) -> None:
    source = source_of(new_strip(ten_seconds))
    assert (source.path, source.first_frame, numbers(source.excerpt)) == (ten_seconds, 11, (0.0, None, 1.0))
    assert source.in_sequencer


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (25, 1), (30, 1.001), (60, 1)])
def test_a_trimmed_strip_is_that_part_at_every_rate(ten_seconds: Path, fps: int, base: float) -> None:
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base
    strip = new_strip(ten_seconds)
    trim(strip, 2 * fps, 3 * fps)
    source = source_of(strip)
    frames = extension("scene.sound").span(strip)[1] - (11 + 2 * fps)
    assert source.first_frame == 11 + 2 * fps
    assert numbers(source.excerpt) == near(Excerpt(2 * base, 2 * base + frames * base / fps))


def test_a_strip_that_is_longer_than_its_sound_starts_where_the_sound_does(ten_seconds: Path) -> None:
    strip = new_strip(ten_seconds)
    trim(strip, -24, 0)
    assert (source_of(strip).first_frame, numbers(source_of(strip).excerpt)) == (11, (0.0, None, 1.0))


def test_frames_cut_off_the_sound_itself_count(ten_seconds: Path) -> None:
    strip = new_strip(ten_seconds)
    name = "content_trim_start" if hasattr(strip, "content_trim_start") else "animation_offset_start"
    setattr(strip, name, 12)
    trim(strip, 24, 0)
    source = source_of(strip)
    assert source.excerpt.start == pytest.approx(1.5)
    assert source.first_frame == extension("scene.sound").span(strip)[0]


def retime(strip, speed: float) -> None:
    """As Strip, Retiming does."""
    scene = bpy.context.scene
    strip.select = True
    scene.sequence_editor.active_strip = strip
    if hasattr(bpy.context.workspace, "sequencer_scene"):
        bpy.context.workspace.sequencer_scene = scene
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        set_speed = bpy.ops.sequencer.retiming_segment_speed_set
        known = set_speed.get_rna_type().properties.keys()  # 5.2 never keeps the retiming
        set_speed(speed=100 * speed, **({"keep_retiming": False} if "keep_retiming" in known else {}))


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_a_strips_speed_is_respected(ten_seconds: Path, speed: float) -> None:
    strip = new_strip(ten_seconds)
    retime(strip, speed)
    trim(strip, 24, 0)
    source = source_of(strip)
    assert source.first_frame == 35
    assert source.excerpt.speed == pytest.approx(speed, rel=0.005)
    assert source.excerpt.start == pytest.approx(speed, rel=0.005)  # a second of the scene
    assert source.excerpt.end is None


def test_a_strip_that_changes_its_speed_is_heard_as_it_plays(tmp_path: Path) -> None:
    """Clicks at 1 and 3 s of the file, whose first half is played in one second."""
    samples = np.zeros(64_000, np.int16)
    samples[16_000:16_400] = samples[48_000:48_400] = 16_000
    with wave.open(str(tmp_path / "clicks.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, len(samples), "NONE", ""))
        file.writeframes(samples.tobytes())
    (tmp_path / "clicks.txt").write_text("click click")
    scene, strip = bpy.context.scene, new_strip(tmp_path / "clicks.wav")
    if not hasattr(strip, "retiming_keys"):
        pytest.skip("this Blender does not tell its retiming keys")
    other = extension("scene.sound").strips_of(scene).new_sound("other", str(tmp_path / "clicks.wav"), 2, 11)
    retime(strip, 1.0)
    strip.retiming_keys.add(timeline_frame=11 + 48)
    strip.retiming_keys[1].timeline_frame = 11 + 24
    seconds = [(key.timeline_frame - 11) / 24 for key in strip.retiming_keys]
    scene.use_audio, strip.volume, scene.sequence_editor.channels[1].mute = False, 0.125, True

    def state() -> tuple:
        channels = [channel.mute for channel in scene.sequence_editor.channels]
        return scene.frame_start, scene.frame_end, scene.use_audio, strip.mute, strip.volume, other.mute, channels

    before = state()
    try:
        source = source_of(strip)
    except extension("expclip_core.errors").InputError as error:
        assert "cannot mix it down" in str(error)
        assert bpy.app.background
        pytest.skip("this Blender mixes sound down in a job, which needs a window")
    finally:
        assert state() == before
    assert (source.first_frame, numbers(source.excerpt), source.in_sequencer) == (11, (0.0, None, 1.0), True)
    heard = pytest.importorskip("aud").Sound(str(source.path))
    assert np.abs(heard.data()).max() > 0.3
    loud = np.flatnonzero(np.abs(heard.data()).max(axis=1) > 0.1) / heard.specs[0]
    assert (loud.min(), loud.max()) == pytest.approx(np.interp([1, 3], [0, 2, 4], seconds), abs=0.25)
    assert seconds[1] == 1
    assert source.path.with_suffix(".txt").read_text() == "click click"
    move_to(strip, -20)
    with pytest.raises(extension("expclip_core.errors").InputError, match="before frame 0"):
        source_of(strip)
    assert hashlib.sha256(source.path.read_bytes()).hexdigest().startswith(source.path.stem)


def test_generating_a_strip_speaks_its_part_and_leaves_the_sequencer_alone(ten_seconds: Path) -> None:
    scene, head = bpy.context.scene, make_mesh("Head", NAMES)
    strip = new_strip(ten_seconds)
    trim(strip, 48, 144)
    generate(ten_seconds, "", head, strip=strip.name)
    assert list(curves_of(head.data.shape_keys)["jawOpen"].range()) == pytest.approx([59, 107], abs=1)
    assert len(extension("scene.sound").all_strips(scene)) == 1
    assert scene.sync_mode == "AUDIO_SYNC"
    take = extension("scene.memory").recall(head.data.shape_keys.animation_data.action)
    assert (take.first_frame, take.excerpt.start, take.excerpt.end) == (59, pytest.approx(2.0), pytest.approx(4.0))
    trim(strip, 24, 0)
    generate(ten_seconds, "", head, strip=strip.name)
    assert list(curves_of(head.data.shape_keys)["jawOpen"].range()) == pytest.approx([83, 107], abs=1)


def test_a_take_of_a_strip_is_done_again_and_finds_its_strip_for_the_panel(ten_seconds: Path) -> None:
    scene, head = bpy.context.scene, make_mesh("Head", NAMES)
    strip = new_strip(ten_seconds)
    trim(strip, 48, 144)
    generate(ten_seconds, "", head, strip=strip.name)
    scene.expclip.strip, scene.expclip.prompt = "", "smile"
    assert bpy.ops.expclip.redo() == {"FINISHED"}
    curves = curves_of(head.data.shape_keys)
    assert list(curves["jawOpen"].range()) == pytest.approx([59, 107], abs=1)
    assert curves["mouthSmileLeft"].evaluate(80) == pytest.approx(0.8, abs=0.02)
    bpy.ops.expclip.load_take_settings()
    assert scene.expclip.strip == strip.name
    trim(strip, 24, 0)
    bpy.ops.expclip.load_take_settings()
    assert scene.expclip.strip == ""


def test_a_take_of_a_packed_sound_is_done_again(ten_seconds: Path) -> None:
    head, strip = make_mesh("Head", NAMES), new_strip(ten_seconds)
    strip.sound.pack()
    ten_seconds.unlink()
    generate(ten_seconds, "", head, strip=strip.name)
    bpy.context.scene.expclip.prompt = "smile"
    assert bpy.ops.expclip.redo() == {"FINISHED"}
    assert curves_of(head.data.shape_keys)["mouthSmileLeft"].evaluate(80) == pytest.approx(0.8, abs=0.02)


def test_a_strip_that_is_gone_is_a_sentence(ten_seconds: Path) -> None:
    with pytest.raises(RuntimeError, match="no sound strip"):
        generate(ten_seconds, "", make_mesh("Head", NAMES), strip="gone")


def test_a_packed_sound_needs_no_file(ten_seconds: Path) -> None:
    strip = new_strip(ten_seconds)
    strip.sound.pack()
    content = ten_seconds.read_bytes()
    ten_seconds.unlink()
    path = source_of(strip).path
    assert path.read_bytes() == content
    assert extension("preferences").user_folder() in path.parents
    assert source_of(strip).path == path


def test_a_lost_sound_is_a_sentence(ten_seconds: Path) -> None:
    strip = new_strip(ten_seconds)
    ten_seconds.unlink()
    with pytest.raises(extension("expclip_core.errors").InputError, match="There is no file"):
        source_of(strip)


def test_the_selected_strip_is_picked(ten_seconds: Path, tmp_path: Path) -> None:
    strips = [new_strip(ten_seconds), new_strip(write_clip(tmp_path / "b.wav"), 300)]
    for strip in strips:
        strip.select = False
    assert not bpy.ops.expclip.use_strip.poll()
    strips[1].select = True
    assert bpy.ops.expclip.use_strip() == {"FINISHED"}
    settings = bpy.context.scene.expclip
    assert (settings.strip, Path(settings.clip)) == (strips[1].name, tmp_path / "b.wav")


def test_a_dropped_file_is_the_clip_and_several_are_lines(ten_seconds: Path) -> None:
    settings = bpy.context.scene.expclip
    settings.strip = "something"
    drop = bpy.ops.expclip.drop_clip
    assert drop(directory=str(ten_seconds.parent), files=[{"name": "ten.wav"}]) == {"FINISHED"}
    assert (settings.clip, settings.strip) == (str(ten_seconds), "")
    drop(directory=str(ten_seconds.parent), files=[{"name": "a.wav"}, {"name": "b.mp3"}, {"name": "c.blend"}])
    assert [Path(line.clip).name for line in bpy.context.scene.expclip_lines.lines] == ["a.wav", "b.mp3"]
    with pytest.raises(RuntimeError, match="drop a wav"):
        drop(directory=str(ten_seconds.parent), files=[{"name": "c.blend"}])


def test_a_part_of_a_file_is_placed_as_that_part(ten_seconds: Path) -> None:
    sound = extension("scene.sound")
    excerpt = extension("expclip_core.excerpt").Excerpt(2.0, 4.5)
    strip = sound.place(bpy.context.scene, str(ten_seconds), "Head", 101, 60, excerpt)
    assert sound.span(strip) == (101, 161)
    assert numbers(source_of(strip).excerpt) == near(excerpt)


def test_a_text_of_the_file_is_the_transcript(ten_seconds: Path) -> None:
    settings = bpy.context.scene.expclip
    text = bpy.data.texts.new("line")
    text.write("Hello\nthere.")
    generate(ten_seconds, "", make_mesh("Head", NAMES), transcript="field", transcript_block=text)
    action = settings.face.data.shape_keys.animation_data.action
    assert action.expclip.transcript == "Hello\nthere."
