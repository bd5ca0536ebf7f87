# SPDX-License-Identifier: GPL-3.0-or-later
"""Lip contact: seals for p, b, m and the lower lip under the teeth for f, v, whatever the style asks for.

Apple defines mouthClose as closure independent of the jaw, so lips are sealed when mouthClose equals jawOpen and every
shape that parts the lips is gone. Applied to the generator's training targets and again to its output, so that the
network learns to approach a contact and this pass only finishes it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from . import arkit

# Millimetres by which a shape of weight 1 parts the lips (below 0: closes them) on the ICT FaceKit head, around a mouth that
# is slightly open; its lips rest 0.64 mm apart.
OPENING_MM: np.ndarray = arkit.pose(
    jawOpen=32.8, mouthClose=-38.6, mouthFunnel=13.0, mouthShrugUpper=5.1, mouthLowerDown=3.4, mouthUpperUp=3.5, noseSneer=3.05,
    jawForward=1.3, mouthShrugLower=-6.9, mouthRollLower=-3.4, mouthRollUpper=1.85, mouthPress=-1.2, mouthPucker=-1.05,
    mouthLeft=-0.5, mouthRight=-0.5, mouthDimple=-0.26,
)  # fmt: skip

# Shapes that part the lips or turn them outwards; a seal takes them away.
_OPENERS = [
    arkit.INDEX[name]
    for base in ("mouthLowerDown", "mouthUpperUp", "mouthFunnel", "mouthShrugUpper", "tongueOut")
    for name in arkit.sides(base)
]
_SNEER = [arkit.INDEX[name] for name in arkit.sides("noseSneer")]
_PUCKER, _FORWARD, _CHIN = (arkit.INDEX[name] for name in ("mouthPucker", "jawForward", "mouthShrugLower"))
# What a snarl and a rounded mouth keep in a seal: the chin's raiser can still close the one, the other parts no lips.
SEAL_SNEER, SEAL_PUCKER = 0.4, 0.4
# Frames of 20 ms on either side in which the lips of a style know of a contact, and the bell over which they give way; and
# those of a snarl, whose muscles are slower.
_NEAR, _BELL = 4, np.hanning(15)[1:-1] / np.hanning(15).sum()
_SNARL_NEAR, _SNARL_BELL = 12, np.hanning(41)[1:-1] / np.hanning(41).sum()
# Frames on either side of a seal in which a style may press early, and those in which it stops pressing what words part.
_BEFORE_SEAL, _STOPS, _SHORT_BELL = 3, 2, np.hanning(7)[1:-1] / np.hanning(7).sum()
_TRUSTED = 0.7  # of a seal that the weights make by themselves; the rest is made in any case
# Millimetres at weight 1 on the ICT FaceKit head: what a snarl and a jutting jaw still part, the chin's raiser closes.
_SNEER_PARTS, _FORWARD_PARTS, _CHIN_CLOSES = 6.1, 1.3, 6.9
# What a style closes the lips with, and how far it may close those of a sound that needs them apart.
_CLOSERS = [
    arkit.INDEX[name] for base in ("mouthPress", "mouthRollLower", "mouthShrugLower") for name in arkit.sides(base)
]
KEPT_OPEN_MM = 1.2
# Words part the lips from nowhere to surely, more than at rest; and what corners pulled down take from the opening unseen.
_PARTED_MM, _MARGIN_MM = (0.1, 0.4), 0.35
# Lips stir, from hardly to surely: how much further open they are than at rest, or move within so many frames on either side.
_STIRRED_MM, _AROUND = (0.6, 1.0), 10
# Words press the lips, and bring the lower one to the teeth, from hardly to surely, see own_seal and own_teeth; and the
# opening, re rest, of lips that are well together.
_PRESSED, _TOUCHING, _TOGETHER_MM = (0.35, 0.55), (0.1, 0.4), -0.4
# Words purse the lips, from hardly to surely, by mouthPucker; and the share of a style's opening that gives way to it.
_PURSED, _YIELDS = (0.25, 0.6), 0.5
_PRESS = [arkit.INDEX[name] for name in arkit.sides("mouthPress")]
_ROLLS = [arkit.INDEX["mouthRollLower"], arkit.INDEX["mouthRollUpper"]]
_UPPER_UP = [arkit.INDEX[name] for name in arkit.sides("mouthUpperUp")]
_LOWER_DOWN = [arkit.INDEX[name] for name in arkit.sides("mouthLowerDown")]
_ROUND = [arkit.INDEX["mouthFunnel"], arkit.INDEX["mouthPucker"]]
_JAW, _CLOSE = arkit.INDEX["jawOpen"], arkit.INDEX["mouthClose"]
_PARTED_BY = [*_OPENERS, _JAW, _CLOSE]
_ROLL_LOWER = arkit.INDEX["mouthRollLower"]

# A seal keeps the jaw this near: further open, the pursed lips of a real closure would stretch unnaturally.
SEAL_JAW = 0.12
SEAL_PRESS = 0.12
SEAL_ROLL = 0.10
TEETH_JAW = 0.08
TEETH_ROLL = 0.35
TEETH_UPPER_UP = 0.12


# Seconds in which lips gather to a contact and part from it; captured lips need longer still, but sounds follow faster
# than they film. A contact is full over so much of its sound on either side of the middle, within limits in seconds, and
# in a long one, a hummed m or "deep breath", over all but so many seconds at either end.
GATHER, RELEASE = 0.055, 0.075
_HELD, _HELD_SECONDS, _LONG_BUT = 0.15, (0.01, 0.03), 0.05


def contact_envelope(spans: Iterable[tuple[float, float]], times: np.ndarray) -> np.ndarray:
    """How far a contact is made, 0..1, float32 (len(times),).

    spans: (start, end) of each closure, seconds. Full over the middle of a span, with smooth flanks of :data:`GATHER` before
    and :data:`RELEASE` after it.
    """
    envelope = np.zeros(len(times), dtype=np.float32)
    for start, end in spans:
        since_middle = times - (start + end) / 2
        held = max(np.clip(_HELD * (end - start), *_HELD_SECONDS), (end - start) / 2 - _LONG_BUT)
        distance = np.maximum(np.abs(since_middle) - held, 0)
        made = np.clip(1 - distance / np.where(since_middle < 0, GATHER, RELEASE), 0, 1)
        envelope = np.maximum(envelope, made * made * (3 - 2 * made))
    return envelope.astype(np.float32)


def with_contacts(
    weights: np.ndarray, seal: np.ndarray, teeth: np.ndarray, own: np.ndarray | float = 0.0
) -> np.ndarray:
    """Weights (frames, 52) with the lips brought to the contacts.

    seal, teeth: 0..1 (frames,), how far the lips are sealed, and the lower lip is under the upper teeth. own: 0..1 (frames,),
    how much of the seal the weights make by themselves, see :func:`own_seal`.
    Where both are 0 nothing changes but a snarl that gives way to a seal nearby; where seal is 1 the lips are shut on any
    head that follows Apple's rule. Nowhere does mouthClose exceed jawOpen, which would cross the lips.
    """
    out, seal = weights.copy(), np.clip(seal, 0, 1)
    out[:, _CLOSE] = np.minimum(out[:, _CLOSE], out[:, _JAW])
    _touch_teeth(out, np.clip(teeth * (1 - seal), 0, 1)[:, None])
    _lower_to(out, _SNEER, SEAL_SNEER, _eased(seal, _SNARL_NEAR, _SNARL_BELL)[:, None])
    _seal(out, seal[:, None], _left_of(seal, np.minimum(own, _finished(out)))[:, None])
    return np.clip(out, 0, 1)


def gathered(seal: np.ndarray) -> np.ndarray:
    """How near a seal is, 0..1 (frames,): what is slower than lips gives way to it over a fifth of a second."""
    return _eased(seal, _NEAR, _BELL)


def _eased(values: np.ndarray, reach: int, bell: np.ndarray) -> np.ndarray:
    """The most of so many frames on either side, under a bell, (frames,): no less than the values where the bell is no wider."""
    if not values.any():
        return values
    around = sliding_window_view(np.pad(values, reach, mode="edge"), 2 * reach + 1).max(axis=1)
    return np.convolve(np.pad(around, len(bell) // 2, mode="edge"), bell, mode="valid")


def kept_open(weights: np.ndarray, spoken: np.ndarray) -> np.ndarray:
    """Weights (frames, 52) with lips apart where the words part them: a style presses no t or i into a p.

    spoken: (frames, 52) the same words in no style. Where they part the lips, what closes them gives way, and the lower lip
    goes down where this is not enough, up to :data:`KEPT_OPEN_MM` further apart than at rest. Lips that rest a little apart
    in a pause are parted by no words, and the style may press them; so it may on the way into a seal and out of it, where
    it would otherwise let go for a frame and press again.
    """
    out, said = weights.copy(), spoken @ OPENING_MM
    parted = np.clip((said - _PARTED_MM[0]) / (_PARTED_MM[1] - _PARTED_MM[0]), 0, 1)
    parted *= np.clip((np.maximum(_moved(said), said) - _STIRRED_MM[0]) / (_STIRRED_MM[1] - _STIRRED_MM[0]), 0, 1)
    parted *= 1 - _eased(_pressed(spoken), _BEFORE_SEAL, _SHORT_BELL)
    needed = parted * np.clip(np.minimum(said + _MARGIN_MM, KEPT_OPEN_MM) - out @ OPENING_MM, 0, None)
    closing = -(out[:, _CLOSERS] @ OPENING_MM[_CLOSERS])
    taken = np.minimum(needed, closing)
    given, lowered = taken / np.maximum(closing, 1e-6), (needed - taken) / OPENING_MM[_LOWER_DOWN].sum()
    out[:, _CLOSERS] *= 1 - _eased(given, _STOPS, _SHORT_BELL)[:, None]
    out[:, _LOWER_DOWN] += _eased(lowered, _STOPS, _SHORT_BELL)[:, None]
    return np.clip(out, 0, 1)


def _moved(opening: np.ndarray) -> np.ndarray:
    """Millimetres between the widest and the narrowest opening of a fifth of a second on either side, (frames,)."""
    if not len(opening):
        return opening
    around = sliding_window_view(np.pad(opening, _AROUND, mode="edge"), 2 * _AROUND + 1)
    return around.max(axis=1) - around.min(axis=1)


def kept_shut(weights: np.ndarray, spoken: np.ndarray) -> np.ndarray:
    """Weights (frames, 52) with lips in contact where the words bring them there: a style parts no p, b, m, f or v.

    spoken: (frames, 52) the same words in no style. As they gather to press the lips, a fifth of a second around, and at the
    teeth, whatever the style opens the lips further gives way to the words' own opening; a snarl gives way to a seal in part,
    and the chin does the rest. Where they purse the lips, for oo and w, half of the style's opening gives way.
    """
    out, said = weights.copy(), np.maximum(spoken @ OPENING_MM, _TOGETHER_MM)
    pressed = _pressed(spoken)
    near = gathered(pressed)
    _lower_to(out, _SNEER, SEAL_SNEER, _eased(pressed, _SNARL_NEAR, _SNARL_BELL)[:, None])
    touching = np.clip((own_teeth(spoken) - _TOUCHING[0]) / (_TOUCHING[1] - _TOUCHING[0]), 0, 1)
    pursed = np.clip((spoken[:, _PUCKER] - _PURSED[0]) / (_PURSED[1] - _PURSED[0]), 0, 1)
    yielding = np.maximum.reduce([near, gathered(touching), _YIELDS * pursed])
    share = yielding * np.clip(out @ OPENING_MM - said, 0, 1)
    out[:, _PARTED_BY] += share[:, None] * (spoken - out)[:, _PARTED_BY]
    out[:, _CHIN] += _eased(pressed * np.clip(out @ OPENING_MM - said, 0, None) / _CHIN_CLOSES, _STOPS, _SHORT_BELL)
    return np.clip(out, 0, 1)


def _pressed(spoken: np.ndarray) -> np.ndarray:
    """How sure it is that words press the lips, 0..1 (frames,)."""
    return np.clip((own_seal(spoken) - _PRESSED[0]) / (_PRESSED[1] - _PRESSED[0]), 0, 1)


def own_seal(spoken: np.ndarray) -> np.ndarray:
    """How far words in no style, weights (frames, 52), seal the lips by themselves: 0..1, (frames,).

    Speech presses the lips and rolls both of them in a seal, and at no other time.
    """
    pressed = spoken[:, _PRESS].min(axis=1) / SEAL_PRESS
    return np.clip(np.minimum(pressed, spoken[:, _ROLLS].min(axis=1) / SEAL_ROLL), 0, 1)


def _finished(weights: np.ndarray) -> np.ndarray:
    """How far mouthClose takes back jawOpen, 0..1 (frames,)."""
    return np.clip(weights[:, _CLOSE] / np.maximum(weights[:, _JAW], 0.02), 0, 1)


def _left_of(seal: np.ndarray, own: np.ndarray) -> np.ndarray:
    """What is left to do of a seal, 0..1 (frames,), where the weights make so much of it by themselves.

    A seal half made and half made again would be three quarters made, and lips that gather over 50 ms would snap.
    """
    own = np.minimum(own, _TRUSTED)
    return np.clip((seal - own) / (1 - own), 0, 1)


def own_teeth(spoken: np.ndarray) -> np.ndarray:
    """How far words in no style, weights (frames, 52), bring the lower lip to the teeth by themselves: 0..1, (frames,).

    Speech rolls the lower lip alone at the teeth, both lips in a seal, and none at any other time.
    """
    rolled = spoken[:, _ROLL_LOWER] - np.minimum(spoken[:, _ROLLS[1]], SEAL_ROLL)
    return np.clip(rolled / TEETH_ROLL, 0, 1)


def _seal(out: np.ndarray, seal: np.ndarray, left: np.ndarray) -> None:
    """Bring the lips together by what is `left` to do; what has a bound and not a share keeps to it by the whole `seal`."""
    free = 1 - left
    out[:, _OPENERS] *= free
    _lower_to(out, [_JAW], SEAL_JAW, left)
    jaw = out[:, [_JAW]]
    out[:, [_CLOSE]] = np.minimum(out[:, [_CLOSE]] * free + jaw * left, jaw)
    _lower_to(out, [_PUCKER], SEAL_PUCKER, seal)
    out[:, _PRESS] = np.maximum(out[:, _PRESS], SEAL_PRESS * seal)
    out[:, _ROLLS] = np.maximum(out[:, _ROLLS], SEAL_ROLL * seal)
    parted = _SNEER_PARTS * out[:, _SNEER].mean(axis=1, keepdims=True) + _FORWARD_PARTS * out[:, [_FORWARD]]
    out[:, [_CHIN]] += seal * np.maximum(parted / _CHIN_CLOSES - out[:, [_CHIN]], 0)


def _touch_teeth(out: np.ndarray, amount: np.ndarray) -> None:
    free = 1 - amount
    _lower_to(out, [_JAW], TEETH_JAW, amount)
    out[:, [_CLOSE]] *= free
    out[:, _LOWER_DOWN] *= free
    out[:, _ROUND] *= 1 - 0.7 * amount
    out[:, [_ROLL_LOWER]] = np.maximum(out[:, [_ROLL_LOWER]], TEETH_ROLL * amount)
    out[:, _UPPER_UP] = np.maximum(out[:, _UPPER_UP], TEETH_UPPER_UP * amount)


def _lower_to(out: np.ndarray, columns: list[int], bound: float, amount: np.ndarray) -> None:
    """Bring what is above a bound so far down to it, 0..1 (frames, 1): by shares, so that nothing stops at once."""
    out[:, columns] -= amount * np.maximum(out[:, columns] - bound, 0)
