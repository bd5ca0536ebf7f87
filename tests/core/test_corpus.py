# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expclip_core.audio import Clip
from expclip_core.phones import INDEX, SILENCE, SYMBOLS, Segment
from expclip_core.speech import Speech
from training import splits
from training.corpus import espeak, festival, flite, manifest
from training.corpus.manifest import Utterance, covering
from training.corpus.texts import read_table
from training.speech.conditions import changed, conditions
from training.speech.crops import labels_of
from training.speech.score import score

ROOT = Path(__file__).parents[2]
SPEECH = ROOT.parent / "shared" / "data" / "speech"
needs_recordings = pytest.mark.skipif(not SPEECH.is_dir(), reason=f"there are no recordings in {SPEECH}")


def utterance(*segments: Segment, **changes) -> Utterance:
    fields = {
        "id": "somebody/1", "audio": "1.ogg", "source": "somebody", "speaker": "somebody", "language": "en",
        "split": "dev", "duration": segments[-1].end, "text": "", "segments": segments,
    }  # fmt: skip
    return Utterance(**{**fields, **changes})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
def test_the_split_of_a_sentence_ignores_case_and_punctuation(text):
    assert splits.split_by_sentence(text) == splits.split_by_sentence(f"  {text.lower()}!? ")


@needs_recordings
def test_no_sentence_is_on_two_sides():
    sides: dict[str, set[str]] = {}
    for _, text in read_table(SPEECH / "kathleen.tsv"):
        sides.setdefault(re.sub("[^a-z]", "", text.lower()), set()).add(splits.split_by_sentence(text))
    assert all(len(split) == 1 for split in sides.values())


@needs_recordings
def test_splits_have_the_sizes_documented():
    splits_of = [splits.split_by_sentence(text) for _, text in read_table(SPEECH / "kathleen.tsv")]
    assert 45 <= splits_of.count("dev") <= 75
    assert 45 <= splits_of.count("test") <= 75


def test_an_unseen_speaker_is_never_trained_on():
    names = [f"LJ{index:03}.ogg" for index in range(9)]
    split = splits.split_alternately(names[::-1])
    assert set(split.values()) == {"dev", "test"}
    assert split["LJ000.ogg"] == "dev"
    assert split["LJ001.ogg"] == "test"


SEGMENTS = st.lists(
    st.builds(
        lambda symbol, start, length: Segment(symbol, start, start + length),
        st.sampled_from(SYMBOLS),
        st.floats(-0.5, 5),
        st.floats(0.001, 1),
    ),
    max_size=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SEGMENTS, st.floats(0.1, 5))
def test_segments_cover_the_clip(segments, duration):
    covered = covering(sorted(segments, key=lambda segment: segment.start), duration)
    assert covered[0].start == 0
    assert covered[-1].end == duration
    for before, after in pairwise(covered):
        assert before.end == after.start
        assert not before.symbol == after.symbol == SILENCE
    assert all(segment.end > segment.start for segment in covered)


def test_a_manifest_comes_back(tmp_path):
    said = utterance(Segment("sil", 0.0, 0.1), Segment("aa", 0.1, 0.25, 1), text="ah — schön")
    manifest.write(tmp_path / "m.jsonl", [said])
    assert manifest.read(tmp_path / "m.jsonl") == [said]
    row = json.loads((tmp_path / "m.jsonl").read_text(encoding="utf-8"))
    assert row["segments"] == [["sil", 0.0, 0.1, 0], ["aa", 0.1, 0.25, 1]]


def test_a_manifest_with_unknown_phones_is_refused(tmp_path):
    manifest.write(tmp_path / "m.jsonl", [utterance(Segment("q", 0.0, 0.1))])
    with pytest.raises(ValueError, match="unknown phones"):
        manifest.read(tmp_path / "m.jsonl")


def test_labels_are_read_at_their_times():
    said = utterance(Segment("p", 0.0, 0.1), Segment("aa", 0.1, 0.3))
    labels = labels_of(said, np.array([-0.1, 0.0, 0.05, 0.1, 0.29, 0.31]))
    assert [SYMBOLS[label] for label in labels] == ["sil", "p", "p", "aa", "aa", "sil"]


def heard(symbols: str, seal: list[float]) -> Speech:
    posteriors = np.eye(len(SYMBOLS), dtype=np.float32)[[INDEX[symbol] for symbol in symbols.split()]]
    contact = np.stack([seal, np.zeros(len(seal))], axis=1).astype(np.float32)
    return Speech(posteriors, contact, np.zeros(0), np.zeros(0), len(seal) / 100, np.zeros(0))


def test_a_perfect_ear_scores_perfectly():
    said = utterance(Segment("aa", 0, 0.10), Segment("p", 0.10, 0.20), Segment("aa", 0.20, 0.30))
    ear = heard("aa " * 10 + "p " * 10 + "aa " * 10, [0] * 10 + [0.95] * 10 + [0] * 10)
    result = score([(said, ear)])
    assert result.frames == result.classes == 1
    assert result.best.recall == 1
    assert result.best.false == 0
    assert result.best.timing < 0.006


def test_misses_false_seals_and_confusions_are_counted():
    said = utterance(
        Segment("aa", 0, 0.2), Segment("p", 0.2, 0.3), Segment("aa", 0.3, 0.6), Segment("m", 0.6, 0.7),
        Segment("aa", 0.7, 1.0),
    )  # fmt: skip
    seal = np.zeros(100)
    seal[20:30] = 0.9  # the p
    seal[42:48] = 0.9  # nothing within 60 ms of its centre
    result = score([(said, heard("ah " * 100, list(seal)))], thresholds=[0.5])
    assert result.frames == 0
    assert 0.75 < result.classes < 0.85  # ah for aa is the right class
    assert result.seals[0].recall == 0.5
    assert result.seals[0].false == 0.5


def test_flites_phone_times_are_read():
    segments = flite.segments_of("pau:0.164 hh:0.255 ax:0.304 ")
    assert segments == [Segment("sil", 0, 0.164), Segment("hh", 0.164, 0.255), Segment("ax", 0.255, 0.304)]


def test_espeaks_phone_times_are_read():
    begins = [(0.0, ""), (0.2, "p"), (0.25, "ˈøː"), (0.4, "ts"), (0.5, "ː"), (0.6, "")]
    segments = espeak.segments_of(begins, "de", 1.0)
    assert [segment.symbol for segment in segments] == ["sil", "p", "oe", "t", "s", "sil"]
    closure, vowel, sibilant = segments[1], segments[2], segments[4]
    assert closure.start == pytest.approx(0.14)  # lips close before the burst
    assert vowel == Segment("oe", 0.25, 0.4, 1)
    assert (sibilant.start, sibilant.end) == (pytest.approx(0.45), 0.6)


def voice(language: str) -> festival.Voice:
    return next(voice for voice in festival.VOICES if voice.language == language)


def test_festivals_phone_times_are_read():
    label = "#\n0.3 100 pau\n0.4 100 dx\n0.5 100 ao\n"
    assert [(s.symbol, s.start, s.end) for s in festival.segments_of(label, voice("en"))] == [
        ("sil", 0.0, 0.3), ("d", 0.3, 0.4), ("ao", 0.4, 0.5),
    ]  # fmt: skip
    doubled, vowel = festival.segments_of("#\n0.2 100 p:\n0.5 100 y:\n", voice("fi"))
    assert (doubled.symbol, vowel.symbol) == ("p", "ue")
    stressed = festival.segments_of("#\n0.2 100 mm\n0.4 100 aa\n", voice("ru"))
    assert stressed == [Segment("m", 0.0, 0.2), Segment("aa", 0.2, 0.4, 1)]


@pytest.mark.parametrize("voice", festival.VOICES, ids=lambda voice: voice.name)
def test_every_voice_says_lip_sounds(voice):
    for letter in "pbm":
        (segment,) = festival.segments_of(f"#\n0.1 100 {letter}\n", voice)
        assert segment.symbol == letter


@pytest.mark.parametrize("name", conditions([np.zeros(8)]))
def test_a_changed_clip_keeps_step_with_its_phones(name):
    rng = np.random.default_rng(0)
    clip = Clip(rng.normal(0, 0.1, 16_000).astype(np.float32))
    change, slower = conditions([rng.normal(0, 0.1, 4000)])[name]
    if change is None:
        return
    told, sounded = changed(utterance(Segment("m", 0.0, 1.0)), clip, change, slower, seed=3)
    assert sounded.duration == pytest.approx(told.segments[-1].end, abs=0.05)
    assert np.isfinite(sounded.samples).all()
    assert np.array_equal(sounded.samples, changed(told, clip, change, slower, seed=3)[1].samples)


def test_the_report_counts_voices_and_hours():
    said = [utterance(Segment("sil", 0.0, 1800.0), speaker=speaker, id=speaker) for speaker in ("ann", "bob")]
    lines = manifest.report(said).splitlines()
    assert lines[1].split() == ["somebody", "en", "dev", "2", "2", "1.00"]
    assert lines[-1].split() == ["all", "2", "1.00"]


def test_a_revoiced_sentence_keeps_its_times_and_has_another_pitch(tmp_path):
    parselmouth = pytest.importorskip("parselmouth", reason="Praat comes with requirements/training.txt")
    from training.corpus.revoiced import in_another_voice

    times = np.arange(16000) / 16000
    voiced = sum(np.sin(2 * np.pi * 200 * harmonic * times) / harmonic for harmonic in range(1, 12))
    soundfile.write(tmp_path / "woman.wav", 0.1 * voiced, 16000)
    woman = utterance(Segment("aa", 0.0, 0.6), Segment("m", 0.6, 1.0), audio=str(tmp_path / "woman.wav"))
    other = in_another_voice(woman, tmp_path)
    pitch = parselmouth.Sound(other.audio).to_pitch().selected_array["frequency"]
    assert other.segments == woman.segments
    assert soundfile.info(other.audio).duration == pytest.approx(1.0, abs=0.01)
    assert abs(np.median(pitch[pitch > 0]) - 200) > 8
