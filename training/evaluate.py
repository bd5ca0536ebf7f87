# SPDX-License-Identifier: GPL-3.0-or-later
"""`make evaluate`: what the shipped weights do on voices, takes and prompts they were not trained on.

    python -m training.evaluate [--split test] [--clips 100] [--data ../shared/data] [-o docs/evaluation.md]

Needs the recordings and corpus/manifest.jsonl (`make corpus`). Every table says which split it comes from.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d

from expclip_core import arkit
from expclip_core.animate import Animator, quiet
from expclip_core.audio import Clip, read_clip
from expclip_core.curves import MODEL_FPS, Curves
from expclip_core.phones import PHONES, SYMBOLS, Phone
from expclip_core.score import TimedPrompt
from expclip_core.speech import WEIGHTS, Speech, load_speech_encoder
from expclip_core.transcript.guess import with_guessed_words

from .agreement import PROMPTS, agreement, pauses
from .articulation import articulate
from .captures import CAPTURE_LAG, HELD_OUT, captures
from .corpus.manifest import Utterance, read
from .measures import Head, LipScore, jitter, lip_score
from .speech.conditions import changed, white

ROOT = Path(__file__).resolve().parent.parent
STRONG_STYLES = ("furious", "overjoyed", "terrified", "disgusted", "heartbroken", "shouting in triumph")
NOISE_DB = (20, 10, 5)
VOICES = {
    "reader": "a man trained on in the last minutes",
    "kathleen": "a woman trained on, other sentences",
    "kerstin": "German, a woman trained on, other sentences",
}


class Bench:
    """The loaded product and the head it is measured on; a clip is heard once for all its conditions."""

    def __init__(self, data: Path, weights: Path, unseen: Path) -> None:
        self.animator = Animator.load(weights, device="cpu")
        self.shipped_encoder = self.animator.encoder
        self.unseen_encoder = load_speech_encoder(unseen) if (unseen / WEIGHTS).exists() else None
        self.head = Head(data / "rigs" / "ict_facekit.npz")

    def listen_to(self, source: str) -> str:
        """Take the encoder that has not heard a voice, where there is one, and say what the voice is to it."""
        encoder = self.unseen_encoder if source == "reader" and self.unseen_encoder else self.shipped_encoder
        self.animator.encoder = encoder
        if source == "reader" and encoder is self.unseen_encoder:
            return "a man never trained on, heard by the weights before he joined the training"
        return VOICES[source]

    def hear(self, clip: Clip) -> Speech:
        """As the product hears a clip of which nobody knows the words."""
        return with_guessed_words(self.animator.encoder.hear(clip), clip, quiet)

    def curves(self, speech: Speech, prompt: str = "", seed: int = 0) -> Curves:
        score = (TimedPrompt(0.0, prompt),)
        return Curves(self.animator.perform(speech, score, seed), MODEL_FPS)

    def with_words(self, speech: Speech, text: str) -> Speech:
        return self.animator.with_words(speech, text)[0]


def lips_table(bench: Bench, clips: Sequence[Utterance], seed: int) -> list[str]:
    """One row a condition: recall, false seals, open vowels, f and v, timing, jitter, pooled over the clips."""
    alone = {clip.id: bench.animator.encoder.hear(read_clip(clip.audio)) for clip in clips}
    heard = {clip.id: with_guessed_words(alone[clip.id], read_clip(clip.audio), quiet) for clip in clips}
    conditions: dict[str, Callable[[Utterance], Curves]] = {
        "neutral": lambda clip: bench.curves(heard[clip.id]),
        "neutral, no words guessed": lambda clip: bench.curves(alone[clip.id]),
        "neutral, transcript": lambda clip: bench.curves(bench.with_words(alone[clip.id], clip.text)),
        **{style: lambda clip, style=style: bench.curves(heard[clip.id], style) for style in STRONG_STYLES},
        **{
            f"neutral, noise {level} dB": lambda clip, level=level: bench.curves(_in_noise(bench, clip, level, seed))
            for level in NOISE_DB
        },
        "articulation of true phones": lambda clip: Curves(
            articulate(clip.segments, len(heard[clip.id].loudness), heard[clip.id].loudness).weights
        ),
        "phone visemes only": lambda clip: _phone_visemes(heard[clip.id]),
        "loudness only": lambda clip: _loudness_only(heard[clip.id]),
    }
    return [_row(name, clips, make, bench.head) for name, make in conditions.items()]


def _row(name: str, clips: Sequence[Utterance], make: Callable[[Utterance], Curves], head: Head) -> str:
    score, shake = LipScore(), []
    for clip in clips:
        curves = make(clip)
        score += lip_score(curves, clip.segments, head)
        shake.append(jitter(curves))
    shares = (score.recall, score.false_rate, score.vowel_rate, score.teeth_rate)
    return (
        f"| {name} | {' | '.join(f'{share:.3f}' for share in shares)} | {score.offset_ms:.0f} | {np.mean(shake):.2f} |"
    )


def _in_noise(bench: Bench, clip: Utterance, level: float, seed: int) -> Speech:
    """White noise `level` dB under the clip's mean power."""
    return bench.hear(changed(clip, read_clip(clip.audio), white(level), 1.0, seed)[1])


def _loudness_only(speech: Speech) -> Curves:
    """The baseline every meter does: the jaw follows the level."""
    return Curves(speech.loudness[:, None] * 0.3 * arkit.pose(jawOpen=1.0)[None])


def _phone_visemes(speech: Speech) -> Curves:
    """The baseline of most tools: the likeliest phone's mouth, faded over some 100 ms, nothing reaching further."""
    likeliest = [PHONES[SYMBOLS[index]] for index in speech.posteriors[::2].argmax(axis=1)]
    poses = np.array([arkit.pose(**_viseme(phone)) for phone in likeliest])
    return Curves(gaussian_filter1d(poses, 1.5, axis=0).astype(np.float32))


def _viseme(phone: Phone) -> dict[str, float]:
    jaw = 0.35 * phone.opening
    if phone.contact == "lips":
        return {"mouthPressLeft": 0.3, "mouthPressRight": 0.3}
    teeth = 0.4 if phone.contact == "teeth" else 0.0
    return {"jawOpen": jaw, "mouthPucker": 0.6 * phone.rounding, "mouthRollLower": teeth}


def captures_table(bench: Bench, folder: Path) -> list[str]:
    """Pearson r of the lip gap against the gap of the captured mouth, and of loudness against it."""
    rows = []
    for capture in captures(folder):
        speech = bench.hear(read_clip(capture.clip))
        made = bench.head.gap(bench.curves(speech).weights)
        times = np.arange(len(made)) / MODEL_FPS + CAPTURE_LAG
        real = bench.head.gap(capture.curves.at(times))
        role = "held out" if capture.name in HELD_OUT else "trained on"
        rows.append(f"| {capture.name} | {role} | {_r(made, real):.3f} | {_r(speech.loudness, real):.3f} |")
    return rows


def _r(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def styles_table(bench: Bench, clip: Utterance) -> list[str]:
    """Mean weights of telling channels for opposite prompts on one clip."""
    speech = bench.animator.encoder.hear(read_clip(clip.audio))
    channels = (
        "browDownLeft",
        "browInnerUp",
        "mouthSmileLeft",
        "mouthFrownLeft",
        "eyeWideLeft",
        "eyeSquintLeft",
        "noseSneerLeft",
    )
    rows = ["| prompt | " + " | ".join(channels) + " |", "| --- |" + " --- |" * len(channels)]
    for prompt in ("", "sad, but trying to smile", *STRONG_STYLES):
        curves = bench.curves(speech, prompt)
        means = " | ".join(f"{curves.channel(name).mean():.2f}" for name in channels)
        rows.append(f"| {prompt or '(neutral)'} | {means} |")
    return rows


def agreement_line(bench: Bench, clips: Sequence[Utterance]) -> str:
    """How the mean pose in pauses correlates with the expressed pose, on the clip that pauses longest."""
    heard = [bench.animator.encoder.hear(read_clip(clip.audio)) for clip in clips[:12]]
    quietest = max(heard, key=lambda speech: pauses(speech).sum())
    shares = np.array(list(agreement(bench.animator, quietest).values()))
    return (
        f"`express` and the mean pose in the pauses of `animate`, {len(PROMPTS)} prompts: r {shares.mean():.3f} in the mean, "
        f"{shares.min():.3f} at least, {np.mean(shares >= 0.8):.1%} at 0.8 or more."
    )


def speed_lines(bench: Bench, clips: Sequence[Utterance]) -> list[str]:
    """Model seconds per second of audio in the product's threads, and the time of a new prompt on a loaded 10 s clip."""
    sounds = [read_clip(clip.audio) for clip in clips[:12]]
    ten = Clip(np.concatenate([sound.samples for sound in sounds])[:160_000])
    for _ in range(2):
        bench.curves(bench.animator.encoder.hear(ten))
    started = time.perf_counter()
    for sound in sounds:
        bench.curves(bench.animator.encoder.hear(sound))
    share = (time.perf_counter() - started) / sum(sound.duration for sound in sounds)
    speech = bench.animator.encoder.hear(ten)
    started = time.perf_counter()
    with_guessed_words(speech, ten, quiet)
    guessing = (time.perf_counter() - started) / ten.duration
    renewed = []
    for prompt in STRONG_STYLES:
        started = time.perf_counter()
        bench.curves(speech, prompt)
        renewed.append(time.perf_counter() - started)
    return [
        f"Model time: {share:.4f} s per second of audio (speech encoder, generator, seal pass; {torch.get_num_threads()} threads).",
        f"Guessing the words beside it: {guessing:.3f} s per second of audio, on one thread.",
        f"New prompt on a loaded 10 s clip: {1000 * float(np.median(renewed)):.0f} ms (median of {len(renewed)}).",
    ]


def _chosen(utterances: Iterable[Utterance], source: str, split: str, count: int, seed: int) -> list[Utterance]:
    own = sorted((u for u in utterances if u.source == source and u.split == split), key=lambda u: u.id)
    random.Random(seed).shuffle(own)
    return own[:count]


def _voice(options: argparse.Namespace, source: str) -> list[str]:
    """The table of one voice, in a process of its own; nothing where the split has no clip of it."""
    torch.set_num_threads(1)
    clips = _chosen(read(options.manifest), source, options.split, options.clips, options.seed)
    if not clips:
        return []
    bench = Bench(options.data, options.weights, options.unseen)
    return [
        f"### {source}: {bench.listen_to(source)} ({len(clips)} clips)",
        "",
        "| condition | seals made | false seals | open vowels | f v at the teeth | seal offset ms | jitter mm |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *lips_table(bench, clips, options.seed),
        "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--clips", type=int, default=100, help="at most, per voice")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--manifest", type=Path, default=ROOT / "corpus" / "manifest.jsonl")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights")
    parser.add_argument(
        "--unseen",
        type=Path,
        default=ROOT / "runs" / "speech-held-out",
        help="folder of the encoder without the reader",
    )
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    lines = [f"Split {options.split}, seed {options.seed}, up to {options.clips} clips a voice.", ""]
    with ProcessPoolExecutor(len(VOICES), get_context("spawn")) as pool:
        for voice in pool.map(partial(_voice, options), VOICES):
            lines += voice
    bench, everything = Bench(options.data, options.weights, options.unseen), read(options.manifest)
    lines += [
        "### Opening against captured mouths (Mandarin)",
        "",
        "| take | generator | r | r of loudness |",
        "| --- | --- | --- | --- |",
    ]
    lines += [*captures_table(bench, options.data / "captures"), ""]
    clips = _chosen(everything, "kathleen", options.split, options.clips, options.seed)
    lines += [
        "### Styles on one clip, mean weights",
        "",
        *styles_table(bench, clips[0]),
        "",
        agreement_line(bench, _chosen(everything, "reader", options.split, options.clips, options.seed)),
        "",
        *speed_lines(bench, clips),
    ]
    text = "\n".join(lines)
    print(text)
    if options.output:
        options.output.write_text("# Evaluation\n\nPrinted by `make evaluate`.\n\n" + text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
