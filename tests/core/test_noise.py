# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expclip_core import speech
from expclip_core.animate import WEIGHTS
from expclip_core.audio import SAMPLE_RATE, Clip, mel_power, read_clip
from expclip_core.noise import noise_below, quieted
from expclip_core.speech import load_speech_encoder

CLIP = WEIGHTS.parent / "assets" / "demo-clip.flac"


def in_noise(samples: np.ndarray, decibels: float) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal(len(samples)) * np.sqrt(np.mean(samples**2))
    return (samples + noise * 10 ** (-decibels / 20)).astype(np.float32)


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    return read_clip(CLIP).samples


def below(samples: np.ndarray) -> float:
    return noise_below(mel_power(samples).numpy())


def test_louder_noise_lies_less_below_the_voice(voice):
    levels = [below(in_noise(voice, decibels)) for decibels in (5, 10, 20, 30)]
    assert levels == sorted(levels)
    assert levels[1] == pytest.approx(14.4, abs=1)
    assert below(voice) > 25


def test_silence_has_no_noise_and_a_hum_is_none():
    assert noise_below(np.zeros((50, 80))) == float("inf")
    assert noise_below(np.zeros((0, 80))) == float("inf")
    hum = np.sin(2 * np.pi * 150 * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    assert below(hum) < 6


def test_noise_is_taken_down_and_the_voice_is_not(voice):
    noisy = in_noise(voice, 10)
    error = np.mean((noisy - voice) ** 2), np.mean((quieted(noisy) - voice) ** 2)
    assert 10 * np.log10(error[0] / error[1]) > 4
    assert np.mean(quieted(voice) ** 2) == pytest.approx(np.mean(voice**2), rel=0.05)


@settings(max_examples=5, deadline=None)
@given(st.integers(SAMPLE_RATE, 2 * SAMPLE_RATE))
def test_quieted_has_as_many_samples(count):
    assert quieted(np.random.default_rng(count).normal(0, 0.1, count).astype(np.float32)).shape == (count,)


def test_minutes_meet_without_a_click():
    hiss = np.random.default_rng(0).normal(0, 0.1, 61 * SAMPLE_RATE).astype(np.float32)
    quiet = quieted(hiss)
    border = np.sqrt(np.mean(quiet[len(quiet) // 2 - 800 : len(quiet) // 2 + 800] ** 2))
    assert border == pytest.approx(np.sqrt(np.mean(quiet**2)), rel=0.2)
    assert len(quiet) == len(hiss)


def test_what_is_heard_in_noise_is_nearer_to_what_is_heard_without(voice, monkeypatch):
    encoder, noisy = load_speech_encoder(WEIGHTS), Clip(in_noise(voice, 10))
    shares: list[float] = []
    truth = encoder.hear(Clip(voice)).posteriors.argmax(axis=1)
    twice = encoder.hear(noisy, lambda share, stage: shares.append(share))
    monkeypatch.setattr(speech, "_NOISY", (0.0, 0.0))
    once = encoder.hear(noisy)
    right = [float((heard.posteriors.argmax(axis=1) == truth).mean()) for heard in (once, twice)]
    assert right[1] > right[0] - 0.01
    assert not np.array_equal(once.contact, twice.contact)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
