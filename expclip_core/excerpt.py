# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of a sound file is the clip. Standard library only: read on both sides of the pipe."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .errors import InputError

SLOWEST, FASTEST = 0.1, 10.0  # how fast a clip may be played


@dataclass(frozen=True)
class Excerpt:
    """The part of a sound file that is the clip, and how fast it is played, as a strip in an editor has them.

    start, end: seconds in the file; an end of None is the file's. speed: 1 as recorded, 2 twice as fast.
    """

    start: float = 0.0
    end: float | None = None
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and self.start >= 0):
            raise InputError(f"A clip cannot start {self.start:g} seconds into its file: choose 0 or more.")
        if self.end is not None and not self.end > self.start:
            raise InputError(
                f"A clip cannot end at {self.end:g} s when it starts at {self.start:g} s: choose a later end."
            )
        if not SLOWEST <= self.speed <= FASTEST:
            raise InputError(
                f"A clip cannot be played {self.speed:g} times as fast: choose {SLOWEST:g} to {FASTEST:g}."
            )


WHOLE = Excerpt()
