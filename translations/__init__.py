# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface in other languages.

Sentences are made where they are known, in English, and translated where they are shown: Blender does that with the names and
tooltips of what is registered and with labels, `translated` with everything else. A language is a dictionary from English, in
which {} stands for what the program puts in.
"""

from __future__ import annotations

import re
from functools import cache

import bpy

from .de import TEXTS as GERMAN

LANGUAGES = {"de": GERMAN}
OURS = "ExpCLIP"  # the context of words that Blender itself uses in another sense: a mesh has faces as well
_CONTEXTS = ("*", "Operator", OURS)  # Blender looks buttons of operators up in one of their own


def translated(sentence: str) -> str:
    """The sentence in the interface's language; as it is when the language does not know it."""
    language = bpy.app.translations.locale.partition("_")[0]
    if language not in LANGUAGES or not bpy.context.preferences.view.use_translate_interface:
        return sentence
    return _in_language(sentence, language)


@cache
def _templates(language: str) -> list[tuple[re.Pattern[str], str]]:
    known = LANGUAGES[language]
    patterns = [text for text in known if "{}" in text]
    longest_first = sorted(patterns, key=len, reverse=True)
    return [
        (re.compile("(.+?)".join(map(re.escape, text.split("{}"))), re.DOTALL), known[text]) for text in longest_first
    ]


@cache
def _in_language(sentence: str, language: str) -> str:
    if known := LANGUAGES[language].get(sentence):
        return known
    for pattern, text in _templates(language):
        if match := pattern.fullmatch(sentence):
            return text.format(*(_in_language(part, language) for part in match.groups()))
    return sentence


def register() -> None:
    messages = {
        language: {(context, english): text for english, text in texts.items() for context in _CONTEXTS}
        for language, texts in LANGUAGES.items()
    }
    bpy.app.translations.register(__package__, messages)


def unregister() -> None:
    bpy.app.translations.unregister(__package__)
