# SPDX-License-Identifier: GPL-3.0-or-later
"""Bezier segments fitted to samples: how long their handles are, and how steep the keys between them.

Gauss-Newton on the squared error, as Schneider's "An Algorithm for Automatically Fitting Digitized Curves", Graphics Gems,
1990, does with reparametrisation in the place of the exact solution used here; then on the largest error, with weights as in
Lawson's "Contributions to the Theory of Linear Least Maximum Approximation", 1961. All segments go through each step together.

Segments are evaluated as Blender evaluates an F-curve: time is monotone as no handle is longer than its segment, which
is also what Blender clamps handles to (BKE_fcurve_correct_bezpart).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

_SHORTEST, _STUBBY, _LONGEST = 0.02, 0.1, 1.0  # handles, in lengths of their segment; keys turn for none to be stubby
_HASTY_STEPS, _THOROUGH_STEPS = 3, 12
_LEANS_FROM = 3  # steps on the squared error before those on the largest
_TURNING_STEPS, _PAIR_STEPS = 7, 3
_AT_MOST = 16  # samples that a segment is fitted to; all of them are looked at before it is taken
_AT_MOST_TURNING = 8  # the same, for many segments at a time
WITHIN = 0.995  # tolerances: the rest is for rounding to the float32 that Blender keeps
_NEAR = 3.0  # tolerances: what a thorough fit may still bring within
_NEAR_TURNED = 2.0  # the same after keys turned
# Tolerances that handles may reach beyond their segment's keys for the curve to go one beyond: one of them, or both.
_ONE_BEYOND, _BOTH_BEYOND = 9 / 4, 4 / 3


@dataclass(frozen=True)
class Dense:
    """Curves end to end: value, tolerance, slope a frame before and after each frame; frames of each curve."""

    values: np.ndarray
    tolerance: np.ndarray
    arriving: np.ndarray
    leaving: np.ndarray
    frames: int


@dataclass(frozen=True)
class Segments:
    """Bezier segments between samples `start` and `end`; handle lengths as shares of the segment's."""

    start: np.ndarray
    end: np.ndarray
    right: np.ndarray
    left: np.ndarray
    error: np.ndarray  # the largest, in tolerances
    worst: np.ndarray  # the sample that has it

    @property
    def within(self) -> np.ndarray:
        return self.error <= WITHIN

    def chosen(self, which: np.ndarray) -> Segments:
        return Segments(*(column[which] for column in vars(self).values()))

    def in_order(self) -> Segments:
        return self.chosen(np.argsort(self.start))


def joined(parts: list[Segments]) -> Segments:
    return Segments(*(np.concatenate(columns) for columns in zip(*(vars(p).values() for p in parts), strict=True)))


def fitted(dense: Dense, start: np.ndarray, end: np.ndarray) -> Segments:
    """Handle lengths that bring each segment near its samples: in haste and, where that misses by little, thoroughly."""
    hasty = _fitted(dense, start, end, _HASTY_STEPS)
    near = ~hasty.within & (hasty.error < _NEAR)
    thorough = _fitted(dense, start[near], end[near], _THOROUGH_STEPS)
    return joined([hasty.chosen(~near), thorough])


def _fitted(dense: Dense, start: np.ndarray, end: np.ndarray, steps: int) -> Segments:
    limits = _limits(dense, start, end, (slopes := (dense.leaving[start], dense.arriving[end])))
    lengths = [np.minimum(1 / 3, limit) for limit in limits]
    inside = np.flatnonzero(end - start > 1)
    if len(inside):
        fit = _Fit(dense, start[inside], end[inside], _AT_MOST)
        found = fit.lengths(*(_at(each, inside) for each in (slopes, lengths, limits)), steps)
        for all_lengths, some in zip(lengths, found, strict=True):
            all_lengths[inside] = some
    return _judged(dense, start, end, slopes, lengths)


def turned(
    dense: Dense,
    segments: Segments,
    keys: tuple[np.ndarray, np.ndarray],
    free: np.ndarray,
    steps: int = _TURNING_STEPS,
    polished: bool = True,
) -> tuple[Segments, np.ndarray]:
    """Segments fitted by their handle lengths and, together, by the slopes of the keys that they share.

    keys: the first and the last key of each segment, numbered from 0. free: bool (keys,), whose slope may change.
    Returns the segments and the slopes, (keys,) a frame; those of keys that are not free mean nothing.
    """
    start, end = segments.start, segments.end
    own = dense.leaving[start], dense.arriving[end]
    slope = np.zeros(len(free))
    for each, there in zip(keys, own, strict=True):
        slope[each] = there
    up, down = _steepest(dense, segments, keys, len(free))
    inside = np.flatnonzero(end - start > 1)
    fit = _Fit(dense, start[inside], end[inside], _AT_MOST_TURNING)
    lengths, time = (segments.right, segments.left), None
    for step in range(steps + 1):
        slopes = tuple(np.where(free[key], slope[key], there) for key, there in zip(keys, own, strict=True))
        lengths = _clipped(lengths, _limits(dense, start, end, slopes))
        if step == steps or len(inside) == 0:
            break
        turns, time = fit.turns(_at(slopes, inside), _at(lengths, inside), _at(keys, inside), free, time)
        slope = np.clip(slope + turns.of_keys, -down, up)
        for all_lengths, change in zip(lengths, turns.of_lengths, strict=True):
            all_lengths[inside] -= change
    segments = _judged(dense, start, end, slopes, lengths)
    return (_polished(dense, segments, slopes) if polished else segments), slope


def _polished(dense: Dense, segments: Segments, slopes: Pair) -> Segments:
    """With the slopes as they are, lengths on the largest error where that is little too much."""
    few = np.flatnonzero(~segments.within & (segments.error < _NEAR_TURNED))
    if len(few) == 0:
        return segments
    start, end = segments.start[few], segments.end[few]
    there = _at(slopes, few)
    fit = _Fit(dense, start, end, _AT_MOST)
    lengths = fit.lengths(
        there, (segments.right[few], segments.left[few]), _limits(dense, start, end, there), _THOROUGH_STEPS
    )
    again = _judged(dense, start, end, there, lengths)
    better = again.error < segments.error[few]
    columns = [np.array(column) for column in vars(segments).values()]
    for column, new in zip(columns, vars(again).values(), strict=True):
        column[few[better]] = new[better]
    return Segments(*columns)


def best_cut(dense: Dense, start: np.ndarray, end: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each segment, of the samples `places` (n, segments) inside it the one at which two leave least error, and the
    slope there that they were fitted with.
    """
    starts, ends = (np.broadcast_to(each, places.shape).ravel() for each in (start, end))
    cuts, count = places.ravel(), places.size
    thirds, none = np.full(2 * count, 1 / 3), np.zeros(2 * count)
    halves = Segments(np.append(starts, cuts), np.append(cuts, ends), thirds, thirds, none, none.astype(int))
    middle, outer = np.arange(count), np.full(count, count)
    free = np.append(dense.arriving[cuts] == dense.leaving[cuts], False)
    keys = np.append(outer, middle), np.append(middle, outer)
    halves, slopes = turned(dense, halves, keys, free, _PAIR_STEPS, polished=False)
    left_over = halves.error.reshape(2, *places.shape).max(axis=0)
    best = np.argmin(left_over, axis=0), np.arange(len(start))
    return places[best], slopes[:count].reshape(places.shape)[best]


def largest_errors(dense: Dense, segments: Segments) -> np.ndarray:
    """The largest error of each segment, as a value: where the tolerance differs, not that which is the most of it."""
    alike = replace(dense, tolerance=np.ones_like(dense.tolerance))
    slopes = dense.leaving[segments.start], dense.arriving[segments.end]
    return _judged(alike, segments.start, segments.end, slopes, (segments.right, segments.left), np.inf).error


Pair = tuple[np.ndarray, np.ndarray]  # of each segment: at its first key and at its last


def _judged(
    dense: Dense, start: np.ndarray, end: np.ndarray, slopes: Pair, lengths: Pair, only_within: float = WITHIN
) -> Segments:
    """Segments with their largest errors: looked for at some samples first, and at all where those are within."""
    error, worst = np.zeros(len(start)), start.copy()
    look = np.flatnonzero(end - start > 1)
    for at_most in (_AT_MOST, None):
        if len(look):
            fit = _Fit(dense, start[look], end[look], at_most)
            error[look], worst[look] = fit.largest_error(_at(slopes, look), _at(lengths, look))
        look = np.flatnonzero((end - start - 1 > _AT_MOST) & (error <= only_within))
    return Segments(start, end, *lengths, error, worst)


def _reaches(dense: Dense, start: np.ndarray, end: np.ndarray) -> Pair:
    """How far handles may rise and fall, as values: so that the curve goes no tolerance beyond its keys."""
    rise, slack = dense.values[end] - dense.values[start], np.minimum(dense.tolerance[start], dense.tolerance[end])
    slack = slack * np.where(np.abs(rise) > 2 * _ONE_BEYOND * slack, _ONE_BEYOND, _BOTH_BEYOND)
    return np.maximum(rise, 0) + slack, np.maximum(-rise, 0) + slack


def _limits(dense: Dense, start: np.ndarray, end: np.ndarray, slopes: Pair) -> Pair:
    """How long handles may be, in lengths of their segment."""
    up, down = _reaches(dense, start, end)
    rises = [slope * (end - start) for slope in slopes]
    return tuple(np.minimum(np.where(r > 0, up, down) / np.maximum(np.abs(r), 1e-9), _LONGEST) for r in rises)


def _steepest(dense: Dense, segments: Segments, keys: Pair, count: int) -> Pair:
    """How far each key may turn up and down, as slopes, before a handle gets stubby."""
    length = _STUBBY * (segments.end - segments.start)
    steepest = np.full(count, np.inf), np.full(count, np.inf)
    for bound, reach in zip(steepest, _reaches(dense, segments.start, segments.end), strict=True):
        for key in keys:
            np.minimum.at(bound, key, reach / length)
    return steepest


def _clipped(lengths: Pair, limits: Pair) -> Pair:
    shortest = (np.minimum(_SHORTEST, limit) for limit in limits)
    return tuple(np.minimum(np.maximum(*each[:2]), each[2]) for each in zip(lengths, shortest, limits, strict=True))


def _at(pair: Pair, which: np.ndarray) -> Pair:
    return pair[0][which], pair[1][which]


@dataclass(frozen=True)
class _Turns:
    """A step: of_lengths, what both handles of each segment are too long; of_keys, what each key's slope grows by."""

    of_lengths: Pair
    of_keys: np.ndarray


class _Fit:
    """Segments with samples inside them, ready for Gauss-Newton steps. Slopes are given a frame, kept a segment."""

    def __init__(self, dense: Dense, start: np.ndarray, end: np.ndarray, at_most: int | None = None) -> None:
        inside = end - start - 1
        counts = inside if at_most is None else np.minimum(inside, at_most)
        self._offsets = np.cumsum(counts) - counts
        self._owner = np.repeat(np.arange(len(start)), counts)
        number = np.arange(len(self._owner)) - self._offsets[self._owner]
        self._samples = start[self._owner] + 1 + (2 * number + 1) * inside[self._owner] // (2 * counts[self._owner])
        self._length, self._rise = end - start, dense.values[end] - dense.values[start]
        self._x = (self._samples - start[self._owner]) / self._length[self._owner]
        self._y = dense.values[self._samples] - dense.values[start][self._owner]
        self._weight = 1 / dense.tolerance[self._samples]

    def lengths(self, slopes: Pair, lengths: Pair, limits: Pair, steps: int) -> Pair:
        time, weight = self._x, self._weight
        for step in range(steps):
            x, y = self._curves(slopes, lengths)
            time = _refined(self._x, x, time, 1)
            missed = value(y, time) - self._y
            if step >= _LEANS_FROM:
                weight = weight * self._leaning(np.abs(missed) * self._weight)
            normal = _Normal(self, self._by_lengths(slopes, x, y, time, weight))
            lengths = _clipped(
                [length - change for length, change in zip(lengths, normal.solved(missed * weight), strict=True)],
                limits,
            )
        return lengths

    def turns(
        self, slopes: Pair, lengths: Pair, keys: Pair, free: np.ndarray, time: np.ndarray | None
    ) -> tuple[_Turns, np.ndarray]:
        """A step of lengths and slopes together. time: where the last one ended, or None. Returns the step and the time.

        What lengths do in the best case is taken out of what slopes do; then each key turns as both its segments ask.
        """
        x, y = self._curves(slopes, lengths)
        time = _refined(self._x, x, self._x if time is None else time, 2 if time is None else 1)
        missed = (value(y, time) - self._y) * self._weight
        normal = _Normal(self, self._by_lengths(slopes, x, y, time, self._weight))
        by_slopes = self._by_slopes(lengths, time)
        too_long, *for_slopes = (normal.solved(column) for column in (missed, *by_slopes))
        still_missed = normal.left_over(missed, too_long)
        alone = [normal.left_over(column, each) for column, each in zip(by_slopes, for_slopes, strict=True)]
        together = np.abs(self.summed(alone[0] * alone[1])) / 2
        asked, firm = np.zeros(len(free)), np.full(len(free), 1e-9)
        for key, with_lengths, column in zip(keys, by_slopes, alone, strict=True):
            damping = 0.02 * self.summed(with_lengths * with_lengths)
            asked += np.bincount(key, self.summed(column * still_missed), len(free))
            firm += np.bincount(key, self.summed(column * column) + together + damping, len(free))
        of_keys = np.where(free, -asked / firm, 0.0)
        first, last = (of_keys[key] for key in keys)
        of_lengths = tuple(
            long + of_first * first + of_last * last
            for long, of_first, of_last in zip(too_long, *for_slopes, strict=True)
        )
        return _Turns(of_lengths, of_keys), time

    def largest_error(self, slopes: Pair, lengths: Pair) -> tuple[np.ndarray, np.ndarray]:
        """Of each segment, in tolerances, and its sample."""
        x, y = self._curves(slopes, lengths)
        error = np.abs(value(y, solved(self._x, x, self._x)) - self._y) * self._weight
        largest = self._of_each(np.maximum, error)
        worst = np.empty(len(largest), int)
        at = np.flatnonzero(error >= largest[self._owner])
        worst[self._owner[at]] = self._samples[at]
        return largest, worst

    def summed(self, of_samples: np.ndarray) -> np.ndarray:
        return self._of_each(np.add, of_samples)

    def spread(self, of_segments: np.ndarray) -> np.ndarray:
        return of_segments.take(self._owner)

    def _curves(self, slopes: Pair, lengths: Pair) -> tuple[Polynomial, Polynomial]:
        (right, left), (up, down) = lengths, (slope * self._length for slope in slopes)
        x, y = cubic(right, 1 - left, 1.0), cubic(up * right, self._rise - down * left, self._rise)
        return tuple(map(self.spread, x)), tuple(map(self.spread, y))

    def _by_lengths(self, slopes: Pair, x: Polynomial, y: Polynomial, time: np.ndarray, weight: np.ndarray) -> Pair:
        """How the weighted error changes with both lengths; time follows the lengths at a fixed frame."""
        steepness = _derivative(y, time) / np.maximum(_derivative(x, time), 1e-3)
        up, down = (self.spread(slope * self._length) for slope in slopes)
        rest = 1 - time
        return 3 * time * rest * rest * (up - steepness) * weight, -3 * time * time * rest * (down - steepness) * weight

    def _by_slopes(self, lengths: Pair, time: np.ndarray) -> Pair:
        """How the weighted error changes with the slopes, a frame, at both ends."""
        rest, (right, left) = 1 - time, (self.spread(length * self._length) for length in lengths)
        return 3 * time * rest * rest * right * self._weight, -3 * time * time * rest * left * self._weight

    def _leaning(self, error: np.ndarray) -> np.ndarray:
        """What weights grow by: most where a segment misses most."""
        return np.sqrt(0.3 + error / self.spread(np.maximum(self._of_each(np.maximum, error), 1e-9)))

    def _of_each(self, fold: np.ufunc, of_samples: np.ndarray) -> np.ndarray:
        return fold.reduceat(of_samples, self._offsets)


class _Normal:
    """The normal equations of both lengths of each segment."""

    def __init__(self, fit: _Fit, by_lengths: Pair) -> None:
        self._fit, self._by_right, self._by_left = fit, *by_lengths
        rr, ll = (fit.summed(column * column) for column in by_lengths)
        damping = 0.1 * (rr + ll) + 1e-12
        self._rr, self._ll, self._rl = rr + damping, ll + damping, fit.summed(by_lengths[0] * by_lengths[1])
        self._determinant = self._rr * self._ll - self._rl * self._rl

    def solved(self, wanted: np.ndarray) -> Pair:
        """The lengths' changes that come nearest to a column of samples."""
        by_right, by_left = self._fit.summed(self._by_right * wanted), self._fit.summed(self._by_left * wanted)
        return (
            (self._ll * by_right - self._rl * by_left) / self._determinant,
            (self._rr * by_left - self._rl * by_right) / self._determinant,
        )

    def left_over(self, wanted: np.ndarray, solved: Pair) -> np.ndarray:
        """What of a column of samples those changes leave."""
        right, left = map(self._fit.spread, solved)
        return wanted - self._by_right * right - self._by_left * left


Polynomial = tuple[np.ndarray, np.ndarray, np.ndarray]  # of t, t² and t³; that of 1 is 0


def cubic(first: np.ndarray, second: np.ndarray, last: np.ndarray | float) -> Polynomial:
    """The Bezier curve 0, first, second, last as a polynomial."""
    return 3 * first, 3 * second - 6 * first, last + 3 * first - 3 * second


def value(polynomial: Polynomial, time: np.ndarray) -> np.ndarray:
    linear, square, cube = polynomial
    return ((cube * time + square) * time + linear) * time


def _derivative(polynomial: Polynomial, time: np.ndarray) -> np.ndarray:
    linear, square, cube = polynomial
    return (3 * cube * time + 2 * square) * time + linear


def _refined(x: np.ndarray, polynomial: Polynomial, time: np.ndarray, steps: int) -> np.ndarray:
    """Newton's steps towards polynomial(time) = x."""
    for _ in range(steps):
        over = value(polynomial, time) - x
        time = time - over / np.maximum(_derivative(polynomial, time), 1e-2)
        time = np.minimum(np.maximum(time, 0.0), 1.0)  # np.clip takes longer to begin than this to end
    return time


def solved(x: np.ndarray, polynomial: Polynomial, near: np.ndarray) -> np.ndarray:
    """The time in 0..1 where a rising polynomial is x: Newton's steps from `near`; where they fail, more, then halving."""
    time = _refined(x, polynomial, near, 3)
    for solve in (lambda *stuck: _refined(*stuck, 4), lambda *stuck: _halved(*stuck[:2])):
        stuck = np.flatnonzero(np.abs(value(polynomial, time) - x) > 1e-7)
        if len(stuck) == 0:
            break
        time[stuck] = solve(x[stuck], tuple(each[stuck] for each in polynomial), time[stuck])
    return time


def _halved(x: np.ndarray, polynomial: Polynomial) -> np.ndarray:
    low, high = np.zeros(len(x)), np.ones(len(x))
    for _ in range(40):
        middle = (low + high) / 2
        below = value(polynomial, middle) < x
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
