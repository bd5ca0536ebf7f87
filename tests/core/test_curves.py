# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from expclip_core import arkit
from expclip_core.curves import Curves

weights = st.integers(1, 60).flatmap(
    lambda frames: arrays(np.float32, (frames, arkit.COUNT), elements=st.floats(0, 1, width=32))
)
rates = st.sampled_from([23.976, 24.0, 25.0, 29.97, 30.0, 60.0])


def test_every_name_has_a_region_a_size_and_a_mirror():
    assert len(arkit.NAMES) == len(set(arkit.NAMES)) == 52
    assert sorted(name for names in arkit.REGIONS.values() for name in names) == sorted(arkit.NAMES)
    assert (arkit.DISPLACEMENT_MM > 0).all()
    assert (arkit.MIRROR[arkit.MIRROR] == np.arange(52)).all()
    assert arkit.mirrored("jawLeft") == "jawRight"
    assert arkit.mirrored("browInnerUp") == "browInnerUp"


def test_a_pose_by_unsided_names_sets_both_sides():
    pose = arkit.pose(mouthSmile=0.5, jawLeft=0.25)
    assert pose[arkit.INDEX["mouthSmileLeft"]] == pose[arkit.INDEX["mouthSmileRight"]] == 0.5
    assert pose[arkit.INDEX["jawLeft"]] == 0.25
    assert pose[arkit.INDEX["jawRight"]] == 0


@given(weights, rates)
def test_resampling_stays_within_the_range_and_the_seconds(values, fps):
    curves = Curves(values)
    other = curves.resampled(fps)
    assert other.weights.min() >= values.min() - 1e-6
    assert other.weights.max() <= values.max() + 1e-6
    assert other.duration <= curves.duration + 1e-6
    assert curves.duration - other.duration < 1 / fps


@given(weights)
def test_frames_are_met_exactly(values):
    curves = Curves(values)
    assert np.allclose(curves.at(curves.times), values, atol=1e-5)
    assert np.allclose(curves.at(np.array([-1.0, 1e6])), values[[0, -1]])


def test_a_straight_line_stays_straight_at_any_rate():
    line = np.repeat(np.linspace(0, 1, 101, dtype=np.float32)[:, None], arkit.COUNT, axis=1)
    other = Curves(line).resampled(29.97)
    assert np.allclose(other.weights[:, 0], other.times / 2, atol=1e-5)


@pytest.mark.parametrize("fps", [24000 / 1001, 30000 / 1001, 60000 / 1001])
def test_no_frame_is_lost_at_a_rate_that_blender_keeps_as_float32(fps):
    curves = Curves(np.zeros((20_000, arkit.COUNT), np.float32), fps)
    for kept in (float(np.float32(fps)), round(fps) / float(np.float32(1.001))):
        assert len(curves.resampled(kept)) == len(curves)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="shape"):
        Curves(np.zeros((3, 51), np.float32))
    with pytest.raises(ValueError, match="frames a second"):
        Curves(np.zeros((3, 52), np.float32), fps=0)
