# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny models with random weights, made once: enough to run every path in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import save_file

from expclip_core import expression, generator, speech
from expclip_core.animate import Animator
from expclip_core.text import DEFAULT_SHA256


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder as the product's, with small seeded models."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    config = speech.Config(width=32, blocks=1, heads=2, feedforward=32)
    encoder = speech.SpeechEncoder(config)
    save_file(encoder.state_dict(), folder / speech.WEIGHTS, metadata={"config": speech.config_json(config)})
    expression.Towers(expression.Sizes(width=32, heads=2, layers=1, queries=1, hidden=32)).save(
        folder / expression.FILE_NAME, DEFAULT_SHA256
    )
    small = generator.Config(width=16, dilations=(1, 2), style_hidden=8)
    generator.Generator(small).save(folder / generator.FILE_NAME)
    return folder


@pytest.fixture(scope="session")
def tiny_animator(tiny_weights: Path) -> Animator:
    return Animator.load(tiny_weights, device="cpu")


@pytest.fixture(scope="session")
def humming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds that swell and fade like syllables."""
    times = np.arange(2 * 16000) / 16000
    sound = 0.3 * np.sin(2 * np.pi * 140 * times) * np.clip(np.sin(2 * np.pi * 2.5 * times), 0, 1)
    path = tmp_path_factory.mktemp("clips") / "humming.wav"
    soundfile.write(path, sound, 16000)
    return path
