# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: ten minutes of speech reduced to few keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from expclip_core.animate import WEIGHTS, Animator
from expclip_core.lip_gap import reduced_face

CLIP = Path(__file__).parents[2] / "assets" / "demo-clip.flac"
FPS, MINUTES = 60, 10

pytestmark = pytest.mark.skipif(
    not (WEIGHTS / "generator.safetensors").exists(), reason="the models are not trained yet"
)


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Weights (36,000, 52): the demo clip over and over, for ten minutes at 60 frames a second."""
    take = Animator.load(device="cpu").animate(CLIP, "delighted", fps=FPS).curves.weights
    frames = FPS * 60 * MINUTES
    return np.tile(take, (frames // len(take) + 1, 1))[:frames]


def test_reducing_ten_minutes(speech, benchmark):
    curves = benchmark.pedantic(reduced_face, (speech,), rounds=2)
    benchmark.extra_info["keys"] = sum(map(len, curves))
    benchmark.extra_info["dense"] = speech.size
