# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core import arkit, lips
from expclip_core.audio import log_mel, prosody
from expclip_core.opening import by_sound, by_voice, opened, unsure
from expclip_core.phones import INDEX, SYMBOLS
from expclip_core.speech import Speech

FRAMES = 200
JAW = arkit.INDEX["jawOpen"]
SYLLABLES = (0.4 + 0.4 * np.sin(np.arange(FRAMES) / 4)).astype(np.float32)  # four a second


def speech(doubt: float) -> Speech:
    """An `ah` that is as doubtful as said: 0 surely heard, 1 no more likely than any other phone."""
    posteriors = np.full((2 * FRAMES, len(SYMBOLS)), doubt / len(SYMBOLS), np.float32)
    posteriors[:, INDEX["ah"]] += 1 - doubt
    none = np.zeros((2 * FRAMES, 2), np.float32)
    return Speech(posteriors, none, SYLLABLES, np.zeros(FRAMES, np.float32), FRAMES / 50, 11 * SYLLABLES)


STILL = np.repeat(arkit.pose(jawOpen=0.15)[None], FRAMES, axis=0)


def test_phones_that_are_sure_open_the_mouth_alone():
    assert unsure(speech(0.05)).max() == 0
    assert np.array_equal(opened(STILL, by_voice(STILL, speech(0.05))), STILL)


def test_where_no_phone_is_believed_the_mouth_opens_with_the_voice():
    assert unsure(speech(0.9)).min() == 1
    jaw = opened(STILL, by_voice(STILL, speech(0.9)))[:, JAW]
    assert np.corrcoef(jaw, SYLLABLES)[0, 1] > 0.95
    assert jaw.max() < 0.35


def test_doubt_in_silence_counts_for_nothing():
    quiet = replace(speech(0.05), loudness=np.where(np.arange(FRAMES) < 100, SYLLABLES, 0).astype(np.float32))
    quiet.posteriors[200:] = 1 / len(SYMBOLS)
    assert unsure(quiet)[:100].max() < 1e-3


def test_the_voice_opens_no_contact_that_the_words_make():
    made = np.ones(FRAMES, np.float32)
    for seal, teeth in ((made, 0 * made), (0 * made, made)):
        spoken = lips.with_contacts(STILL, seal, teeth)
        assert np.abs(by_voice(spoken, speech(0.9))).max() < 0.1


def vowel(formants: tuple[float, ...]) -> np.ndarray:
    """A second of a voice of 120 Hz whose harmonics are strong at the formants, Hz."""
    times = np.arange(16_000) / 16_000
    harmonics = 120.0 * np.arange(1, 40)
    gains = sum(1 / (1 + ((harmonics - formant) / 90) ** 2) for formant in formants) / harmonics
    samples = (gains[:, None] * np.sin(2 * np.pi * harmonics[:, None] * times)).sum(axis=0)
    return (0.2 * samples / samples.std()).astype(np.float32)


def test_an_open_vowel_sounds_more_open_than_close_ones_as_loud():
    """Formants of a man's vowels (Peterson and Barney 1952), said in one breath, so that they are measured alike."""
    vowels = {"aa": (730, 1090, 2440), "iy": (270, 2290, 3010), "uw": (300, 870, 2240)}
    samples = np.concatenate([vowel(formants) for formants in vowels.values()])
    loudness, _ = prosody(samples)
    openings = by_sound(log_mel(samples).numpy(), loudness)
    middles = [openings[50 * second + 15 : 50 * second + 35].mean() for second in range(3)]
    assert middles[0] > 1.15 * max(middles[1:])
    assert 5 < middles[0] < 16


def test_silence_sounds_closed():
    samples = np.concatenate([np.zeros(16_000, np.float32), vowel((730, 1090, 2440))])
    loudness, _ = prosody(samples)
    assert np.abs(by_sound(log_mel(samples).numpy(), loudness)[:40]).max() < 0.5


@given(st.floats(-3, 6))
def test_so_many_millimetres_are_so_many(millimetres):
    spoken = np.repeat(arkit.pose(jawOpen=0.2, mouthLowerDown=0.3)[None], 3, axis=0)
    out = opened(spoken, np.full(3, millimetres))
    assert (out - spoken) @ lips.OPENING_MM == pytest.approx(millimetres, abs=1e-3)
