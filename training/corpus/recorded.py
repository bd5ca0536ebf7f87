# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded English whose words are known: kathleen to train on, the reader as the voice nobody trains on."""

from __future__ import annotations

from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np

from expclip_core.audio import read_clip

from .. import splits
from .alignment import Alignment, align
from .manifest import Utterance
from .texts import read_table

_WORST = 3  # per cent of a voice's alignments are left out by score


def kathleen(speech: Path, pool: Pool) -> list[Utterance]:
    table = read_table(speech / "kathleen.tsv")
    return _voice(speech / "kathleen", table, {name: splits.split_by_sentence(text) for name, text in table}, pool)


def reader(speech: Path, pool: Pool) -> list[Utterance]:
    table = read_table(speech / "reader.tsv")
    return _voice(speech / "reader", table, splits.split_alternately([name for name, _ in table]), pool)


def _voice(folder: Path, table: list[tuple[str, str]], split: dict[str, str], pool: Pool) -> list[Utterance]:
    jobs = [(folder / name, text) for name, text in table]
    aligned = pool.starmap(_align, jobs, chunksize=8)
    good = [(job, found) for job, found in zip(jobs, aligned, strict=True) if found and found.plausible]
    threshold = np.percentile([found.score for _, found in good], _WORST)
    return [
        Utterance(
            id=f"{folder.name}/{path.stem}", audio=str(path), source=folder.name, speaker=folder.name, language="en",
            split=split[path.name], duration=found.segments[-1].end, text=text, segments=found.segments,
        )
        for (path, text), found in good
        if found.score >= threshold
    ]  # fmt: skip


def _align(path: Path, text: str) -> Alignment | None:
    return align(read_clip(path), text)
