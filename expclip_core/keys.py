# SPDX-License-Identifier: GPL-3.0-or-later
"""Dense curves to few Bezier keys, with a bound on the error at every frame.

Extremes that matter and the frames that the caller names become keys. Between two keys lies one cubic Bezier segment
whose handles follow the movement's slope, so that they are aligned; only their lengths are fitted (Gauss-Newton on the
squared error, as Schneider's "An Algorithm for Automatically Fitting Digitized Curves", Graphics Gems, 1990, does with
reparametrisation in the place of the exact solution used here; then on the largest error, with weights as in Lawson's
"Contributions to the Theory of Linear Least Maximum Approximation", 1961). A segment that misses its tolerance is cut where
it misses most. All segments of all curves go through each step together.

Segments are evaluated as Blender evaluates an F-curve: time is monotone as no handle is longer than its segment, which
is also what Blender clamps handles to (BKE_fcurve_correct_bezpart).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

TOLERANCE = 0.005  # of a weight's range 0..1

_BATCH = 1 << 19  # samples worked on together: more than fits the processor's cache costs more than it saves
_SHORTEST, _LONGEST = 0.02, 1.0  # handles, in lengths of their segment
_HASTY_STEPS, _THOROUGH_STEPS = 3, 12
_LEANS_FROM = 3  # steps on the squared error before those on the largest
_AT_MOST = 16  # samples that a segment is fitted to; all of them are looked at before it is taken
_WITHIN = 0.995  # tolerances: the rest is for rounding to the float32 that Blender keeps
_NEAR = 3.0  # tolerances: what a thorough fit may still bring within
_SMALL = 24  # frames of a segment for which several cuts are tried
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
        x = _cubic((self.right[before, 0] - start) / length, (self.left[before + 1, 0] - start) / length, 1.0)
        first = self.values[before].astype(float)
        y = _cubic(self.right[before, 1] - first, self.left[before + 1, 1] - first, self.values[before + 1] - first)
        share = np.clip((frames - start) / length, 0, 1)
        time = _solved(share, x, share)
        return first + _value(y, time)


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


@dataclass(frozen=True)
class _Dense:
    """Curves end to end: value, tolerance, slope a frame before and after each frame; where each curve starts."""

    values: np.ndarray
    tolerance: np.ndarray
    arriving: np.ndarray
    leaving: np.ndarray
    frames: int


@dataclass(frozen=True)
class _Segments:
    """Bezier segments between samples `start` and `end`; handle lengths as shares of the segment's."""

    start: np.ndarray
    end: np.ndarray
    right: np.ndarray
    left: np.ndarray
    error: np.ndarray  # the largest, in tolerances
    worst: np.ndarray  # the sample that has it

    def chosen(self, which: np.ndarray) -> _Segments:
        return _Segments(*(column[which] for column in vars(self).values()))


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
    errors = _errors(dense, segments)
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
    """The highs and lows that rise above their surroundings by more than twice the tolerance; of a level one both ends.

    Neighbouring highs and lows that differ least are struck out in pairs until all that are left differ enough.
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
    while len(points) > 2:
        height = np.abs(np.diff(values[points])) / np.minimum(tolerance[points[:-1]], tolerance[points[1:]])
        height[points[:-1] // frames != points[1:] // frames] = np.inf
        before, after = np.append(np.inf, height[:-1]), np.append(height[1:], np.inf)
        least = np.flatnonzero((height < 2) & (height <= before) & (height < after))
        struck = np.zeros(len(points), bool)
        struck[least] = struck[least + 1] = True
        struck &= ~pinned
        if not struck.any():
            break
        points, last_of, pinned = points[~struck], last_of[~struck], pinned[~struck]
    return np.concatenate([points[~pinned], last_of[~pinned]])


def _with_slopes(values: np.ndarray, tolerance: np.ndarray, extremes: np.ndarray, frames: int) -> _Dense:
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
    return _Dense(values, tolerance, np.where(corner, before, slope), np.where(corner, after, slope), frames)


def _fitted_until_within(dense: _Dense, knots: np.ndarray) -> _Segments:
    """One segment or, where that misses the tolerance, several between neighbouring knots of the same curve."""
    start, end = knots[:-1], knots[1:]
    same = start // dense.frames == end // dense.frames
    start, end = start[same], end[same]
    finished: list[_Segments] = []
    while len(start):
        segments = _fitted_well(dense, start, end)
        within = segments.error <= _WITHIN
        finished.append(segments.chosen(within))
        missed = segments.chosen(~within)
        cut = _best_cut(dense, missed)
        start, end = np.concatenate([missed.start, cut]), np.concatenate([cut, missed.end])
    whole = _joined(finished)
    return _without_needless(dense, whole.chosen(np.argsort(whole.start)), knots)


def _fitted_well(dense: _Dense, start: np.ndarray, end: np.ndarray) -> _Segments:
    """Fit in haste; where that misses by little, thoroughly."""
    hasty = _fitted(dense, start, end, _HASTY_STEPS)
    near = np.flatnonzero((hasty.error > _WITHIN) & (hasty.error < _NEAR))
    thorough = _fitted(dense, start[near], end[near], _THOROUGH_STEPS)
    rest = np.ones(len(start), bool)
    rest[near] = False
    return _joined([hasty.chosen(rest), thorough])


def _best_cut(dense: _Dense, missed: _Segments) -> np.ndarray:
    """The sample at which to cut each segment: where it is worst or, if that leaves less error, one nearer its middle."""
    places = [missed.worst]
    length = missed.end - missed.start
    places += [missed.start + np.clip((length * share).astype(int), 1, length - 1) for share in (0.4, 0.6)]
    small = np.flatnonzero(length <= _SMALL)
    if len(small) == 0:
        return missed.worst
    at = np.stack(places)[:, small]
    starts, ends = (np.broadcast_to(each[small], at.shape) for each in (missed.start, missed.end))
    halves = _fitted(dense, np.ravel([starts, at]), np.ravel([at, ends]), _HASTY_STEPS)
    left_over = halves.error.reshape(2, *at.shape).max(axis=0)
    cut = missed.worst.copy()
    cut[small] = at[np.argmin(left_over, axis=0), np.arange(len(small))]
    return cut


def _joined(parts: list[_Segments]) -> _Segments:
    return _Segments(*(np.concatenate(columns) for columns in zip(*(vars(p).values() for p in parts), strict=True)))


def _without_needless(dense: _Dense, segments: _Segments, knots: np.ndarray) -> _Segments:
    """Join neighbours, first at every other cut and then at the rest, where one segment will do for two."""
    for turn in (0, 1):
        is_knot = np.isin(segments.start, knots)
        place = np.arange(len(is_knot))
        since_knot = place - np.maximum.accumulate(np.where(is_knot, place, 0))  # or curves would hear of each other
        first = np.flatnonzero(~is_knot & (since_knot % 2 == 1 - turn)) - 1
        if len(first) == 0:
            continue
        joined = _fitted_well(dense, segments.start[first], segments.end[first + 1])
        joined = joined.chosen(np.argsort(joined.start))
        within = joined.error <= _WITHIN
        stays = np.ones(len(segments.start), bool)
        stays[first[within]] = stays[first[within] + 1] = False
        segments = _joined([segments.chosen(stays), joined.chosen(within)])
        segments = segments.chosen(np.argsort(segments.start))
    return segments


def _fitted(dense: _Dense, start: np.ndarray, end: np.ndarray, steps: int) -> _Segments:
    """The handle lengths that bring each segment near its samples: near some of them, and if they are, near all."""
    length, rise = end - start, dense.values[end] - dense.values[start]
    leaving, arriving = dense.leaving[start] * length, dense.arriving[end] * length
    slack = np.minimum(dense.tolerance[start], dense.tolerance[end])
    limits = (_longest(leaving, rise, slack), _longest(arriving, rise, slack))
    lengths = [np.minimum(1 / 3, limit) for limit in limits]
    error, worst = np.zeros(len(start)), start.copy()
    inside = np.flatnonzero(length > 1)
    if len(inside):
        fit = _Fit(dense, start[inside], end[inside], leaving[inside], arriving[inside], _AT_MOST)
        found = fit.lengths([each[inside] for each in lengths], [each[inside] for each in limits], steps)
        error[inside], worst[inside] = fit.largest_error(*found)
        for all_lengths, some in zip(lengths, found, strict=True):
            all_lengths[inside] = some
    unseen = np.flatnonzero((length - 1 > _AT_MOST) & (error <= _WITHIN))
    if len(unseen):
        whole = _Fit(dense, start[unseen], end[unseen], leaving[unseen], arriving[unseen])
        error[unseen], worst[unseen] = whole.largest_error(*(each[unseen] for each in lengths))
    return _Segments(start, end, *lengths, error, worst)


def _errors(dense: _Dense, segments: _Segments) -> np.ndarray:
    """The largest error of each segment, as a value: where the tolerance differs, not that which is the most of it."""
    errors = np.zeros(len(segments.start))
    inside = segments.chosen(within := segments.end - segments.start > 1)
    if within.any():
        length = inside.end - inside.start
        slopes = dense.leaving[inside.start] * length, dense.arriving[inside.end] * length
        alike = replace(dense, tolerance=np.ones_like(dense.tolerance))
        errors[within] = _Fit(alike, inside.start, inside.end, *slopes).largest_error(inside.right, inside.left)[0]
    return errors


def _longest(slope: np.ndarray, rise: np.ndarray, slack: np.ndarray) -> np.ndarray:
    """How long a handle may be: its value stays between its segment's keys, so that nothing overshoots them."""
    reach = np.maximum(np.sign(slope) * rise, 0) + slack
    return np.minimum(reach / np.maximum(np.abs(slope), 1e-9), _LONGEST)


class _Fit:
    """Segments with samples inside them, ready for Gauss-Newton steps. Slopes are a segment's, not a frame's."""

    def __init__(
        self,
        dense: _Dense,
        start: np.ndarray,
        end: np.ndarray,
        leaving: np.ndarray,
        arriving: np.ndarray,
        at_most: int | None = None,
    ) -> None:
        inside = end - start - 1
        counts = inside if at_most is None else np.minimum(inside, at_most)
        self._offsets = np.cumsum(counts) - counts
        self._owner = np.repeat(np.arange(len(start)), counts)
        number = np.arange(len(self._owner)) - self._offsets[self._owner]
        self._samples = start[self._owner] + 1 + (2 * number + 1) * inside[self._owner] // (2 * counts[self._owner])
        self._start, self._rise = start, dense.values[end] - dense.values[start]
        self._leaving, self._arriving = leaving, arriving
        self._x = (self._samples - start[self._owner]) / (end - start)[self._owner]
        self._y = dense.values[self._samples] - dense.values[start][self._owner]
        self._weight = 1 / dense.tolerance[self._samples]

    def lengths(self, lengths: list[np.ndarray], limits: list[np.ndarray], steps: int) -> tuple[np.ndarray, np.ndarray]:
        right, left = lengths
        time, weight = self._x, self._weight
        for step in range(steps):
            x, y = self._curves(right, left)
            time = _refined(self._x, x, time, 1)
            missed = _value(y, time) - self._y
            if step >= _LEANS_FROM:
                weight = weight * self._leaning(np.abs(missed) * self._weight)
            by_right, by_left = self._step(x, y, time, missed, weight)
            right = np.clip(right - by_right, np.minimum(_SHORTEST, limits[0]), limits[0])
            left = np.clip(left - by_left, np.minimum(_SHORTEST, limits[1]), limits[1])
        return right, left

    def _leaning(self, error: np.ndarray) -> np.ndarray:
        """What weights grow by: most where a segment misses most."""
        return np.sqrt(0.3 + error / np.maximum(self._of_each(np.maximum, error), 1e-9)[self._owner])

    def largest_error(self, right: np.ndarray, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of each segment, in tolerances, and its sample."""
        x, y = self._curves(right, left)
        error = np.abs(_value(y, _solved(self._x, x, self._x)) - self._y) * self._weight
        largest = self._of_each(np.maximum, error)
        worst = np.empty(len(largest), int)
        at = np.flatnonzero(error >= largest[self._owner])
        worst[self._owner[at]] = self._samples[at]
        return largest, worst

    def _curves(self, right: np.ndarray, left: np.ndarray) -> tuple[_Polynomial, _Polynomial]:
        x = _cubic(right, 1 - left, 1.0)
        y = _cubic(self._leaving * right, self._rise - self._arriving * left, self._rise)
        return tuple(c[self._owner] for c in x), tuple(c[self._owner] for c in y)

    def _step(
        self, x: _Polynomial, y: _Polynomial, time: np.ndarray, missed: np.ndarray, weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The change of both lengths that the linearised error asks for; time follows the lengths at a fixed frame."""
        slope = _derivative(y, time) / np.maximum(_derivative(x, time), 1e-3)
        missed, rest = missed * weight, 1 - time
        by_right = 3 * time * rest * rest * (self._leaving[self._owner] - slope) * weight
        by_left = -3 * time * time * rest * (self._arriving[self._owner] - slope) * weight
        products = (by_right * by_right, by_right * by_left, by_left * by_left, by_right * missed, by_left * missed)
        rr, rl, ll, rm, lm = (self._of_each(np.add, product) for product in products)
        damping = 0.1 * (rr + ll) + 1e-12
        rr, ll = rr + damping, ll + damping
        determinant = rr * ll - rl * rl
        return (ll * rm - rl * lm) / determinant, (rr * lm - rl * rm) / determinant

    def _of_each(self, fold: np.ufunc, of_samples: np.ndarray) -> np.ndarray:
        return fold.reduceat(of_samples, self._offsets)


_Polynomial = tuple[np.ndarray, np.ndarray, np.ndarray]  # of t, t² and t³; that of 1 is 0


def _cubic(first: np.ndarray, second: np.ndarray, last: np.ndarray | float) -> _Polynomial:
    """The Bezier curve 0, first, second, last as a polynomial."""
    return 3 * first, 3 * second - 6 * first, last + 3 * first - 3 * second


def _value(polynomial: _Polynomial, time: np.ndarray) -> np.ndarray:
    linear, square, cube = polynomial
    return ((cube * time + square) * time + linear) * time


def _derivative(polynomial: _Polynomial, time: np.ndarray) -> np.ndarray:
    linear, square, cube = polynomial
    return (3 * cube * time + 2 * square) * time + linear


def _refined(x: np.ndarray, polynomial: _Polynomial, time: np.ndarray, steps: int) -> np.ndarray:
    """Newton's steps towards polynomial(time) = x."""
    for _ in range(steps):
        over = _value(polynomial, time) - x
        time = np.clip(time - over / np.maximum(_derivative(polynomial, time), 1e-2), 0, 1)
    return time


def _solved(x: np.ndarray, polynomial: _Polynomial, near: np.ndarray) -> np.ndarray:
    """The time in 0..1 where a rising polynomial is x: Newton's steps from `near`; where they fail, more, then halving."""
    time = _refined(x, polynomial, near, 3)
    for solve in (lambda *stuck: _refined(*stuck, 4), lambda *stuck: _halved(*stuck[:2])):
        stuck = np.flatnonzero(np.abs(_value(polynomial, time) - x) > 1e-7)
        if len(stuck) == 0:
            break
        time[stuck] = solve(x[stuck], tuple(each[stuck] for each in polynomial), time[stuck])
    return time


def _halved(x: np.ndarray, polynomial: _Polynomial) -> np.ndarray:
    low, high = np.zeros(len(x)), np.ones(len(x))
    for _ in range(40):
        middle = (low + high) / 2
        below = _value(polynomial, middle) < x
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _keyed(dense: _Dense, segments: _Segments, first: int, error: float) -> KeyedCurve:
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
