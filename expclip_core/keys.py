# SPDX-License-Identifier: GPL-3.0-or-later
"""Dense curves to few Bezier keys, with a bound on the error at every frame.

Extremes that matter and the frames that the caller names become keys. Between two keys lies one cubic Bezier segment
whose handles are aligned with their neighbours'; their lengths are fitted first (see :mod:`bezier`). Where that misses by
little, the keys around turn: their slopes are fitted too. A segment that still misses its tolerance is cut in two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bezier import Dense, Segments, best_cut, cubic, fitted, joined, largest_errors, solved, turned, value

TOLERANCE = 0.005  # of a weight's range 0..1

_BATCH = 1 << 19  # samples worked on together: more than fits the processor's cache costs more than it saves
_NEAR = (6.0,), (6.0,)  # tolerances: what may still come within when keys turn, the second time for what is left
_SMALL = 24  # frames of a segment for which several cuts are tried
_CUTS = (0.3, 0.5, 0.7)  # of its length
_BRIEF = 3  # frames of a level high or low that one key in its middle stands for
_UNEVEN = 0.15  # a bend is a corner when the curve bends less than this share of it beside it


@dataclass(frozen=True)
class KeyedCurve:
    """Bezier keys of one curve.

    frames: float32 (keys,), rising, counted from the dense curve's first frame. values: float32 (keys,).
    left, right: float32 (keys, 2), the handles as (frame, value). corner: bool (keys,), handles not aligned.
    error: the largest difference from the dense curve at its frames.
    """

    frames: np.ndarray
    values: np.ndarray
    left: np.ndarray
    right: np.ndarray
    corner: np.ndarray
    error: float

    def __len__(self) -> int:
        return len(self.frames)

    def scaled(self, factor: float) -> KeyedCurve:
        """The same movement with all values times a factor."""
        by = np.array([1, factor], np.float32)
        values = self.values * np.float32(factor)
        return KeyedCurve(self.frames, values, self.left * by, self.right * by, self.corner, self.error * abs(factor))

    def at(self, frames: np.ndarray) -> np.ndarray:
        """Values at any frames, float64, held beyond the first and the last key."""
        frames = np.asarray(frames, float)
        if len(self) == 1:
            return np.full(len(frames), float(self.values[0]))
        before = np.clip(np.searchsorted(self.frames, frames, "right") - 1, 0, len(self) - 2)
        start, end = self.frames[before].astype(float), self.frames[before + 1].astype(float)
        length = end - start
        x = cubic((self.right[before, 0] - start) / length, (self.left[before + 1, 0] - start) / length, 1.0)
        first = self.values[before].astype(float)
        y = cubic(self.right[before, 1] - first, self.left[before + 1, 1] - first, self.values[before + 1] - first)
        share = np.clip((frames - start) / length, 0, 1)
        time = solved(share, x, share)
        return first + value(y, time)


def reduced(
    values: np.ndarray, tolerance: np.ndarray | float = TOLERANCE, kept: np.ndarray | None = None
) -> list[KeyedCurve]:
    """Keys for dense curves.

    values: (frames, curves), frames at least 1. tolerance: above 0, what broadcasts to the values' shape; at every frame the
    keyed curve differs by no more. kept: bool, what broadcasts to their shape; frames that must be keys of a moving curve.
    Returns a KeyedCurve for each column. Raises ValueError for no frames, values that are not finite, or no tolerance.
    """
    values = np.asarray(values)
    if values.ndim != 2 or len(values) == 0 or not np.isfinite(values).all():
        raise ValueError("curves need shape (frames, curves), at least a frame and finite values")
    tolerance = np.broadcast_to(np.asarray(tolerance, float), values.shape)
    if not (tolerance > 0).all():
        raise ValueError("the tolerance must be above 0")
    kept = np.broadcast_to(False if kept is None else kept, values.shape)
    at_once = max(_BATCH // len(values), 1)
    batches = [np.s_[:, first : first + at_once] for first in range(0, values.shape[1], at_once)]
    return [curve for batch in batches for curve in _reduced_together(values[batch], tolerance[batch], kept[batch])]


def _reduced_together(values: np.ndarray, tolerance: np.ndarray, kept: np.ndarray) -> list[KeyedCurve]:
    frames, count = values.shape
    moving = np.flatnonzero(np.ptp(values, axis=0) > tolerance.min(axis=0))
    curves = [_still_curve(values[:, column]) for column in range(count)]
    if len(moving) == 0:
        return curves
    flat, limits = (np.ascontiguousarray(each[:, moving].T, dtype=float).ravel() for each in (values, tolerance))
    is_knot = np.ascontiguousarray(kept[:, moving].T).ravel()
    is_knot[::frames] = is_knot[frames - 1 :: frames] = True
    extremes = _extremes(flat, limits, frames)
    is_knot[extremes] = True
    dense = _with_slopes(flat, limits, extremes, frames)
    segments = _fitted_until_within(dense, np.flatnonzero(is_knot))
    errors = largest_errors(dense, segments)
    owner = segments.start // frames
    for number, column in enumerate(moving):
        mine = owner == number
        curves[column] = _keyed(dense, segments.chosen(mine), number * frames, float(errors[mine].max()))
    return curves


def _still_curve(values: np.ndarray) -> KeyedCurve:
    """One key halfway between the lowest and the highest value, so that it is as near as one key can be."""
    value = np.float32((float(values.min()) + float(values.max())) / 2) if np.ptp(values) else np.float32(values[0])
    handles = np.array([[-1 / 3, value], [1 / 3, value]], np.float32)
    error = float(np.abs(values - value).max())
    return KeyedCurve(np.zeros(1, np.float32), np.array([value]), handles[:1], handles[1:], np.zeros(1, bool), error)


def _extremes(values: np.ndarray, tolerance: np.ndarray, frames: int) -> np.ndarray:
    """The highs and lows that rise above their surroundings by more than twice the tolerance; of a long level one both ends.

    Neighbouring highs and lows that differ least are struck out in pairs until all that are left differ enough. A curve's
    end stays, and stands for what was struck out beside it.
    """
    steps = np.diff(values)
    steps[frames - 1 :: frames] = 0.0  # from a curve's last frame to the next one's first
    moves = np.flatnonzero(steps)
    turn = (np.sign(steps[moves[:-1]]) != np.sign(steps[moves[1:]])) & (moves[:-1] // frames == moves[1:] // frames)
    firsts, lasts = moves[:-1][turn] + 1, moves[1:][turn]
    ends = np.concatenate([np.arange(0, len(values), frames), np.arange(frames - 1, len(values), frames)])
    points = np.concatenate([ends, firsts])
    last_of = np.concatenate([ends, lasts])
    pinned = np.arange(len(points)) < len(ends)
    order = np.argsort(points, kind="stable")
    points, last_of, pinned = points[order], last_of[order], pinned[order]
    level = values[points]
    while len(points) > 2:
        height = np.abs(np.diff(level)) / np.minimum(tolerance[points[:-1]], tolerance[points[1:]])
        height[points[:-1] // frames != points[1:] // frames] = np.inf
        before, after = np.append(np.inf, height[:-1]), np.append(height[1:], np.inf)
        least = np.flatnonzero((height < 2) & (height <= before) & (height < after))
        struck = np.zeros(len(points), bool)
        struck[least] = struck[least + 1] = True
        level[least], level[least + 1] = (
            np.where(pinned[here], level[there], level[here])
            for here, there in ((least, least + 1), (least + 1, least))
        )
        struck &= ~pinned
        if not struck.any():
            break
        points, last_of, pinned, level = (each[~struck] for each in (points, last_of, pinned, level))
    first, last = points[~pinned], last_of[~pinned]
    brief = last - first <= _BRIEF
    return np.concatenate([np.where(brief, (first + last) // 2, first), last[~brief]])


def _with_slopes(values: np.ndarray, tolerance: np.ndarray, extremes: np.ndarray, frames: int) -> Dense:
    """Slopes that keep neighbours monotone (Fritsch and Butland, 1984), level at extremes, two-sided at corners."""
    before, after = np.zeros_like(values), np.zeros_like(values)
    after[:-1] = np.diff(values)
    after[frames - 1 :: frames] = 0.0
    before[1:] = after[:-1]
    after[frames - 1 :: frames] = before[frames - 1 :: frames]
    before[::frames] = after[::frames]
    same_way = before * after > 0
    slope = np.where(same_way, 2 * before * after / np.where(same_way, before + after, 1.0), 0.0)
    slope[extremes] = 0.0
    bend = np.abs(after - before)
    beside = np.max([np.pad(bend, 2)[at : at + len(bend)] for at in (0, 1, 3, 4)], axis=0)
    corner = (bend > 4 * tolerance) & (beside < _UNEVEN * bend)
    return Dense(values, tolerance, np.where(corner, before, slope), np.where(corner, after, slope), frames)


def _fitted_until_within(dense: Dense, knots: np.ndarray) -> Segments:
    """One segment or, where that misses the tolerance, several between neighbouring knots of the same curve."""
    start, end = knots[:-1], knots[1:]
    same = start // dense.frames == end // dense.frames
    segments = fitted(dense, start[same], end[same]).in_order()
    turning = iter(_NEAR)
    while True:
        for near in next(turning, ()):
            segments = _with_keys_turned(dense, segments, near)
        if segments.within.all():
            return _without_needless(dense, segments, knots)
        missed = segments.chosen(~segments.within)
        cut = _cut(dense, missed)
        halves = fitted(dense, np.append(missed.start, cut), np.append(cut, missed.end))
        segments = joined([segments.chosen(segments.within), halves]).in_order()


def _with_keys_turned(dense: Dense, segments: Segments, near: float) -> Segments:
    """Turn the keys of segments that miss by little, together with the segments beside them, where fewer miss then.

    segments: in order. near: tolerances. The keys' slopes are changed in `dense`.
    """
    missing = ~segments.within & (segments.error < near)
    if not missing.any():
        return segments
    follows = np.append(segments.end[:-1] == segments.start[1:], False)
    beside = np.append(False, (missing & follows)[:-1]) | np.append(missing[1:] & follows[:-1], False)
    chosen = np.flatnonzero(missing | (beside & segments.within))
    before = segments.chosen(chosen)
    samples, keys = np.unique([before.start, before.end], return_inverse=True)
    first, last = keys.reshape(2, -1)
    free = np.zeros(len(samples), bool)
    free[first[missing[chosen]]] = free[last[missing[chosen]]] = True
    free &= dense.arriving[samples] == dense.leaving[samples]
    after, slopes = turned(dense, before, (first, last), free)
    starts_anew = np.append(True, (last[:-1] != first[1:]) | ~free[first[1:]])
    run = np.cumsum(starts_anew) - 1
    better = np.bincount(run, ~after.within) < np.bincount(run, ~before.within)
    taken = better[run]
    for key in (first, last):
        turns = key[taken & free[key]]
        dense.arriving[samples[turns]] = dense.leaving[samples[turns]] = slopes[turns]
    rest = np.ones(len(segments.start), bool)
    rest[chosen[taken]] = False
    return joined([segments.chosen(rest), after.chosen(taken)]).in_order()


def _cut(dense: Dense, missed: Segments) -> np.ndarray:
    """The sample at which to cut each segment: where it is worst or, if that leaves less error, elsewhere inside it."""
    length = missed.end - missed.start
    small = np.flatnonzero(length <= _SMALL)
    cut = missed.worst.copy()
    if len(small):
        shares = [missed.start + np.clip(np.rint(length * share).astype(int), 1, length - 1) for share in _CUTS]
        places = np.stack([missed.worst, *shares])[:, small]
        cut[small], slopes = best_cut(dense, missed.start[small], missed.end[small], places)
        smooth = dense.arriving[cut[small]] == dense.leaving[cut[small]]
        at = cut[small][smooth]
        dense.arriving[at] = dense.leaving[at] = slopes[smooth]
    return cut


def _without_needless(dense: Dense, segments: Segments, knots: np.ndarray) -> Segments:
    """Join neighbours, first at every other cut and then at the rest, where one segment will do for two."""
    for turn in (0, 1):
        is_knot = np.isin(segments.start, knots)
        place = np.arange(len(is_knot))
        since_knot = place - np.maximum.accumulate(np.where(is_knot, place, 0))  # or curves would hear of each other
        first = np.flatnonzero(~is_knot & (since_knot % 2 == 1 - turn)) - 1
        if len(first) == 0:
            continue
        both = fitted(dense, segments.start[first], segments.end[first + 1]).in_order()
        stays = np.ones(len(segments.start), bool)
        stays[first[both.within]] = stays[first[both.within] + 1] = False
        segments = joined([segments.chosen(stays), both.chosen(both.within)]).in_order()
    return segments


def _keyed(dense: Dense, segments: Segments, first: int, error: float) -> KeyedCurve:
    """Segments of one curve, in order, as keys. The outer handles continue the curve for a third of its segment."""
    knots = np.append(segments.start, segments.end[-1])
    lengths = np.diff(knots)
    after = np.append(segments.right * lengths, lengths[-1] / 3)
    before = np.append(lengths[0] / 3, segments.left * lengths)
    arriving, leaving = dense.arriving[knots], dense.leaving[knots]
    at, value = knots - first, dense.values[knots]
    return KeyedCurve(
        frames=at.astype(np.float32),
        values=value.astype(np.float32),
        left=np.stack([at - before, value - arriving * before], axis=1).astype(np.float32),
        right=np.stack([at + after, value + leaving * after], axis=1).astype(np.float32),
        corner=arriving != leaving,
        error=error,
    )
