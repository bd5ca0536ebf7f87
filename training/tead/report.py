# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.tead.report: what TEAD holds, how alike its texts are, and ten rows as they are."""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np

from expclip_core.text import SentenceEncoder

from . import action_units
from .corpus import WordStore

_SAMPLE, _AMONG = 2000, 20_000  # rows whose nearest neighbour is looked for, and among how many
_NEAR = 0.95  # cosine of sentence embeddings above which two texts say the same


def main() -> None:
    parser = argparse.ArgumentParser(description="Count TEAD.")
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("corpus/tead.jsonl"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.corpus.read_text(encoding="utf-8").splitlines()]
    print(f"{len(rows)} quadruples")
    _print_counts("source", Counter(row["source"] for row in rows))
    _print_counts("split", Counter(row["split"] for row in rows))
    _print_counts("tag", Counter(tag for row in rows for tag in row["tags"]))
    units = Counter(number for row in rows for number in {action_units.number_of(unit) for unit in row["action_units"]})
    _print_counts("Action Unit", units)
    _print_likeness(rows, arguments.corpus.parent, arguments.seed)
    for row in random.Random(arguments.seed).sample(rows, 10):
        print(
            f"{row['text']} | {' '.join(row['tags'])} | {_written(row['action_units'])} | {row['source']} | {row['split']}"
        )


def _print_counts(title: str, counts: Counter) -> None:
    print(f"{title} ({len(counts)}): " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))


def _print_likeness(rows: list[dict], folder: Path, seed: int) -> None:
    """How near a sample's nearest other texts are, and whether texts that say almost the same show the same."""
    store = WordStore(folder, SentenceEncoder.load())
    chosen = random.Random(seed).sample(rows, min(_AMONG, len(rows)))
    store.add([row["text"] for row in chosen])
    embeddings = store.batch(store.open(), [row["text"] for row in chosen]).pooled().numpy()
    count = min(_SAMPLE, len(chosen))
    similarity = embeddings[:count] @ embeddings.T
    similarity[np.arange(count), np.arange(count)] = -1
    nearest, value = similarity.argmax(1), similarity.max(1)
    near = np.flatnonzero(value > _NEAR)
    same = sum(chosen[index]["action_units"] == chosen[nearest[index]]["action_units"] for index in near)
    print(
        f"nearest other text of {count} rows among {len(chosen)}: cosine {value.mean():.3f} in the mean, above {_NEAR} for "
        f"{len(near) / count:.3f} of the rows; {same / max(len(near), 1):.3f} of those show the very same expression"
    )


def _written(units: dict[str, float]) -> str:
    return " ".join(f"{unit}:{strength:g}" for unit, strength in units.items()) or "(rest)"


if __name__ == "__main__":
    main()
