# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from expclip_core import speech
from expclip_core.audio import SAMPLE_RATE, Clip, frame_count
from expclip_core.errors import Cancelled, InputError
from expclip_core.phones import INDEX, SILENCE, SYMBOLS
from expclip_core.speech import Config, SpeechEncoder, config_json, load_speech_encoder, spans_above

ROOT = Path(__file__).parents[2]
TINY = Config(width=32, blocks=2, heads=2, feedforward=64, kernel=5, span=16)


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    torch.manual_seed(0)
    return SpeechEncoder(TINY).eval()


def babble(seconds: float, seed: int = 0) -> Clip:
    """Noise whose loudness wanders as speech's does."""
    rng = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    knots = np.arange(0, seconds + 1, 0.1)
    loud = np.interp(np.arange(count) / SAMPLE_RATE, knots, rng.random(len(knots)))
    return Clip((0.2 * loud * rng.normal(0, 1, count)).astype(np.float32))


@pytest.mark.parametrize("seconds", [1 / SAMPLE_RATE, 0.013, 0.5, 1.0, 13.37])
def test_shapes_follow_the_contract(encoder, seconds):
    heard = encoder.hear(babble(seconds))
    frames = frame_count(heard.duration)
    assert heard.posteriors.shape == (2 * frames, len(SYMBOLS))
    assert heard.contact.shape == (2 * frames, 2)
    assert heard.loudness.shape == heard.pitch.shape == (frames,)
    assert {array.dtype for array in (heard.posteriors, heard.contact, heard.loudness, heard.pitch)} == {np.dtype("f4")}
    assert np.abs(heard.posteriors.sum(axis=1) - 1).max() < 1e-5
    assert heard.contact.min() >= 0
    assert heard.contact.sum(axis=1).max() <= 1 + 1e-5


@pytest.fixture(scope="module")
def heard(encoder):
    return encoder.hear(babble(1.5))


@given(st.floats(0.1, 10.0))
def test_speech_played_at_another_speed_says_the_same_at_other_times(heard, speed):
    played = heard.played_at(speed)
    frames = frame_count(1.5 / speed)
    assert played.duration == pytest.approx(1.5 / speed)
    assert (len(played.posteriors), len(played.contact)) == (2 * frames, 2 * frames)
    assert (len(played.loudness), len(played.pitch)) == (frames, frames)
    assert np.allclose(played.posteriors.sum(axis=1), 1.0, atol=1e-5)
    assert set(played.pitch) <= set(heard.pitch)
    moments = np.arange(frames) * speed
    assert np.allclose(played.loudness, np.interp(moments, np.arange(len(heard.loudness)), heard.loudness), atol=1e-5)


def test_silence_is_legal(encoder):
    heard = encoder.hear(Clip(np.zeros(SAMPLE_RATE, np.float32)))
    assert np.isfinite(heard.posteriors).all()
    assert not heard.loudness.any()


def test_the_same_clip_is_heard_the_same(encoder):
    first, second = (encoder.hear(babble(2.0)) for _ in range(2))
    assert np.array_equal(first.posteriors, second.posteriors)


def test_windows_do_not_show(encoder, monkeypatch):
    whole = encoder.hear(babble(9.0))
    monkeypatch.setattr(speech, "_WINDOW", 100)
    monkeypatch.setattr(speech, "_MARGIN", 2 * TINY.span + 10)  # two blocks see no further
    parts = encoder.hear(babble(9.0))
    assert np.abs(whole.posteriors - parts.posteriors).max() < 1e-4
    assert np.abs(whole.contact - parts.contact).max() < 1e-4


def test_what_comes_later_does_not_change_what_was_said(encoder):
    long = babble(8.0)
    short = Clip(long.samples[: 5 * SAMPLE_RATE])
    level_is_shared = np.concatenate([short.samples, np.zeros(3 * SAMPLE_RATE, np.float32)])
    heard, alone = encoder.hear(Clip(level_is_shared)), encoder.hear(short)
    safe = 100 * 4
    assert np.abs(heard.posteriors[:safe] - alone.posteriors[:safe]).max() < 0.05


@pytest.mark.parametrize("steps", [1, 7, 16, 17, 40])
def test_near_attention_is_attention_within_the_span(steps):
    query, key, value = torch.randn(3, 2, 4, steps, 8, generator=torch.Generator().manual_seed(steps))
    position = torch.arange(steps)
    within = (position[:, None] - position[None]).abs() <= 8
    whole = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=within)
    near = speech._near_attention(query, key, value, speech._band(steps, 8))
    torch.testing.assert_close(near, whole)


def test_progress_rises_to_the_end(encoder):
    shares: list[float] = []
    encoder.hear(babble(30.0), lambda share, stage: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 1


def test_a_long_clip_can_be_cancelled(encoder):
    def cancel(share: float, stage: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        encoder.hear(babble(30.0), cancel)


def saved(folder: Path, encoder: SpeechEncoder, config: Config = TINY) -> Path:
    halves = {name: tensor.half() for name, tensor in encoder.state_dict().items()}
    save_file(halves, folder / speech.WEIGHTS, metadata={"config": config_json(config)})
    return folder


def test_weights_come_back(encoder, tmp_path):
    config = replace(TINY, seal_on=0.7, seal_off=0.4)
    loaded = load_speech_encoder(saved(tmp_path, encoder, config))
    assert loaded.config == config
    difference = loaded.hear(babble(1.0)).posteriors - encoder.hear(babble(1.0)).posteriors
    assert np.abs(difference).max() < 0.01  # stored as float16


def test_broken_weights_are_one_clear_sentence(encoder, tmp_path):
    with pytest.raises(InputError, match="install the extension again"):
        load_speech_encoder(tmp_path)
    (tmp_path / speech.WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(InputError, match="install the extension again"):
        load_speech_encoder(tmp_path)
    with pytest.raises(InputError, match="install the extension again"):
        load_speech_encoder(saved(tmp_path, encoder, replace(TINY, width=64)))
    with pytest.raises(InputError, match="another version"):
        load_speech_encoder(saved(tmp_path, encoder, replace(TINY, symbols=SYMBOLS[::-1])))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(0, 1, width=32), max_size=60), st.floats(0.3, 0.9), st.floats(0.05, 0.3))
def test_spans_hold_what_they_promise(values, on, off):
    probability = np.array(values, dtype=np.float32)
    spans = spans_above(probability, on, off)
    for start, stop in spans:
        assert stop - start >= 2
        assert probability[start:stop].min() > off
        assert probability[start:stop].max() > on
        assert start == 0 or probability[start - 1] <= off
        assert stop == len(probability) or probability[stop] <= off
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    inside = {frame for start, stop in spans for frame in range(start, stop)}
    pairs = np.flatnonzero((probability[:-1] > on) & (probability[1:] > on)) if len(values) > 1 else []
    assert all(frame in inside for frame in pairs)


SHIPPED = ROOT / "weights"


@pytest.fixture(scope="module")
def shipped() -> SpeechEncoder:
    if not (SHIPPED / speech.WEIGHTS).exists():
        pytest.skip("the speech encoder's weights are not built yet")
    return load_speech_encoder(SHIPPED)


def test_the_shipped_encoder_fits_the_download(shipped):
    assert (SHIPPED / speech.WEIGHTS).stat().st_size <= 14_000_000


def test_the_shipped_encoder_hears_nothing_in_silence(shipped):
    heard = shipped.hear(Clip(np.zeros(2 * SAMPLE_RATE, np.float32)))
    assert (heard.posteriors.argmax(axis=1) == INDEX[SILENCE]).mean() > 0.9
    assert not spans_above(heard.contact[:, 0], shipped.config.seal_on, shipped.config.seal_off)


def test_the_shipped_encoders_margins_are_wide_enough(shipped, monkeypatch):
    clip = babble(10.0)
    whole = shipped.hear(clip)
    monkeypatch.setattr(speech, "_WINDOW", 150)
    parts = shipped.hear(clip)
    assert np.abs(whole.posteriors - parts.posteriors).mean() < 0.002
