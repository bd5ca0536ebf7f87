# SPDX-License-Identifier: GPL-3.0-or-later
"""Real mouths: the Mandarin captures' columns as ARKit weights.

FACEGOOD-Audio2Face (MIT) solved a face from video of the same take as the sound. Its scale is not Apple's; the gains
bring the busiest channels into the natural ranges of speech (facts/articulation.md 4.8).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from expclip_core import arkit
from expclip_core.curves import Curves

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
