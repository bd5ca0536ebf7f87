# SPDX-License-Identifier: GPL-3.0-or-later
"""Reduced keys as Blender evaluates them."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from expclip_core.keys import reduced
from tests.blender.fake_worker import weights
from tests.blender.stage import curves_of, extension, generate, make_mesh, message


def new_curve(name: str = "jawOpen"):
    shape_keys = make_mesh("Head", NAMES).data.shape_keys
    channels = extension("scene.actions").Channels(bpy.data.actions.new("Take"), "Head")
    channels.assign(shape_keys)
    return channels.new_curve(f'key_blocks["{name}"].value')


def written(values: np.ndarray, tolerance: float, first_frame: int = 1):
    (keyed,) = reduced(values[:, None], tolerance)
    curve = new_curve()
    keys = extension("scene.keys")
    keys.write_new(curve, keys.bezier(first_frame, keyed))
    return keyed, curve


def movements() -> dict[str, np.ndarray]:
    rng, times = np.random.default_rng(1), np.arange(300) / 24
    speech = np.clip(np.sin(9 * times) * np.sin(2.3 * times) + 0.3 * np.sin(21 * times), 0, 1)
    return {
        "speech": speech,
        "noise": rng.random(300),
        "steps": np.repeat(rng.random(30), 10),
        "ramps": np.abs((np.arange(300) % 40) / 20 - 1),
        "spike": (np.arange(300) == 150).astype(float),
        "slow": 0.5 + 0.5 * np.sin(0.1 * times),
    }


@pytest.mark.parametrize("movement", movements())
@pytest.mark.parametrize("first_frame", [1, -40, 20_000])
def test_blender_evaluates_the_keys_as_we_do(movement: str, first_frame: int) -> None:
    values = movements()[movement].astype(np.float32)
    keyed, curve = written(values, 0.005, first_frame)
    frames = np.arange(0, len(values) - 1, 0.25)
    ours = keyed.at(frames)
    theirs = np.array([curve.evaluate(first_frame + frame) for frame in frames])
    assert np.abs(ours - theirs).max() < 1e-3
    on_frames = np.array([curve.evaluate(first_frame + frame) for frame in range(len(values))])
    assert np.abs(on_frames - values).max() <= 0.005 + 1e-3


def test_handles_are_aligned_and_no_key_is_linear() -> None:
    keyed, curve = written(movements()["speech"], 0.005)
    assert {point.interpolation for point in curve.keyframe_points} == {"BEZIER"}
    assert {point.type for point in curve.keyframe_points} == {"GENERATED"}
    smooth = [point for point, corner in zip(curve.keyframe_points, keyed.corner, strict=True) if not corner]
    assert len(smooth) > 0.8 * len(keyed)
    for point in smooth:
        before, after = point.co - point.handle_left, point.handle_right - point.co
        assert before.y * after.x == pytest.approx(after.y * before.x, abs=1e-4)


def test_generate_says_how_many_keys_it_saved(clip) -> None:
    head = make_mesh("Head", NAMES)
    generate(clip, "smile", head, "REDUCED")
    curves = curves_of(head.data.shape_keys)
    count = sum(len(curve.keyframe_points) for curve in curves.values())
    for name, each in zip(NAMES, weights("smile", 1.0, 24.0)[:49].T, strict=True):
        shown = [curves[name].evaluate(1 + frame) for frame in range(49)]
        assert np.abs(shown - each).max() <= 0.005 + 1e-4
    assert 52 < count < 52 * 49 / 4
    assert message().startswith(f"{count:,} of {52 * 49:,} keys, max error 0.")


def test_a_take_goes_on_telling_how_many_keys_it_has(clip) -> None:
    head = make_mesh("Head", NAMES)
    generate(clip, "smile", head, "REDUCED")
    action, count_of = head.data.shape_keys.animation_data.action, extension("scene.keys").count_of
    said = message().partition(" in ")[0]
    assert str(count_of(action)) == said
    action.expclip.mix.speech = 0.0
    told = count_of(action)
    assert told.keys == sum(len(curve.keyframe_points) for curve in curves_of(head.data.shape_keys).values())
    assert told.keys < told.dense
    assert 0 < told.error <= 0.005


def test_the_tolerance_is_in_percent(clip) -> None:
    counts = []
    for tolerance in (0.1, 5.0):
        bpy.context.scene.expclip.keying.tolerance = tolerance
        head = make_mesh("Head", NAMES)
        generate(clip, "", head, "REDUCED")
        counts.append(len(curves_of(head.data.shape_keys)["jawOpen"].keyframe_points))
    assert counts[0] > counts[1] >= 5  # two openings have two ends, two highs and a low


def test_one_shape_key_of_several_channels_is_within_the_tolerance(clip) -> None:
    head = make_mesh("Head", ("eyesLookLeft", "jawDrop", "browLowerL"))
    generate(clip, "", head, "REDUCED")
    expected = weights("", 1.0, 24.0)[:49]
    looks = 0.5 * (expected[:, NAMES.index("eyeLookOutLeft")] + expected[:, NAMES.index("eyeLookInRight")])
    curve = curves_of(head.data.shape_keys)["eyesLookLeft"]
    assert np.abs([curve.evaluate(1 + frame) for frame in range(49)] - looks).max() <= 0.005 + 1e-4


def test_a_control_keeps_its_shape_key_within_the_tolerance(clip) -> None:
    head = make_mesh("Head", NAMES)
    head["jaw"] = 0.0
    driver = head.data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    variable = driver.variables.new()
    variable.name, variable.targets[0].id, variable.targets[0].data_path = "jaw", head, '["jaw"]'
    driver.expression = "jaw / 40"
    generate(clip, "", head, "REDUCED")
    shown = []
    for frame in range(49):
        bpy.context.scene.frame_set(1 + frame)
        shown.append(head.data.shape_keys.key_blocks["jawOpen"].value)
    expected = weights("", 1.0, 24.0)[:49, NAMES.index("jawOpen")]
    assert np.abs(shown - expected).max() <= 0.005 + 1e-4
    assert np.abs(shown - expected).max() > 0.0001  # it was reduced


def test_a_reduced_take_is_mixed_and_done_again_with_few_keys(clip) -> None:
    head = make_mesh("Head", NAMES)
    generate(clip, "smile", head, "REDUCED")
    action = head.data.shape_keys.animation_data.action
    bpy.context.scene.expclip.keying.density = "DENSE"  # for the next take: this one keeps what it was made with
    action.expclip.mix.expression = 0.5
    smile = curves_of(head.data.shape_keys)["mouthSmileLeft"]
    assert smile.evaluate(20) == pytest.approx(
        0.5 * weights("smile", 1.0, 24.0)[19, NAMES.index("mouthSmileLeft")], abs=0.006
    )
    before = {
        name: [curve.evaluate(frame) for frame in range(1, 50)]
        for name, curve in curves_of(head.data.shape_keys).items()
    }
    redo = bpy.context.scene.expclip.redo
    redo.use_range, redo.start, redo.end = True, 15, 35
    bpy.context.scene.expclip.prompt = ""
    bpy.ops.expclip.redo()
    curves = curves_of(head.data.shape_keys)
    for name, curve in curves.items():
        outside = [*range(1, 16), *range(35, 50)]
        assert np.allclose(
            [curve.evaluate(frame) for frame in outside], [before[name][frame - 1] for frame in outside], atol=1e-3
        )
    assert len(curves["jawOpen"].keyframe_points) < 25
