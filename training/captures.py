# SPDX-License-Identifier: GPL-3.0-or-later
"""Real mouths: the Mandarin captures' columns as ARKit weights.

FACEGOOD-Audio2Face (MIT) solved a face from video of the same take as the sound. Its scale is not Apple's; the gains
bring the busiest channels into the natural ranges of speech (facts/articulation.md 4.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from expclip_core import arkit, lips
from expclip_core.audio import LABEL_RATE
from expclip_core.curves import MODEL_FPS, Curves
from expclip_core.phones import SYMBOLS, Segment
from expclip_core.speech import Speech

from .articulation import Articulation, articulate

# ARKit's unsided name → columns that are averaged, and the gain of each.
_MIX: dict[str, dict[tuple[str, ...], float]] = {
    "jawOpen": {("mouth_stretch_c",): 0.55, ("mouth_oh_c",): 0.2},
    "mouthFunnel": {
        ("mouth_funnel_dl", "mouth_funnel_dr", "mouth_funnel_ul", "mouth_funnel_ur"): 0.7,
        ("mouth_oh_c",): 0.4,
    },
    "mouthPucker": {("mouth_oo_c",): 0.7, ("mouth_pucker_l", "mouth_pucker_r"): 0.7},
    "mouthLowerDown": {("mouth_lowerLipDepress_l", "mouth_lowerLipDepress_r"): 0.8},
    "mouthUpperUp": {("mouth_upperLipRaise_l", "mouth_upperLipRaise_r"): 0.6},
    "mouthPress": {("mouth_press_l", "mouth_press_r"): 0.6},
    "mouthStretch": {("mouth_lipStretch_l", "mouth_lipStretch_r"): 0.6},
    "mouthSmile": {("mouth_lipCornerPull_l", "mouth_lipCornerPull_r"): 0.6},
}
# Seconds that the video trails the sound, 0 to 1 of its frames: where the gap follows loudness best.
CAPTURE_LAG = 0.01
# Never fitted to nor trained on: one take of syllables, the one of continuous speech.
HELD_OUT = ("mandarin_2_04", "mandarin_3_15")

_SUCK = {"mouthRollUpper": "mouth_suck_u", "mouthRollLower": "mouth_suck_d"}


@dataclass(frozen=True)
class Capture:
    """A take: its sound and the mouth that spoke it, in ARKit weights at the video's rate."""

    name: str
    clip: Path
    curves: Curves


def captures(folder: Path) -> list[Capture]:
    """All Mandarin takes in `folder`, in order of their names."""
    return [_capture(path) for path in sorted(folder.glob("mandarin_*.npz"))]


def _capture(path: Path) -> Capture:
    with np.load(path) as stored:
        columns = dict(zip(map(str, stored["names"]), stored["weights"].T.astype(np.float32), strict=True))
        fps = float(stored["fps"])
    weights = np.zeros((len(next(iter(columns.values()))), arkit.COUNT), np.float32)
    for base, parts in _MIX.items():
        value = sum(gain * np.mean([columns[name] for name in names], axis=0) for names, gain in parts.items())
        for name in arkit.sides(base):
            weights[:, arkit.INDEX[name]] = value
    for name, prefix in _SUCK.items():
        sucked = [column for each, column in columns.items() if each.startswith(prefix)]
        weights[:, arkit.INDEX[name]] = 0.6 * np.mean(sucked, axis=0)
    return Capture(path.stem, path.with_suffix(".flac"), Curves(np.clip(weights, 0, 1), fps))


def heard_segments(speech: Speech) -> tuple[Segment, ...]:
    """The likeliest phone of each 10 ms as segments; one shorter than 30 ms is swallowed by the one before."""
    best = np.argmax(speech.posteriors, axis=1)
    starts = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist()]
    kept: list[list[int]] = []
    for start, stop in zip(starts, [*starts[1:], len(best)], strict=True):
        if kept and (stop - start < 3 or best[start] == kept[-1][0]):
            kept[-1][2] = stop
        else:
            kept.append([int(best[start]), start, stop])
    return tuple(Segment(SYMBOLS[phone], start / LABEL_RATE, stop / LABEL_RATE) for phone, start, stop in kept)


_JAW = arkit.INDEX["jawOpen"]
_LIPS = [arkit.INDEX[name] for base in ("mouthLowerDown", "mouthUpperUp") for name in arkit.sides(base)]
_PRESSED = [arkit.INDEX[name] for name in ("mouthPressLeft", "mouthRollUpper", "mouthRollLower")]
_PRESSED_FULLY = 0.06
_LIPS_UP_TO = 5.0  # millimetres; further apart the jaw does it


def captured_articulation(curves: Curves, speech: Speech) -> Articulation:
    """A captured mouth as targets: how far the lips are apart is the capture's, with which shapes is the articulation's.

    The capture's own shapes are not Apple's, and its phones are only what the encoder hears. Where the captured lips are
    pressed or rolled in, they are sealed.
    """
    frames = len(speech.loudness)
    captured = curves.at(np.arange(frames) / MODEL_FPS + CAPTURE_LAG)
    real = captured @ lips.OPENING_MM
    model = articulate(heard_segments(speech), frames, speech.loudness)
    out = model.weights * (1 - model.seal[:, None]) * (1 - model.teeth[:, None])
    out[:, arkit.INDEX["mouthClose"]] = 0
    wanted = np.clip(real - out @ lips.OPENING_MM + out[:, [_JAW, *_LIPS]] @ lips.OPENING_MM[[_JAW, *_LIPS]], 0, None)
    by_lips = np.minimum(0.4 * wanted, _LIPS_UP_TO)
    shares = _smooth(out[:, _LIPS]) + np.array([0.02, 0.02, 0.005, 0.005])
    out[:, _LIPS] = shares * (by_lips / (shares @ lips.OPENING_MM[_LIPS]))[:, None]
    out[:, _JAW] = (wanted - by_lips) / lips.OPENING_MM[_JAW]
    pressed = captured[:, _PRESSED].max(axis=1)
    seal = np.clip(pressed / _PRESSED_FULLY, 0, 1)
    none = np.zeros_like(seal)
    return Articulation(lips.with_contacts(np.clip(out, 0, 1), seal, none).astype(np.float32), seal, none)


def _smooth(values: np.ndarray, seconds: float = 0.05) -> np.ndarray:
    return gaussian_filter1d(values.astype(np.float64), seconds * MODEL_FPS, axis=0, mode="nearest")
