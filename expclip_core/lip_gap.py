# SPDX-License-Identifier: GPL-3.0-or-later
"""The gap between the lips in millimetres, and few keys that keep it around seals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from . import arkit
from .keys import TOLERANCE, KeyedCurve, reduced

SEALED_MM = 1.2
ALLOWED_MM = 0.3  # what reduced keys may change of the gap where the lips are sealed or nearly so

# Millimetres at weight 1 between the inner lips on the midline of the ICT FaceKit head (ICT-VGL/ICT-FaceKit, MIT). Over 1,400
# frames of speech the sum finds the same frames sealed as the head itself, and where the gap is small it is 0.02 mm off.
_REST_MM = 0.64
_OPENS_MM = {
    "jawForward": 1.3, "jawOpen": 32.8, "mouthClose": -38.6, "mouthFunnel": 13.0, "mouthPucker": -1.0, "mouthLeft": -0.5,
    "mouthRight": -0.5, "mouthDimple": -0.3, "mouthRollLower": -3.2, "mouthRollUpper": 1.9, "mouthShrugLower": -6.9,
    "mouthShrugUpper": 5.1, "mouthPress": -1.2, "mouthLowerDown": 3.4, "mouthUpperUp": 3.5, "cheekPuff": -0.4,
    "noseSneer": 3.1,
}  # fmt: skip
_OPENS = np.array([_OPENS_MM.get(arkit.unsided(name), 0.0) for name in arkit.NAMES])
_PAIR = ("jawOpen", "mouthClose")

Shares = Mapping[str, float]  # channel → how much of it goes into a shape key
EACH_ITS_OWN: tuple[Shares, ...] = tuple({name: 1.0} for name in arkit.NAMES)


def gap(weights: np.ndarray) -> np.ndarray:
    """Millimetres between the lips on the midline, (frames,), for weights (frames, 52); below 0 they overlap."""
    return _REST_MM + weights @ _OPENS


def reduced_face(
    weights: np.ndarray,
    values: np.ndarray | None = None,
    shares: Sequence[Shares] = EACH_ITS_OWN,
    tolerance: float = TOLERANCE,
    alone: bool = False,
) -> list[KeyedCurve]:
    """Keys for a face's shape keys: each within the tolerance, and the lips' gap within 0.3 mm where they are sealed.

    weights: (frames, 52), what the channels do. values: (frames, shape keys), what follows for the shape keys of a rig, and
    shares: what each is made of; left out, the channels themselves. Jaw and closure have a key in the middle of each seal.
    Where the gap comes out too far off, the curves of the lips have so little tolerance that even if all of them missed by
    theirs in the worst direction the gap would keep; those that miss by more are fitted anew. alone: so from the start, as
    the other curves of the lips are not among these.
    """
    values = weights if values is None else values
    opens = np.array([_opens(each) for each in shares])
    lips = np.flatnonzero(opens)
    distance = gap(weights)
    kept = np.outer(_middles_of_seals(distance), [any(name in _PAIR for name in each) for each in shares])
    within = np.full(values.shape, float(tolerance))
    strict = np.minimum(tolerance, _shared_out(np.abs(opens[lips]))) if len(lips) else tolerance
    watched = distance <= SEALED_MM + ALLOWED_MM
    if alone:
        within[np.ix_(watched, lips)] = strict
        return reduced(values, within, kept)
    curves = reduced(values, within, kept)
    missed = _missed(curves, values, lips)
    while (off := watched & (np.abs(missed @ opens[lips]) > ALLOWED_MM)).any():
        tight = _runs_with(watched, off)
        watched &= ~tight
        within[np.ix_(tight, lips)] = strict
        too_far = (np.abs(missed[tight]) > strict).any(axis=0)
        anew = lips[too_far]
        for column, curve in zip(anew, reduced(values[:, anew], within[:, anew], kept[:, anew]), strict=True):
            curves[column] = curve
        missed[:, too_far] = _missed(curves, values, anew)
    return curves


def moves_lips(shares: Shares) -> bool:
    """Whether a shape key opens or closes the lips, so that it is reduced together with the others that do."""
    return _opens(shares) != 0.0


def _opens(shares: Shares) -> float:
    """Millimetres that a shape key opens the lips by at value 1: as the channel that it is the shape of."""
    each = [_OPENS[arkit.INDEX[name]] / share for name, share in shares.items() if share]
    return float(max(each, key=abs, default=0.0))


def _shared_out(opens: np.ndarray) -> np.ndarray:
    """Bounds that together allow :data:`ALLOWED_MM`: less for what moves the lips more, by its root."""
    return ALLOWED_MM / np.sqrt(opens).sum() / np.sqrt(opens)


def _missed(curves: Sequence[KeyedCurve], values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """How far keys are from some of the curves, signed, (frames, columns)."""
    frames = np.arange(len(values))
    return np.array([curves[column].at(frames) - values[:, column] for column in columns]).reshape(-1, len(values)).T


def _middles_of_seals(distance: np.ndarray) -> np.ndarray:
    """The frame of each seal at which the lips are nearest, bool (frames,)."""
    middles = np.zeros(len(distance), bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], distance <= SEALED_MM, [False]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        middles[start + int(np.argmin(distance[start:end]))] = True
    return middles


def _runs_with(frames: np.ndarray, some: np.ndarray) -> np.ndarray:
    """Those runs of marked frames that hold some of the others, bool (frames,)."""
    run = np.cumsum(np.diff(frames, prepend=False))
    return frames & np.isin(run, run[some])
