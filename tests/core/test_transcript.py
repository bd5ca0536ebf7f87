# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts: reading them, saying them, and laying them over sound that does or does not hold them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expclip_core import phones
from expclip_core.errors import InputError
from expclip_core.transcript import english, read_transcript, transcript_beside
from expclip_core.transcript.ipa import LETTERS, sounds_of
from expclip_core.transcript.language import detected
from expclip_core.transcript.pronounce import words_of
from expclip_core.transcript.written import LONGEST, spoken_part


def said(text: str, language: str | None = "en") -> str:
    """Phones of the first pronunciations, words parted by |."""
    return " | ".join(
        " ".join(sound.symbol for sound in word.pronunciations[0] if sound.symbol != phones.SILENCE)
        for word in words_of(text, language)
    )


class TestReading:
    def test_text_is_taken_as_it_is(self):
        assert read_transcript("Hello there.") == "Hello there."
        assert read_transcript(" \n ") is None

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
    def test_files_of_usual_encodings(self, tmp_path: Path, encoding: str):
        path = tmp_path / "line.txt"
        path.write_text("Schön, “naïve” café", encoding=encoding)
        assert read_transcript(path) == read_transcript(str(path)) == "Schön, “naïve” café"

    def test_the_text_beside_the_clip(self, tmp_path: Path):
        assert transcript_beside(tmp_path / "clip.wav") is None
        (tmp_path / "clip.txt").write_text("")
        assert transcript_beside(tmp_path / "clip.wav") is None
        (tmp_path / "clip.txt").write_text("Well, well.\n")
        assert transcript_beside(tmp_path / "clip.wav") == "Well, well."

    def test_what_cannot_be_a_transcript_is_refused(self, tmp_path: Path):
        with pytest.raises(InputError, match="cannot be read"):
            read_transcript("missing.txt")
        (tmp_path / "picture.txt").write_bytes(b"\x89PNG\0\0\0")
        with pytest.raises(InputError, match="not a text file"):
            read_transcript(tmp_path / "picture.txt")
        with pytest.raises(InputError, match="characters"):
            read_transcript("a " * LONGEST)

    def test_what_nobody_says_is_left_out(self):
        page = "ANNA: (laughs) Come in. [door]\nTom: Thanks!\nTom: Is <i>she</i> here?\nListen: *sighs* no."
        assert spoken_part(page).split() == ["Come", "in.", "Thanks!", "Is", "she", "here?", "Listen:", "no."]
        subtitles = (
            "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nHello\n\n2\n00:00:02,500 --> 00:00:04,000 align:start\nyou 2"
        )
        assert spoken_part(subtitles).split() == ["Hello", "you", "2"]


class TestEnglish:
    @pytest.mark.parametrize(
        ("token", "reading"),
        [
            ("$5", "five dollars"), ("£1", "one pound"), ("$5.50", "five dollars fifty"),
            ("$3.2m", "three point two million dollars"),
            ("3rd", "third"), ("21st", "twenty first"), ("1999", "nineteen ninety nine"),
            ("2001", "two thousand and one"),
            ("1905", "nineteen oh five"), ("1990s", "nineteen nineties"), ("10:30", "ten thirty"),
            ("10:30", "half past ten"),
            ("7:00", "seven o'clock"), ("50%", "fifty percent"), ("3.14", "three point one four"),
            ("-3", "minus three"),
            ("1,234", "one thousand two hundred thirty four"), ("007", "zero zero seven"), ("1/2", "a half"),
            ("3/4", "three quarters"),
            ("12/25/1999", "december twenty fifth nineteen ninety nine"), ("20km", "twenty kilometres"),
            ("Dr.", "doctor"),
            ("Mr", "mister"), ("St.", "street"), ("St.", "saint"), ("etc.", "et cetera"), ("NASA", "nasa"),
            ("FBI", "f. b. i."),
            ("U.S.", "u. s."), ("R&B", "r and b"), ("mother-in-law", "mother in law"),
            ("blender.org", "blender dot org"),
            ("0", "zero"), ("1000000", "one million"), ("(Hello!)", "hello"), ("don’t", "don't"),
        ],
    )  # fmt: skip
    def test_tokens_are_read_out(self, token: str, reading: str):
        assert reading in english.readings(token)

    def test_neighbours_change_a_reading(self):
        assert english.prepared("on May 5, 1914–18") == "on May fifth, 1914 to 18"
        assert english.prepared("YOU HAVE NEVER BEEN TO ME, FBI") == "you have never been to me, fbi"

    @settings(deadline=None)  # the dictionary is read at the first call
    @given(st.integers(0, 10**18))
    def test_numbers_have_words_of_the_dictionary(self, number: int):
        assert all(
            word.pronunciations for word in words_of(f"{english.cardinal(number)} {english.ordinal(number)}", "en")
        )

    def test_cardinals(self):
        assert english.cardinal(1_000_017) == "one million seventeen"
        assert english.cardinal(0) == "zero"
        assert english.ordinal(112) == "one hundred twelfth"

    def test_dictionary_variants_and_stress(self):
        (read,) = words_of("read", "en")
        assert {way[1].symbol for way in read.pronunciations} == {"eh", "iy"}
        (banana,) = words_of("banana", "en")
        assert [sound.stress for sound in banana.pronunciations[0]] == [0, 0, 0, 1, 0, 0]

    def test_words_no_dictionary_has(self):
        assert said("blorptastic").startswith("b l ao r p t")
        assert said("Zylbergast's").endswith("s")

    def test_pauses_follow_punctuation(self):
        assert [word.pause_after for word in words_of("Well, you know - yes", "en")] == [True, False, True, False]


class TestOtherLanguages:
    @pytest.mark.parametrize(
        ("text", "language", "expected"),
        [
            ("Pfeffer über schön", "de", "p f eh f ah | ue b ah | sh oe n"),
            ("bonjour papa", "fr", "b ao zh uw rr | p aa p aa"),
            ("世界", "zh", "sh ih | ch iy eh"),
            ("мама", "ru", "m aa m aa"),
            ("papá", "es", "p aa p aa"),
        ],
    )
    def test_espeak_says_them(self, text: str, language: str, expected: str):
        assert said(text, language) == expected

    @pytest.mark.parametrize(
        ("text", "language"),
        [
            ("Das ist nicht die Frage, die ich auf dem Weg habe.", "de"),
            ("Je ne sais pas ce que vous avez dans la main.", "fr"),
            ("No sé qué es lo que está en la casa.", "es"), ("Привет, как дела?", "ru"), ("Привіт, їжак", "uk"),
            ("你好，世界", "zh"), ("今日はいい天気です", "ja"), ("안녕하세요", "ko"), ("नमस्ते दुनिया", "hi"),
            ("Come in, please.", "en"), ("", "en"), ("1234 !!", "en"), ("What is this and that?", "en"),
        ],
    )  # fmt: skip
    def test_language_is_found(self, text: str, language: str):
        assert detected(text) == language

    def test_unknown_language_is_refused(self):
        with pytest.raises(InputError, match="not known"):
            words_of("hello", "xx")

    def test_a_word_nobody_can_say_keeps_its_place(self):
        words = words_of("日本 です", "ja")
        assert [bool(word.pronunciations) for word in words] == [False, False, True]


class TestPhonetics:
    def test_every_letter_of_the_alphabet_has_a_phone(self):
        vowels = "iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝ"
        consonants = "pbtdʈɖcɟkɡqɢmɱnɳɲŋɴʙrʀⱱɾɽɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮʋɹɻjɰlɭʎʟʍwɥʜʢɕʑɺɧɓɗʄɠʛʘǀǃǂǁ"
        for letter in vowels:
            assert phones.PHONES[sounds_of(letter)[0].symbol].is_vowel, letter
        for letter in consonants:
            assert sounds_of(letter), letter
            assert not phones.PHONES[sounds_of(letter)[0].symbol].is_vowel or letter == "ɥ", letter

    def test_lips_touch_for_every_bilabial_stop(self):
        assert all(phones.PHONES[sounds_of(letter)[0].symbol].contact == "lips" for letter in "pbmɓ")
        assert all(phones.PHONES[sounds_of(letter)[0].symbol].contact == "teeth" for letter in "fvʋ")

    def test_marks_change_nothing_but_stress(self):
        assert sounds_of("pʰ_ˈɑ̃ː_tʃ") == sounds_of("p_ˈɑ_tʃ")
        assert [sound.stress for sound in sounds_of("m_ˈa_m_a")] == [0, 1, 0, 0]
        assert [sound.symbol for sound in sounds_of("t͡ʃ_aɪ")] == ["ch", "ay"]
        assert all(letter == unicodedata.normalize("NFC", letter) for letter in LETTERS)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["en", "de", "zh", None]))
@example("9" * 5000, "en")
@example("\0\ud800a", "de")
@example("¼½²٣〇", None)
@example("$,.%-'5:00am", "en")
def test_any_text_can_be_said(text: str, language: str | None):
    for word in words_of(text, language):
        for pronunciation in word.pronunciations:
            assert pronunciation
            assert all(sound.symbol in phones.INDEX and sound.stress in (0, 1) for sound in pronunciation)
