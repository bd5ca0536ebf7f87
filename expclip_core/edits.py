# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator did to keys that were generated, found by comparison, and kept when they are generated again.

Keys are a structured array of :data:`KEY`, one F-curve's in the order of time, with the numbers that Blender has in
memory: it is read and written in bulk and what this module does not know, such as easing, is carried along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .packing import packed, unpacked

# One byte where Blender has one: foreach_set then copies memory, at 15 times the speed.
KEY = np.dtype(
    [
        ("co", "f4", 2), ("handle_left", "f4", 2), ("handle_right", "f4", 2),
        ("interpolation", "u1"), ("handle_left_type", "u1"), ("handle_right_type", "u1"), ("type", "u1"),
        ("easing", "u1"), ("amplitude", "f4"), ("period", "f4"), ("back", "f4"),
        ("select_control_point", "?"), ("select_left_handle", "?"), ("select_right_handle", "?"),
    ]
)  # fmt: skip
# Blender's numbers, in its files since 2.5: interpolation, types of handles, and types of keys.
CONSTANT, LINEAR, BEZIER = 0, 1, 2
FREE, ALIGNED = 0, 3
BY_HAND, GENERATED = 0, 5

_FRAME = 1 / 1024  # the step in which times are remembered
_VALUE = 1 / 65536  # and values; a smaller change is not seen as one
EVERYWHERE = (-np.inf, np.inf)

Span = tuple[float, float]  # frames, both ends included


@dataclass(frozen=True)
class Found:
    """The animator's hand in one F-curve.

    by_hand: bool (keys,), which keys are not as written: moved, added, reshaped. gone: bool (written,), which of the
    written ones are not there any more, moved ones too. spans: the frames between the untouched keys around them.
    """

    by_hand: np.ndarray
    gone: np.ndarray
    spans: tuple[Span, ...]

    @property
    def count(self) -> int:
        """Keys that were moved, added or reshaped, or that many more as were deleted."""
        return max(int(self.by_hand.sum()), int(self.gone.sum()))


def found(now: np.ndarray, written: np.ndarray) -> Found:
    """Compare the keys that there are with those that were written.

    Blender reshapes the handle that faces a key which is put in or moved. That is no edit of the key it belongs to.
    """
    place = np.searchsorted(written["co"][:, 0], now["co"][:, 0] - _FRAME)
    there = np.flatnonzero(place < len(written))
    same = np.zeros(len(now), bool)
    same[there] = _in_place(now[there], written[place[there]])
    gone = np.ones(len(written), bool)
    gone[place[same]] = False
    moved = ~same
    for side, step in (("left", -1), ("right", 1)):
        kept = np.flatnonzero(~moved)
        reshaped = kept[~_shaped_alike(now[kept], written[place[kept]], side)]
        beside = _next_is(moved, reshaped, step) | _next_is(gone, place[reshaped], step)
        same[reshaped[~beside]] = False
    gone[place[~same & ~moved]] = True
    return Found(~same, gone, _spans(now, written, ~same, gone))


def _next_is(flags: np.ndarray, at: np.ndarray, step: int) -> np.ndarray:
    """Whether the flag beside each place is set; beyond the ends none is."""
    return np.pad(flags, 1)[at + 1 + step]


def untouched(now: Sequence[np.ndarray], written: Sequence[np.ndarray]) -> np.ndarray:
    """Which of several F-curves have their keys as written, bool (curves,); all of them are looked at together."""
    lengths = np.array([*map(len, now)], int)
    same = lengths == [*map(len, written)]
    alike, filled = np.flatnonzero(same), np.flatnonzero(same & (lengths > 0))
    if len(filled) == 0:
        return same
    here, there = (_end_to_end(keys[curve] for curve in alike) for keys in (now, written))
    keys_alike = _in_place(here, there) & _shaped_alike(here, there, "left") & _shaped_alike(here, there, "right")
    same[filled] = np.logical_and.reduceat(keys_alike, np.cumsum(lengths[filled]) - lengths[filled])
    return same


def _end_to_end(curves: Iterable[np.ndarray]) -> np.ndarray:
    """Keys of several F-curves in one array; numpy would compare the fields of each two of them, one by one."""
    return np.frombuffer(b"".join(keys.tobytes() for keys in curves), KEY)


@dataclass(frozen=True)
class Timing:
    """Where the animator put all keys together: at `factor` times their frames, and `shift` frames later."""

    factor: float = 1.0
    shift: float = 0.0

    def of(self, keys: np.ndarray) -> np.ndarray:
        keys = keys.copy()
        for name in ("co", "handle_left", "handle_right"):
            keys[name][:, 0] = self.factor * keys[name][:, 0] + self.shift
        return keys


AS_WRITTEN = Timing()


def timing(now: Sequence[np.ndarray], written: Sequence[np.ndarray]) -> Timing:
    """How the animator moved, stretched or squeezed the keys of all F-curves, or of most, in time.

    Moved by whole frames; stretched by any amount, after which Blender may have put each key on its nearest frame.
    """
    pairs = [(here, there) for here, there in zip(now, written, strict=True) if len(here) == len(there) > 0]
    longest = [pair for pair in pairs if len(pair[0]) > 1] or pairs
    ends = Counter(tuple(float(keys["co"][end, 0]) for end in (0, -1) for keys in pair) for pair in longest)
    if not ends:
        return AS_WRITTEN
    ((start, was_start, end, was_end), _), *_ = ends.most_common(1)
    factor = (end - start) / (was_end - was_start) if was_end > was_start else 1.0
    if abs(factor - 1) * (was_end - was_start) < 0.5:
        found, agrees = Timing(1.0, round(start - was_start)), lambda here, there: untouched([here], [there]).all()
    else:
        found, agrees = Timing(factor, start - factor * was_start), lambda here, there: _on_nearest(here, there).all()
    if found == AS_WRITTEN or not factor > 0:
        return AS_WRITTEN
    agree = sum(agrees(here, found.of(there)) for here, there in pairs)
    return found if 2 * agree > sum(len(there) > 0 for there in written) else AS_WRITTEN


def followed(now: np.ndarray, written: np.ndarray, timing: Timing) -> np.ndarray:
    """What was written on an F-curve, in the animator's timing; stretched keys as they are now, on frames or beside them."""
    moved = timing.of(written)
    if timing.factor == 1.0 or len(now) == 0:
        return moved
    keys = moved.copy()
    after = np.clip(np.searchsorted(now["co"][:, 0], moved["co"][:, 0]), 1, max(len(now) - 1, 1))
    near = [after - 1, np.minimum(after, len(now) - 1)]
    if len(now) == len(keys):
        near.append(np.arange(len(now)))  # the likeliest last, as it counts
    for there in (now[each] for each in near):
        same = _on_nearest(there, moved)
        for name in ("co", "handle_left", "handle_right"):
            keys[name][same] = there[name][same]
    return keys


def _on_nearest(now: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Which keys are those that were written, or on a frame beside: the ends, which tell the timing, are rounded too."""
    near = (np.abs(now["co"] - written["co"]) <= (1.0 + _FRAME, 2 * _VALUE)).all(axis=1)
    return near & (now["interpolation"] == written["interpolation"])


def _in_place(now: np.ndarray, written: np.ndarray) -> np.ndarray:
    at = (np.abs(now["co"] - written["co"]) <= (_FRAME, 2 * _VALUE)).all(axis=1)
    return at & (now["interpolation"] == written["interpolation"])


def _shaped_alike(now: np.ndarray, written: np.ndarray, side: str) -> np.ndarray:
    """Which keys have their handle as it was written, where handles count; where Blender sets them, only their type."""
    kind = written[f"handle_{side}_type"]
    off = (now[f"handle_{side}"] - now["co"]) - (written[f"handle_{side}"] - written["co"])
    near = (np.abs(off) <= (4 * _FRAME, 4 * _VALUE)).all(axis=1)
    placed = (kind == FREE) | (kind == ALIGNED)
    curved = written["interpolation"] == BEZIER
    return ~curved | ((now[f"handle_{side}_type"] == kind) & (near | ~placed))


def _spans(now: np.ndarray, written: np.ndarray, by_hand: np.ndarray, gone: np.ndarray) -> tuple[Span, ...]:
    untouched = now["co"][~by_hand, 0].astype(float)
    touched = np.concatenate([now["co"][by_hand, 0], written["co"][gone, 0]]).astype(float)
    borders = np.concatenate([[-np.inf], untouched, [np.inf]])
    after = np.searchsorted(untouched, touched) + 1
    return united(zip(borders[after - 1], borders[after], strict=True))


def united(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order, those that overlap made one; two that share only an end stay apart."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        elif not out or (start, end) != out[-1]:
            out.append((start, end))
    return tuple(out)


def between(spans: Iterable[Span], whole: Span) -> list[Span]:
    """What of `whole` no span covers; an end that a span shares belongs to both, and may be all there is."""
    pieces, start = [], whole[0]
    for first, last in united(spans):
        if last > whole[0] and first < whole[1]:
            pieces.append((start, first))
            start = last
    pieces.append((start, whole[1]))
    return [(first, last) for first, last in pieces if first <= last]


def _without(spans: Iterable[Span], cleared: Span, touched: np.ndarray) -> tuple[Span, ...]:
    """The spans less `cleared`, where anything touched is left in them."""
    parts = []
    for start, end in spans:
        parts += [(start, min(end, cleared[0])), (max(start, cleared[1]), end)]
    return tuple(part for part in parts if part[0] < part[1] and ((touched > part[0]) & (touched < part[1])).any())


@dataclass(frozen=True)
class Rewritten:
    """keys: what the F-curve gets. written: what to remember, for :func:`found` the next time. by_hand: how many keys
    the animator's hand is in.
    """

    keys: np.ndarray
    written: np.ndarray
    by_hand: int


def rewritten(
    now: np.ndarray,
    written: np.ndarray,
    generate: Callable[[float, float], np.ndarray],
    whole: Span,
    changed: Span = EVERYWHERE,
    reset: Span | None = None,
) -> Rewritten:
    """Keys generated again, but for those in the animator's hand and those that are not to change.

    generate: keys from one frame to another, both of them keyed. whole: the frames of the take. changed: only there may
    the curve change; outside it stays as it is to the last bit of its keys' numbers. reset: where the animator's keys are
    given up.
    """
    edits = found(now, written)
    touched = np.concatenate([now["co"][edits.by_hand, 0], written["co"][edits.gone, 0]]).astype(float)
    spans = edits.spans
    if spans and spans[-1][1] == np.inf:
        spans = (*spans[:-1], _ended(spans[-1], touched, generate(*whole)))
    if reset is not None:
        spans = _without(spans, reset, touched)
    start, end = max(changed[0], whole[0]), min(changed[1], whole[1])
    free = [piece for piece in between(spans, (start, end)) if piece[0] < piece[1] or changed == EVERYWHERE]
    level = _borders(spans, changed, whole)
    for border in level if free else ():
        now = divided(now, border)
    seams = level | {border for span in spans for border in span}
    fresh = [_with_end(generate(*piece), piece, seams) for piece in free]
    pieces = [_joined(keys, now, seams & set(piece), level) for keys, piece in zip(fresh, free, strict=True)]
    inside = _inside(now["co"][:, 0], spans)
    held = inside | ~_covered(now, [_widened(piece, changed, whole) for piece in free])
    remembered = written[_inside(written["co"][:, 0], spans)]
    return Rewritten(
        _in_order(*pieces, _marked(now[held], inside[held])),
        _in_order(*pieces, now[held & ~inside], remembered),
        found(now[inside], remembered).count,
    )


def _ended(span: Span, touched: np.ndarray, fresh: np.ndarray) -> Span:
    """A span that no key as written ends, such as on a channel that was still: it ends at the next of the new keys."""
    later = fresh["co"][fresh["co"][:, 0] > touched.max(), 0]
    return (span[0], float(later[0])) if len(later) else span


def _with_end(keys: np.ndarray, piece: Span, seams: set[float]) -> np.ndarray:
    """Keys of a piece; those of a still one with a key at its end too, where an edit goes on from there."""
    if len(keys) != 1 or piece[1] not in seams or keys["co"][0, 0] >= piece[1]:
        return keys
    end = keys.copy()
    _put(end, (piece[1], float(keys["co"][0, 1])))
    return np.concatenate([keys, end])


def _borders(spans: Iterable[Span], changed: Span, whole: Span) -> set[float]:
    """The frames at which what changes meets what does not. A span across one moves it to the span's end."""
    borders = set()
    for border, outwards in zip(changed, (0, 1), strict=True):
        across = [span for span in spans if span[0] < border < span[1]]
        borders |= {span[1 - outwards] for span in across} if across else {border}
    return {border for border in borders if whole[0] < border < whole[1]}


def _widened(piece: Span, changed: Span, whole: Span) -> Span:
    """Keys before and after the take belong to its ends, unless those are not to change."""
    first = -np.inf if changed[0] <= whole[0] == piece[0] else piece[0]
    return first, np.inf if changed[1] >= whole[1] == piece[1] else piece[1]


def _inside(frames: np.ndarray | float, spans: Iterable[Span]) -> np.ndarray:
    inside = np.zeros(np.shape(frames), bool)
    for start, end in spans:
        inside |= (frames > start) & (frames < end)
    return inside


def _covered(keys: np.ndarray, pieces: Iterable[Span]) -> np.ndarray:
    frames = keys["co"][:, 0].astype(float)
    covered = np.zeros(len(keys), bool)
    for start, end in pieces:
        covered |= (frames >= start - _FRAME) & (frames <= end + _FRAME)
    return covered


def _in_order(*parts: np.ndarray) -> np.ndarray:
    keys = np.concatenate(parts)
    return keys[np.argsort(keys["co"][:, 0], kind="stable")]


def _marked(keys: np.ndarray, by_hand: np.ndarray) -> np.ndarray:
    """The animator's keys take the colour of keys by hand."""
    keys = keys.copy()
    keys["type"][by_hand & (keys["type"] == GENERATED)] = BY_HAND
    return keys


def _joined(fresh: np.ndarray, now: np.ndarray, seams: set[float], level: set[float]) -> np.ndarray:
    """New keys for a piece. At a seam the curve goes on as it does outside the piece, at a level one from its value."""
    fresh = fresh.copy()
    for key, outer, inner in ((fresh[:1], "left", "right"), (fresh[-1:], "right", "left")) if len(fresh) else ():
        seam = next((each for each in seams if abs(each - key["co"][0, 0]) <= _FRAME), None)
        there = now[np.abs(now["co"][:, 0] - seam) <= _FRAME] if seam is not None else now[:0]
        if not len(there):
            continue
        rise = there["co"][0, 1] - key["co"][0, 1] if seam in level else 0.0
        key["co"][0, 1] += rise
        key[f"handle_{inner}"][0, 1] += rise
        key[f"handle_{outer}"] = key["co"] + there[f"handle_{outer}"][:1] - there["co"][:1]
        key["handle_left_type"] = key["handle_right_type"] = FREE
        if outer == "right":
            key["interpolation"] = there["interpolation"][0]
    return fresh


def divided(keys: np.ndarray, frame: float) -> np.ndarray:
    """The same curve with a key at a frame."""
    after = int(np.searchsorted(keys["co"][:, 0], frame))
    if len(keys) == 0 or (np.abs(keys["co"][:, 0] - frame) <= _FRAME).any():
        return keys
    keys = keys.copy()
    if after in (0, len(keys)):
        new = _beyond(keys, frame, after)
    elif keys["interpolation"][after - 1] == BEZIER:
        new = _split(keys[after - 1 : after + 1], frame)
    else:
        new = keys[after - 1 : after].copy()
        left, right = keys["co"][after - 1 : after + 1].astype(float)
        share = (frame - left[0]) / (right[0] - left[0]) if keys["interpolation"][after - 1] == LINEAR else 0.0
        _put(new, (frame, left[1] + share * (right[1] - left[1])))
    return np.insert(keys, after, new)


def _put(key: np.ndarray, point: tuple[float, float]) -> None:
    move = np.float32(point) - key["co"]
    for name in ("co", "handle_left", "handle_right"):
        key[name] += move


def _beyond(keys: np.ndarray, frame: float, after: int) -> np.ndarray:
    """A key before the first or after the last, where the curve is level."""
    edge = keys[:1] if after == 0 else keys[-1:]
    new = edge.copy()
    level = edge["co"][0, 1]
    near, far = (new, edge) if after == 0 else (edge, new)
    new["co"] = frame, level
    third = abs(float(edge["co"][0, 0]) - frame) / 3
    for key, side, way in ((near, "right", 1), (far, "left", -1)):
        key[f"handle_{side}"] = key["co"][0, 0] + way * third, level
    new["handle_left" if after == 0 else "handle_right"] = frame + (-third if after == 0 else third), level
    for key in (near, far):
        key["handle_left_type"] = key["handle_right_type"] = FREE
    return new


def _split(pair: np.ndarray, frame: float) -> np.ndarray:
    """The key that divides a Bezier segment (de Casteljau), whose own keys' handles are shortened for it."""
    first, last = (pair["co"][index].astype(float) for index in (0, 1))
    handles = pair["handle_right"][0].astype(float) - first, pair["handle_left"][1].astype(float) - last
    # As Blender evaluates it: no handle is longer than its segment (BKE_fcurve_correct_bezpart).
    right, left = (each * min((last[0] - first[0]) / max(abs(each[0]), 1e-9), 1.0) for each in handles)
    points = np.array([first, first + right, last + left, last])
    share = _share_at(points[:, 0], frame)
    once = points[:-1] + share * np.diff(points, axis=0)
    twice = once[:-1] + share * np.diff(once, axis=0)
    middle = twice[0] + share * (twice[1] - twice[0])
    new = pair[:1].copy()
    new["co"], new["handle_left"], new["handle_right"] = middle, twice[0], twice[1]
    pair["handle_right"][0], pair["handle_left"][1] = once[0], once[2]
    for name in ("handle_left_type", "handle_right_type"):
        new[name] = ALIGNED
        pair[name][(pair[name] != FREE) & (pair[name] != ALIGNED)] = FREE  # or Blender places them itself
    return new


def _share_at(times: np.ndarray, frame: float) -> float:
    """Where on a Bezier segment its time is a frame: times rise along it, so halving finds it."""
    low, high = 0.0, 1.0
    for _ in range(50):
        share = (low + high) / 2
        left = 1 - share
        time = np.dot(times, (left**3, 3 * left**2 * share, 3 * left * share**2, share**3))
        low, high = (share, high) if time < frame else (low, share)
    return (low + high) / 2


def settled(asked: np.ndarray, got: np.ndarray, written: np.ndarray) -> np.ndarray:
    """What was written, as Blender keeps it: far from frame 0 a float32 is coarse, and it aligns handles anew.

    asked, got: an F-curve's keys as they were to be, and as they are.
    """
    if len(asked) == 0 or len(written) == 0:
        return written
    if written is asked:
        kept = written.copy()
        kept["handle_left"], kept["handle_right"] = got["handle_left"], got["handle_right"]
        return kept
    place = np.minimum(np.searchsorted(asked["co"][:, 0], written["co"][:, 0] - _FRAME), len(asked) - 1)
    there = asked[place]
    same = _in_place(there, written) & _shaped_alike(there, written, "left") & _shaped_alike(there, written, "right")
    kept = written.copy()
    for name in ("handle_left", "handle_right"):
        kept[name][same] = got[name][place[same]]
    return kept


_REMEMBERED = ("interpolation", "handle_left_type", "handle_right_type")


def remembered(curves: dict[str, np.ndarray]) -> bytes:
    """What was written on F-curves, by whatever names them, in few bytes."""
    table = _numbers(_end_to_end(curves.values()))
    return packed({"curves": {name: len(keys) for name, keys in curves.items()}}, table)


def recalled(blob: bytes) -> dict[str, np.ndarray]:
    """What :func:`remembered` packed, within what :func:`found` calls the same."""
    header, table = unpacked(blob)
    ends = np.cumsum(list(header["curves"].values()), dtype=int)
    return dict(zip(header["curves"], map(_keys, np.split(table, ends[:-1])), strict=True)) if len(ends) else {}


def _numbers(keys: np.ndarray) -> np.ndarray:
    places = [keys["co"] / (_FRAME, _VALUE)]
    for side in ("left", "right"):
        kind = keys[f"handle_{side}_type"]
        placed = (keys["interpolation"] == BEZIER) & ((kind == FREE) | (kind == ALIGNED))
        places.append(np.where(placed[:, None], keys[f"handle_{side}"] - keys["co"], 0) / (_FRAME, _VALUE))
    return np.column_stack([*np.rint(places), *(keys[name] for name in _REMEMBERED)]).astype(np.int32)


def _keys(table: np.ndarray) -> np.ndarray:
    keys = np.zeros(len(table), KEY)
    co, left, right = (table[:, first : first + 2] * (_FRAME, _VALUE) for first in (0, 2, 4))
    keys["co"], keys["handle_left"], keys["handle_right"] = co, co + left, co + right
    for index, name in enumerate(_REMEMBERED):
        keys[name] = table[:, 6 + index]
    return keys
