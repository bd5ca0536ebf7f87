# SPDX-License-Identifier: GPL-3.0-or-later
"""Lip contact: seals for p, b, m and the lower lip under the teeth for f, v, whatever the style asks for.

Apple defines mouthClose as closure independent of the jaw, so lips are sealed when mouthClose equals jawOpen and every
shape that parts the lips is gone. Applied to the generator's training targets and again to its output, so that the
network learns to approach a contact and this pass only finishes it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from . import arkit

# Shapes that part the lips or turn them outwards; a seal takes them away (measured lip gap in mm at weight 1 on the
# ARKit reference head: lowerDown 8.5, upperUp 8.4, funnel 13.3, pucker 4.4, shrugUpper 4.9; noseSneer lifts the upper lip).
_OPENERS = [
    arkit.INDEX[name]
    for base in ("mouthLowerDown", "mouthUpperUp", "mouthFunnel", "mouthShrugUpper", "tongueOut")
    for name in arkit.sides(base)
]
_SNEER = [arkit.INDEX[name] for name in arkit.sides("noseSneer")]
_PUCKER, _FORWARD, _CHIN = (arkit.INDEX[name] for name in ("mouthPucker", "jawForward", "mouthShrugLower"))
# Millimetres at weight 1 on the ICT FaceKit head: what a snarl and a jutting jaw still part, the chin's raiser closes.
_SNEER_PARTS, _FORWARD_PARTS, _CHIN_CLOSES = 6.1, 1.3, 6.9
_PRESS = [arkit.INDEX[name] for name in arkit.sides("mouthPress")]
_ROLLS = [arkit.INDEX["mouthRollLower"], arkit.INDEX["mouthRollUpper"]]
_UPPER_UP = [arkit.INDEX[name] for name in arkit.sides("mouthUpperUp")]
_LOWER_DOWN = [arkit.INDEX[name] for name in arkit.sides("mouthLowerDown")]
_ROUND = [arkit.INDEX["mouthFunnel"], arkit.INDEX["mouthPucker"]]
_JAW, _CLOSE = arkit.INDEX["jawOpen"], arkit.INDEX["mouthClose"]
_ROLL_LOWER = arkit.INDEX["mouthRollLower"]

# A seal keeps the jaw this near: further open, the pursed lips of a real closure would stretch unnaturally.
SEAL_JAW = 0.12
SEAL_PRESS = 0.12
SEAL_ROLL = 0.10
TEETH_JAW = 0.08
TEETH_ROLL = 0.35
TEETH_UPPER_UP = 0.12


# Seconds from a full contact to none: a bilabial's lips part within about 50 ms.
RELEASE = 0.05


def contact_envelope(spans: Iterable[tuple[float, float]], times: np.ndarray) -> np.ndarray:
    """How far a contact is made, 0..1, float32 (len(times),).

    spans: (start, end) of each closure, seconds. Full over the middle of a span, with smooth flanks of :data:`RELEASE`.
    """
    envelope = np.zeros(len(times), dtype=np.float32)
    for start, end in spans:
        hold = np.clip(0.3 * (end - start), 0.012, 0.06)
        distance = np.maximum(np.abs(times - (start + end) / 2) - hold, 0)
        rise = np.clip(1 - distance / RELEASE, 0, 1)
        envelope = np.maximum(envelope, rise * rise * (3 - 2 * rise))
    return envelope.astype(np.float32)


def with_contacts(weights: np.ndarray, seal: np.ndarray, teeth: np.ndarray) -> np.ndarray:
    """Weights (frames, 52) with the lips brought to the contacts.

    seal, teeth: 0..1 (frames,), how far the lips are sealed, and the lower lip is under the upper teeth.
    Where both are 0 nothing changes; where seal is 1 the lips are shut on any head that follows Apple's rule. Nowhere
    does mouthClose exceed jawOpen, which would cross the lips.
    """
    out = weights.copy()
    out[:, _CLOSE] = np.minimum(out[:, _CLOSE], out[:, _JAW])
    _touch_teeth(out, np.clip(teeth * (1 - seal), 0, 1)[:, None])
    _seal(out, np.clip(seal, 0, 1)[:, None])
    return np.clip(out, 0, 1)


def _seal(out: np.ndarray, amount: np.ndarray) -> None:
    free = 1 - amount
    out[:, _OPENERS] *= free
    out[:, [_PUCKER]] *= 1 - 0.6 * amount
    out[:, _SNEER] *= 1 - 0.6 * amount
    jaw = out[:, [_JAW]]
    jaw = jaw * free + np.minimum(jaw, SEAL_JAW) * amount
    out[:, [_JAW]] = jaw
    out[:, [_CLOSE]] = out[:, [_CLOSE]] * free + jaw * amount
    out[:, _PRESS] = np.maximum(out[:, _PRESS], SEAL_PRESS * amount)
    out[:, _ROLLS] = np.maximum(out[:, _ROLLS], SEAL_ROLL * amount)
    parted = _SNEER_PARTS * out[:, _SNEER].mean(axis=1, keepdims=True) + _FORWARD_PARTS * out[:, [_FORWARD]]
    out[:, [_CHIN]] += amount * np.maximum(parted / _CHIN_CLOSES - out[:, [_CHIN]], 0)


def _touch_teeth(out: np.ndarray, amount: np.ndarray) -> None:
    free = 1 - amount
    jaw = out[:, [_JAW]]
    out[:, [_JAW]] = jaw * free + np.minimum(jaw, TEETH_JAW) * amount
    out[:, [_CLOSE]] *= free
    out[:, _LOWER_DOWN] *= free
    out[:, _ROUND] *= 1 - 0.7 * amount
    out[:, [_ROLL_LOWER]] = np.maximum(out[:, [_ROLL_LOWER]], TEETH_ROLL * amount)
    out[:, _UPPER_UP] = np.maximum(out[:, _UPPER_UP], TEETH_UPPER_UP * amount)
