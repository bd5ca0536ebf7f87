# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: how long the models take on this machine, with the trained weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from expclip_core.animate import WEIGHTS, Animator
from expclip_core.audio import read_clip
from expclip_core.score import TimedPrompt

CLIP = Path(__file__).parents[2] / "assets" / "demo-clip.flac"

pytestmark = pytest.mark.skipif(
    not (WEIGHTS / "generator.safetensors").exists(), reason="the models are not trained yet"
)


@pytest.fixture(scope="module")
def animator() -> Animator:
    return Animator.load(device="cpu")


@pytest.fixture(scope="module")
def speech(animator):
    return animator.encoder.hear(read_clip(CLIP))


def test_hearing_a_7_second_clip(animator, benchmark):
    clip = read_clip(CLIP)
    benchmark(animator.encoder.hear, clip)


def test_a_prompt_becomes_a_pose(animator, benchmark):
    prompts = iter(f"furious, but trying to stay polite, take {number}" for number in range(10**6))
    benchmark(lambda: animator.express([next(prompts)]))


def test_a_new_prompt_on_a_loaded_clip(animator, speech, benchmark):
    prompts = iter(f"furious, take {number}" for number in range(10**6))
    benchmark(lambda: animator.perform(speech, (TimedPrompt(0.0, next(prompts)),), 0))


def test_aligning_a_transcript(animator, speech, benchmark):
    benchmark(animator.with_words, speech, CLIP.with_suffix(".txt").read_text())
