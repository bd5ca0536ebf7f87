# SPDX-License-Identifier: GPL-3.0-or-later
"""Sane lips on voices that nobody trained on: a whisper, a child, singing, and speech of no language at all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from expclip_core.animate import WEIGHTS, Animator
from expclip_core.audio import SAMPLE_RATE, Clip, read_clip
from expclip_core.lip_gap import SEALED_MM, gap
from expclip_core.score import TimedPrompt
from training.speech.conditions import childlike, sung, whispered

CLIP = WEIGHTS.parent / "assets" / "demo-clip.flac"
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@pytest.fixture(scope="module")
def animator() -> Animator:
    if not (WEIGHTS / "generator.safetensors").exists():
        pytest.skip("the models are not trained yet")
    return Animator.load(device="cpu")


def backwards(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sounds of a voice in an order that no language has."""
    return samples[::-1]


@pytest.mark.parametrize("change", [whispered, childlike, sung, backwards])
def test_lips_stay_sane(animator, change: Change):
    samples = change(read_clip(CLIP).samples, np.random.default_rng(0)).astype(np.float32)
    speech = animator.encoder.hear(Clip(np.ascontiguousarray(samples)))
    talking, quiet = speech.loudness > 0.3, speech.loudness < 0.05
    for prompt, wider in (("", 1.0), ("furious", 0.0)):  # anger bares its teeth in pauses too
        weights = animator.perform(speech, (TimedPrompt(0.0, prompt),), seed=0)
        assert np.isfinite(weights).all() and weights.min() >= 0 and weights.max() <= 1
        lips = gap(weights)
        assert lips.min() > -2 and np.quantile(lips, 0.99) < 30  # neither crossed nor torn apart
        assert np.quantile(np.abs(np.diff(lips)), 0.99) < 8  # millimetres in 20 ms
        assert lips[talking].mean() > lips[quiet].mean() + wider
        edges = np.flatnonzero(np.diff(np.concatenate([[False], talking & (lips <= SEALED_MM), [False]])))
        lengths = (edges[1::2] - edges[::2]) / 50
        assert lengths.max(initial=0) < 0.4  # seconds that lips are shut within speech
        assert len(lengths) < 6 * talking.sum() / 50


def hiss(seconds: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(len(seconds))


def chords(seconds: np.ndarray) -> np.ndarray:
    """Four tones, struck twice a second."""
    return sum(np.sin(2 * np.pi * hertz * seconds) for hertz in (220, 277, 330, 440)) * np.exp(-6 * (seconds % 0.5))


@pytest.mark.parametrize("sound", [hiss, chords])
def test_no_mouth_speaks_what_is_no_speech(animator, sound: Callable[[np.ndarray], np.ndarray]):
    samples = 0.1 * sound(np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE)
    speech = animator.encoder.hear(Clip(samples.astype(np.float32)))
    lips = gap(animator.perform(speech, (TimedPrompt(0.0, ""),), seed=0))
    assert lips.mean() < 4  # millimetres; vowels open it by 8 to 14


def test_a_voice_is_as_loud_beside_music_as_alone(animator):
    alone = read_clip(CLIP)
    music = 0.1 * chords(np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE)
    after = animator.encoder.hear(Clip(np.concatenate([music, alone.samples]).astype(np.float32)))
    heard, expected = after.loudness[150 : 150 + 300], animator.encoder.hear(alone).loudness[:300]
    assert np.abs(heard - expected).mean() < 0.1
