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
from scipy.ndimage import gaussian_filter1d

from ..audio import FRAME_RATE, SAMPLE_RATE, Clip
from ..phones import SEALS
from ..speech import Speech
from .align import aligned, posteriors_of
from .pieces import audible_pieces

if TYPE_CHECKING:
    from pocketsphinx import Decoder

Report = Callable[[float, str], None]

_PIECE: Final = (6.0, 15.0)  # seconds
# Two searches for words that err in different places, both narrower and faster than Pocketsphinx's own settings, and one
# for phones without words.
_NARROW: Final = {"maxhmmpf": 1500, "maxwpf": 5, "topn": 2, "ds": 2, "fwdflat": False, "bestpath": False}
_WIDE: Final = {"maxhmmpf": 3000, "maxwpf": 10, "topn": 2}
_PHONES: Final = {"lm": None, "lw": 2.0, "beam": 1e-20, "pbeam": 1e-20}
_GOOD_FIT: Final = 0.9  # English words fit another language here and there, by chance
# Chosen on the development split. A p, b or m that both searches find closes the lips at an encoder's .13, one that nobody
# finds at .67.
_PHONE_SHARE: Final = 0.35
_HEARD, _SAID, _SOUNDED = 0.60, 0.32, 0.15
_TEETH_SHARE: Final = 0.3
_BLUR: Final = 3.0  # frames of 10 ms, the standard deviation of a Gaussian over time


def can_guess() -> bool:
    """Is Pocketsphinx there? It has no wheels for some Pythons that the models run in."""
    return find_spec("pocketsphinx") is not None


def with_guessed_words(speech: Speech, clip: Clip, report: Report) -> Speech:
    """Speech in which guessed English words have a say where they fit; the same speech where none do.

    `report` is told the share done between searches and may raise Cancelled.
    """
    posteriors, contact = speech.posteriors.copy(), speech.contact.copy()
    pieces = audible_pieces(clip.samples, *_PIECE)
    for index, (first, last) in enumerate(pieces):
        frames = slice(round(first * FRAME_RATE / SAMPLE_RATE), round(last * FRAME_RATE / SAMPLE_RATE))
        part, samples = speech.part(frames), clip.samples[first:last]
        guesses = []
        for step, decoder in enumerate(_decoders()):
            report((index + step / len(_decoders())) / len(pieces), "Guessing the words")
            guess = _guess(part, samples, decoder)
            if guess is None:
                break
            guesses.append(guess)
        else:  # both fit, which words of another language seldom do
            labels = slice(2 * frames.start, 2 * frames.start + len(part.posteriors))
            said, touched = (np.mean(rows, axis=0) for rows in zip(*guesses, strict=True))
            posteriors[labels] += _PHONE_SHARE * (said - part.posteriors)
            contact[labels] = _contact(part.contact, touched, _sounded(samples, len(part.contact)))
    return replace(speech, posteriors=posteriors, contact=contact)


def _guess(part: Speech, samples: np.ndarray, decoder: Decoder) -> tuple[np.ndarray, np.ndarray] | None:
    """Posteriors and contact as if the guessed words were certain; None where they do not fit."""
    _search(decoder, samples)
    words = decoder.hyp().hypstr if decoder.hyp() else ""
    alignment = aligned(part, words, "en") if words else None
    fits = alignment is not None and alignment.fit >= _GOOD_FIT
    return posteriors_of(alignment, part, certainty=1.0) if fits else None


def _contact(heard: np.ndarray, said: np.ndarray, sounded: np.ndarray) -> np.ndarray:
    lips = _HEARD * heard[:, 0] + _SAID * said[:, 0] + _SOUNDED * sounded
    teeth = np.maximum(heard[:, 1], heard[:, 1] + _TEETH_SHARE * (said[:, 1] - heard[:, 1]))
    return np.stack([np.minimum(lips, 1.0), teeth], axis=1)


def _sounded(samples: np.ndarray, labels: int) -> np.ndarray:
    """Where a p, b or m is heard by phones alone, 0..1 (labels,), blurred."""
    decoder = _phone_decoder()
    _search(decoder, samples)
    lips = np.zeros(labels, np.float32)
    for segment in decoder.seg() or ():
        if segment.word.lower() in SEALS:
            lips[segment.start_frame : segment.end_frame + 1] = 1.0
    return gaussian_filter1d(lips, _BLUR)


def _search(decoder: Decoder, samples: np.ndarray) -> None:
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()


@lru_cache(maxsize=1)
def _decoders() -> tuple[Decoder, Decoder]:
    from pocketsphinx import Decoder

    return tuple(Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", **search) for search in (_NARROW, _WIDE))


@lru_cache(maxsize=1)
def _phone_decoder() -> Decoder:
    from pocketsphinx import Decoder, get_model_path

    phones = get_model_path("en-us/en-us-phone.lm.bin")
    return Decoder(samprate=SAMPLE_RATE, loglevel="FATAL", allphone=phones, **_PHONES)
