# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings in and takes out, as an animator uses them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from expclip_core.arkit import INDEX, NAMES
from expclip_core.curves import Curves
from expclip_core.formats import Recording, read_recording, write_recording
from tests.blender.stage import curves_of, extension, generate, make_mesh, message, snapshot

CAPTURES = Path(__file__).parents[3] / "shared" / "data" / "captures"


def recorded(frames: int = 90, fps: float = 30.0) -> Recording:
    times = np.arange(frames) / fps
    weights = 0.5 + 0.5 * np.sin(times[:, None] * (1 + np.arange(52) / 20)).astype(np.float32)
    weights[:, INDEX["mouthClose"]] = 0.5 * weights[:, INDEX["jawOpen"]]
    motion = (0.2 * np.sin(times[:, None] + np.arange(9))).astype(np.float32)
    return Recording(times, weights, motion, fps)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    write_recording(recorded(), tmp_path / "hello there.csv")
    return tmp_path / "hello there.csv"


@pytest.fixture
def head():
    made = make_mesh("Head", NAMES)
    bpy.context.scene.expclip.face = made
    bpy.context.scene.expclip.keying.density = "DENSE"
    return made


def action_of(mesh) -> bpy.types.Action:
    return mesh.data.shape_keys.animation_data.action


def shown(mesh, frames: np.ndarray) -> np.ndarray:
    curves = curves_of(mesh.data.shape_keys)
    return np.array([[curves[name].evaluate(frame) for name in NAMES] for frame in frames])


def test_a_recording_becomes_a_take_at_the_scenes_rate(head, capture: Path) -> None:
    assert bpy.ops.expclip.import_capture(filepath=str(capture)) == {"FINISHED"}
    frames = np.arange(72)
    expected = Curves(recorded().weights, 30.0).at(frames / 24)
    assert np.allclose(shown(head, 1 + frames), expected, atol=2e-4)
    assert action_of(head).name == "hello there"
    assert extension("scene.takes").takes_of(head) == [action_of(head)]
    assert "hello there.csv: " in message()
    assert bpy.context.scene.frame_end == 72


def test_a_recording_is_reduced_and_mixed_like_a_generated_take(head, capture: Path) -> None:
    bpy.context.scene.expclip.keying.density = "REDUCED"
    bpy.ops.expclip.import_capture(filepath=str(capture))
    curves = curves_of(head.data.shape_keys)
    assert sum(len(curve.keyframe_points) for curve in curves.values()) < 0.12 * 52 * 72
    expected = Curves(recorded().weights, 30.0).at(np.arange(72) / 24)
    assert np.abs(shown(head, np.arange(1, 73)) - expected).max() <= 0.0055
    action_of(head).expclip.mix.jaw.strength = 0.5
    jaw = shown(head, np.arange(1, 73))[:, INDEX["jawOpen"]]
    assert np.abs(jaw - 0.5 * expected[:, INDEX["jawOpen"]]).max() <= 0.0055


@pytest.mark.parametrize("form", ["CSV", "JSON", "NPZ"])
def test_what_was_imported_is_exported(head, capture: Path, tmp_path: Path, form: str) -> None:
    bpy.context.scene.render.fps = 30
    bpy.ops.expclip.import_capture(filepath=str(capture))
    assert bpy.ops.expclip.export_take(filepath=str(tmp_path / "out"), form=form) == {"FINISHED"}
    again = read_recording(tmp_path / f"out.{form.lower()}")
    assert np.allclose(again.weights, recorded().weights, atol=1e-4)
    assert np.allclose(again.motion, recorded().motion, atol=1e-4)
    assert again.fps == 30.0


def test_keys_by_hand_are_exported(head, clip: Path, tmp_path: Path) -> None:
    generate(clip, "smile", head)
    curve = curves_of(head.data.shape_keys)["jawOpen"]
    before = shown(head, np.arange(1, 50))
    curve.keyframe_points[10].co.y = 0.99
    curve.update()
    bpy.ops.expclip.export_take(filepath=str(tmp_path / "take.npz"), rate=24.0)
    weights = read_recording(tmp_path / "take.npz").weights
    before[10, INDEX["jawOpen"]] = 0.99
    assert np.allclose(weights[:49], before[: len(weights)], atol=2e-4)


def test_keys_that_mix_channels_are_said_to_be_left_out(clip: Path, tmp_path: Path) -> None:
    mixed = make_mesh("Head", ("eyesLookLeft", "jawDrop", "browLowerL"))
    generate(clip, "", mixed)
    for curve in curves_of(mixed.data.shape_keys).values():
        curve.keyframe_points[0].co.y = 0.6
        curve.update()
    rig, rewrite = extension("scene.rig").rig_of(mixed), extension("scene.capture")
    recording, lost = rewrite.recording_of(rig, action_of(mixed))
    assert lost == ["eyesLookLeft"]
    assert recording.weights[0, INDEX["jawOpen"]] == pytest.approx(0.6, abs=1e-4)


def test_a_bad_file_is_one_sentence_and_changes_nothing(head, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("time,value\n1,2\n")
    before = snapshot()
    with pytest.raises(RuntimeError, match="names no ARKit blendshapes"):
        bpy.ops.expclip.import_capture(filepath=str(tmp_path / "bad.csv"))
    with pytest.raises(RuntimeError, match="cannot be read"):
        bpy.ops.expclip.import_capture(filepath=str(tmp_path / "gone.csv"))
    assert snapshot() == before


def test_without_a_face_or_a_take_the_buttons_say_why() -> None:
    assert not bpy.ops.expclip.import_capture.poll()
    assert not bpy.ops.expclip.export_take.poll()


def test_a_recording_beyond_0_and_1_comes_through_at_its_own_rate_in_a_slower_scene(head, tmp_path: Path) -> None:
    """Phones go a little above 1, and some close the lips further than the jaw is open."""
    wild = replace(recorded(), weights=(1.5 * recorded().weights - 0.2)[:, ::-1].copy())
    write_recording(wild, tmp_path / "wild.npz")
    bpy.ops.expclip.import_capture(filepath=str(tmp_path / "wild.npz"))
    bpy.ops.expclip.export_take(filepath=str(tmp_path / "again.npz"), rate=30.0)
    again = read_recording(tmp_path / "again.npz")
    assert again.weights.shape == wild.weights.shape
    assert np.abs(again.weights - wild.weights).max() <= 1e-4
    assert np.abs(again.motion - wild.motion).max() <= 1e-4


def test_timecodes_are_those_of_the_recording_or_of_the_timeline(head, clip: Path, tmp_path: Path) -> None:
    start = 17 * 3600 + 42 * 60 + 7 + 11 / 30  # 17:42:07:11
    write_recording(replace(recorded(), start=start), tmp_path / "noon.csv")
    bpy.context.scene.render.fps = 30
    bpy.ops.expclip.import_capture(filepath=str(tmp_path / "noon.csv"))
    action_of(head).expclip.mix.jaw.strength = 0.5
    bpy.ops.expclip.export_take(filepath=str(tmp_path / "again.csv"))
    assert (tmp_path / "again.csv").read_text().splitlines()[1].startswith("17:42:07:11.000,")
    generate(clip, "", head, first_frame=45)
    bpy.ops.expclip.export_take(filepath=str(tmp_path / "generated.csv"))
    assert (tmp_path / "generated.csv").read_text().splitlines()[1].startswith("00:00:01:15.000,")


def test_head_and_looks_of_a_recording_follow_the_mix(head, capture: Path, tmp_path: Path) -> None:
    bpy.context.scene.render.fps = 30
    bpy.ops.expclip.import_capture(filepath=str(capture))
    action_of(head).expclip.mix.gaze, action_of(head).expclip.mix.head = 0.0, 0.5
    bpy.ops.expclip.export_take(filepath=str(tmp_path / "out.npz"))
    again = read_recording(tmp_path / "out.npz")
    looks = [index for name, index in INDEX.items() if name.startswith("eyeLook")]
    assert not again.weights[:, looks].any()
    assert not again.motion[:, 3:].any()
    assert np.allclose(again.motion[:, :3], 0.5 * recorded().motion[:, :3], atol=1e-4)


@pytest.mark.skipif(not CAPTURES.exists(), reason="../shared/data is not here")
def test_a_real_capture_comes_through(head, tmp_path: Path) -> None:
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 60, 1.001
    bpy.ops.expclip.import_capture(filepath=str(CAPTURES / "jmtechart_talk.csv"))
    bpy.ops.expclip.export_take(filepath=str(tmp_path / "talk.csv"))
    before, after = read_recording(CAPTURES / "jmtechart_talk.csv"), read_recording(tmp_path / "talk.csv")
    assert after.weights.shape == before.curves.weights.shape
    assert np.abs(after.weights - before.curves.weights).max() <= 1e-4
    assert np.abs(after.motion - before.resampled(before.fps).motion).max() <= 1e-4
