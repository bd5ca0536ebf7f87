# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that are guessed where there is no transcript: what they add, and where they keep out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from expclip_core.animate import Animator
from expclip_core.audio import SAMPLE_RATE, Clip, read_clip
from expclip_core.errors import InputError
from expclip_core.phones import INDEX, SEALS
from expclip_core.speech import Speech, load_speech_encoder
from expclip_core.transcript import aligned, guess
from expclip_core.transcript.guess import with_guessed_words
from expclip_core.transcript.pieces import audible_pieces

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not guess.can_guess(), reason="Pocketsphinx has no wheel for this Python")


def ignored(fraction: float, stage: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def clip() -> Clip:
    return read_clip(ROOT / "assets" / "demo-clip.flac")


@pytest.fixture(scope="module")
def heard(clip: Clip) -> Speech:
    return load_speech_encoder(ROOT / "weights").hear(clip)


@pytest.fixture(scope="module")
def truth(heard: Speech) -> np.ndarray:
    """The phone said in each label of the demo's clip, by its transcript."""
    segments = aligned(heard, (ROOT / "assets" / "demo-clip.txt").read_text(), "en").segments
    times = np.arange(len(heard.posteriors)) / 100
    ends = np.array([segment.end for segment in segments])
    return np.array([INDEX[segments[min(i, len(segments) - 1)].symbol] for i in np.searchsorted(ends, times, "right")])


def test_what_is_said_becomes_likelier(clip: Clip, heard: Speech, truth: np.ndarray) -> None:
    guessed = with_guessed_words(heard, clip, ignored)
    rows = np.arange(len(truth))
    assert guessed.posteriors[rows, truth].mean() > heard.posteriors[rows, truth].mean() + 0.01
    sealed = np.isin(truth, [INDEX[symbol] for symbol in SEALS])
    assert guessed.contact[sealed, 0].mean() > heard.contact[sealed, 0].mean()
    assert guessed.contact.min() >= 0 and guessed.contact.max() <= 1
    assert np.allclose(guessed.posteriors.sum(axis=1), 1, atol=1e-4)


def test_the_same_clip_gives_the_same_words_again(clip: Clip, heard: Speech) -> None:
    first, second = (with_guessed_words(heard, clip, ignored) for _ in range(2))
    assert np.array_equal(first.posteriors, second.posteriors)


def test_noise_and_silence_have_no_words(heard: Speech) -> None:
    encoder = load_speech_encoder(ROOT / "weights")
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32)
    for samples in (noise, np.zeros_like(noise)):
        clip = Clip(samples)
        alone = encoder.hear(clip)
        guessed = with_guessed_words(alone, clip, ignored)
        assert np.array_equal(guessed.posteriors, alone.posteriors)
        assert np.array_equal(guessed.contact, alone.contact)


def test_words_that_do_not_fit_change_nothing(clip: Clip, heard: Speech, monkeypatch: pytest.MonkeyPatch) -> None:
    fits_nothing = SimpleNamespace(hypstr="an entirely different sentence about mountains and rivers")
    deaf = SimpleNamespace(
        start_utt=list, process_raw=lambda raw, full_utt: None, end_utt=list, hyp=lambda: fits_nothing
    )
    monkeypatch.setattr(guess, "_decoders", lambda: (deaf,))
    guessed = with_guessed_words(heard, clip, ignored)
    assert np.array_equal(guessed.contact, heard.contact)


def test_it_can_be_cancelled_between_pieces(clip: Clip, heard: Speech) -> None:
    def cancel(fraction: float, stage: str) -> None:
        raise InputError("cancelled")

    with pytest.raises(InputError, match="cancelled"):
        with_guessed_words(heard, clip, cancel)


def test_a_long_clip_is_guessed_in_pieces_that_cover_it(clip: Clip) -> None:
    samples = np.tile(clip.samples, 1 + 40 * SAMPLE_RATE // len(clip.samples))
    pieces = audible_pieces(samples, 6.0, 15.0)
    assert pieces[0][0] == 0 and pieces[-1][1] == len(samples)
    assert all(before[1] == after[0] for before, after in pairwise(pieces))
    lengths = np.array([last - first for first, last in pieces]) / SAMPLE_RATE
    assert lengths.max() <= 15.0 and lengths[:-1].min() >= 5.9


@pytest.mark.parametrize(
    ("settings", "guesses"),
    [
        ({}, 1),
        ({"guess_words": False}, 0),
        ({"language": "de"}, 0),
        ({"language": "en-GB"}, 1),
        ({"transcript": "hm"}, 0),
    ],
)
def test_who_guesses_when(
    tiny_animator: Animator, humming: Path, monkeypatch: pytest.MonkeyPatch, settings: dict, guesses: int
) -> None:
    asked = []

    def guessed(speech: Speech, clip: Clip, report: object) -> Speech:
        asked.append(clip)
        return replace(speech)

    monkeypatch.setattr("expclip_core.animate.with_guessed_words", guessed)
    fresh = Animator(tiny_animator.encoder, tiny_animator.expclip, tiny_animator.generator, "cpu")
    for prompt in ("glad", "sad"):  # a new prompt does not guess again
        fresh.animate(humming, prompt, **settings)
    assert len(asked) == guesses


def test_without_pocketsphinx_the_result_says_so(
    tiny_animator: Animator, humming: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expclip_core.animate.can_guess", lambda: False)
    fresh = Animator(tiny_animator.encoder, tiny_animator.expclip, tiny_animator.generator, "cpu")
    assert "pocketsphinx" in " ".join(fresh.animate(humming).warnings)
    assert not fresh.animate(humming, guess_words=False).warnings
