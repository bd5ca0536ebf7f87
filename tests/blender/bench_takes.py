# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: a slider of the mix on 10 seconds of speech, one mesh, 52 channels; how large a take is."""

from __future__ import annotations

import itertools

import bpy
import numpy as np
import pytest

from expclip_core.animate import WEIGHTS, Animator
from expclip_core.channels import NAMES
from tests.blender.stage import extension, make_mesh

CLIP = WEIGHTS.parent / "assets" / "demo-clip.flac"
FRAMES = 500  # of layers: 10 seconds

pytestmark = pytest.mark.skipif(not (WEIGHTS / "generator.safetensors").exists(), reason="no trained weights")


@pytest.fixture(scope="module")
def packed() -> bytes:
    """The demo clip, performed and gone on with backwards until it lasts 10 seconds."""
    layers = Animator.load(device="cpu").animate(CLIP, "sad, but trying to smile").layers
    there_and_back = np.concatenate([np.arange(len(layers)), np.arange(len(layers))[::-1]])[:FRAMES]
    return type(layers).of_matrix(layers.matrix[there_and_back], list(layers.tracks), layers.fps).packed()


def placed(packed: bytes, tolerance: float) -> bpy.types.Action:
    memory, take = extension("scene.memory"), extension("scene.take")
    head = make_mesh("Head", NAMES)
    layers = extension("expclip_core.mix").Layers.unpacked(packed)
    made = memory.Take("line.wav", "sad, but trying to smile", 1, layers, 24.0, tolerance=tolerance)
    take.place(bpy.context.scene, extension("scene.rig").rig_of(head), made, False, False)
    return head.data.shape_keys.animation_data.action


@pytest.mark.parametrize("tolerance", [0.0, 0.005], ids=["dense", "reduced"])
@pytest.mark.parametrize("slider", ["speech", "brows.strength"])
def test_moving_a_slider(packed: bytes, tolerance: float, slider: str, benchmark) -> None:
    action = placed(packed, tolerance)
    owner, _, name = slider.rpartition(".")
    settings = getattr(action.expclip.mix, owner) if owner else action.expclip.mix
    strengths = itertools.cycle(np.linspace(0.5, 1.5, 31))
    benchmark.pedantic(lambda: setattr(settings, name, next(strengths)), rounds=20, warmup_rounds=1)
    benchmark.extra_info["kB on the action"] = sum(len(action[each]) for each in _KEPT) / 1000


_KEPT = ("expclip_layers", "expclip_written")
