# SPDX-License-Identifier: GPL-3.0-or-later
"""Other languages and many throats by eSpeak NG, which says when it begins each phone. A formant synthesiser: it adds
the sounds that English lacks, and is trained on little."""

from __future__ import annotations

import ctypes
import os
from dataclasses import replace
from functools import cache
from itertools import pairwise
from multiprocessing.pool import Pool
from pathlib import Path

import espeakng_loader
import numpy as np
import scipy.signal
import soundfile

from expclip_core.audio import SAMPLE_RATE
from expclip_core.phones import PHONES, SILENCE, Segment
from expclip_core.transcript.ipa import sounds_of

from .manifest import Utterance, covering
from .texts import english_sentences, german_sentences, mandarin_sentences

# German and Mandarin read their own; the others read English words by their rules, which gives their sounds, if not
# their sentences.
_LANGUAGES = ("de", "fr", "es", "it", "pl", "cmn", "sv", "tr", "nl", "pt-br", "fi")
_THROATS = ("f2", "m1", "f4", "m3", "f5", "m7", "f1", "m2")
_CLIPS = 1100
_CLOSURE = 0.06  # seconds that lips or tongue are closed before the burst a phrase begins with

# speak_lib.h of eSpeak NG 1.52.
_SYNCHRONOUS, _PHONEME_EVENTS, _IPA, _DO_NOT_EXIT, _UTF8 = 2, 1, 2, 0x8000, 1
_LIST_TERMINATED, _PHONEME = 0, 7


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", _Id),
    ]  # fmt: skip


_Heard = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def espeak(data: Path, corpus: Path, pool: Pool) -> list[Utterance]:
    folder = corpus / "espeak"
    folder.mkdir(parents=True, exist_ok=True)
    own = {"de": german_sentences(data, _CLIPS), "cmn": mandarin_sentences()}
    english = english_sentences(data, _CLIPS, seed=1)
    jobs = []
    for index in range(_CLIPS):
        language, throat = _LANGUAGES[index % len(_LANGUAGES)], _THROATS[index // len(_LANGUAGES) % len(_THROATS)]
        texts = own.get(language, english)
        jobs.append((folder / f"{index:05}.flac", language, throat, texts[index // len(_LANGUAGES) % len(texts)]))
    return pool.starmap(_speak, jobs, chunksize=8)


def _speak(path: Path, language: str, throat: str, text: str) -> Utterance:
    samples, begins, rate = _said(text, f"{language}+{throat}")
    clip = scipy.signal.resample_poly(samples, 320, rate * 320 // SAMPLE_RATE).astype(np.float32)
    soundfile.write(path, clip, SAMPLE_RATE, subtype="PCM_16")
    duration = len(clip) / SAMPLE_RATE
    return Utterance(
        id=f"espeak/{path.stem}", audio=str(path), source="espeak", speaker=f"espeak-{throat}", language=language,
        split="train", duration=duration, text=text, segments=covering(segments_of(begins, language, duration), duration),
    )  # fmt: skip


def _said(text: str, voice: str) -> tuple[np.ndarray, list[tuple[float, str]], int]:
    """Samples -1..1, the second at which each phone (in IPA) begins, and the sample rate."""
    library, rate = _library()
    sound: list[np.ndarray] = []
    begins: list[tuple[float, str]] = []

    @_Heard
    def hear(wave, count: int, events) -> int:
        if wave and count:
            sound.append(np.ctypeslib.as_array(wave, (count,)).copy())
        index = 0
        while events[index].type != _LIST_TERMINATED:
            if events[index].type == _PHONEME:
                begins.append((events[index].sample / rate, events[index].id.string.decode(errors="ignore")))
            index += 1
        return 0

    library.espeak_SetSynthCallback(hear)
    if library.espeak_SetVoiceByName(voice.encode()) != 0:
        raise ValueError(f"eSpeak NG has no voice {voice}")
    encoded = text.encode()
    library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
    return np.concatenate(sound) / 32768, begins, rate


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = os.fsencode(espeakng_loader.get_data_path())
    return library, library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT | _PHONEME_EVENTS | _IPA)


def segments_of(begins: list[tuple[float, str]], language: str, duration: float) -> list[Segment]:
    """Segments of phones in IPA and the seconds at which they begin."""
    segments: list[Segment] = []
    for (start, ipa), (end, _) in pairwise([*begins, (duration, "")]):
        sounds = sounds_of(ipa, language)
        if not sounds and ipa.strip() and segments:  # a mark of length, not a sound of its own
            segments[-1] = replace(segments[-1], end=end)
            continue
        symbols = [(sound.symbol, sound.stress) for sound in sounds] or [(SILENCE, 0)]
        edges = np.linspace(start, end, len(symbols) + 1).tolist()
        segments += [
            Segment(symbol, *edge, stress) for (symbol, stress), edge in zip(symbols, pairwise(edges), strict=True)
        ]
    return _with_closures(segments)


def _with_closures(segments: list[Segment]) -> list[Segment]:
    """A stop that breaks a silence is closed before it sounds: it takes the time from the silence."""
    closed = list(segments)
    for index, (before, segment) in enumerate(pairwise(segments), start=1):
        if before.symbol == SILENCE and PHONES[segment.symbol].manner == "stop":
            start = max(segment.start - _CLOSURE, before.start)
            closed[index - 1] = replace(before, end=start)
            closed[index] = replace(segment, start=start)
    return closed
