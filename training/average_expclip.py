# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.average_expclip START TRAINED --share 0.7 --output FOLDER: some of the way that a training went.

A training on new rows forgets a little of the old ones; most of the way keeps most of the new and more of the old.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from expclip_core.expression import FILE_NAME, Towers


def main() -> None:
    parser = argparse.ArgumentParser(description="Go a part of the way from some weights to those trained from them.")
    parser.add_argument("start", type=Path, help="file of weights")
    parser.add_argument("trained", type=Path, help="those that were trained from them, of the same sizes")
    parser.add_argument("--share", type=float, default=0.7, help="of the way, 0 to 1")
    parser.add_argument("--output", type=Path, default=Path("runs/expclip-averaged"), help="folder")
    arguments = parser.parse_args()
    (start, _), (trained, metadata) = (Towers.read(path) for path in (arguments.start, arguments.trained))
    with torch.no_grad():
        for mine, other in zip(trained.parameters(), start.parameters(), strict=True):
            mine.lerp_(other, 1 - arguments.share)
    arguments.output.mkdir(parents=True, exist_ok=True)
    notes = f"{metadata.get('trained_on', 'unknown training')}, {arguments.share:g} of the way"
    trained.save(arguments.output / FILE_NAME, metadata["text_encoder_sha256"], trained_on=notes)
    print(f"saved {arguments.output / FILE_NAME}")


if __name__ == "__main__":
    main()
