# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves: what the generator makes and everything else reads. Frames × 52 weights at a fixed rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import arkit

MODEL_FPS = 50.0
_HAIR = 2e-7  # of the length, by which the last frame may lie behind the end: Blender keeps rates as float32


@dataclass(frozen=True)
class Curves:
    """52 weights over time.

    weights: float32 (frames, 52), 0..1, channels in the order of :data:`arkit.NAMES`.
    fps: frames a second; frame 0 stands at time 0.
    head: yaw, pitch and roll in radians, float32 (frames, 3); see :mod:`performance`. None where it is not known.
    """

    weights: np.ndarray
    fps: float = MODEL_FPS
    head: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or self.weights.shape[1] != arkit.COUNT:
            raise ValueError(f"curves need shape (frames, {arkit.COUNT}), got {self.weights.shape}")
        if not self.fps > 0:
            raise ValueError(f"frames a second must be above 0, got {self.fps}")

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def times(self) -> np.ndarray:
        """Seconds of each frame, float64 (frames,)."""
        return np.arange(len(self.weights)) / self.fps

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return max(len(self.weights) - 1, 0) / self.fps

    def channel(self, name: str) -> np.ndarray:
        return self.weights[:, arkit.INDEX[name]]

    def at(self, times: np.ndarray) -> np.ndarray:
        """Weights at any seconds, float32 (len(times), 52); linear between frames, held beyond the ends."""
        return self._between(self.weights, times)

    def head_at(self, times: np.ndarray) -> np.ndarray | None:
        """The head at any seconds, float32 (len(times), 3), or None where it is not known."""
        return None if self.head is None else self._between(self.head, times)

    def _between(self, rows: np.ndarray, times: np.ndarray) -> np.ndarray:
        if len(rows) == 0:
            return np.zeros((len(times), rows.shape[1]), dtype=np.float32)
        position = np.clip(np.asarray(times, dtype=np.float64) * self.fps, 0, len(rows) - 1)
        before = np.floor(position).astype(int)
        after = np.minimum(before + 1, len(rows) - 1)
        share = (position - before)[:, None].astype(np.float32)
        return rows[before] * (1 - share) + rows[after] * share

    def resampled(self, fps: float) -> Curves:
        """The same movement at another rate, covering the same seconds."""
        frames = int(np.floor(self.duration * fps * (1 + _HAIR) + 1e-6)) + 1 if len(self.weights) else 0
        times = np.arange(frames) / fps
        return Curves(self.at(times), fps, self.head_at(times))
