# SPDX-License-Identifier: GPL-3.0-or-later
"""eSpeak NG's letter-to-sound rules for about 100 languages, through the library that espeakng-loader carries.

The library keeps one voice for the whole process: use it from one thread.
"""

from __future__ import annotations

import ctypes
import os
import re
from functools import lru_cache

import espeakng_loader

# speak_lib.h of eSpeak NG 1.52.
_NO_SOUND_OUTPUT = 2
_DO_NOT_EXIT = 0x8000
_UTF8 = 1
_IPA_PARTED_BY_UNDERSCORES = 0x02 | ord("_") << 8

_SWITCH_OF_LANGUAGE = re.compile(r"\([a-z-]+\)")
# Codes that Whisper and operating systems use, as eSpeak NG calls them.
_ALIASES = {"en": "en-us", "zh": "cmn", "zh-cn": "cmn", "zh-tw": "cmn", "no": "nb", "iw": "he", "jw": "id", "tl": "id"}


def ipa_words(text: str, language: str) -> list[str] | None:
    """`text` as IPA, a string for each word that is heard, phonemes parted by ``_``.

    None where eSpeak NG does not speak `language` or its library does not load on this machine.
    """
    library = _library()
    if library is None or not _speaks(language):
        return None
    rest = ctypes.c_char_p(text.encode("utf-8", errors="ignore").replace(b"\0", b" "))
    words: list[str] = []
    while rest.value is not None:
        clause = library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA_PARTED_BY_UNDERSCORES)
        words += _SWITCH_OF_LANGUAGE.sub("", clause.decode("utf-8", errors="ignore")).split()
    return words


def speaks(language: str) -> bool:
    """Whether eSpeak NG loads here and has a voice for `language`, a code such as ``de``, ``pt-br`` or ``zh``."""
    return _library() is not None and _speaks(language)


def _speaks(language: str) -> bool:
    code = language.lower().replace("_", "-")
    names = dict.fromkeys((_ALIASES.get(code, code), _ALIASES.get(code.partition("-")[0], code.partition("-")[0])))
    return any(_library().espeak_SetVoiceByName(name.encode()) == 0 for name in names if name)


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path()
    except (OSError, RuntimeError):
        return None
    # On Windows the library opens its files by names in the machine's own code page.
    folder = data.encode("mbcs") if os.name == "nt" else os.fsencode(data)
    if library.espeak_Initialize(_NO_SOUND_OUTPUT, 0, folder, _DO_NOT_EXIT) < 0:
        return None
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    return library
