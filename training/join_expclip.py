# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.join_expclip ONE TWO ... --output FOLDER: the text towers of several trainings side by side.

They must have been trained with --keep-space from the same weights, so that their embeddings mean the same. What one
tower misreads the others often read rightly; the table in docs/tead.md says by how much that helps.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from expclip_core.expression import FILE_NAME, Towers


def main() -> None:
    parser = argparse.ArgumentParser(description="Join the text towers of one style space.")
    parser.add_argument("weights", type=Path, nargs="+", help="files of weights")
    parser.add_argument("--output", type=Path, default=Path("runs/expclip-joined"), help="folder of the joined weights")
    arguments = parser.parse_args()
    read = [Towers.read(path) for path in arguments.weights]
    encoders = {metadata["text_encoder_sha256"] for _, metadata in read}
    if len(encoders) > 1:
        parser.error("These weights were trained with different text encoders; join those of one.")
    arguments.output.mkdir(parents=True, exist_ok=True)
    notes = "; ".join(metadata.get("trained_on", "unknown training") for _, metadata in read)
    Towers.joined([towers for towers, _ in read]).save(arguments.output / FILE_NAME, encoders.pop(), trained_on=notes)
    print(f"saved {arguments.output / FILE_NAME}")


if __name__ == "__main__":
    main()
