# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit the articulation model's free numbers to captured mouths, and say what it gains on takes held out.

    python -m training.fit_articulation [--rounds 3]

The captures have no phone labels: phones are what the speech encoder hears. Numbers are turned one after the other, each to the
value where the lips' gap follows the captured one best (Pearson's r, mean over the takes fitted to).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from expclip_core.animate import WEIGHTS
from expclip_core.audio import read_clip
from expclip_core.curves import MODEL_FPS
from expclip_core.phones import Segment
from expclip_core.speech import load_speech_encoder

from .articulation import MOUTH, Mouth, articulate
from .captures import CAPTURE_LAG, HELD_OUT, captures, heard_segments
from .measures import Head

ROOT = Path(__file__).resolve().parent.parent
_FACTORS = (0.6, 0.8, 0.92, 1.08, 1.25, 1.6)
# Both sides of a flank are turned apart; amplitudes are relative to the low vowels'. The limits keep apart what the ear
# for phones mistakes: r alone would open every vowel alike, and close the lips on every quiet consonant.
_KNOBS = (
    ("envelope", 0.02, 0.12), ("quiet", 0.05, 1.0), ("loud", 0.6, 1.6), ("lips", 0.1, 0.65), ("pause", 0.1, 0.8),
    ("core", 0.2, 0.8), ("vowel", 0.03, 0.15), ("consonant", 0.02, 0.1), ("lip_heavy", 0.03, 0.15), ("silence", 0.02, 0.3),
    ("mid", 0.5, 1.3), ("high", 0.4, 1.3), ("other", 0.3, 1.3),
)  # fmt: skip


@dataclass(frozen=True)
class _Take:
    name: str
    segments: tuple[Segment, ...]
    loudness: np.ndarray
    gap: np.ndarray


def fitted(takes: Sequence[_Take], head: Head, rounds: int, mouth: Mouth = MOUTH) -> Mouth:
    """The mouth whose gap follows the takes' best, by coordinate search over so many rounds."""
    best = _follows(takes, head, mouth)
    for number in range(rounds):
        for name, least, most in _KNOBS:
            for candidate in _turned(mouth, name, least, most):
                score = _follows(takes, head, candidate)
                if score > best + 1e-4:
                    best, mouth = score, candidate
        print(f"round {number + 1}: r {best:.3f}", flush=True)
    return mouth


def _turned(mouth: Mouth, name: str, least: float, most: float) -> list[Mouth]:
    value = getattr(mouth, name)
    if not isinstance(value, tuple):
        values = {float(np.clip(max(value, least) * factor, least, most)) for factor in _FACTORS}
        return [replace(mouth, **{name: each}) for each in sorted(values)]
    return [
        replace(mouth, **{name: tuple(float(np.clip(v * (factor if i == side else 1), least, most)) for i, v in enumerate(value))})
        for side in range(2)
        for factor in _FACTORS
    ]  # fmt: skip


def _follows(takes: Sequence[_Take], head: Head, mouth: Mouth) -> float:
    return float(np.mean([follows(take, head, mouth) for take in takes]))


def follows(take: _Take, head: Head, mouth: Mouth) -> float:
    """Pearson's r of the model's gap against the captured one."""
    made = head.gap(articulate(take.segments, len(take.loudness), take.loudness, mouth).weights)
    return float(np.corrcoef(made, take.gap)[0, 1])


def takes(folder: Path, head: Head, weights: Path) -> list[_Take]:
    encoder, out = load_speech_encoder(weights), []
    for capture in captures(folder):
        speech = encoder.hear(read_clip(capture.clip))
        times = np.arange(len(speech.loudness)) / MODEL_FPS + CAPTURE_LAG
        out.append(_Take(capture.name, heard_segments(speech), speech.loudness, head.gap(capture.curves.at(times))))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    head = Head(options.data / "rigs" / "ict_facekit.npz")
    everything = takes(options.data / "captures", head, options.weights)
    mouth = fitted([take for take in everything if take.name not in HELD_OUT], head, options.rounds)
    print(mouth)
    for take in everything:
        role = "held out" if take.name in HELD_OUT else "fitted to"
        before, after = follows(take, head, MOUTH), follows(take, head, mouth)
        loudness = float(np.corrcoef(take.loudness, take.gap)[0, 1])
        print(f"| {take.name} | {role} | {loudness:.3f} | {before:.3f} | {after:.3f} |")


if __name__ == "__main__":
    main()
