# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit how open a mouth is by its sound alone, see expclip_core.opening, to captured takes; say what it is worth on others.

    python -m training.fit_opening

The gap of the captured lips is regressed on loudness and on loudness times the first cosines of the log mel spectrum. The
takes are heard with throats 12 % shorter to 12 % longer, so that the formants of one woman are not learnt for all.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from expclip_core.audio import log_mel, prosody, read_clip
from expclip_core.curves import MODEL_FPS
from expclip_core.opening import by_sound, sound_features

from .captures import CAPTURE_LAG, HELD_OUT, captures
from .measures import Head

ROOT = Path(__file__).resolve().parent.parent
THROATS = (0.88, 0.94, 1.0, 1.06, 1.12)
_RIDGE = 0.001  # of the features' variance
# The mean of what may be is smaller than what is: open vowels are to stand as wide as the generator's.
_AS_WIDE_AS_THE_GENERATOR = 1.33


@dataclass(frozen=True)
class _Take:
    """features: (throats, frames, 7). gap: millimetres beyond rest, (frames,). now: what the product makes of it."""

    name: str
    features: np.ndarray
    loudness: np.ndarray
    gap: np.ndarray
    now: np.ndarray


def fitted(takes: Sequence[_Take]) -> np.ndarray:
    """Millimetres for each feature, (7,); no constant, since silence has closed lips."""
    features = np.concatenate([take.features.reshape(-1, take.features.shape[-1]) for take in takes])
    gap = np.concatenate([np.tile(take.gap, len(THROATS)) for take in takes])
    scale = features.std(axis=0)
    scaled = features / scale
    ridge = _RIDGE * len(scaled) * np.eye(len(scale))
    return np.linalg.solve(scaled.T @ scaled + ridge, scaled.T @ gap) / scale


def takes_of(folder: Path, head: Head) -> list[_Take]:
    takes, rest = [], head.gap(np.zeros((1, 52), np.float32))[0]
    for capture in captures(folder):
        samples = read_clip(capture.clip).samples
        loudness, _ = prosody(samples)
        features = np.array([sound_features(log_mel(samples, throat).numpy(), loudness) for throat in THROATS])
        times = np.arange(len(loudness)) / MODEL_FPS + CAPTURE_LAG
        gap = head.gap(capture.curves.at(times)) - rest
        takes.append(_Take(capture.name, features, loudness, gap, by_sound(log_mel(samples).numpy(), loudness)))
    return takes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    takes = takes_of(options.data / "captures", Head(options.data / "rigs" / "ict_facekit.npz"))
    practice = [take for take in takes if take.name not in HELD_OUT]
    print("_SOUND_MM =", np.round(_AS_WIDE_AS_THE_GENERATOR * fitted(practice), 2).tolist())
    print("| take | loudness | fitted without it | as in the product |")
    for take in takes:
        weights = fitted([other for other in practice if other is not take])
        without = take.features[THROATS.index(1.0)] @ weights
        shares = (np.corrcoef(each, take.gap)[0, 1] for each in (take.loudness, without, take.now))
        print(f"| {take.name} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


if __name__ == "__main__":
    main()
