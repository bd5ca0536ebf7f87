# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
import torch

from expclip_core import arkit
from expclip_core.errors import InputError
from expclip_core.expression import EMBEDDING
from expclip_core.generator import SPEECH_WIDTH, STYLE_WIDTH, Config, Generator
from training.train_generator import train_only

TINY = Config(width=16, dilations=(1, 2), style_hidden=8)


@pytest.fixture
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator(TINY).eval()


def speech(frames: int) -> np.ndarray:
    return np.random.default_rng(1).random((frames, SPEECH_WIDTH), dtype=np.float32)


def style(strength: float = 1.0) -> np.ndarray:
    row = np.random.default_rng(2).random((1, STYLE_WIDTH), dtype=np.float32)
    return row * strength


def test_curves_have_a_weight_a_frame_within_range(generator):
    made = generator.curves(speech(37), style())
    assert made.shape == (37, arkit.COUNT)
    assert made.dtype == np.float32
    assert made.min() >= 0 and made.max() <= 1
    assert generator.curves(speech(0), style()).shape == (0, arkit.COUNT)


def test_a_long_clip_in_pieces_gives_the_same_curves(generator, monkeypatch):
    whole = generator.curves(speech(250), style())
    monkeypatch.setattr("expclip_core.generator._WINDOW", 40)
    assert np.allclose(generator.curves(speech(250), style()), whole, atol=1e-5)


def test_what_lips_cannot_follow_is_taken_out_and_syllables_stay(generator):
    """Speech that changes with every frame chatters in the network and hardly in the curves; four syllables a second pass."""
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(200) / 50)[:, None].astype(np.float32)
    for heard, kept in ((speech(200), (0.0, 0.6)), (syllables.repeat(SPEECH_WIDTH, axis=1), (0.75, 1.0))):
        with torch.inference_mode():
            raw = generator(torch.from_numpy(heard)[None], torch.from_numpy(style())[None])[0].clamp(0, 1).numpy()
        moved = np.abs(np.diff(generator.curves(heard, style())[20:-20], axis=0)).sum()
        assert kept[0] <= moved / np.abs(np.diff(raw[20:-20], axis=0)).sum() <= kept[1]


def test_a_style_may_change_over_time(generator):
    rows = np.repeat(style(), 60, axis=0)
    assert np.allclose(generator.curves(speech(60), rows), generator.curves(speech(60), style()), atol=1e-6)
    rows[30:] = style(0.2)
    changed = generator.curves(speech(60), rows)
    assert not np.allclose(changed[40:], generator.curves(speech(60), style())[40:], atol=1e-3)


def test_the_pose_reaches_the_face_untrained(generator):
    """The pose passes through a gate that is half open at the start, so its strongest shapes lead the output."""
    row = np.zeros((1, STYLE_WIDTH), np.float32)
    quiet = generator.curves(speech(20), row)
    row[0, EMBEDDING + arkit.INDEX["mouthSmileLeft"]] = 0.8
    smiling = generator.curves(speech(20), row)
    rise = (smiling - quiet).mean(axis=0)
    assert np.argmax(rise) == arkit.INDEX["mouthSmileLeft"]


def test_shapes_trained_alone_leave_the_others_as_they_are(generator):
    heard, asked = torch.from_numpy(speech(20))[None], torch.from_numpy(style())[None]
    before = generator(heard, asked).detach()
    train_only(generator, ["mouthPucker"])
    optimiser = torch.optim.AdamW(generator.parameters(), lr=0.1, weight_decay=0.0)
    for _ in range(3):
        optimiser.zero_grad()
        generator(heard, asked).square().mean().backward()
        optimiser.step()
    moved = (generator(heard, asked).detach() - before).abs().amax(dim=(0, 1))
    assert [arkit.NAMES[shape] for shape in moved.nonzero().flatten()] == ["mouthPucker"]


def test_saved_and_loaded_it_makes_the_same(generator, tmp_path):
    generator.save(tmp_path / "generator.safetensors")
    loaded = Generator.load(tmp_path)
    assert loaded.config == generator.config
    assert np.allclose(loaded.curves(speech(30), style()), generator.curves(speech(30), style()), atol=5e-3)


@pytest.mark.parametrize("content", [None, b"", b"not safetensors at all"])
def test_missing_or_broken_weights_are_said(tmp_path, content):
    if content is not None:
        (tmp_path / "generator.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="missing or broken"):
        Generator.load(tmp_path)
