# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said in English where nobody wrote it down: Pocketsphinx guesses words, and what fits the sound is half believed.

Its words are wrong as often as right for a voice with an accent, but they sound like what is said, and they are wrong in
other places than the speech encoder's phones: both together seal more of an unknown voice than either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np

from ..audio import FRAME_RATE, SAMPLE_RATE, Clip
from ..speech import Speech
from .align import Trust, aligned, posteriors_of
from .pieces import audible_pieces

if TYPE_CHECKING:
    from pocketsphinx import Decoder

Report = Callable[[float, str], None]

_PIECE: Final = (6.0, 15.0)  # seconds
# A narrow beam and one pass: a quarter of the time of Pocketsphinx's own settings, and as many seals.
_SEARCH: Final = {"fwdflat": False, "bestpath": False, "maxhmmpf": 1500, "maxwpf": 5, "topn": 2, "ds": 2}
# Chosen on the development split: where words say p b m the lips close at an encoder's .03, where they do not at .57.
_GUESSED: Final = Trust(0.35, (0.70, 1.0), (0.38, 0.30))
_GOOD_FIT: Final = 0.9  # English words fit another language here and there, by chance


def can_guess() -> bool:
    """Is Pocketsphinx there? It has no wheels for some Pythons that the models run in."""
    return find_spec("pocketsphinx") is not None


def with_guessed_words(speech: Speech, clip: Clip, report: Report) -> Speech:
    """Speech in which guessed English words have a say where they fit; the same speech where none do.

    `report` is told the share done between pieces of the clip and may raise Cancelled.
    """
    posteriors, contact = speech.posteriors.copy(), speech.contact.copy()
    pieces = audible_pieces(clip.samples, *_PIECE)
    for index, (first, last) in enumerate(pieces):
        report(index / len(pieces), "Guessing the words")
        frames = slice(round(first * FRAME_RATE / SAMPLE_RATE), round(last * FRAME_RATE / SAMPLE_RATE))
        part, words = speech.part(frames), _words(clip.samples[first:last])
        alignment = aligned(part, words, "en") if words else None
        if alignment and alignment.fit >= _GOOD_FIT:
            labels = slice(2 * frames.start, 2 * frames.start + len(part.posteriors))
            posteriors[labels], contact[labels] = posteriors_of(alignment, part, _GUESSED)
    return replace(speech, posteriors=posteriors, contact=contact)


def _words(samples: np.ndarray) -> str:
    decoder = _decoder()
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    return best.hypstr if best else ""


@lru_cache(maxsize=1)
def _decoder() -> Decoder:
    from pocketsphinx import Decoder

    return Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", **_SEARCH)
