# SPDX-License-Identifier: GPL-3.0-or-later
"""How few keys the default tolerance leaves: shares of a key a frame of all 52 curves, by clip, style and frame rate.

    python tools/measure_keys.py [CLIP...] [--prompt TEXT...]

The demo clip when none is given, in the four styles of docs/takes.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(ROOT := Path(__file__).resolve().parents[1]))

from expclip_core.animate import Animator
from expclip_core.lip_gap import reduced_face

PROMPTS = ("", "delighted", "furious, barely holding back", "sad, but trying to smile")
RATES = (24, 30, 60)
SECONDS = 20  # of each clip


def main(clips: list[Path], prompts: list[str]) -> None:
    animator = Animator.load(device="cpu")
    rows = []
    for clip in clips:
        for prompt in prompts:
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, default=[ROOT / "assets" / "demo-clip.flac"])
    parser.add_argument("--prompt", action="append", dest="prompts")
    options = parser.parse_args()
    main(options.clips, options.prompts or list(PROMPTS))
