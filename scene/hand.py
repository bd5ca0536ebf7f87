# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator did to a take, for the one that comes in its place: keys by hand, the mix, all of it moved or stretched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np

from ..expclip_core.edits import Timing, untouched
from . import keys, memory
from .actions import Channels
from .keys import Part
from .memory import Place, Take
from .rewrite import follow_move, keyed_by, keys_at, rewrite, written_on
from .rig import Rig
from .take import empty_parts

_NONE = np.zeros(0, keys.KEY)


@dataclass(frozen=True)
class Hand:
    """take: that was worked on, where it is now. moved: frames by which all of it was. curves: owner and F-curve → its keys as
    they are and as they were written, where those differ.
    """

    take: Take
    moved: int
    curves: dict[tuple[bpy.types.ID, Place], tuple[np.ndarray, np.ndarray]]

    def led_on(self, take: Take) -> Take:
        """A new take, moved, stretched and mixed as the old one was."""
        return replace(take, first_frame=take.first_frame + self.moved, stretch=self.take.stretch, mix=self.take.mix)

    def timing(self, take: Take) -> Timing:
        """Where in a new take that moment of the clip is which a key of the old one is at."""
        old, new = self.take, take
        factor = (new.pace / new.excerpt.speed) / (old.pace / old.excerpt.speed)
        earlier = new.excerpt.start - old.excerpt.start if new.clip == old.clip else 0.0
        return Timing(factor, new.first_frame - factor * old.first_frame - earlier * new.pace / new.excerpt.speed)


def hand_in(rig: Rig, main: bpy.types.Action, placed_at: int) -> Hand:
    """placed_at: the frame at which the take started when it was placed."""
    follow_move(main)
    curves = {}
    for part in empty_parts(rig):
        for channels in keyed_by(part, main):
            changed = _changed(part, channels)
            curves |= {(part.owners[0], place): both for place, both in changed.items()}
    take = memory.recall(main)
    return Hand(take, take.first_frame - placed_at, curves)


def _changed(part: Part, channels: Channels) -> dict[Place, tuple[np.ndarray, np.ndarray]]:
    """F-curves of a take that are not as written, and those that the animator added to its action."""
    written = written_on(channels)
    there = [] if part.control else channels.places  # beside a control's curves stand a body's own
    places = dict.fromkeys([*part.curves, *(place for place in there if place not in written)])
    both = {place: (keys_at(channels, place), written.get(place, _NONE)) for place in places}
    same = untouched(*([pair[side] for pair in both.values()] for side in (0, 1)))
    return {place: pair for (place, pair), alike in zip(both.items(), same, strict=True) if not alike}


def take_up(rig: Rig, main: bpy.types.Action, hand: Hand) -> None:
    """Put the animator's keys into a take that was just placed, as its mix was into its keys."""
    memory.set_mix(main, hand.take.mix)
    if not hand.curves:
        return
    timing = hand.timing(memory.recall(main))
    for part in empty_parts(rig):
        mine = {place: both for (owner, place), both in hand.curves.items() if owner == part.owners[0]}
        for channels in keyed_by(part, main) if mine else ():
            for place, (now, _) in mine.items():
                keys.write(channels.curve(*place), timing.of(now))
            ours = {place: timing.of(written) for place, (_, written) in mine.items() if place in part.curves}
            memory.remember_written(channels, ours)
    rewrite(rig, main)
