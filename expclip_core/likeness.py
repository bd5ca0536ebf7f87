# SPDX-License-Identifier: GPL-3.0-or-later
"""Say in words what a pose expresses: the nearest of a few hundred short prompts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .expression import ExpClip

PROMPTS = Path(__file__).with_name("prompts.txt")  # made by `python -m training.tead.short_prompts`


@dataclass(frozen=True)
class Likeness:
    """A prompt and how much a pose is like it, -1..1: the cosine of their embeddings."""

    prompt: str
    likeness: float


class Describer:
    """The short prompts' embeddings, found once, for as many poses as are asked about."""

    def __init__(self, expclip: ExpClip, prompts: Path = PROMPTS) -> None:
        self._expclip = expclip
        self._prompts = prompts.read_text(encoding="utf-8").splitlines()
        self._embeddings = np.array([style.embedding for style in expclip.style_of_prompts(self._prompts)])

    def describe(self, pose: Sequence[float], count: int = 5) -> list[Likeness]:
        """The prompts nearest to a pose of 52 weights, the nearest first."""
        likeness = self._embeddings @ self._expclip.style_of_pose(np.array(pose)).embedding
        return [Likeness(self._prompts[index], float(likeness[index])) for index in np.argsort(-likeness)[:count]]
