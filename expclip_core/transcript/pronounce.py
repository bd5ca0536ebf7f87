# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and the ways they may be said, in the phones of :mod:`phones`.

English comes from the CMU Pronouncing Dictionary, which marks stress and gives variants; words it lacks, and all other
languages, from eSpeak NG's rules. A word that neither can say has no pronunciation, and the alignment leaves it a gap.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, product, zip_longest
from typing import Final

from .. import phones
from ..errors import InputError
from . import dictionary, english, espeak
from .ipa import Pronunciation, Sound, sounds_of
from .language import ENGLISH, detected
from .written import spoken_part

PAUSE: Final = Sound(phones.SILENCE)  # inside a pronunciation: a pause that may be made or not
_MOST_PRONUNCIATIONS: Final = 8
_PAUSES: Final = frozenset('.,;:!?…–—()"“”«»\n。，、！？；：।؟،۔')
# Said without stress in a sentence, whatever the dictionary marks when they stand alone.
_UNSTRESSED: Final = frozenset((
    "a", "an", "the", "and", "or", "but", "nor", "as", "at", "by", "for", "from", "in", "of", "on", "to", "than",
    "that",
    "with", "is", "am", "are", "was", "were", "be", "been", "has", "have", "had", "do", "does", "can", "could",
    "would",
    "should", "shall", "will", "must", "i", "me", "my", "you", "your", "he", "him", "his", "she", "her", "it",
    "its", "we",
    "us", "our", "they", "them", "their", "there", "if", "so", "some", "i'm", "i'll", "it's", "he's", "she's",
    "we're",
))  # fmt: skip


@dataclass(frozen=True)
class Word:
    """A written word, the ways it may be said (none: nobody knows), and whether a pause is likely behind it."""

    text: str
    pronunciations: tuple[Pronunciation, ...]
    pause_after: bool = False


def words_of(transcript: str, language: str | None = None) -> tuple[Word, ...]:
    """The spoken words of a transcript; `language` is a code such as ``de``, found from the text when None.

    Raises InputError for a language that nobody here can pronounce.
    """
    text = spoken_part(transcript)
    language = (language or detected(text)).lower().replace("_", "-")
    if language.partition("-")[0] == ENGLISH:
        return _english_words(english.prepared(text))
    if not espeak.speaks(language):
        raise InputError(
            f'The language "{language}" of the transcript is not known; give a code such as en, de, fr, es or zh.'
        )
    return _foreign_words(text, language)


def _english_words(text: str) -> tuple[Word, ...]:
    words = []
    for token, pause_after in _tokens(text):
        readings = english.readings(token)
        # The likeliest way of every reading comes before the rarer ways of any.
        ways = chain.from_iterable(zip_longest(*(_said(tuple(reading.split())) for reading in readings)))
        if readings:
            words.append(Word(token, tuple(dict.fromkeys(filter(None, ways)))[:_MOST_PRONUNCIATIONS], pause_after))
    return tuple(words)


def _foreign_words(text: str, language: str) -> tuple[Word, ...]:
    words = []
    for token, pause_after in _tokens(_parted(text)):
        heard = () if _is_kanji_in_japanese(token, language) else espeak.ipa_words(token, language) or ()
        sounds = [sounds for sounds in (sounds_of(ipa, language) for ipa in heard) if sounds]
        if any(letter.isalnum() for letter in token):
            words.append(Word(token, (_with_pauses(sounds),) if sounds else (), pause_after))
    return tuple(words)


def _tokens(text: str) -> list[tuple[str, bool]]:
    """What stands between spaces, and whether a pause sign or a line's end follows it."""
    parts = re.findall(r"[^\s–—…]+|[–—…]+|\n\s*\n", text)
    tokens: list[tuple[str, bool]] = []
    for part in parts:
        if any(letter.isalnum() or unicodedata.category(letter) == "Sc" for letter in part) or part in "&+@%=":
            tokens.append((part, part[-1] in _PAUSES))
        elif tokens:
            tokens[-1] = (tokens[-1][0], True)
    return tokens


def _parted(text: str) -> str:
    """With spaces around each Chinese character and pause sign: nothing else parts the words."""
    return "".join(f" {letter} " if _is_ideograph(letter) or letter in "。，、！？；：" else letter for letter in text)


def _is_ideograph(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("CJK UNIFIED")


def _is_kanji_in_japanese(token: str, language: str) -> bool:
    return language.startswith("ja") and any(map(_is_ideograph, token))


def _said(words: tuple[str, ...]) -> list[Pronunciation]:
    """The ways to say one reading; its later words' rarer variants are given up first."""
    ways = [_english_pronunciations(word) for word in words]
    ways = [way for way in ways if way]
    return [_with_pauses(choice) for choice in islice(product(*ways), _MOST_PRONUNCIATIONS)] if ways else []


def _with_pauses(parts: list[Pronunciation] | tuple[Pronunciation, ...]) -> Pronunciation:
    first, *others = parts
    return first + tuple(sound for part in others for sound in (PAUSE, *part))


@lru_cache(maxsize=20_000)
def _english_pronunciations(word: str) -> tuple[Pronunciation, ...]:
    ways = dictionary.pronunciations(word) or _possessive(word)
    if not ways:
        sounds = sum((sounds_of(ipa, ENGLISH) for ipa in espeak.ipa_words(word, ENGLISH) or ()), start=())
        ways = (sounds,) if sounds else ()
    if word in _UNSTRESSED:
        ways = tuple(tuple(Sound(sound.symbol) for sound in way) for way in ways)
    return ways


def _possessive(word: str) -> tuple[Pronunciation, ...]:
    """Of a word the dictionary has only without its 's."""
    if not word.endswith("'s"):
        return ()
    return tuple(way + _possessive_ending(way[-1].symbol) for way in dictionary.pronunciations(word[:-2]))


def _possessive_ending(last: str) -> Pronunciation:
    if last in ("s", "z", "sh", "zh", "ch", "jh"):
        return Sound("ih"), Sound("z")
    return (Sound("s" if last in ("p", "t", "k", "f", "th") else "z"),)
