# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech and a style in, curves out: the generator of ExpCLIP, with the style injected into every block."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from scipy.ndimage import gaussian_filter1d
from torch import Tensor, nn
from torch.nn import functional

from . import arkit
from .errors import InputError
from .expression import EMBEDDING, Style
from .phones import SYMBOLS
from .speech import Speech

FILE_NAME = "generator.safetensors"
SPEECH_WIDTH = 2 * len(SYMBOLS) + 4 + 2
STYLE_WIDTH = EMBEDDING + arkit.COUNT + 3
# Frames of a long clip that go through at once, so that an hour needs no more memory than a minute.
_WINDOW = 3000
# Standard deviation, in frames of 20 ms, of a Gaussian over the curves: 10 Hz, beyond what lips follow. What is quicker is the
# doubt of single frames, and chatters.
_STEADY = 0.7


@dataclass(frozen=True)
class Config:
    """Shape of a generator; travels in the weights file. A dilation is in frames of 20 ms, one a block."""

    width: int = 192
    kernel: int = 5
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2)
    style_hidden: int = 128


def speech_features(speech: Speech) -> np.ndarray:
    """What the generator hears, float32 (frames, SPEECH_WIDTH): two label frames a step, then loudness and pitch."""
    frames = len(speech.loudness)
    return np.hstack(
        [
            speech.posteriors.reshape(frames, -1),
            speech.contact.reshape(frames, -1),
            speech.loudness[:, None],
            speech.pitch[:, None] / 12,
        ]
    ).astype(np.float32)


def style_features(style: Style) -> np.ndarray:
    """A style as one row, float32 (STYLE_WIDTH,): embedding, pose, affect."""
    return np.concatenate([style.embedding, style.pose, style.affect]).astype(np.float32)


class Generator(nn.Module):
    """Dilated convolutions over speech, each block scaled and shifted by the style (FiLM, Perez et al. 2018).

    The style's pose passes straight to the output through a gate that speech and style open and close; the network adds
    the movement. So an expression it was never trained on still reaches the face.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.enter = nn.Linear(SPEECH_WIDTH, config.width)
        self.style = nn.Sequential(nn.Linear(STYLE_WIDTH, config.style_hidden), nn.GELU())
        self.blocks = nn.ModuleList(_Block(config, dilation) for dilation in config.dilations)
        self.norm = nn.LayerNorm(config.width)
        self.leave = nn.Linear(config.width, 2 * arkit.COUNT)

    def forward(self, speech: Tensor, style: Tensor) -> Tensor:
        """Speech (batch, frames, SPEECH_WIDTH), style (batch, frames or 1, STYLE_WIDTH) → weights, not yet clipped to 0..1."""
        hidden, injected = self.enter(speech), self.style(style)
        for block in self.blocks:
            hidden = block(hidden, injected)
        gate, movement = self.leave(self.norm(hidden)).chunk(2, dim=-1)
        pose = style[..., EMBEDDING : EMBEDDING + arkit.COUNT]
        return pose * (2 * torch.sigmoid(gate)) + movement

    @property
    def reach(self) -> int:
        """Frames on either side that a frame depends on."""
        return sum(self.config.dilations) * (self.config.kernel // 2)

    @torch.inference_mode()
    def curves(self, speech: np.ndarray, style: np.ndarray) -> np.ndarray:
        """Weights float32 (frames, 52), 0..1, for features of a whole clip; style (frames, STYLE_WIDTH) or (1, ...)."""
        device = self.enter.weight.device
        frames, pieces = len(speech), []
        for start in range(0, frames, _WINDOW):
            stop = min(start + _WINDOW, frames)
            first, last = max(start - self.reach, 0), min(stop + self.reach, frames)
            heard = torch.from_numpy(speech[first:last])[None].to(device)
            asked = torch.from_numpy(style if len(style) == 1 else style[first:last])[None].to(device)
            pieces.append(self(heard, asked)[0, start - first : stop - first].clamp(0, 1).cpu().numpy())
        if not pieces:
            return np.zeros((0, arkit.COUNT), np.float32)
        return gaussian_filter1d(np.concatenate(pieces), _STEADY, axis=0, mode="nearest")

    def save(self, path: Path, **notes: str) -> None:
        """Half precision, with the config and notes as metadata."""
        tensors = {name: value.detach().half().contiguous() for name, value in self.state_dict().items()}
        save_file(tensors, path, metadata={"config": json.dumps(asdict(self.config)), **notes})

    @classmethod
    def load(cls, weights: Path, device: str = "cpu") -> Generator:
        """The generator in the folder `weights`. Raises InputError when the file is missing or not ours."""
        path = weights / FILE_NAME
        try:
            with safe_open(path, "pt") as file:
                fields = json.loads(file.metadata()["config"])
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (no mapping)
            generator = cls(Config(**{**fields, "dilations": tuple(fields["dilations"])}))
            generator.load_state_dict(tensors)
        except (OSError, SafetensorError, KeyError, TypeError, RuntimeError) as error:
            raise InputError(f"The generator '{path}' is missing or broken: install the extension again.") from error
        return generator.eval().to(device)


class _Block(nn.Module):
    def __init__(self, config: Config, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.film = nn.Linear(config.style_hidden, 2 * config.width)
        self.convolve = nn.Conv1d(
            config.width, config.width, config.kernel, padding=dilation * (config.kernel // 2), dilation=dilation
        )
        self.mix = nn.Linear(config.width, config.width)

    def forward(self, hidden: Tensor, style: Tensor) -> Tensor:
        scale, shift = self.film(style).chunk(2, dim=-1)
        x = self.norm(hidden) * (1 + scale) + shift
        x = functional.gelu(self.convolve(x.transpose(1, 2)).transpose(1, 2))
        return hidden + self.mix(x)
