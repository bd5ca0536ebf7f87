# SPDX-License-Identifier: GPL-3.0-or-later
"""How few keys the default tolerance leaves: shares of a key a frame of all 52 curves, by clip, style and frame rate.

python tools/measure_keys.py [CLIP...]        the demo clip when none is given
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(ROOT := Path(__file__).resolve().parents[1]))

from expclip_core.animate import Animator
from expclip_core.lip_gap import reduced_face

PROMPTS = ("", "delighted", "furious, barely holding back", "sad, but trying to smile")
RATES = (24, 30, 60)
SECONDS = 20  # of each clip


def main(clips: list[Path]) -> None:
    animator = Animator.load(device="cpu")
    rows = []
    for clip in clips:
        for prompt in PROMPTS:
            performed = animator.animate(clip, prompt).curves
            rows.append([_share(performed.resampled(rate).weights[: SECONDS * rate]) for rate in RATES])
            print(_line(f"{clip.stem}, {prompt or 'neutral'}", rows[-1]), flush=True)
    print(_line(f"mean of {len(rows)}", np.mean(rows, axis=0)))
    print(_line("most", np.max(rows, axis=0)))


def _share(weights: np.ndarray) -> float:
    return sum(map(len, reduced_face(weights))) / weights.size


def _line(name: str, shares: list[float]) -> str:
    each = ", ".join(f"{100 * share:.1f} % at {rate}" for share, rate in zip(shares, RATES, strict=True))
    return f"{name}: {each}"


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]] or [ROOT / "assets" / "demo-clip.flac"])
