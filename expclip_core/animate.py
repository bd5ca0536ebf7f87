# SPDX-License-Identifier: GPL-3.0-or-later
"""Clip and prompt → curves: the one way in for the command line and the worker."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from . import arkit, lips
from .audio import LABEL_RATE, Clip, read_clip
from .curves import MODEL_FPS, Curves
from .errors import InputError
from .excerpt import WHOLE, Excerpt
from .expression import EMBEDDING, ExpClip, Style
from .generator import Generator, speech_features, style_features
from .likeness import Describer, Likeness
from .mix import Layers, Mix, mixed, mixed_curves
from .opening import by_voice, opened, unsure
from .performance import lopsided, slow_corners, tracks, unhurried
from .score import Score, TimedPrompt, checked, over_time
from .speech import Speech, SpeechEncoder, load_speech_encoder, spans_above
from .transcript import aligned, posteriors_of, transcript_beside
from .transcript.guess import can_guess, with_guessed_words
from .transcript.transcribe import transcribe

Report = Callable[[float, str], None]

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"
_AFFECT_START = -3  # of a row of style features: valence, arousal, dominance
# Chosen on the development split: the strictest that lose no f or v; the seal's thresholds travel with the encoder.
_TEETH_ON, _TEETH_OFF = 0.65, 0.4
# How much surer of a seal one must be in a language that is hardly known, by the entropy of its phones: see opening.unsure.
_FOREIGN, _SURER = (1.3, 1.5), 0.3


_NO_GUESS = (
    "English words cannot be guessed because the models' Python lacks pocketsphinx; write what is said beside the clip."
)


@contextmanager
def _one_thread() -> Iterator[None]:
    """For what is too little to share: on a busy machine threads wait for one another longer than they compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def quiet(fraction: float, stage: str) -> None:
    """The report of someone who does not listen."""


@dataclass(frozen=True)
class Result:
    """curves; the layers they were mixed from; duration of the clip in seconds; wall seconds of each stage; sentences the
    user should read.
    """

    curves: Curves
    layers: Layers
    duration: float
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Heard:
    """The last clip, so that a new prompt need not hear it again."""

    key: tuple
    speech: Speech
    clip: Clip


@dataclass(frozen=True)
class _Spoken:
    """What was last said without any style, so that a new prompt need not align or generate it again."""

    heard: Speech
    words: tuple[str, str | None]
    speech: Speech
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Neutral:
    speech: Speech
    weights: np.ndarray


class Animator:
    """The loaded models. Not for several threads at once."""

    def __init__(self, encoder: SpeechEncoder, expclip: ExpClip, generator: Generator, device: str) -> None:
        self.encoder, self.expclip, self.generator, self.device = encoder, expclip, generator, device
        self._heard: _Heard | None = None
        self._spoken: _Spoken | None = None
        self._neutral: _Neutral | None = None
        self._describer: Describer | None = None

    @classmethod
    def load(
        cls, weights: Path | None = None, text_encoder: Path | None = None, device: str = "auto", report: Report = quiet
    ) -> Animator:
        """Read all weights. device: auto, cpu, cuda, cuda:N or mps. Raises InputError."""
        weights, device = weights or WEIGHTS, chosen_device(device)
        torch.set_num_threads(min(torch.get_num_threads(), useful_threads()))
        report(0.0, "Loading the speech encoder")
        encoder = load_speech_encoder(weights, device)
        report(0.3, "Loading the text encoder")
        expclip = ExpClip.load(weights, text_encoder, device)
        report(0.9, "Loading the generator")
        generator = Generator.load(weights, device)
        report(1.0, "Models loaded")
        return cls(encoder, expclip, generator, device)

    def describe(self) -> dict:
        """What the models are, for the worker's hello: channels, rate, device, parameters, limits."""
        return {
            "channels": list(arkit.NAMES),
            "fps": MODEL_FPS,
            "device": self.device,
            "parameters": {
                "speech": _parameters(self.encoder),
                "expclip": _parameters(self.expclip.towers),
                "generator": _parameters(self.generator),
            },
            "expclip_sha256": self.expclip.sha256,
            "intensity": {"min": 0.0, "max": 2.0, "default": 1.0},
        }

    def express(
        self, prompts: Sequence[str], intensity: float = 1.0, pose: tuple[float, ...] = (), pose_weight: float = 0.5
    ) -> np.ndarray:
        """Poses of prompts, each mixed with a pose if there is one, float32 (prompts, 52). Raises InputError."""
        score = [TimedPrompt(0.0, prompt, intensity, pose, pose_weight) for prompt in prompts]
        if len(prompts) == 1:
            with _one_thread():
                return self._styles(score)[0].pose[None]
        return np.array([style.pose for style in self._styles(score)]).reshape(-1, arkit.COUNT)

    def described(self, pose: tuple[float, ...], count: int = 5) -> list[Likeness]:
        """The short prompts nearest to a pose of 52 weights, the nearest first."""
        if self._describer is None:
            self._describer = Describer(self.expclip)
        return self._describer.describe(pose, count)

    def animate(
        self,
        clip: Path,
        prompt: str = "",
        *,
        intensity: float = 1.0,
        fps: float = MODEL_FPS,
        seed: int = 0,
        transcript: str | None = None,
        language: str | None = None,
        transcriber: Path | None = None,
        guess_words: bool = True,
        prompts: Sequence[TimedPrompt] | None = None,
        mix: Mix | None = None,
        excerpt: Excerpt = WHOLE,
        report: Report = quiet,
    ) -> Result:
        """Curves for a clip spoken in the style of a prompt.

        transcript: what is said; None looks for a .txt beside the clip, "" uses none. language: its code, such as "de";
        found from the text when None. transcriber: folder of a Whisper model that writes a transcript when there is
        none. guess_words: without either, and unless the language is another, English words that fit the sound are half
        believed. prompts: styles over time, instead of prompt and intensity. mix: how the layers are put together.
        excerpt: the part of the file that is the clip, and its speed.
        The same arguments on the same device give the same curves. Raises InputError, and whatever `report` raises.
        """
        if not 1.0 <= fps <= 1000.0:
            raise InputError(f"{fps:g} frames a second cannot be used; choose 1 to 1000.")
        watch = _Stopwatch()
        score = checked(prompts) if prompts is not None else (TimedPrompt(0.0, prompt, intensity),)
        styles = self._styles(score)
        watch.lap("text")
        heard = self._hear(clip, excerpt, report)
        watch.lap("speech")
        words = self._words(heard, Path(clip), transcript, language, transcriber, report)
        speech, warnings = self._with_words(heard, *words, guess_words, report)
        speech = speech.played_at(excerpt.speed)
        watch.lap("transcript")
        report(0.85, "Generating")
        layers = self._layers(speech, score, styles, seed)
        curves = mixed_curves(layers, mix)
        watch.lap("generator")
        if fps != MODEL_FPS:
            curves = curves.resampled(fps)
        report(1.0, "Done")
        return Result(curves, layers, speech.duration, watch.seconds, warnings)

    def _styles(self, score: Sequence[TimedPrompt]) -> list[Style]:
        return styles_of(self.expclip, score)

    def _hear(self, path: Path, excerpt: Excerpt, report: Report) -> _Heard:
        path = Path(path)
        stamp = path.stat() if path.is_file() else None
        part = (excerpt.start, excerpt.end)
        key = (str(path.absolute()), stamp and stamp.st_mtime_ns, stamp and stamp.st_size, part)
        if self._heard is None or self._heard.key != key:
            report(0.0, "Reading the clip")
            clip = read_clip(path, excerpt)
            speech = self.encoder.hear(clip, lambda fraction, stage: report(0.05 + 0.7 * fraction, stage))
            self._heard = _Heard(key, speech, clip)
        return self._heard

    def _words(
        self,
        heard: _Heard,
        path: Path,
        transcript: str | None,
        language: str | None,
        transcriber: Path | None,
        report: Report,
    ) -> tuple[str, str | None]:
        """What is said, "" when nobody knows, and the code of its language."""
        if transcript is None:
            transcript = transcript_beside(path)
        if transcript is None and transcriber is not None:
            report(0.75, "Writing the transcript")
            return transcribe(heard.clip, transcriber, device=self.device)
        return transcript or "", language

    def _with_words(
        self, heard: _Heard, transcript: str, language: str | None, guess_words: bool, report: Report
    ) -> tuple[Speech, tuple[str, ...]]:
        words = (transcript, language)
        if not transcript and not (guess_words and _may_be_english(language)):
            return heard.speech, ()
        if not transcript and not can_guess():
            return heard.speech, (_NO_GUESS,)
        if self._spoken is None or self._spoken.heard is not heard.speech or self._spoken.words != words:
            if transcript:
                report(0.8, "Aligning the transcript")
                spoken = self.with_words(heard.speech, *words)
            else:
                spoken = with_guessed_words(heard.speech, heard.clip, _between(report, 0.75, 0.85)), ()
            self._spoken = _Spoken(heard.speech, words, *spoken)
        return self._spoken.speech, self._spoken.warnings

    def with_words(
        self, speech: Speech, transcript: str, language: str | None = None
    ) -> tuple[Speech, tuple[str, ...]]:
        """Speech with a transcript's phones where it fits, and what the user should know about the fit."""
        alignment = aligned(speech, transcript, language)
        posteriors, contact = posteriors_of(alignment, speech)
        return replace(speech, posteriors=posteriors, contact=contact), (
            alignment.warning,
        ) if alignment.warning else ()

    def perform(self, speech: Speech, score: Score, seed: int) -> np.ndarray:
        """Weights float32 (frames, 52) at 50 Hz of speech in the styles of prompts."""
        return mixed(self._layers(speech, score, self._styles(score), seed))

    def _layers(self, speech: Speech, score: Score, styles: Sequence[Style], seed: int) -> Layers:
        times = np.arange(len(speech.loudness)) / MODEL_FPS
        rows = over_time(score, np.array([style_features(style) for style in styles]), times)
        neutral = self._spoken_only(speech)
        plain = np.allclose(rows, style_features(self.expclip.neutral), atol=1e-5)
        styled = neutral if plain else self.generator.curves(speech_features(speech), rows)
        further = by_voice(neutral, speech)
        styled, neutral = opened(styled, further), opened(neutral, further)
        pose, affect = (
            np.broadcast_to(part, (len(times), part.shape[1]))
            for part in (rows[:, EMBEDDING:_AFFECT_START], rows[:, _AFFECT_START:])
        )
        seal, teeth = self.contacts(speech)
        teeth = np.maximum(teeth, lips.own_teeth(neutral))
        moves = tracks(speech.loudness, speech.pitch, pose, affect, seed)
        return Layers(slow_corners(neutral), lopsided(unhurried(styled - neutral), seed), seal, teeth, moves)

    def _spoken_only(self, speech: Speech) -> np.ndarray:
        """The generator's weights (frames, 52) of speech in no style."""
        if self._neutral is None or self._neutral.speech is not speech:
            row = style_features(self.expclip.neutral)[None]
            self._neutral = _Neutral(speech, self.generator.curves(speech_features(speech), row))
        return self._neutral.weights

    def contacts(self, speech: Speech) -> tuple[np.ndarray, np.ndarray]:
        """How far lips are sealed, and the lower lip under the teeth, decided from the contact head: (frames,) each."""
        config = self.encoder.config
        times = np.arange(len(speech.loudness)) / MODEL_FPS
        thresholds = ((config.seal_on, config.seal_off), (_TEETH_ON, _TEETH_OFF))
        envelopes = []
        doubt = np.repeat(_SURER * unsure(speech, _FOREIGN), 2)
        for probability, (on, off) in zip(
            (speech.contact[:, 0] - doubt, speech.contact[:, 1]), thresholds, strict=True
        ):
            spans = ((first / LABEL_RATE, last / LABEL_RATE) for first, last in spans_above(probability, on, off))
            envelopes.append(lips.contact_envelope(spans, times))
        return envelopes[0], envelopes[1]


def _may_be_english(language: str | None) -> bool:
    return not language or language.lower().startswith("en")


def _between(report: Report, first: float, last: float) -> Report:
    return lambda fraction, stage: report(first + (last - first) * fraction, stage)


def styles_of(expclip: ExpClip, score: Sequence[TimedPrompt]) -> list[Style]:
    """What each prompt and pose of a score asks for, at its intensity. Raises InputError."""
    written = expclip.style_of_prompts([timed.prompt for timed in score])
    return [
        expclip.at_intensity(_with_pose(expclip, style, timed), timed.intensity)
        for style, timed in zip(written, score, strict=True)
    ]


def _with_pose(expclip: ExpClip, style: Style, timed: TimedPrompt) -> Style:
    if not timed.pose:
        return style
    share = timed.pose_weight if timed.prompt.strip() else 1.0
    return expclip.mixed([style, expclip.style_of_pose(np.array(timed.pose))], [1.0 - share, share])


def chosen_device(device: str) -> str:
    """``auto`` → the fastest there is; anything else as asked. Raises InputError when torch cannot use it."""
    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    kind = device.split(":")[0]
    usable = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not usable.get(kind, False):
        raise InputError(f"This machine's torch cannot use the device '{device}'; choose auto or cpu.")
    return device


def useful_threads() -> int:
    """Threads that the models are worth: half of what the processor has, four at most.

    A step of 20 ms is too little for more, and threads that outnumber the free cores wait for one another: on four cores of
    which other work has two, the speech encoder takes 5 ms per second of sound in two threads, 10 in one and 240 in four.
    """
    return min(max((os.cpu_count() or 1) // 2, 1), 4)


def _parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


class _Stopwatch:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = now - self._last
        self._last = now
