# SPDX-License-Identifier: GPL-3.0-or-later
"""German whose words are known, laid over the sound by our own ears: it needs a first speech encoder in weights/."""

from __future__ import annotations

from functools import cache
from multiprocessing.pool import Pool
from pathlib import Path

from expclip_core.audio import read_clip
from expclip_core.speech import SpeechEncoder, load_speech_encoder
from expclip_core.transcript import Alignment, aligned

from .. import splits
from .manifest import Utterance, covering
from .texts import read_table

_LEAST_FIT = 0.85  # share of the speech that the text explains


def kerstin(speech: Path, weights: Path, pool: Pool) -> list[Utterance]:
    folder = speech / "kerstin"
    jobs = [(folder / name, text, weights) for name, text in read_table(speech / "kerstin.tsv")]
    found = pool.starmap(_align, jobs, chunksize=8)
    return [
        Utterance(
            id=f"kerstin/{path.stem}", audio=str(path), source="kerstin", speaker="kerstin", language="de",
            split=splits.split_by_sentence(text), duration=alignment.segments[-1].end, text=text,
            segments=covering(alignment.segments, alignment.segments[-1].end),
        )
        for (path, text, _), alignment in zip(jobs, found, strict=True)
        if alignment.fit >= _LEAST_FIT
    ]  # fmt: skip


def _align(path: Path, text: str, weights: Path) -> Alignment:
    return aligned(_encoder(weights).hear(read_clip(path)), text, "de")


@cache
def _encoder(weights: Path) -> SpeechEncoder:
    return load_speech_encoder(weights)
