# SPDX-License-Identifier: GPL-3.0-or-later
"""English by flite, which says when it speaks each phone. Adds voices and sentences, not naturalness."""

from __future__ import annotations

import random
import subprocess
import tempfile
from itertools import pairwise
from multiprocessing.pool import Pool
from pathlib import Path

import soundfile

from expclip_core.audio import SAMPLE_RATE, read_clip
from expclip_core.phones import SILENCE, Segment

from .manifest import Utterance, covering
from .texts import english_sentences

VOICES = ("slt", "rms", "awb", "kal16")
_CLIPS = 2400
_SYMBOLS = {"pau": SILENCE}  # flite's other names are ours


def flite(data: Path, corpus: Path, pool: Pool) -> list[Utterance]:
    folder = corpus / "flite"
    folder.mkdir(parents=True, exist_ok=True)
    sentences = english_sentences(data, _CLIPS)
    jobs = [(folder / f"{i:05}.flac", VOICES[i % len(VOICES)], text, i) for i, text in enumerate(sentences)]
    return pool.starmap(speak, jobs, chunksize=8)


def speak(path: Path, voice: str, text: str, seed: int) -> Utterance:
    pace = random.Random(seed).uniform(0.8, 1.25)
    with tempfile.TemporaryDirectory() as scratch:
        wav = Path(scratch) / "said.wav"
        command = ["flite", "-voice", voice, "--setf", f"duration_stretch={pace:.2f}", "-psdur", "-t", text]
        spoken = subprocess.run([*command, "-o", str(wav)], capture_output=True, text=True, check=True).stdout
        clip = read_clip(wav)
    soundfile.write(path, clip.samples, SAMPLE_RATE, subtype="PCM_16")
    return Utterance(
        id=f"flite/{path.stem}", audio=str(path), source="flite", speaker=f"flite-{voice}", language="en",
        split="train", duration=clip.duration, text=text, segments=covering(segments_of(spoken), clip.duration),
    )  # fmt: skip


def segments_of(spoken: str) -> list[Segment]:
    """Segments of `-psdur` output: "hh:0.255 ax:0.304", each phone with its end in seconds."""
    ends = [(name, float(end)) for name, end in (item.rsplit(":", 1) for item in spoken.split())]
    return [Segment(_SYMBOLS.get(name, name), start, end) for (_, start), (name, end) in pairwise([("", 0.0), *ends])]
