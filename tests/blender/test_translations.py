# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface is whole in every language it speaks."""

from __future__ import annotations

import re
from pathlib import Path

import bpy
import pytest

from tests.blender.stage import extension
from tools import ui_strings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("language", ["de"])
def test_no_text_of_the_interface_is_missing(language: str) -> None:
    known = extension("translations").LANGUAGES[language]
    assert sorted(ui_strings.texts() - set(known)) == [], "run tools/ui_strings.py and translate what it prints"


@pytest.mark.parametrize("language", ["de"])
def test_a_translation_puts_in_what_the_english_does(language: str) -> None:
    for english, text in extension("translations").LANGUAGES[language].items():
        assert text, english
        assert text.count("{}") == english.count("{}"), english
        assert text.endswith(".") == english.endswith("."), english


def test_messages_go_through_the_translation() -> None:
    for path in sorted((ROOT / "operators").glob("*.py")):
        for call in re.findall(r"(?:poll_message_set\(|self\.report\(\{[^}]+\}, ).*", path.read_text()):
            assert "translated(" in call, f"{path.name}: {call}"


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch):
    """As with Blender's interface in German; the module brings no languages along."""
    speaks = type("Translations", (), {"locale": "de_DE"})
    translations = extension("translations")
    monkeypatch.setattr(translations, "bpy", type("Bpy", (), {"app": type("App", (), {"translations": speaks}),
                                                              "context": bpy.context}))  # fmt: skip
    bpy.context.preferences.view.use_translate_interface = True
    return translations.translated


def test_sentences_are_translated_with_what_is_in_them(german) -> None:
    assert german("There is no file line.wav in /clips: pick the clip again.") == (
        "Es gibt keine Datei line.wav in /clips: den Clip neu wählen."
    )
    assert german("Head: jawOpen is muted.") == "Head: jawOpen ist stumm geschaltet."
    assert german("1,234 keys in 52 curves on 2 meshes, 4.9 s") == "1,234 Schlüssel in 52 Kurven auf 2 Netzen, 4.9 s"
    assert german("nothing known") == "nothing known"


def test_what_is_found_is_translated_to_its_end(german) -> None:
    assert german("49 of 52 shapes found, without jawOpen, tongueOut, cheekPuff and 1 more") == (
        "49 von 52 Formen gefunden, ohne jawOpen, tongueOut, cheekPuff und 1 weitere"
    )
    assert german("51 of 52 shapes found on 2 meshes, without jawOpen") == (
        "51 von 52 Formen gefunden, auf 2 Netzen, ohne jawOpen"
    )


def test_english_stays_english() -> None:
    assert extension("translations").translated("Nothing is running.") == "Nothing is running."
