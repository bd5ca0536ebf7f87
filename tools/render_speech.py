# SPDX-License-Identifier: GPL-3.0-or-later
"""python tools/render_speech.py CLIP OUT.png [--prompt TEXT] [--rig FILE.npz]: a line at quarter speed, head beside head.

One head every 40 ms, under it the second and the phone that is heard, with guessed words as in the product. Needs bpy and a head as render_poses.py does.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from expclip_core.animate import Animator, quiet
from expclip_core.audio import LABEL_RATE, read_clip
from expclip_core.curves import Curves
from expclip_core.phones import SYMBOLS
from expclip_core.score import TimedPrompt
from expclip_core.transcript.guess import with_guessed_words
from tools.render_poses import RIG, sheet

EVERY = 0.04  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--prompt", default="")
    parser.add_argument("--transcript", default="")
    parser.add_argument("--start", type=float, default=0.0, help="seconds")
    parser.add_argument("--heads", type=int, default=48)
    parser.add_argument("--mouths", action="store_true", help="the lower face from near")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--rig", type=Path, default=RIG)
    options = parser.parse_args()
    animator = Animator.load(options.weights, device="cpu")
    clip = read_clip(options.clip)
    speech = animator.encoder.hear(clip)
    if options.transcript:
        speech, _ = animator.with_words(speech, options.transcript)
    else:
        speech = with_guessed_words(speech, clip, quiet)
    curves = Curves(animator.perform(speech, (TimedPrompt(0.0, options.prompt),), seed=0))
    times = options.start + EVERY * np.arange(options.heads)
    times = times[times <= curves.duration]
    heard = speech.posteriors[np.minimum((times * LABEL_RATE).astype(int), len(speech.posteriors) - 1)].argmax(axis=1)
    captions = [f"{time:.2f} s  {SYMBOLS[phone]}" for time, phone in zip(times, heard, strict=True)]
    sheet(list(curves.at(times)), captions, np.load(options.rig), options.output, options.mouths)


if __name__ == "__main__":
    main()
