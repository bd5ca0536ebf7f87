# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate a take again, in all or in part, without losing what was done by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import bpy
import numpy as np

from .. import preview
from ..expclip_core.channels import REGIONS
from ..expclip_core.client import Job
from ..expclip_core.edits import EVERYWHERE, Span
from ..expclip_core.errors import InputError
from ..expclip_core.mix import blended, fade
from ..scene import memory
from ..scene.rewrite import Scope, rewrite, rig_playing
from ..scene.score import own_prompt
from ..scene.source import file_source
from ..scene.take import Take
from ..translations import translated
from .generate import by_number, face_of, ordered, take_of, words_of
from .takes import NeedsTake, playing
from .working import Working


@dataclass(frozen=True)
class Piece:
    """How much of a take is generated again: frames, seconds of cross-fade at either end, regions."""

    frames: Span
    fade: float
    regions: Collection[str]

    @property
    def everything(self) -> bool:
        return self.frames == EVERYWHERE and set(self.regions) == set(REGIONS)

    def __str__(self) -> str:
        where = [] if self.frames == EVERYWHERE else ["frames {:g} to {:g}".format(*self.frames)]
        return ", ".join([*where, *(() if set(self.regions) == set(REGIONS) else sorted(self.regions))])


class EXPCLIP_OT_redo(Working, bpy.types.Operator):
    """Generate this take again with the prompt, intensity and seed set above: all of it, a range or some regions. Keys by hand stay"""

    bl_idname = "expclip.redo"
    bl_label = "Redo Take"
    writes = True
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return NeedsTake.poll.__func__(cls, context)

    def start(self, context: bpy.types.Context) -> Job:
        preview.stop()
        self._piece = _piece_of(context.scene.expclip.redo)
        main, settings = playing(context), context.scene.expclip
        take = memory.recall(main)
        if not take.clip:
            raise InputError("This take is a recording and has no clip: mix it, or generate a take of its own.")
        source = file_source(take.clip, take.first_frame, take.excerpt)
        words = words_of(settings) if settings.clip == take.clip else take.transcript
        asked = (own_prompt(context.scene), settings.seed, words)
        self._main, self._order = (
            main.session_uid,
            ordered(context.scene, face_of(context), source, *asked, stretch=take.stretch),
        )
        return self._order.job

    def finish(self, context: bpy.types.Context) -> str:
        result = self._order.job.result()
        main = by_number(bpy.data.actions, self._main)
        rig = rig_playing(main) if main else None
        if rig is None:
            raise InputError("The take does not play any more: pick it from the list and redo it.")
        for warning in result["warnings"]:
            self.report({"WARNING"}, translated(warning))
        take = redone(memory.recall(main), take_of(self._order, result), self._piece)
        memory.remember(main, take, main.expclip.character, rig.adjustments)
        main.expclip.redone = (
            "" if self._piece.everything else _noted(main.expclip.redone, self._order.prompt, self._piece)
        )
        by_hand = rewrite(rig, main, Scope(changed=self._piece.frames))
        kept = "1 key by hand is kept" if by_hand == 1 else f"{by_hand:,} keys by hand are kept"
        return f"Done again in {self._order.job.seconds:.1f} s, {kept}"


class EXPCLIP_OT_reset_edits(NeedsTake, bpy.types.Operator):
    """Give up keys by hand for those that were generated"""

    bl_idname = "expclip.reset_edits"
    bl_label = "Reset to Generated"
    writes = True

    shape_key: bpy.props.StringProperty(
        name="Shape Key", description="The one whose keys are given up. Empty gives up those of all"
    )
    only_range: bpy.props.BoolProperty(
        name="Only in Range", description="Give up only the keys between the start and end that are set for Redo"
    )

    def change(self, context: bpy.types.Context, take: bpy.types.Action) -> str:
        redo = context.scene.expclip.redo
        reset = (redo.start, redo.end) if self.only_range else EVERYWHERE
        rig = rig_playing(take)
        rewrite(rig, take, Scope(reset=reset, names=(self.shape_key,) if self.shape_key else ()))
        return ""


def redone(old: Take, new: Take, piece: Piece) -> Take:
    """The take with as much of the new performance as asked for; where it starts and how it is mixed stay."""
    if piece.everything:
        return replace(new, first_frame=old.first_frame, fps=old.fps, stretch=old.stretch, mix=old.mix)
    times = np.arange(len(old.layers)) / old.layers.fps + old.mix.offset
    start, end = ((frame - old.first_frame) / old.pace for frame in piece.frames)
    share = np.ones(len(times)) if piece.frames == EVERYWHERE else fade(times, start, end, piece.fade)
    return replace(old, layers=blended(old.layers, new.layers, share, piece.regions))


def _piece_of(settings: bpy.types.PropertyGroup) -> Piece:
    if not settings.regions:
        raise InputError("No region is chosen: choose at least one to redo.")
    if settings.use_range and settings.start >= settings.end:
        raise InputError("The range ends before it starts: correct its frames.")
    frames = (settings.start, settings.end) if settings.use_range else EVERYWHERE
    return Piece(frames, settings.fade, frozenset(settings.regions))


def _noted(before: str, prompt: str, piece: Piece) -> str:
    return "; ".join(filter(None, (before, f"{prompt or 'neutral'} ({piece})")))
