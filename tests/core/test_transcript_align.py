# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts laid over simulated hearing: phones known to the test, heard with noise and confusions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expclip_core import phones
from expclip_core.phones import Segment
from expclip_core.speech import Speech
from expclip_core.transcript import Alignment, aligned, posteriors_of
from expclip_core.transcript.pronounce import words_of

LINE = "My mother bought five big apples from the baker before breakfast, and Bob put them in a basket."
OTHER = "The quick winter storm covered every road in heavy snow while nobody was watching the window."
THIRD = "Please remember to bring a map, a pen and some paper when you visit the museum tomorrow."


def spoken(text: str, seed: int = 0, pause: float = 0.3) -> list[Segment]:
    """The text said with natural durations: `pause` seconds of silence at both ends and at punctuation."""
    random = np.random.default_rng(seed)
    segments = [Segment(phones.SILENCE, 0.0, pause)]
    for word in words_of(text, "en"):
        sounds = [(sound.symbol, sound.stress) for sound in word.pronunciations[-1]]
        for symbol, stress in [*sounds, *([(phones.SILENCE, 0)] if word.pause_after else [])]:
            length = random.uniform(0.08, 0.16) if stress else random.uniform(0.04, 0.1)
            start = segments[-1].end
            segments.append(Segment(symbol, start, start + (pause if symbol == phones.SILENCE else length), stress))
    return segments


def heard(segments: list[Segment], noise: float = 1.4, seed: int = 0) -> Speech:
    """What an encoder with about 65 % of frames right (noise 1.4) makes of it: wrong for stretches, not for frames."""
    random = np.random.default_rng(seed)
    duration = segments[-1].end
    frames = 2 * (int(np.ceil(duration * 50)) + 1)
    times = np.arange(frames) / 100
    index = np.minimum(np.searchsorted([segment.end for segment in segments], times, side="right"), len(segments) - 1)
    truth = np.array([phones.INDEX[segment.symbol] for segment in segments])[index]
    wander = np.repeat(random.normal(0, noise, (frames // 5 + 1, len(phones.SYMBOLS))), 5, axis=0)[:frames]
    clear = np.where(truth == phones.INDEX[phones.SILENCE], 7.0, 3.5)[:, None]  # silence is heard best
    logits = clear * np.eye(len(phones.SYMBOLS))[truth] + wander
    posteriors = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    contact = np.stack(
        [posteriors[:, [phones.INDEX[s] for s in group]].sum(1) for group in (phones.SEALS, phones.LABIODENTALS)], 1
    )
    still = np.zeros(frames // 2, np.float32)
    return Speech(posteriors.astype(np.float32), contact.astype(np.float32), still, still, duration, still)


def assert_covers(alignment: Alignment, duration: float) -> None:
    assert alignment.segments[0].start == 0.0
    assert alignment.segments[-1].end == pytest.approx(duration)
    assert all(segment.end > segment.start for segment in alignment.segments)
    assert all(a.end == b.start for a, b in zip(alignment.segments[:-1], alignment.segments[1:], strict=True))


def sealed_right(posteriors: np.ndarray, segments: list[Segment]) -> tuple[float, float]:
    """Share of p b m whose middle is heard as one of them, and share of other frames' middles that are not."""
    lips = posteriors[:, [phones.INDEX[symbol] for symbol in phones.SEALS]].sum(axis=1) > 0.5
    middles = [
        (segment.symbol in phones.SEALS, lips[round(50 * (segment.start + segment.end))]) for segment in segments
    ]
    return (
        float(np.mean([closed for seal, closed in middles if seal])),
        float(np.mean([not closed for seal, closed in middles if not seal])),
    )


def test_the_right_text_finds_its_phones_within_30_ms():
    segments = spoken(LINE)
    speech = heard(segments)
    alignment = aligned(speech, LINE)
    assert_covers(alignment, speech.duration)
    assert alignment.warning == ""
    assert alignment.fit > 0.95
    assert " ".join(word.text for word in alignment.words) == LINE
    truth = [s for s in segments if s.symbol != phones.SILENCE]
    found = [s for s in alignment.segments if s.symbol != phones.SILENCE]
    assert [s.symbol for s in found] == [s.symbol for s in truth]
    assert [s.stress for s in found] == [s.stress for s in truth]
    errors = np.abs([a.start - b.start for a, b in zip(truth, found, strict=True)])
    assert np.mean(errors <= 0.03) > 0.95
    assert np.median(errors) <= 0.01


def test_the_right_text_makes_lips_right():
    segments = spoken(LINE)
    speech = heard(segments, noise=1.6)
    before, _ = sealed_right(speech.posteriors, segments)
    posteriors, contact = posteriors_of(aligned(speech, LINE), speech)
    assert posteriors.shape == speech.posteriors.shape and contact.shape == speech.contact.shape
    assert posteriors.dtype == contact.dtype == np.float32
    assert np.allclose(posteriors.sum(axis=1), 1, atol=1e-3)
    sealed, open_elsewhere = sealed_right(posteriors, segments)
    assert sealed == 1.0 and open_elsewhere > 0.97 and before < 0.8
    lips = posteriors[:, [phones.INDEX[symbol] for symbol in phones.SEALS]].sum(axis=1)
    assert np.abs(lips - contact[:, 0]).max() < 0.2


@pytest.mark.parametrize("behind", ["decline", "came"])
def test_sound_too_short_for_a_word_belongs_to_the_word_it_touches(behind: str):
    """The end of a word heard as another phone: no lips close for what the text does not have."""
    text = f"Nobody saw the others {behind}"
    segments = spoken(text)
    end = segments[-1].end
    tail = [Segment("b", end, end + 0.1), Segment(phones.SILENCE, end + 0.1, end + 0.4)]
    speech = heard([*segments, *tail], noise=0.5)
    sure = speech.posteriors**3
    alignment = aligned(replace(speech, posteriors=sure / sure.sum(axis=1, keepdims=True)), text)
    assert alignment.fit == 1.0
    assert [s.symbol for s in alignment.segments if s.start > end - 0.02] == [phones.SILENCE]


@pytest.mark.parametrize("text", [OTHER, THIRD])
def test_the_wrong_text_is_noticed_and_changes_nothing(text: str):
    speech = heard(spoken(LINE))
    alignment = aligned(speech, text)
    assert "does not fit" in alignment.warning
    assert alignment.fit == 0.0 and not alignment.used and not alignment.words
    assert_covers(alignment, speech.duration)
    posteriors, contact = posteriors_of(alignment, speech)
    assert np.array_equal(posteriors, speech.posteriors) and np.array_equal(contact, speech.contact)


def test_text_for_a_part_of_the_clip_is_used_for_that_part():
    first, second = spoken(LINE), spoken(OTHER, seed=1)
    shift = first[-1].end
    both = first + [Segment(s.symbol, s.start + shift, s.end + shift, s.stress) for s in second]
    speech = heard(both)
    alignment = aligned(speech, LINE)
    assert alignment.words[-1].end == pytest.approx(first[-2].end, abs=0.05)
    assert 0.3 < alignment.fit < 0.7
    assert "only a part" in alignment.warning
    posteriors, _ = posteriors_of(alignment, speech)
    rest = round(100 * shift) + 30
    assert np.array_equal(posteriors[rest:], speech.posteriors[rest:])


def test_text_longer_than_the_clip_is_used_where_it_is_said():
    segments = spoken(LINE)
    speech = heard(segments)
    alignment = aligned(speech, f"{OTHER} {LINE} {THIRD}")
    assert " ".join(word.text for word in alignment.words) == LINE
    assert alignment.warning == ""
    posteriors, _ = posteriors_of(alignment, speech)
    assert sealed_right(posteriors, segments)[0] == 1.0


def test_a_wrong_word_spares_its_neighbours():
    segments = spoken(LINE)
    speech = heard(segments)
    alignment = aligned(speech, LINE.replace("breakfast,", "information,"))
    assert [word.text for word in alignment.words if word.text == "before"]
    truth = {round(s.start, 2) for s in spoken(LINE.split("breakfast")[0])}
    starts = [s.start for s in alignment.segments if s.end < max(truth) - 0.3]
    assert np.mean([min(abs(start - true) for true in truth) <= 0.03 for start in starts]) > 0.9


def test_the_sound_chooses_the_pronunciation():
    said = spoken("I have read it to the invalid in the red room and he read the rest")
    alignment = aligned(heard(said, noise=0.8), "I have read it to the invalid in the red room and he read the rest")
    symbols = [s.symbol for s in alignment.segments if s.symbol != phones.SILENCE]
    assert symbols == [s.symbol for s in said if s.symbol != phones.SILENCE]


def test_lips_close_in_the_silence_before_a_burst():
    segments = [Segment("sil", 0, 0.5), Segment("p", 0.5, 0.53), *spoken(LINE)[1:]]
    shift = 0.53 - segments[2].start
    segments[2:] = [Segment(s.symbol, s.start + shift, s.end + shift, s.stress) for s in segments[2:]]
    speech = heard(segments, noise=1.0)
    alignment = aligned(speech, f"P. {LINE}")
    closure = next(s for s in alignment.segments if s.symbol == "p")
    assert closure.end - closure.start >= 0.069
    _, contact = posteriors_of(alignment, speech)
    assert contact[round(100 * closure.start) + 1 : round(100 * closure.end) - 1, 0].min() > 0.7


@pytest.mark.parametrize("text", ["...", "(laughs)", "😀"])
def test_text_without_words_is_ignored_with_a_word(text: str):
    speech = heard(spoken(LINE))
    alignment = aligned(speech, text)
    assert "no words" in alignment.warning and alignment.used == ()


def test_a_language_nobody_can_say_is_ignored_with_a_word():
    speech = heard(spoken(LINE))
    alignment = aligned(speech, LINE, "xx")
    assert "not known" in alignment.warning and alignment.used == ()


def test_silence_holds_no_words():
    speech = heard([Segment(phones.SILENCE, 0.0, 3.0)], noise=0.5)
    alignment = aligned(speech, LINE)
    assert alignment.words == () and alignment.warning
    assert [segment.symbol for segment in alignment.segments] == [phones.SILENCE]


def test_minutes_are_searched_in_windows():
    said: list[Segment] = []
    text = " ".join([LINE, OTHER, THIRD] * 5)
    for index, line in enumerate([LINE, OTHER, THIRD] * 5):
        shift = said[-1].end if said else 0.0
        said += [Segment(s.symbol, s.start + shift, s.end + shift, s.stress) for s in spoken(line, seed=index)]
    speech = heard(said)
    assert speech.duration > 60
    alignment = aligned(speech, text)
    assert_covers(alignment, speech.duration)
    assert alignment.warning == "" and alignment.fit > 0.95
    assert " ".join(word.text for word in alignment.words) == text
    posteriors, _ = posteriors_of(alignment, speech)
    assert sealed_right(posteriors, said)[0] > 0.98


def test_a_long_script_is_searched_for_what_the_clip_holds():
    """A clip from the middle of a long text, and a text for the middle of a clip with other speech around it."""
    filler = [f"{OTHER} Number {number} went {number + 7} ways." for number in range(40)]
    speech = heard(spoken(LINE))
    alignment = aligned(speech, " ".join([*filler, LINE, *filler]), "en")
    assert " ".join(word.text for word in alignment.words) == LINE
    said: list[Segment] = []
    for index, line in enumerate([*filler[:8], f"{LINE} {THIRD}", *filler[8:12]]):
        shift = said[-1].end if said else 0.0
        said += [Segment(s.symbol, s.start + shift, s.end + shift, s.stress) for s in spoken(line, seed=index)]
    alignment = aligned(heard(said), f"{LINE} {THIRD}", "en")
    assert " ".join(word.text for word in alignment.words) == f"{LINE} {THIRD}"
    assert len(alignment.used) < 8 and "only a part" in alignment.warning


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from((LINE + OTHER).split()), min_size=0, max_size=12),
    st.integers(0, 3),
    st.floats(0.0, 3.0),
    st.sampled_from([0.02, 0.3]),
)
def test_any_words_on_any_sound_cover_the_clip(words: list[str], seed: int, noise: float, pause: float):
    speech = heard(spoken(THIRD, seed, pause)[: 1 + 20 * seed], noise, seed)
    alignment = aligned(speech, " ".join(words), "en")
    assert_covers(alignment, speech.duration)
    assert 0.0 <= alignment.fit <= 1.0
    assert all(0.0 <= start < end <= speech.duration for start, end in alignment.used)
    assert all(a.end <= b.start for a, b in zip(alignment.words[:-1], alignment.words[1:], strict=True))
    posteriors, contact = posteriors_of(alignment, speech)
    assert np.isfinite(posteriors).all() and contact.min() >= 0 and contact.max() <= 1.001
