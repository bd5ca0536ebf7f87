# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers and how they are mixed: the default is what was performed, and the lips stay sealed whatever is asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core import arkit
from expclip_core.channels import REGIONS
from expclip_core.curves import Curves
from expclip_core.formats import read_recording
from expclip_core.lips import SEAL_JAW
from expclip_core.mix import Layers, Mix, RegionMix, blended, fade, mixed
from expclip_core.names import Shaping
from expclip_core.performance import tracks

JAW, CLOSE = arkit.INDEX["jawOpen"], arkit.INDEX["mouthClose"]
strengths = st.floats(0, 2)
region_mixes = st.dictionaries(
    st.sampled_from(list(REGIONS)), st.builds(RegionMix, strengths, st.floats(0, 0.2)), max_size=6
)
shapings = st.dictionaries(
    st.sampled_from(arkit.NAMES), st.builds(Shaping, strengths, st.floats(-0.5, 0.5)), max_size=8
)
mixes = st.builds(Mix, *[strengths] * 6, st.just(0.0), region_mixes, shapings)


def performed(seconds: float = 3.0, seed: int = 0) -> Layers:
    """Layers as lively as real ones: smooth noise, two seals, blinks and gaze."""
    chance = np.random.default_rng(seed)
    frames = int(seconds * 50)
    knots = np.arange(0, frames + 12, 12)
    smooth = [np.interp(np.arange(frames), knots, chance.random(len(knots))) for _ in range(2 * arkit.COUNT)]
    speech, style = np.array(smooth, np.float32).T.reshape(frames, 2, -1).transpose(1, 0, 2)
    seal, teeth = np.zeros((2, frames), np.float32)
    seal[20:26] = seal[80:84] = 1.0
    teeth[50:54] = 1.0
    still = np.zeros(frames)
    return Layers(
        0.6 * speech,
        0.6 * style - 0.3,
        seal,
        teeth,
        tracks(still, still, np.zeros((frames, arkit.COUNT)), np.zeros((frames, 3)), seed),
    )


LAYERS = performed()


def test_the_default_mix_is_what_was_animated(tiny_animator, humming):
    made = tiny_animator.animate(humming, "cheerful", seed=4)
    assert np.array_equal(mixed(made.layers), made.curves.weights)
    assert np.array_equal(
        made.curves.weights, tiny_animator.animate(humming, "cheerful", seed=4, mix=Mix()).curves.weights
    )


def test_without_expression_the_words_are_neutral(tiny_animator, humming):
    plain = tiny_animator.animate(humming, "", seed=4)
    muted = tiny_animator.animate(
        humming, "furious", seed=4, mix=Mix(expression=0.0, blinks=0.0, gaze=0.0, accents=0.0)
    )
    assert np.array_equal(plain.layers.speech, muted.layers.speech)
    assert not plain.layers.expression.any()
    assert np.allclose(muted.curves.weights, mixed(plain.layers, Mix(blinks=0.0, gaze=0.0, accents=0.0)), atol=1e-6)


def test_blinks_and_gaze_can_be_switched_off():
    still = Layers(
        np.zeros_like(LAYERS.speech), np.zeros_like(LAYERS.speech), LAYERS.seal * 0, LAYERS.teeth * 0, LAYERS.tracks
    )
    assert mixed(still).any()
    assert not mixed(still, Mix(blinks=0.0, gaze=0.0)).any()
    half = mixed(still, Mix(blinks=0.5, gaze=0.0))[:, arkit.INDEX["eyeBlinkLeft"]]
    assert half.max() == pytest.approx(0.5, abs=0.02)


@given(mixes)
def test_lips_stay_sealed_under_any_mix(mix):
    weights = mixed(LAYERS, mix)
    assert weights.min() >= 0 and weights.max() <= 1
    if mix.speech < 0.25:
        return
    sealed = weights[LAYERS.seal == 1.0]
    assert np.allclose(sealed[:, JAW], sealed[:, CLOSE], atol=1e-6)
    assert (sealed[:, JAW] <= SEAL_JAW + 1e-6).all()
    assert (weights[:, CLOSE] <= weights[:, JAW] + 1e-6).all()


def test_without_speech_nothing_is_sealed():
    silent = mixed(LAYERS, Mix(speech=0.0, expression=0.0))
    mouth = [arkit.INDEX[name] for region in ("mouth", "jaw") for name in REGIONS[region]]
    assert not silent[:, mouth].any()


@given(st.sampled_from(list(REGIONS)), strengths, st.floats(0, 0.2))
def test_a_region_moves_no_other(region, strength, smoothing):
    before, after = mixed(LAYERS), mixed(LAYERS, Mix(regions={region: RegionMix(strength, smoothing)}))
    sealing = {"mouth", "jaw", "tongue", "cheeks"}  # a seal weighs them against each other
    touched = sealing if region in sealing else {region}
    others = [arkit.INDEX[name] for name in arkit.NAMES if arkit.REGION_OF[name] not in touched]
    assert np.array_equal(before[:, others], after[:, others])


def test_smoothing_calms_a_region_and_keeps_its_mean():
    brows = [arkit.INDEX[name] for name in REGIONS["brows"]]
    rough, smooth = (mixed(LAYERS, Mix(regions={"brows": RegionMix(1.0, s)}))[:, brows] for s in (0.0, 0.15))
    assert np.abs(np.diff(smooth, axis=0)).mean() < 0.6 * np.abs(np.diff(rough, axis=0)).mean()
    assert smooth.mean() == pytest.approx(rough.mean(), abs=0.02)


def test_one_shape_follows_its_own_gain_and_limits():
    name = "browInnerUp"
    plain = mixed(LAYERS)[:, arkit.INDEX[name]]
    shaped = mixed(LAYERS, Mix(shapes={name: Shaping(0.5, 0.1, 0.0, 0.3)}))[:, arkit.INDEX[name]]
    assert np.allclose(shaped, np.clip(0.5 * plain + 0.1, 0, 0.3), atol=1e-6)


@pytest.mark.parametrize("frames", [0, 3, 10])
def test_an_offset_moves_everything_later(frames):
    plain, late = mixed(LAYERS), mixed(LAYERS, Mix(offset=frames / 50))
    assert np.allclose(late[frames:], plain[: len(plain) - frames], atol=1e-5)
    assert np.allclose(late[: frames + 1], plain[0], atol=1e-5)


@given(st.integers(0, 40), st.integers(0, 2**31), st.floats(1, 120))
def test_packed_layers_come_back(frames, seed, fps):
    chance = np.random.default_rng(seed)
    matrix = chance.uniform(-1.9, 1.9, (frames, 2 * arkit.COUNT + 4)).astype(np.float32)
    layers = Layers.of_matrix(matrix, ["blink", "head_pitch"], fps)
    back = Layers.unpacked(layers.packed())
    assert (back.fps, list(back.tracks), len(back)) == (fps, ["blink", "head_pitch"], frames)
    assert np.allclose(back.matrix, matrix, atol=1 / 32768 + 1e-6)
    assert np.array_equal(Layers.unpacked(back.packed()).matrix, back.matrix)  # nothing is lost a second time


def test_layers_beyond_their_range_are_refused():
    with pytest.raises(ValueError, match="beyond"):
        Layers.of_curves(Curves(np.full((2, arkit.COUNT), 5.0, np.float32))).packed()


CAPTURES = sorted((Path(__file__).parents[3] / "shared" / "data" / "captures").glob("*.csv"))
captured = st.integers(0, 2**31).map(
    lambda seed: np.random.default_rng(seed).uniform(-0.2, 1.3, (30, arkit.COUNT)).astype(np.float32)
)


@given(captured)
def test_a_capture_mixes_to_itself_beyond_0_and_1_and_with_lips_crossed(weights):
    layers = Layers.unpacked(Layers.of_curves(Curves(weights, 60.0)).packed())
    assert np.allclose(mixed(layers), weights, atol=4e-5)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_real_captures_mix_to_themselves(path):
    curves = read_recording(path).curves
    layers = Layers.unpacked(Layers.of_curves(curves).packed())
    assert np.abs(mixed(layers) - curves.weights).max() <= 1e-4


@given(captured, strengths, strengths)
def test_lids_and_looks_of_a_capture_follow_blinks_and_gaze(weights, blinks, gaze):
    layers = Layers.of_curves(Curves(weights, 60.0))
    made = mixed(layers, Mix(blinks=blinks, gaze=gaze))
    within = np.minimum(weights, 0), np.maximum(weights, 1)
    for index, name in enumerate(arkit.NAMES):
        by = blinks if name.startswith("eyeBlink") else gaze if name.startswith("eyeLook") else 1.0
        expected = np.clip(by * weights[:, index], *(limit[:, index] for limit in within))
        assert np.allclose(made[:, index], expected, atol=1e-6), name


def test_mixing_needs_no_models():
    """Blender's Python has numpy and nothing else."""
    check = "import sys, expclip_core.mix; print({'torch', 'scipy', 'soundfile'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


OTHER = performed(seed=9)
TIMES = np.arange(len(LAYERS)) / LAYERS.fps


@given(st.floats(0, 3), st.floats(0, 3), st.floats(0, 1), st.sets(st.sampled_from(list(REGIONS)), min_size=1))
def test_what_is_blended_changes_nothing_outside(one, two, seconds, regions):
    start, end = sorted((one, two))
    share = fade(TIMES, start, end, seconds)
    made = blended(LAYERS, OTHER, share, regions)
    outside = (start >= TIMES) | (end <= TIMES)
    assert np.array_equal(made.matrix[outside], LAYERS.matrix[outside])
    others = [arkit.INDEX[name] for name in arkit.NAMES if arkit.REGION_OF[name] not in regions]
    assert np.array_equal(made.speech[:, others], LAYERS.speech[:, others])
    inside = (start + seconds < TIMES) & (end - seconds > TIMES)
    chosen = [arkit.INDEX[name] for name in arkit.NAMES if arkit.REGION_OF[name] in regions]
    assert np.allclose(made.expression[inside][:, chosen], OTHER.expression[inside][:, chosen], atol=1e-6)


def test_blended_layers_may_differ_in_length_and_tracks():
    longer = performed(4.0, seed=9)
    headed = Layers(longer.speech, longer.expression, longer.seal, longer.teeth, {"head_yaw": longer.seal})
    made = blended(LAYERS, headed, np.ones(len(LAYERS)))
    assert len(made) == len(LAYERS)
    assert np.allclose(made.speech, longer.speech[: len(LAYERS)], atol=1e-6)
    assert set(made.tracks) == {*LAYERS.tracks, "head_yaw"}
    assert len(blended(longer, LAYERS, np.ones(len(longer)))) == len(longer)
