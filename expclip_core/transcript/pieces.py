# SPDX-License-Identifier: GPL-3.0-or-later
"""A long clip in pieces that a recogniser hears one by one."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..audio import SAMPLE_RATE

_FAINT: Final = 1e-4  # mean square against the clip's loudest piece
_BLOCK: Final = SAMPLE_RATE // 10


def audible_pieces(samples: np.ndarray, shortest: float, longest: float) -> list[tuple[int, int]]:
    """First and last sample of each piece of `shortest` to `longest` seconds (the clip's last may be shorter) in which
    something sounds.

    Cut where the clip is quietest, as late as may be, so that no word is cut in two.
    """
    pieces = _pieces(samples, shortest, longest)
    power = [float(np.square(samples[first:last]).mean()) for first, last in pieces]
    return [piece for piece, strength in zip(pieces, power, strict=True) if strength > _FAINT * max(power) > 0]


def _pieces(samples: np.ndarray, shortest: float, longest: float) -> list[tuple[int, int]]:
    pieces, first = [], 0
    while len(samples) - first > longest * SAMPLE_RATE:
        early, late = first + int(shortest * SAMPLE_RATE), first + int(longest * SAMPLE_RATE)
        whole = (late - early) // _BLOCK * _BLOCK
        power = np.square(samples[late - whole : late]).reshape(-1, _BLOCK).mean(axis=1)
        calm = np.convolve(power, np.ones(3), mode="same")
        cut = late - int(np.argmin(calm[::-1])) * _BLOCK - _BLOCK // 2
        pieces.append((first, cut))
        first = cut
    return [*pieces, (first, len(samples))] if first < len(samples) else pieces
