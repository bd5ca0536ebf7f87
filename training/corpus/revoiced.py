# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded sentences once more, in voices an octave lower or a child's: Praat moves pitch and formants, times stay.

Most of the recorded hours are two women's. Speeding sound up or down moves pitch and formants together; a man's voice
has its harmonics half as far apart and its formants only a little lower.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
import parselmouth
import soundfile
from parselmouth.praat import call

from expclip_core.audio import SAMPLE_RATE, read_clip

from . import manifest
from .manifest import Utterance

_SOURCES = ("kathleen", "kerstin", "coffee")
_SEARCHED = (75, 500)  # Hz, where Praat looks for the pitch
_MEN, _CHILDREN = ((75, 145), (0.80, 0.93)), ((210, 330), (1.04, 1.22))  # median pitch in Hz, formants' factor
_SHARE_OF_MEN = 0.65
_LIVELINESS = (0.6, 1.5)  # of the pitch's movement


def revoiced(_data: Path, corpus: Path, pool: Pool) -> list[Utterance]:
    """Every training clip of the recorded sources by somebody else, as FLAC in `corpus`/revoiced."""
    folder = corpus / "revoiced"
    folder.mkdir(parents=True, exist_ok=True)
    clips = [clip for source in _SOURCES for clip in manifest.read(corpus / f"{source}.jsonl") if clip.split == "train"]
    return pool.starmap(in_another_voice, [(clip, folder) for clip in clips], chunksize=16)


def in_another_voice(clip: Utterance, folder: Path) -> Utterance:
    rng = np.random.default_rng(zlib.crc32(clip.id.encode()))
    pitches, formants = _MEN if rng.random() < _SHARE_OF_MEN else _CHILDREN
    sound = parselmouth.Sound(read_clip(Path(clip.audio)).samples.astype(float), SAMPLE_RATE)
    changes = (rng.uniform(*formants), rng.uniform(*pitches), rng.uniform(*_LIVELINESS), 1.0)
    samples = call(sound, "Change gender", *_SEARCHED, *changes).values[0]
    path = folder / f"{clip.id.replace('/', '-')}.flac"
    soundfile.write(path, samples / max(1.0, np.abs(samples).max()), SAMPLE_RATE)
    return replace(
        clip, id=f"revoiced/{clip.id}", audio=str(path), source="revoiced", speaker=f"{clip.speaker}, revoiced"
    )
