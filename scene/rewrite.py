# SPDX-License-Identifier: GPL-3.0-or-later
"""Key a take again, from its layers and its mix, around what the animator did by hand."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import bpy
import numpy as np

from ..expclip_core.edits import (
    AS_WRITTEN,
    EVERYWHERE,
    KEY,
    Rewritten,
    Span,
    followed,
    found,
    rewritten,
    settled,
    timing,
    untouched,
)
from . import actions, keys, memory
from .keys import Part, Written
from .memory import Take
from .rig import Rig, rig_of
from .take import parts_of

_NONE = np.zeros(0, KEY)
_FRESH = 1.0  # seconds for which a count of edits is shown again without looking, at least
_SELDOM = 30  # and times as long as it took


@dataclass(frozen=True)
class Scope:
    """What to key again. changed: the frames outside which the curves stay as they are. reset: those in which the
    animator's keys are given up, for the shape keys in `names` or for all.
    """

    changed: Span = EVERYWHERE
    reset: Span | None = None
    names: Collection[str] = ()

    def reset_of(self, path: str) -> Span | None:
        return self.reset if not self.names or name_of(path) in self.names else None


def rewrite(rig: Rig, main: bpy.types.Action, scope: Scope | None = None) -> int:
    """Write the take's keys again. Returns how many keys are the animator's."""
    follow_move(main)
    scope, take, by_hand = scope or Scope(), memory.recall(main), 0
    written = Written(error=0.0 if scope.changed == EVERYWHERE else main.expclip.error)
    for part in parts_of(rig, take.channels(rig), take.motion):
        for channels in keyed_by(part, main):
            kept, counted = _rewrite_part(part, channels, take, scope)
            by_hand, written = by_hand + kept, written + counted
    main.expclip.by_hand = by_hand
    keys.remember_count(main, written)
    _counted.pop(main.session_uid, None)
    return by_hand


def _rewrite_part(part: Part, channels: actions.Channels, take: Take, scope: Scope) -> tuple[int, Written]:
    """Returns how many keys are the animator's, and what the part has."""
    remembered, fresh = written_on(channels), keys.Fresh(part, take, scope.changed)
    now = {place: keys_at(channels, place) for place in part.curves}
    written = {place: remembered.get(place, _NONE) for place in now}
    whole = (float(take.first_frame), float(take.last_frame))
    made: dict[memory.Place, Rewritten] = {}
    as_written = untouched([*now.values()], [*written.values()])
    for (place, before), same in zip(written.items(), as_written, strict=True):
        if scope == Scope() and same:
            made[place] = Rewritten(fresh.all[place], fresh.all[place], 0)
        else:
            reset = scope.reset_of(place[0])
            made[place] = rewritten(now[place], before, fresh.of(place), whole, scope.changed, reset)
    settled_on = {}
    unchanged = untouched([*now.values()], [each.keys for each in made.values()])
    for (place, each), same in zip(made.items(), unchanged, strict=True):
        got = now[place]
        if each.by_hand and len(each.keys):
            got = keys.write(channels.curve(*place), each.keys)
        elif not same:
            got = keys.write_new(channels.curve(*place), each.keys)
        settled_on[place] = settled(each.keys, got, each.written)
    memory.remember_written(channels, {**remembered, **settled_on}, memory.recall_written(channels))
    return sum(each.by_hand for each in made.values()), fresh.counted(each.keys for each in made.values())


def keyed_by(part: Part, main: bpy.types.Action) -> Iterator[actions.Channels]:
    """The take's curves that move a part now, from the active action or from the NLA."""
    family = memory.actions_of(main)
    seen = set()
    for owner in part.owners:
        for action, slot in actions.playing(owner):
            channels = actions.Channels(action, owner.name, slot=slot) if action in family else None
            if channels and (action, channels.name) not in seen:
                seen.add((action, channels.name))
                yield channels


def rig_playing(main: bpy.types.Action) -> Rig | None:
    """The rig that a take moves now."""
    family = memory.actions_of(main)
    for mesh in bpy.data.objects:
        shape_keys = mesh.data.shape_keys if mesh.type == "MESH" else None
        if shape_keys and any(action in family for action, _ in actions.playing(shape_keys)):
            return rig_of(mesh)
    return None


def name_of(path: str) -> str:
    """The shape key, property or channel that a data path ends in, as an animator knows it."""
    return path.split('"')[1] if '"' in path else path


_counted: dict[int, tuple[float, dict[str, int]]] = {}


def edits_of(main: bpy.types.Action) -> dict[str, int]:
    """How many keys are the animator's, by shape key; not looked at more than now and then, as panels ask all the time."""
    now = time.monotonic()
    until, counts = _counted.get(main.session_uid, (-np.inf, {}))
    if now >= until:
        counts = count_edits(main)
        took = time.monotonic() - now
        _counted[main.session_uid] = (now + max(_FRESH, _SELDOM * took), counts)
    return counts


def count_edits(main: bpy.types.Action) -> dict[str, int]:
    """How many keys are the animator's now, by shape key."""
    now, written = _keys_of(main)
    moved = timing([*now.values()], [*written.values()])
    counts: dict[str, int] = {}
    for (channels, place), before in written.items():
        here = now[channels, place]
        edits = found(here, followed(here, before, moved)).count
        if edits:
            counts[name_of(place[0])] = counts.get(name_of(place[0]), 0) + edits
    return counts


def follow_move(main: bpy.types.Action) -> None:
    """A take whose keys the animator moved or stretched all together goes on where and as fast as they are now."""
    if not _may_have_moved(main):
        return
    now, written = _keys_of(main)
    moved = timing([*now.values()], [*written.values()])
    if moved == AS_WRITTEN:
        return
    main.expclip.first_frame = round(moved.factor * main.expclip.first_frame + moved.shift)
    main.expclip.stretch *= moved.factor
    for owner in dict.fromkeys(channels for channels, _ in written):
        mine = [(place, now[key], before) for key, before in written.items() if (place := key[1]) and key[0] is owner]
        where = {place: followed(here, before, moved) for place, here, before in mine}
        memory.remember_written(owner, where, memory.recall_written(owner))


def _may_have_moved(main: bpy.types.Action) -> bool:
    """Whether an end of the first F-curve that moves is not where it was written; the others need a look only then."""
    still = False
    for channels in actions.all_channels(main):
        for place, before in memory.recall_written(channels).items():
            curve = channels.find(*place)
            if len(before) == 0 or not curve or len(curve.keyframe_points) == 0:
                continue
            off = [abs(curve.keyframe_points[end].co.x - before["co"][end, 0]) > 0.5 for end in (0, -1)]
            if len(before) > 1:
                return any(off)
            still |= any(off)
    return still


_OfCurves = dict[tuple[actions.Channels, memory.Place], np.ndarray]


def _keys_of(main: bpy.types.Action) -> tuple[_OfCurves, _OfCurves]:
    """The keys of all F-curves of a take: as they are, and as they were written."""
    written = {
        (channels, place): before
        for action in memory.actions_of(main)
        for channels in actions.all_channels(action)
        for place, before in written_on(channels).items()
    }
    return {(channels, place): keys_at(channels, place) for channels, place in written}, written


def written_on(channels: actions.Channels) -> dict[memory.Place, np.ndarray]:
    """What was written on F-curves, by where they are now: a shape key that is renamed takes its F-curve along."""
    written = memory.recall_written(channels)
    lost = [place for place, before in written.items() if len(before) and not channels.find(*place)]
    for place in channels.places if lost else ():
        if place in written:
            continue
        now = keys_at(channels, place)
        if old := next((each for each in lost if _mostly_there(now, written[each])), None):
            written[place] = written.pop(old)
            lost.remove(old)
    return written


def _mostly_there(now: np.ndarray, before: np.ndarray) -> bool:
    return found(now, before).gone.sum() < len(before) / 2


def keys_at(channels: actions.Channels, place: memory.Place) -> np.ndarray:
    curve = channels.find(*place)
    return keys.read(curve) if curve else _NONE
