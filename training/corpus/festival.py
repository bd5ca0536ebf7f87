# SPDX-License-Identifier: GPL-3.0-or-later
"""Fourteen more people by Festival: diphones and models recorded from them, in eight languages, with phone times.

Their lips' sounds are people's, their sentences are not: where a voice has no sentences here it reads English words by
its language's rules.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.pool import Pool
from pathlib import Path

import soundfile

from expclip_core.audio import SAMPLE_RATE, read_clip
from expclip_core.phones import PHONES, SILENCE, Segment
from expclip_core.transcript.ipa import sounds_of

from .manifest import Utterance, covering
from .texts import english_sentences

_CLIPS = 160  # a voice

# Phones of each voice's language in IPA, where they are not written so; an apostrophe in front is stress.
_SILENT = ("pau", "h#", "brth", "#", "##", "_")
_RADIO = {
    "axr": "ɚ", "dx": "ɾ", "el": "əl", "em": "m", "en": "n", "nx": "n", "hv": "h", 
}  # fmt: skip
_ITALIAN = {
    "i1": "ˈi", "e1": "ˈe", "E": "ɛ", "E1": "ˈɛ", "a1": "ˈa", "O": "ɔ", "o1": "ˈo", "O1": "ˈɔ", "u1": "ˈu",
    "S": "ʃ", "Z": "ʒ", "tS": "tʃ", "dZ": "dʒ", "J": "ɲ", "ng": "ŋ", "nf": "ɱ", "L": "ʎ",
}  # fmt: skip
_FINNISH = {"@": "ə", "7": "ø", "&": "æ", "T": "θ", "D": "ð", "S": "ʃ", "Z": "ʒ", "N": "ŋ", "L": "ʎ"}
_CZECH = {
    "c": "ts", "c~": "tʃ", "ch": "x", "d~": "ɟ", "dz~": "dʒ", "h": "ɦ", "n*": "ŋ", "n~": "ɲ", "r~": "ʒ", "r~*": "ʃ",
    "s~": "ʃ", "t~": "c", "z~": "ʒ",
}  # fmt: skip
_RUSSIAN = {
    "ii": "ˈi", "yy": "ˈɨ", "uu": "ˈu", "ee": "ˈɛ", "oo": "ˈo", "aa": "ˈa", "y": "ɨ", "ae": "ə", "ay": "ə", "ur": "ʊ",
    "e": "ɛ", "c": "ts", "ch": "tɕ", "sh": "ʃ", "sch": "ɕ", "zh": "ʒ", "h": "x", "hh": "x",
    **{letter * 2: letter for letter in "pbtdkgfvszmnlr"},
}  # fmt: skip
_CATALAN = {
    "ax": "ə", "a1": "ˈa", "e1": "ˈe", "E": "ɛ", "E1": "ˈɛ", "i1": "ˈi", "o1": "ˈo", "O": "ɔ", "O1": "ˈɔ", "u1": "ˈu",
    "J": "ɲ", "L": "ʎ", "rr": "r", "S": "ʃ", "Z": "ʒ",
}  # fmt: skip
_INDIAN = {
    "aa": "ɑː", "a": "ə", "ih": "ɪ", "iy": "i", "uh": "ʊ", "uw": "u", "eh": "ɛ", "ee": "e", "ay": "aɪ", "oh": "o",
    "oo": "o", "aw": "aʊ", "ch": "tʃ", "T": "ʈ", "D": "ɖ", "N": "ɳ", "th": "t", "dh": "d", "y": "j", "L": "ɭ",
    "R": "ɽ", "sh": "ʃ", "j": "dʒ", "ksh": "k_ʃ", "sri": "ʃ_r_i", "kh": "k", "gh": "g", "td": "t", "tth": "t",
    "ddh": "d", "bh": "b", "zh": "dʒ", "@": "ə",
}  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """name: as Festival calls it. phones: its own names in IPA. letters: how it spells the letters of English words."""

    name: str
    language: str
    phones: dict[str, str]
    letters: dict[int, str]


_CYRILLIC = dict(zip(map(ord, "abcdefghiklmnoprstuvyz"), "абцдефгхиклмнопрстувыз", strict=True)) | {
    ord("j"): "дж", ord("q"): "к", ord("w"): "в", ord("x"): "кс",
}  # fmt: skip
_CONSONANTS = dict(zip("bcdfghjklmnpqrstvwxyz", "बचदफगहजकलमनपकरसतववकयज", strict=True))
_SIGNS = {"a": "ा", "e": "े", "i": "ि", "o": "ो", "u": "ु"}
_DEVANAGARI = {ord(latin): letter for latin, letter in (_CONSONANTS | _SIGNS).items()}
_TELUGU = {
    latin: chr(ord(letter) + 0x300) for latin, letter in _DEVANAGARI.items()
}  # the block after, in the same order

VOICES = (
    Voice("kal_diphone", "en", _RADIO, {}), Voice("ked_diphone", "en", _RADIO, {}),
    Voice("cmu_us_slt_arctic_hts", "en", _RADIO, {}),
    Voice("pc_diphone", "it", _ITALIAN, {}), Voice("lp_diphone", "it", _ITALIAN, {}),
    Voice("suo_fi_lj_diphone", "fi", _FINNISH, {}), Voice("hy_fi_mv_diphone", "fi", _FINNISH, {}),
    Voice("czech_dita", "cs", _CZECH, {}), Voice("czech_krb", "cs", _CZECH, {}),
    Voice("czech_machac", "cs", _CZECH, {}), Voice("czech_ph", "cs", _CZECH, {}),
    Voice("msu_ru_nsh_clunits", "ru", _RUSSIAN, _CYRILLIC), Voice("upc_ca_ona_hts", "ca", _CATALAN, {}),
    Voice("hindi_NSK_diphone", "hi", _INDIAN, _DEVANAGARI), Voice("telugu_NSK_diphone", "te", _INDIAN, _TELUGU),
)  # fmt: skip
PACKAGES = tuple(
    f"festvox-{name}"
    for name in (
        "kallpc16k", "kdlpc16k", "us-slt-hts", "italp16k", "itapc16k", "suopuhe-lj", "suopuhe-mv", "czech-dita", "czech-krb",
        "czech-machac", "czech-ph", "ru", "ca-ona-hts", "hi-nsk", "te-nsk",
    )
)  # fmt: skip

_SCRIPT = """
(voice_{voice})
(define (say text pace name)
  (Parameter.set 'Duration_Stretch pace)
  (unwind-protect
    (let ((utt (utt.synth (eval (list 'Utterance 'Text text)))))
      (utt.save.wave utt (string-append name ".wav") 'riff)
      (utt.save.segs utt (string-append name ".lab")))
    nil))
"""


def festival(data: Path, corpus: Path, pool: Pool) -> list[Utterance]:
    folder = corpus / "festival"
    folder.mkdir(parents=True, exist_ok=True)
    texts = english_sentences(data, _CLIPS * len(VOICES), seed=2)
    jobs = [(folder, voice, texts[index :: len(VOICES)]) for index, voice in enumerate(VOICES)]
    return [utterance for spoken in pool.starmap(speak_all, jobs, chunksize=1) for utterance in spoken]


def speak_all(folder: Path, voice: Voice, texts: list[str]) -> list[Utterance]:
    """One process a voice: voices leave settings behind that others stumble over."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch) / "say.scm"
        lines = [_SCRIPT.format(voice=voice.name)]
        for index, text in enumerate(texts):
            written = "".join(letter for letter in text if letter not in '"\\')
            written = written.lower().translate(voice.letters) if voice.letters else written
            pace = 0.85 + 0.4 * (index % 7) / 6
            lines.append(f'(say "{written}" {pace:.2f} "{Path(scratch) / str(index)}")')
        script.write_text("\n".join(lines), encoding="utf-8")
        subprocess.run(
            ["festival", "-b", str(script)], capture_output=True, check=True
        )  # a text it can't say is passed over
        spoken = [(index, text, Path(scratch) / str(index)) for index, text in enumerate(texts)]
        return [_kept(folder, voice, *said) for said in spoken if said[2].with_suffix(".lab").exists()]


def _kept(folder: Path, voice: Voice, index: int, text: str, spoken: Path) -> Utterance:
    path = folder / f"{voice.name}-{index:03}.flac"
    clip = read_clip(spoken.with_suffix(".wav"))
    soundfile.write(path, clip.samples, SAMPLE_RATE, subtype="PCM_16")
    segments = segments_of(spoken.with_suffix(".lab").read_text(encoding="utf-8"), voice)
    return Utterance(
        id=f"festival/{path.stem}", audio=str(path), source="festival", speaker=f"festival-{voice.name}",
        language=voice.language, split="train", duration=clip.duration, text=text,
        segments=covering(segments, clip.duration),
    )  # fmt: skip


def segments_of(label: str, voice: Voice) -> list[Segment]:
    """Segments of a label file of Festival: after a line `#`, the end in seconds, a number and the phone's name."""
    rows = [line.split() for line in label.splitlines() if len(line.split()) == 3]
    ends = [("", 0.0), *((name, float(end)) for end, _, name in rows)]
    segments: list[Segment] = []
    for (_, start), (name, end) in pairwise(ends):
        sounds = _sounds(name, voice)
        edges = [start + (end - start) * step / len(sounds) for step in range(len(sounds) + 1)]
        segments += [
            Segment(symbol, *edge, stress) for (symbol, stress), edge in zip(sounds, pairwise(edges), strict=True)
        ]
    return segments


def _sounds(name: str, voice: Voice) -> list[tuple[str, int]]:
    if name in _SILENT:
        return [(SILENCE, 0)]
    if voice.phones is _RADIO and name not in _RADIO and name in PHONES:
        return [(name, 0)]
    ipa = voice.phones.get(name) or voice.phones.get(name.rstrip(":"), name.rstrip(":"))
    return [(sound.symbol, sound.stress) for sound in sounds_of(ipa, voice.language)]
