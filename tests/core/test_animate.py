# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole path on tiny random models: everything but the quality, which test_weights.py looks at."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given
from hypothesis import strategies as st

from expclip_core import arkit
from expclip_core.animate import Animator, chosen_device, useful_threads
from expclip_core.audio import frame_count, read_clip
from expclip_core.errors import Cancelled, InputError
from expclip_core.excerpt import Excerpt
from expclip_core.phones import SILENCE, SYMBOLS
from expclip_core.score import CROSS_FADE, TimedPrompt, over_time, read_prompts
from expclip_core.speech import Speech


def test_a_take_covers_the_clip_at_the_rate_asked_for(tiny_animator, humming):
    made = tiny_animator.animate(humming, "cheerful", fps=29.97)
    assert made.duration == pytest.approx(2.0)
    assert made.curves.fps == 29.97
    assert 0 <= made.curves.duration - 2.0 + 1 / 29.97 < 0.1
    assert made.curves.weights.min() >= 0 and made.curves.weights.max() <= 1
    assert set(made.seconds) == {"text", "speech", "transcript", "generator"}


def test_the_same_input_gives_the_same_output(tiny_weights, tiny_animator, humming):
    first = tiny_animator.animate(humming, "cheerful", seed=4).curves.weights
    fresh = Animator.load(tiny_weights, device="cpu").animate(humming, "cheerful", seed=4).curves.weights
    assert np.array_equal(first, fresh)
    assert not np.array_equal(first, tiny_animator.animate(humming, "cheerful", seed=5).curves.weights)


@pytest.mark.parametrize(("processors", "threads"), [(1, 1), (2, 1), (4, 2), (64, 4), (None, 1)])
def test_half_of_the_processor_stays_free(monkeypatch, processors, threads):
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    assert useful_threads() == threads


def test_loading_leaves_threads_free_and_takes_none_back(tiny_weights):
    before = torch.get_num_threads()
    try:
        for allowed in (64, 1):
            torch.set_num_threads(allowed)
            Animator.load(tiny_weights, device="cpu")
            assert torch.get_num_threads() == min(allowed, useful_threads())
    finally:
        torch.set_num_threads(before)


def test_a_new_prompt_does_not_hear_the_clip_again(tiny_animator, humming, monkeypatch):
    tiny_animator.animate(humming, "cheerful")
    monkeypatch.setattr(tiny_animator.encoder, "hear", lambda *_: pytest.fail("heard again"))
    tiny_animator.animate(humming, "gloomy")


def test_a_clip_that_changed_on_disk_is_heard_again(tiny_animator, humming, tmp_path):
    path = tmp_path / "line.wav"
    shutil.copyfile(humming, path)
    assert tiny_animator.animate(path).duration == pytest.approx(2.0)
    soundfile.write(path, np.zeros(8000), 16000)
    assert tiny_animator.animate(path).duration == pytest.approx(0.5)


def test_an_excerpt_is_heard_as_a_file_of_its_own(tiny_animator, humming, tmp_path):
    samples, rate = soundfile.read(humming)
    soundfile.write(tmp_path / "part.wav", samples[rate // 2 : rate], rate)
    part = tiny_animator.animate(tmp_path / "part.wav", "cheerful")
    excerpt = tiny_animator.animate(humming, "cheerful", excerpt=Excerpt(0.5, 1.0))
    assert np.allclose(part.curves.weights, excerpt.curves.weights, atol=1e-5)


def test_speed_moves_in_time_what_was_heard_once(tiny_animator, humming, monkeypatch):
    normal = tiny_animator.animate(humming)
    monkeypatch.setattr(tiny_animator.encoder, "hear", lambda *_: pytest.fail("heard again"))
    fast = tiny_animator.animate(humming, excerpt=Excerpt(speed=2.0))
    assert (normal.duration, fast.duration) == (pytest.approx(2.0), pytest.approx(1.0))
    assert len(fast.curves) == frame_count(1.0)


def test_silence_is_legal_and_blinks(tiny_animator, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000 * 8), 16000)
    made = tiny_animator.animate(tmp_path / "silence.wav").curves
    assert len(made) == frame_count(8.0)
    assert made.channel("eyeBlinkLeft").max() > 0.9


def test_cancel_stops_and_the_animator_stays_usable(tiny_animator, humming, tmp_path):
    path = tmp_path / "other.wav"
    shutil.copyfile(humming, path)

    def report(fraction: float, stage: str) -> None:
        if stage == "Hearing the clip":
            raise Cancelled

    with pytest.raises(Cancelled):
        tiny_animator.animate(path, report=report)
    assert len(tiny_animator.animate(path).curves)


def test_progress_never_falls(tiny_animator, humming, tmp_path):
    path = tmp_path / "another.wav"
    shutil.copyfile(humming, path)
    told = []
    tiny_animator.animate(path, "calm", transcript="hello there", report=lambda fraction, stage: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_no_style_is_generated_once_and_a_style_beside_it(tiny_animator, humming, monkeypatch):
    speech = tiny_animator.encoder.hear(read_clip(humming))
    asked, curves = [], tiny_animator.generator.curves
    monkeypatch.setattr(tiny_animator.generator, "curves", lambda *given: asked.append(given) or curves(*given))
    tiny_animator.perform(speech, (TimedPrompt(0.0, ""),), 0)
    assert len(asked) == 1
    tiny_animator.perform(speech, (TimedPrompt(0.0, "furious"),), 0)
    assert len(asked) == 2


def test_a_seal_is_believed_less_where_phones_are_guessed(tiny_animator):
    """In a language that is hardly known, half of what sounds like an m is none."""
    frames = 200
    seal = np.where(np.abs(np.arange(2 * frames) - frames) < 8, 0.6, 0.0)
    contact = np.column_stack([seal, 0 * seal]).astype(np.float32)
    loud, still = np.full(frames, 0.7, np.float32), np.zeros(frames, np.float32)
    made = []
    for doubt in (0.05, 0.9):
        posteriors = np.full((2 * frames, len(SYMBOLS)), doubt / len(SYMBOLS), np.float32)
        posteriors[:, SYMBOLS.index("m")] += 1 - doubt
        made.append(tiny_animator.contacts(Speech(posteriors, contact, loud, still, 4.0, still))[0].max())
    assert made == [1.0, 0.0]


@pytest.fixture
def hears_silence(tiny_animator, monkeypatch):
    """Untrained, the tiny encoder believes any text; here it is sure that nobody speaks."""

    def hear(clip, report=None):
        frames = frame_count(clip.duration)
        posteriors = np.full((2 * frames, len(SYMBOLS)), 1e-4, np.float32)
        posteriors[:, SYMBOLS.index(SILENCE)] = 1 - 1e-4 * (len(SYMBOLS) - 1)
        still = np.zeros(frames, np.float32)
        return Speech(posteriors, np.zeros((2 * frames, 2), np.float32), still, still, clip.duration, still)

    monkeypatch.setattr(tiny_animator.encoder, "hear", hear)


def test_a_transcript_that_does_not_fit_is_said(tiny_animator, humming, tmp_path, hears_silence):
    path = shutil.copyfile(humming, tmp_path / "quiet.wav")
    made = tiny_animator.animate(path, transcript="The quick brown fox jumps over the lazy dog")
    assert len(made.warnings) == 1


def test_a_text_beside_the_clip_is_read_unless_told_not_to(tiny_animator, humming, tmp_path, hears_silence):
    shutil.copyfile(humming, tmp_path / "line.wav")
    (tmp_path / "line.txt").write_text("The quick brown fox jumps over the lazy dog and then some more")
    assert tiny_animator.animate(tmp_path / "line.wav").warnings
    assert not tiny_animator.animate(tmp_path / "line.wav", transcript="").warnings


@pytest.mark.parametrize("fps", [0.0, -24.0, float("nan"), 5000.0])
def test_impossible_rates_are_refused(tiny_animator, humming, fps):
    with pytest.raises(InputError, match="frames a second"):
        tiny_animator.animate(humming, fps=fps)


def test_express_gives_a_pose_a_prompt_and_rest_for_none(tiny_animator):
    poses = tiny_animator.express(["happy", ""], intensity=1.0)
    assert poses.shape == (2, arkit.COUNT)
    assert not poses[1].any()
    assert not tiny_animator.express(["happy"], intensity=0.0).any()
    assert tiny_animator.express([]).shape == (0, arkit.COUNT)


@given(st.lists(st.floats(0, 20), min_size=2, max_size=6).map(sorted))
def test_styles_cross_fade_without_a_jump(moments):
    score = [TimedPrompt(moment, "x") for moment in moments]
    rows = np.random.default_rng(0).random((len(score), 5)).astype(np.float32)
    times = np.arange(0, 22, 0.02)
    faded = over_time(score, rows, times)
    assert faded.min() >= rows.min() - 1e-6 and faded.max() <= rows.max() + 1e-6
    # A smoothstep of this length never moves faster than 1.5 / CROSS_FADE; fades that overlap add up.
    assert np.abs(np.diff(faded, axis=0)).max() <= 0.02 * 1.5 / CROSS_FADE * len(score) + 1e-6
    assert np.allclose(faded[-1], rows[-1], atol=1e-6) or moments[-1] > 21


def test_timed_prompts_are_read_and_sorted(tmp_path):
    path = tmp_path / "prompts.json"
    path.write_text(json.dumps([{"time": 2, "prompt": "b", "intensity": 1.5}, {"time": 0, "prompt": "a"}]))
    assert read_prompts(path) == (TimedPrompt(0.0, "a", 1.0), TimedPrompt(2.0, "b", 1.5))


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "[1]", '[{"time": "soon", "prompt": "a"}]', '[{"time": -1, "prompt": "a"}]']
)
def test_other_files_are_no_timed_prompts(tmp_path, content):
    path = tmp_path / "prompts.json"
    path.write_text(content)
    with pytest.raises(InputError):
        read_prompts(path)


def test_a_device_that_is_not_there_is_said():
    with pytest.raises(InputError, match="choose auto or cpu"):
        chosen_device("quantum")
    assert chosen_device("cpu") == "cpu"
