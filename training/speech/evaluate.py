# SPDX-License-Identifier: GPL-3.0-or-later
"""What the encoder in weights/ hears of voices it was not trained on: `python -m training.speech.evaluate`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from expclip_core.audio import read_clip
from expclip_core.speech import load_speech_encoder
from training.corpus import manifest

from .score import RELEASE, confusions, score

_ROOT = Path(__file__).parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.speech.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--corpus", type=Path, default=_ROOT / "corpus")
    parser.add_argument("--weights", type=Path, default=_ROOT / "weights")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    encoder = load_speech_encoder(options.weights)
    utterances = [u for u in manifest.read(options.corpus / "manifest.jsonl") if u.split == options.split]
    for source in dict.fromkeys(u.source for u in utterances):
        clips = [(u, read_clip(u.audio)) for u in utterances if u.source == source]
        began = time.perf_counter()
        heard = [(u, encoder.hear(clip)) for u, clip in clips]
        cost = (time.perf_counter() - began) / sum(clip.duration for _, clip in clips)
        print(f"{options.split} {source}: {len(clips)} clips, {cost:.4f} s per second of sound")
        print(f"  all thresholds: {score(heard)}")
        chosen = score(heard, [encoder.config.seal_on])
        print(f"  as shipped (seal_on {encoder.config.seal_on}, seal_off x{RELEASE}): {chosen}")
        print(f"  said at false seals: {confusions(heard, encoder.config.seal_on)}")


if __name__ == "__main__":
    main()
