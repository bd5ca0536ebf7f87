# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m training.tead -o corpus/tead.jsonl"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from . import again, comments, comparisons, directions, events, lexicon, movements, prompts, redirections


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the Text-Expression Alignment Dataset from its source tables.")
    parser.add_argument("-o", "--output", type=Path, default=Path("corpus/tead.jsonl"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=float, default=1.0, help="wordings of each source, relative to the full set")
    arguments = parser.parse_args()
    rows = build(arguments.seed, arguments.size)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row.as_row(), ensure_ascii=False) + "\n" for row in rows)
    print(f"{len(rows)} quadruples in {arguments.output}")
    for title, key in (("source", "source"), ("split", "split")):
        counts = Counter(getattr(row, key) for row in rows)
        print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts.most_common()))


def build(seed: int = 0, size: float = 1.0) -> list[prompts.Quadruple]:
    """All quadruples, no text twice: where two sources write the same text, the first one's expression stands."""
    found: dict[str, prompts.Quadruple] = {}
    for row in (
        *prompts.build(seed, size),
        *comparisons.rows(seed, size),
        *comments.rows(),
        *movements.rows(seed, size),
        *directions.rows(seed, size),
        *events.rows(seed, size),
        *movements.pairs(seed, size),
        *movements.opposites(seed, size),
        *redirections.rows(seed, size),
    ):
        found.setdefault(row.text, row)
    apart = kept_apart()
    kept = [row for row in found.values() if prompts.bare(row.text) not in apart]
    return [*kept, *again.said_again(kept)]


def kept_apart() -> set[str]:
    """The prompts with claims, as `bare` leaves them; none of them is ever trained on."""
    files = (lexicon.FOLDER / f"{name}_prompts.tsv" for name in ("development", "notes", "test", "opposites"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return {prompts.bare(line.split("\t")[1]) for line in lines if not line.startswith("#")}


if __name__ == "__main__":
    main()
