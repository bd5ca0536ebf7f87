# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from expclip_core import arkit, lip_gap
from expclip_core.animate import WEIGHTS, Animator
from expclip_core.keys import KeyedCurve, reduced

CAPTURES = Path(__file__).parents[3] / "shared" / "data" / "captures"
CLIP = Path(__file__).parents[2] / "assets" / "demo-clip.flac"
ROUNDING = 1e-5  # of float32


def smoothly(frames: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """From height to height with a smoothstep, as articulation moves; a value a frame."""
    times = np.arange(frames[-1] + 1)
    before = np.clip(np.searchsorted(frames, times, "right") - 1, 0, len(frames) - 2)
    share = (times - frames[before]) / np.diff(frames)[before]
    return (heights[before] + share**2 * (3 - 2 * share) * np.diff(heights)[before]).astype(np.float32)


weights = st.floats(0, 1, width=32)
noise = arrays(np.float32, st.integers(1, 60), elements=weights)
steps = st.lists(st.tuples(weights, st.integers(1, 12)), min_size=1, max_size=8).map(
    lambda levels: np.concatenate([np.full(length, level, np.float32) for level, length in levels])
)
ramps = st.lists(st.tuples(st.integers(1, 15), weights), min_size=1, max_size=8).map(
    lambda points: np.interp(
        np.arange(sum(length for length, _ in points)),
        np.cumsum([0, *(length for length, _ in points)]),
        [0, *(level for _, level in points)],
    ).astype(np.float32)
)
waves = st.lists(st.tuples(st.floats(0.01, 2), st.floats(0, 6), st.floats(0, 0.5)), min_size=1, max_size=4).map(
    lambda parts: sum(size * np.sin(speed * np.arange(80) + phase) for speed, phase, size in parts).astype(np.float32)
)
extremes = arrays(np.float32, st.integers(1, 20), elements=st.floats(-1e3, 1e3, width=32))
syllables = st.lists(st.tuples(st.integers(2, 5), weights), min_size=2, max_size=30).map(
    lambda peaks: smoothly(np.cumsum([0, *(gap for gap, _ in peaks)]), np.array([0, *(height for _, height in peaks)]))
)
curves = noise | steps | ramps | waves | extremes | syllables
tolerances = st.floats(1e-3, 0.3)


def only(values: np.ndarray, tolerance: float, **options) -> KeyedCurve:
    (curve,) = reduced(values[:, None], tolerance, **options)
    return curve


def error(curve: KeyedCurve, values: np.ndarray) -> np.ndarray:
    return np.abs(curve.at(np.arange(len(values))) - values)


def rounding(values: np.ndarray) -> float:
    return ROUNDING * max(1.0, float(np.abs(values).max()))


@given(curves, tolerances)
@settings(deadline=None)
def test_no_frame_is_further_off_than_the_tolerance(values, tolerance):
    curve = only(values, tolerance)
    assert error(curve, values).max() <= tolerance + rounding(values)
    assert curve.error == pytest.approx(error(curve, values).max(), abs=rounding(values))


@given(curves, tolerances)
@settings(deadline=None)
def test_time_runs_forward(values, tolerance):
    curve = only(values, tolerance)
    assert (np.diff(curve.frames) > 0).all()
    length = np.diff(curve.frames)
    assert (curve.right[:, 0] >= curve.frames).all()
    assert (curve.left[:, 0] <= curve.frames).all()
    assert (curve.right[:-1, 0] - curve.frames[:-1] <= length * (1 + 1e-6) + 1e-6).all()
    assert (curve.frames[1:] - curve.left[1:, 0] <= length * (1 + 1e-6) + 1e-6).all()


@given(curves, tolerances)
@settings(deadline=None)
def test_keys_are_frames_of_the_dense_curve(values, tolerance):
    curve = only(values, tolerance)
    assert len(curve) <= len(values)
    if len(curve) > 1:
        assert np.array_equal(curve.values, values[curve.frames.astype(int)])
        assert (curve.frames[0], curve.frames[-1]) == (0, len(values) - 1)


@given(curves, tolerances)
@settings(deadline=None)
def test_nothing_overshoots_between_the_frames(values, tolerance):
    between = only(values, tolerance).at(np.arange(0, len(values), 0.25))
    assert between.max() <= values.max() + tolerance + rounding(values)
    assert between.min() >= values.min() - tolerance - rounding(values)


@given(curves, tolerances)
@settings(deadline=None)
def test_highs_and_lows_that_stand_out_are_keys(values, tolerance):
    curve = only(values, tolerance)
    for way in (1, -1):
        shown = way * values.astype(float)
        for frame in np.flatnonzero((shown[1:-1] > shown[:-2]) & (shown[1:-1] > shown[2:])) + 1:
            if _stands_out_by(shown, frame) > 2 * tolerance + rounding(values):
                assert frame in curve.frames


def _stands_out_by(values: np.ndarray, frame: int) -> float:
    """How far one has to come down from a high before anything is higher, on the side where that is less."""
    depths = []
    for side in (values[:frame][::-1], values[frame + 1 :]):
        higher = np.flatnonzero(side > values[frame])
        depths.append(values[frame] - side[: higher[0] if len(higher) else None].min())
    return min(depths)


@given(curves, tolerances)
@settings(deadline=None)
def test_handles_are_aligned_but_at_corners(values, tolerance):
    curve = only(values, tolerance)
    point = np.column_stack([curve.frames, curve.values]).astype(float)
    before, after = point - curve.left, curve.right - point
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    size = np.hypot(*before.T) * np.hypot(*after.T)
    assert (np.abs(turn) <= 1e-3 * size + 10 * rounding(values))[~curve.corner].all()


@given(curves, tolerances)
@settings(deadline=None)
def test_reducing_again_changes_little(values, tolerance):
    """What was reduced, baked and reduced again needs about the same keys and stays within twice the tolerance."""
    once = only(values, tolerance)
    baked = once.at(np.arange(len(values))).astype(np.float32)
    again = only(baked, tolerance)
    assert error(again, values).max() <= 2 * tolerance + 2 * rounding(values)
    assert len(again) <= 1.5 * len(once) + 2


@given(st.lists(curves, min_size=2, max_size=4), tolerances)
@settings(deadline=None)
def test_curves_do_not_hear_of_each_other(several, tolerance):
    shortest = min(map(len, several))
    together = reduced(np.column_stack([values[:shortest] for values in several]), tolerance)
    for values, curve in zip(several, together, strict=True):
        alone = only(values[:shortest], tolerance)
        assert np.array_equal(curve.frames, alone.frames)
        assert np.allclose(curve.right, alone.right, atol=rounding(values))


@given(noise, st.data())
@settings(deadline=None)
def test_kept_frames_are_keys(values, data):
    frame = data.draw(st.integers(0, len(values) - 1))
    kept = np.zeros((len(values), 1), bool)
    kept[frame] = True
    curve = only(values, 0.2, kept=kept)
    assert frame in curve.frames or np.ptp(values) <= 0.2


@given(waves)
@settings(deadline=None)
def test_a_tolerance_may_differ_by_frame(values):
    tolerance = np.where(np.arange(len(values)) < 40, 0.001, 0.1)[:, None]
    (curve,) = reduced(values[:, None], tolerance)
    assert (error(curve, values) <= tolerance[:, 0] + rounding(values)).all()
    assert curve.error == pytest.approx(error(curve, values).max(), abs=rounding(values))


@given(st.integers(0, 2**31), tolerances)
@settings(deadline=None, max_examples=20)
def test_long_segments_are_within_at_every_frame(seed, tolerance):
    """Slow movement with a single frame that juts out: a fit to some of the frames does not see it."""
    chance = np.random.default_rng(seed)
    values = np.cumsum(np.cumsum(chance.normal(0, 1e-4, 2000))).astype(np.float32)
    values[chance.integers(0, 2000, 3)] += np.float32(1.5 * tolerance)
    curve = only(values, tolerance)
    assert error(curve, values).max() <= tolerance + rounding(values)


def test_highs_and_lows_are_keys_with_level_handles():
    values = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(97) / 24)
    curve = only(values, 0.005)
    for extreme in range(0, 97, 12):
        at = np.flatnonzero(curve.frames == extreme)
        assert len(at) == 1
        assert curve.values[at] == pytest.approx(values[extreme])
        if 0 < extreme < 96:
            assert curve.left[at, 1] == curve.right[at, 1] == curve.values[at]
    assert len(curve) <= 17


def test_a_brief_level_high_is_one_key_and_a_long_one_has_both_ends():
    brief, long = (
        np.concatenate([rise, np.full(length, 1.0), rise[::-1]])
        for rise in [smoothly(np.array([0, 10]), np.array([0.0, 1.0]))[:-1]]
        for length in (3, 12)
    )
    keys = only(brief, 0.01).frames
    assert 11 in keys and 10 not in keys and 12 not in keys
    assert {10, 21} <= set(only(long, 0.01).frames.tolist())


def test_small_wiggles_are_not_kept():
    values = np.linspace(0, 1, 100) + 0.002 * np.sin(np.arange(100))
    assert len(only(values, 0.005)) <= 3


def test_a_still_curve_is_one_key():
    for value in (0.0, 0.3):
        curve = only(np.full(50, value, np.float32), 0.005)
        assert (len(curve), curve.error) == (1, 0.0)
        assert curve.values[0] == np.float32(value)


def test_a_corner_stays_sharp_and_costs_one_key():
    values = np.abs(np.arange(41) - 20) / 20
    curve = only(values, 0.001)
    assert curve.frames.tolist() == [0, 20, 40]
    assert curve.corner.tolist() == [False, True, False]


@pytest.mark.parametrize("values", [np.zeros((0, 3)), np.zeros(5), np.array([[np.nan]]), np.array([[np.inf], [0.0]])])
def test_what_is_no_curve_is_refused(values):
    with pytest.raises(ValueError, match="curves need"):
        reduced(values)


def test_a_tolerance_of_nothing_is_refused():
    with pytest.raises(ValueError, match="tolerance"):
        reduced(np.zeros((5, 1)), 0.0)


def spoken(frames: int = 240, fps: float = 24.0) -> np.ndarray:
    """Weights (frames, 52) of a jaw that opens and lips that seal four times a second, with lively openers."""
    times = np.arange(frames) / fps
    out = np.zeros((frames, arkit.COUNT), np.float32)
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * times)
    out[:, arkit.INDEX["jawOpen"]] = 0.1 + 0.3 * syllables * (0.6 + 0.4 * np.sin(1.7 * times))
    out[:, arkit.INDEX["mouthClose"]] = out[:, arkit.INDEX["jawOpen"]] * (1 - syllables)
    for name in ("mouthFunnel", "mouthLowerDownLeft", "mouthUpperUpRight", "mouthRollLower"):
        out[:, arkit.INDEX[name]] = 0.3 * syllables * np.abs(np.sin(3.1 * times))
    return out


@pytest.mark.parametrize("tolerance", [0.005, 0.03, 0.2])
def test_seals_keep_their_gap_whatever_the_tolerance(tolerance):
    weights = spoken()
    curves = lip_gap.reduced_face(weights, tolerance=tolerance)
    shown = np.column_stack([curve.at(np.arange(len(weights))) for curve in curves])
    sealed = lip_gap.gap(weights) <= lip_gap.SEALED_MM
    assert 20 < sealed.sum() < 120
    change = np.abs(lip_gap.gap(shown) - lip_gap.gap(weights))[sealed]
    assert change.max() <= lip_gap.ALLOWED_MM + 1e-4
    assert np.abs(shown - weights).max() <= tolerance + ROUNDING


@given(st.integers(0, 2**31), tolerances)
@settings(deadline=None, max_examples=15)
def test_any_face_keeps_its_tolerance_and_the_gap_of_its_seals(seed, tolerance):
    chance = np.random.default_rng(seed)
    frames = np.cumsum([0, *chance.integers(2, 7, 20)])
    weights = np.column_stack([smoothly(frames, 0.3 * chance.random(len(frames))) for _ in arkit.NAMES])
    shut = smoothly(frames, (chance.random(len(frames)) < 0.5).astype(float))
    jaw, close = arkit.INDEX["jawOpen"], arkit.INDEX["mouthClose"]
    opened = lip_gap.gap(weights) + 38.6 * weights[:, close]  # without mouthClose, which then closes what is open
    weights[:, close] = np.clip(shut * opened / 38.6, 0, 1)
    curves = lip_gap.reduced_face(weights, tolerance=tolerance)
    shown = np.column_stack([curve.at(np.arange(len(weights))) for curve in curves])
    sealed = lip_gap.gap(weights) <= lip_gap.SEALED_MM
    assert sealed.any()
    assert np.abs(shown - weights).max() <= tolerance + ROUNDING
    assert np.abs(lip_gap.gap(shown) - lip_gap.gap(weights))[sealed].max() <= lip_gap.ALLOWED_MM + 1e-4
    middle = np.argmin(lip_gap.gap(weights))
    assert np.abs(shown[middle] - weights[middle])[[jaw, close]].max() <= ROUNDING


def test_curves_that_are_keyed_one_by_one_keep_the_gap_together():
    weights = spoken()
    columns = [
        lip_gap.reduced_face(weights, weights[:, [index]], [{name: 1.0}], 0.03, alone=True)[0]
        for index, name in enumerate(arkit.NAMES)
    ]
    shown = np.column_stack([curve.at(np.arange(len(weights))) for curve in columns])
    sealed = lip_gap.gap(weights) <= lip_gap.SEALED_MM
    assert np.abs(lip_gap.gap(shown) - lip_gap.gap(weights))[sealed].max() <= lip_gap.ALLOWED_MM + 1e-4


def test_each_seal_has_a_key_on_jaw_and_closure():
    weights = spoken()
    curves = lip_gap.reduced_face(weights)
    sealed = np.concatenate([[False], lip_gap.gap(weights) <= lip_gap.SEALED_MM, [False]])
    edges = np.flatnonzero(np.diff(sealed))
    assert len(edges) > 40
    for name in ("jawOpen", "mouthClose"):
        frames = curves[arkit.INDEX[name]].frames
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            assert ((frames >= start) & (frames < end)).any()


def test_a_shape_key_of_half_gain_moves_the_lips_twice_as_much_a_unit():
    weights = spoken()
    jaw = arkit.INDEX["jawOpen"]
    values = 0.5 * weights[:, [jaw]]
    (curve,) = lip_gap.reduced_face(weights, values, [{"jawOpen": 0.5}], 0.1)
    missed = 2 * (curve.at(np.arange(len(weights))) - values[:, 0])
    near = lip_gap.gap(weights) <= lip_gap.SEALED_MM
    assert np.abs(32.8 * missed)[near].max() <= lip_gap.ALLOWED_MM + 1e-4


@pytest.mark.skipif(not CAPTURES.exists(), reason="../shared/data is not here")
def test_a_real_talk_is_bounded_and_few_keys():
    rows = np.genfromtxt(CAPTURES / "jmtechart_talk.csv", delimiter=",", skip_header=1)[:, 2:54]
    curves = lip_gap.reduced_face(rows)
    shown = np.column_stack([curve.at(np.arange(len(rows))) for curve in curves])
    assert np.abs(shown - rows).max() <= 0.005 + ROUNDING
    assert sum(map(len, curves)) <= 0.12 * rows.size


@pytest.mark.skipif(not (WEIGHTS / "generator.safetensors").exists(), reason="no trained weights")
def test_speech_without_a_pause_is_bounded_and_few_keys_in_any_style():
    animator = Animator.load(device="cpu")
    for prompt in ("", "furious, barely holding back"):
        performed = animator.animate(CLIP, prompt).curves
        for fps, most in ((24, 0.12), (30, 0.10), (60, 0.052)):
            weights = performed.resampled(fps).weights
            curves = lip_gap.reduced_face(weights)
            shown = np.column_stack([curve.at(np.arange(len(weights))) for curve in curves])
            assert np.abs(shown - weights).max() <= 0.005 + ROUNDING
            assert sum(map(len, curves)) <= most * weights.size, (prompt, fps)
