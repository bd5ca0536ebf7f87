# SPDX-License-Identifier: GPL-3.0-or-later
"""The International Phonetic Alphabet in the phones of :mod:`phones`: any language's pronunciations become data.

Each letter stands for the phone that moves lips and jaw most like it (place, rounding, height), after the IPA chart of
2020; a letter with two gestures (an affricate, a palatal) stands for two phones.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Sound:
    """One phone of a pronunciation; `stress` is 1 on a stressed vowel, else 0."""

    symbol: str
    stress: int = 0


Pronunciation = tuple[Sound, ...]

_LETTERS: Final = {
    # Plosives, with implosives and clicks at the same place.
    "p": "p", "b": "b", "ɓ": "b", "t": "t", "d": "d", "ʈ": "t", "ɖ": "d", "ɗ": "d", "ᶑ": "d", "c": "k", "ɟ": "g",
    "ʄ": "g",
    "k": "k", "ɡ": "g", "g": "g", "ɠ": "g", "q": "k", "ɢ": "g", "ʛ": "g", "ʔ": "", "ʡ": "",
    "ʘ": "p", "ǀ": "t", "ǃ": "t", "ǂ": "t", "ǁ": "t",
    # Nasals.
    "m": "m", "ɱ": "m", "n": "n", "ɳ": "n", "ɲ": "n y", "ŋ": "ng", "ɴ": "ng",
    # Trills, taps and approximants.
    "ʙ": "b", "r": "rr", "ʀ": "rr", "ɾ": "rr", "ɽ": "rr", "ⱱ": "v", "ʋ": "v", "ɹ": "r", "ɻ": "r", "ʁ": "rr",
    "j": "y", "ɰ": "g", "w": "w", "ʍ": "w", "ɥ": "ue", "l": "l", "ɫ": "l", "ɭ": "l", "ʎ": "l y", "ʟ": "l", "ɺ": "l",
    # Fricatives.
    "ɸ": "f", "β": "v", "f": "f", "v": "v", "θ": "th", "ð": "dh", "s": "s", "z": "z", "ʃ": "sh", "ʒ": "zh", "ʂ": "sh",
    "ʐ": "zh", "ɕ": "sh", "ʑ": "zh", "ç": "c", "ʝ": "y", "x": "x", "ɣ": "g", "χ": "x", "ħ": "hh", "ʕ": "hh",
    "h": "hh",
    "ɦ": "hh", "ʜ": "hh", "ʢ": "hh", "ɬ": "l", "ɮ": "l", "ɧ": "sh",
    # Affricates written as one.
    "tʃ": "ch", "dʒ": "jh", "tɕ": "ch", "dʑ": "jh", "tʂ": "ch", "dʐ": "jh", "ʈʂ": "ch", "ɖʐ": "jh", "ʧ": "ch",
    "ʤ": "jh",
    "ʨ": "ch", "ʥ": "jh", "ts": "t s", "dz": "d z", "ʦ": "t s", "ʣ": "d z", "pf": "p f",
    # espeak-ng's own spellings of Mandarin retroflexes and of a syllabic z and r.
    "s.": "sh", "ts.": "ch", "z.": "r", "i.": "ih", "i[": "ih",
    # Vowels, front to back.
    "i": "iy", "y": "ue", "ɪ": "ih", "ʏ": "ue", "e": "ey", "ø": "oe", "ɛ": "eh", "ε": "eh", "œ": "oe", "æ": "ae",
    "ɶ": "oe",
    "ɨ": "ih", "ʉ": "uw", "ᵻ": "ih", "ɘ": "ax", "ɵ": "oe", "ə": "ax", "ɜ": "ah", "ɞ": "er", "ɐ": "ah", "a": "aa",
    "ɯ": "ih",
    "u": "uw", "ʊ": "uh", "ɤ": "ah", "o": "ow", "ʌ": "ah", "ɔ": "ao", "ɑ": "aa", "ɒ": "ao",
    "ɚ": "er", "ɝ": "er", "ɜː": "er", "əɹ": "er", "ɜːɹ": "er", "oːɹ": "ao r", "oɹ": "ao r",
    # Diphthongs.
    "aɪ": "ay", "ai": "ay", "aj": "ay", "ɑɪ": "ay", "ɑi": "ay", "ʌɪ": "ay", "aʊ": "aw", "au": "aw", "ɑʊ": "aw",
    "ɑu": "aw",
    "ɐʊ": "aw", "æʊ": "aw", "eɪ": "ey", "ei": "ey", "ej": "ey", "ɛɪ": "ey", "ɛi": "ey", "oʊ": "ow", "ou": "ow",
    "əʊ": "ow",
    "ɔʊ": "ow", "ɔu": "ow", "ow": "ow", "ɔɪ": "oy", "ɔi": "oy", "oɪ": "oy", "oi": "oy", "ɔø": "oy", "ɔʏ": "oy",
    "ɔy": "oy",
    "œy": "oe ue", "ʌʊ": "ow", "aɪə": "ay ax", "aʊə": "aw ax",
}  # fmt: skip
_SOUNDS: Final = {letters: tuple(symbols.split()) for letters, symbols in _LETTERS.items()}
_LONGEST: Final = max(map(len, _SOUNDS))
# Letters that mean another sound in one language: English taps its t, its ɐ is a schwa; a Slavic y is ы.
_EXCEPTIONS: Final = {
    "en": {"ɾ": ("d",), "ɐ": ("ax",)},
    "ru": {"y": ("ih",)},
    "uk": {"y": ("ih",)},
    "be": {"y": ("ih",)},
}
LETTERS: Final = tuple(_SOUNDS)
_VOWELS: Final = frozenset("iyɪʏeøɛεœæɶɨʉᵻɘɵəɜɞɐaɯuʊɤoʌɔɑɒɚɝ")


def sounds_of(ipa: str, language: str = "") -> tuple[Sound, ...]:
    """The sounds of one word in IPA; ``_`` may part its phonemes,
    letters and marks unknown to the table are passed over.

    ``ˈ`` and ``ˌ`` stress the next vowel. Tone, length, nasality and secondary articulations do not move
    the lips.
    """
    exceptions = _EXCEPTIONS.get(language.partition("-")[0], {})
    sounds: list[Sound] = []
    stress = 0
    for phoneme in ipa.split("_"):
        stress = 1 if "ˈ" in phoneme or "ˌ" in phoneme else stress
        for letters in _longest_matches(_plain(phoneme)):
            symbols = exceptions.get(letters) or _SOUNDS[letters]
            vowel = letters[0] in _VOWELS
            sounds += [Sound(symbol, stress if vowel and not index else 0) for index, symbol in enumerate(symbols)]
            stress = 0 if vowel else stress
    return tuple(sounds)


def _plain(phoneme: str) -> str:
    """Without marks, tones and aspiration: an h behind a consonant of the same phoneme is breath."""
    letters = unicodedata.normalize("NFD", phoneme).replace("c\u0327", "ç")
    letters = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn" and letter not in "ˈˌ")
    if len(letters) > 1 and letters[-1] == "ɜ" and letters[-2] in _VOWELS | {".", "["}:
        letters = letters[:-1]  # espeak-ng writes the digit of a third tone so
    return letters[:1] + letters[1:].replace("h", "")


def _longest_matches(letters: str) -> list[str]:
    matches: list[str] = []
    while letters:
        lengths = range(min(_LONGEST, len(letters)), 0, -1)
        length = next((length for length in lengths if letters[:length] in _SOUNDS), 0)
        matches += [letters[:length]] if length else []
        letters = letters[length or 1 :]
    return matches
