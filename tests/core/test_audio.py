# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import tempfile

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from expclip_core import audio
from expclip_core.audio import SAMPLE_RATE, Clip, frame_count, log_mel, prosody, read_clip
from expclip_core.errors import InputError
from expclip_core.excerpt import Excerpt

FORMATS = [
    ("wav", "PCM_U8"), ("wav", "PCM_16"), ("wav", "PCM_24"), ("wav", "PCM_32"), ("wav", "FLOAT"), ("wav", "DOUBLE"),
    ("flac", "PCM_16"), ("flac", "PCM_24"), ("ogg", "VORBIS"), ("ogg", "OPUS"), ("mp3", "MPEG_LAYER_III"),
    ("aiff", "PCM_16"), ("aiff", "PCM_24"),
]  # fmt: skip


def tone(hertz: float, seconds: float, rate: int = SAMPLE_RATE, loud: float = 0.4) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def voice(seconds: float = 3.0, pitch: float = 130.0, seed: int = 0) -> np.ndarray:
    """Syllables: a buzz that comes and goes four times a second, over a little breath."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in range(1, 20))
    breath = np.random.default_rng(seed).normal(0, 0.005, len(times))
    return (0.15 * buzz * np.clip(np.sin(2 * np.pi * 4 * times), 0, 1) + breath).astype(np.float32)


def loudest_hertz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * SAMPLE_RATE / len(samples))


@pytest.mark.parametrize(("ending", "subtype"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_gives_the_same_tone(tmp_path, ending, subtype, channels):
    path = tmp_path / f"tone.{ending}"
    samples = np.repeat(tone(440, 1.0, 48_000)[:, None], channels, axis=1)
    soundfile.write(path, samples, 48_000, subtype=subtype)
    clip = read_clip(path)
    assert clip.name == "tone"
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1
    assert clip.duration == pytest.approx(1.0, abs=0.08)  # mp3 pads
    assert loudest_hertz(clip.samples) == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(clip.samples**2)) == pytest.approx(0.4 / np.sqrt(2), rel=0.06)


@settings(max_examples=25, deadline=None)
@given(rate=st.integers(4_000, 192_000), seconds=st.floats(0.05, 1.0), channels=st.integers(1, 6))
def test_any_rate_keeps_duration_and_tone(rate, seconds, channels):
    samples = np.repeat(tone(700, seconds, rate)[:, None], channels, axis=1)
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        soundfile.write(file.name, samples, rate, subtype="FLOAT")
        clip = read_clip(file.name)
    assert clip.duration == pytest.approx(len(samples) / rate, abs=2 / SAMPLE_RATE)
    assert np.abs(clip.samples).max() <= 1.0
    if seconds > 0.3 and rate > 8_000:
        assert loudest_hertz(clip.samples) == pytest.approx(700, abs=5)


def test_a_higher_rate_does_not_alias(tmp_path):
    path = tmp_path / "ultrasound.wav"
    soundfile.write(path, tone(11_000, 0.5, 48_000), 48_000, subtype="FLOAT")  # 11 kHz would fold to 5 kHz
    assert np.abs(read_clip(path).samples[1000:-1000]).max() < 0.01


def test_channels_are_averaged(tmp_path):
    path = tmp_path / "sides.wav"
    soundfile.write(path, np.stack([tone(300, 0.5), -tone(300, 0.5)], axis=1), SAMPLE_RATE, subtype="FLOAT")
    assert np.abs(read_clip(path).samples).max() < 1e-6


def test_float_files_beyond_full_scale_are_scaled_back(tmp_path):
    path = tmp_path / "hot.wav"
    soundfile.write(path, 1000 * tone(300, 0.5), SAMPLE_RATE, subtype="FLOAT")
    assert np.abs(read_clip(path).samples).max() == pytest.approx(1.0)


def _broken_files(folder):
    (folder / "empty.wav").touch()
    (folder / "letter.wav").write_text("Dear sir, this is no sound.")
    (folder / "noise.raw").write_bytes(bytes(1000))
    soundfile.write(folder / "nothing.wav", np.zeros(0, np.float32), SAMPLE_RATE)
    soundfile.write(folder / "nan.wav", np.array([0, np.nan, 0], np.float32), SAMPLE_RATE, subtype="FLOAT")
    soundfile.write(folder / "inf.wav", np.array([0, -np.inf, 0], np.float32), SAMPLE_RATE, subtype="FLOAT")
    soundfile.write(folder / "opera.wav", np.zeros(3601 * 1000, np.int16), 1000)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.wav", "no file"),
        (".", "folder"),
        ("empty.wav", "cannot be read"),
        ("letter.wav", "cannot be read"),
        ("noise.raw", "cannot be read"),
        ("nothing.wav", "zero samples"),
        ("nan.wav", "NaN"),
        ("inf.wav", "infinite"),
        ("opera.wav", "an hour"),
    ],
)
def test_unusable_files_are_one_clear_sentence(tmp_path, name, said):
    _broken_files(tmp_path)
    with pytest.raises(InputError, match=said) as caught:
        read_clip(tmp_path / name)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


@given(st.integers(1, 3600 * SAMPLE_RATE))
def test_frames_cover_the_clip(samples):
    duration = samples / SAMPLE_RATE
    last = (frame_count(duration) - 1) / audio.FRAME_RATE
    assert duration <= last + 1e-9 < duration + 1 / audio.FRAME_RATE + 1e-6


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3 * SAMPLE_RATE))
def test_mel_and_prosody_have_the_frames_promised(samples):
    sound = voice()[:samples]
    frames = frame_count(len(sound) / SAMPLE_RATE)
    assert log_mel(sound).shape == (2 * frames, audio.MELS)
    assert [curve.shape for curve in prosody(sound)] == [(frames,), (frames,)]


def test_a_mel_frame_is_centred_on_its_time():
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[SAMPLE_RATE // 2] = 1.0
    assert audio.mel_power(click).sum(dim=1).argmax() == 50


def test_mel_power_is_the_mean_square():
    assert float(audio.mel_power(tone(1000, 1.0, loud=0.5)).sum(dim=1)[50]) == pytest.approx(0.125, rel=0.05)


def test_warp_moves_formants():
    centre = [float(audio.mel_power(tone(1000, 0.5), warp)[25].argmax()) for warp in (0.9, 1.0, 1.1)]
    assert centre[0] > centre[1] > centre[2]


@pytest.mark.parametrize("gain", [0.02, 0.2, 3.0])
def test_a_recordings_gain_does_not_matter(gain):
    sound = voice() * 0.3
    assert np.abs(log_mel(sound * gain).numpy() - log_mel(sound).numpy()).max() < 1e-3
    for quiet, loud in zip(prosody(sound * gain), prosody(sound), strict=True):
        assert np.abs(quiet - loud).max() < 0.02


def test_pauses_do_not_change_the_level():
    sound = voice()
    padded = np.concatenate([sound, np.zeros(10 * SAMPLE_RATE, np.float32)])
    frames = len(log_mel(sound)) - 10
    assert np.abs(log_mel(padded)[:frames].numpy() - log_mel(sound)[:frames].numpy()).max() < 0.1


def test_silence_is_silent():
    loudness, pitch = prosody(np.zeros(SAMPLE_RATE, np.float32))
    assert not loudness.any()
    assert not pitch.any()
    hiss = np.random.default_rng(0).normal(0, 1e-5, SAMPLE_RATE).astype(np.float32)
    assert float(log_mel(hiss).max()) < 0.5
    assert prosody(hiss)[0].max() < 0.6


def test_loudness_follows_the_syllables():
    loudness, _ = prosody(voice())
    times = np.arange(len(loudness)) / audio.FRAME_RATE
    inside, between = np.sin(2 * np.pi * 4 * times) > 0.7, np.sin(2 * np.pi * 4 * times) < -0.7
    assert loudness[inside].min() > 0.6
    assert loudness[between].max() < 0.3


def test_noise_under_a_voice_is_no_loudness():
    """5 dB under it, and syllables stay as loud as they are."""
    sound = voice()
    noisy = sound + np.random.default_rng(1).normal(0, sound.std() * 10 ** (-5 / 20), len(sound)).astype(np.float32)
    times = np.arange(len(prosody(sound)[0])) / audio.FRAME_RATE
    inside, between = np.sin(2 * np.pi * 4 * times) > 0.7, np.sin(2 * np.pi * 4 * times) < -0.7
    loudness = prosody(noisy)[0]
    assert np.abs(loudness - prosody(sound)[0])[inside].max() < 0.2
    assert loudness[between].mean() < 0.15


def test_a_held_note_is_no_noise():
    assert prosody(tone(220, 3.0))[0][5:-5].min() > 0.6


@pytest.mark.parametrize("pitch", [80, 130, 220, 350])
def test_pitch_is_measured_around_the_speakers_own(pitch):
    high = voice(2.0, pitch * 2 ** (4 / 12))
    _, semitones = prosody(np.concatenate([voice(6.0, pitch), high]))
    voiced = semitones[310:390][semitones[310:390] != 0]
    assert np.median(voiced) == pytest.approx(4, abs=0.7)


def test_breath_has_no_pitch():
    breath = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    assert (prosody(breath)[1] == 0).mean() > 0.9


def test_a_clip_knows_its_duration():
    assert Clip(np.zeros(SAMPLE_RATE // 2, np.float32)).duration == 0.5


@pytest.fixture(scope="module")
def ramp(tmp_path_factory):
    """Two seconds whose samples say where in the file they are: 0 at the start, 1 at the end."""
    path = tmp_path_factory.mktemp("ramp") / "ramp.wav"
    soundfile.write(path, np.arange(2 * SAMPLE_RATE) / (2 * SAMPLE_RATE), SAMPLE_RATE, subtype="FLOAT")
    return path


@given(st.floats(0, 1.9), st.floats(0.01, 3))
def test_an_excerpt_is_that_part_of_the_file(ramp, start, length):
    samples = read_clip(ramp, Excerpt(start, start + length)).samples
    first, last = round(start * SAMPLE_RATE), min(round((start + length) * SAMPLE_RATE), 2 * SAMPLE_RATE)
    assert len(samples) == last - first
    assert samples[0] == pytest.approx(first / (2 * SAMPLE_RATE), abs=1e-4)


@pytest.mark.parametrize(
    ("excerpt", "said"), [((-1.0,), "0 or more"), ((1.0, 0.5), "later end"), ((0, 1, 99), "0.1 to 10")]
)
def test_impossible_excerpts_are_refused(excerpt, said):
    with pytest.raises(InputError, match=said):
        Excerpt(*excerpt)


def test_an_excerpt_beyond_the_end_is_said(ramp):
    with pytest.raises(InputError, match=r"lasts 2\.00 s"):
        read_clip(ramp, Excerpt(2.5))
