# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that no language has, such as "mama, nobo": an ear that knows what words there are hears those instead.

Lips and tongue say the same syllables, so that only the sound tells them apart. Flite's and Festival's voices.
"""

from __future__ import annotations

import random
from dataclasses import replace
from multiprocessing.pool import Pool
from pathlib import Path

from . import festival, flite
from .manifest import Utterance

_CONSONANTS = "ppbbmmmnnnddtfvwkgls"
_VOWELS = "aaaeioou"
_LINES_OF_FLITE, _LINES_OF_FESTIVAL = 100, 24  # a voice


def nonsense(_data: Path, corpus: Path, pool: Pool) -> list[Utterance]:
    folder = corpus / "nonsense"
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(0)
    voices = [voice for voice in flite.VOICES for _ in range(_LINES_OF_FLITE)]
    lines = [(folder / f"{number:03}.flac", voice, _line(rng), number) for number, voice in enumerate(voices)]
    spoken = pool.starmap(flite.speak, lines, chunksize=8)
    choruses = [(folder, voice, [_line(rng) for _ in range(_LINES_OF_FESTIVAL)]) for voice in festival.VOICES]
    spoken += [clip for clips in pool.starmap(festival.speak_all, choruses, chunksize=1) for clip in clips]
    return [replace(clip, id=f"nonsense/{Path(clip.audio).stem}", source="nonsense") for clip in spoken]


def _line(rng: random.Random) -> str:
    return ". ".join(", ".join(_word(rng) for _ in range(rng.randint(1, 4))).capitalize() for _ in range(3)) + "."


def _word(rng: random.Random) -> str:
    """Two or three syllables, half of the words the same one twice, as children speak."""
    syllables = [rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(rng.choice((2, 2, 3)))]
    return syllables[0] * 2 if rng.random() < 0.5 else "".join(syllables)
