# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: keys written into Blender. Here, as it needs the extension in the bpy module, and not a test by its name."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from expclip_core.channels import NAMES
from expclip_core.keys import reduced
from tests.blender.stage import extension

FRAMES = 18_000  # ten minutes at 30 frames a second: 936,000 keys


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Smooth weights (18,000, 52), each channel at another speed."""
    times = np.arange(FRAMES)[:, None] / 30
    speeds = 1 + np.arange(len(NAMES)) / 10
    return (0.5 + 0.5 * np.sin(speeds * times)).astype(np.float32)


def new_curves() -> list[bpy.types.FCurve]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    channels = extension("scene.actions").Channels(bpy.data.actions.new("Take"), "Head")
    return [channels.new_curve(f'key_blocks["{name}"].value') for name in NAMES]


def test_writing_a_key_a_frame(values, benchmark) -> None:
    keys = extension("scene.keys")

    def write(curves: list[bpy.types.FCurve]) -> None:
        for curve, each in zip(curves, values.T, strict=True):
            keys.write_new(curve, keys.dense(1, each))

    benchmark.pedantic(write, setup=lambda: ((new_curves(),), {}), rounds=5)
    benchmark.extra_info["million keys a second"] = values.size / benchmark.stats["min"] / 1e6


def test_writing_reduced_keys(values, benchmark) -> None:
    keys, few = extension("scene.keys"), reduced(values)

    def write(curves: list[bpy.types.FCurve]) -> None:
        for curve, each in zip(curves, few, strict=True):
            keys.write_new(curve, keys.bezier(1, each))

    benchmark.pedantic(write, setup=lambda: ((new_curves(),), {}), rounds=5)
    benchmark.extra_info["million dense keys a second"] = values.size / benchmark.stats["min"] / 1e6
