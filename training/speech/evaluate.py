# SPDX-License-Identifier: GPL-3.0-or-later
"""What the encoder in weights/ hears of voices it was not trained on: `python -m training.speech.evaluate`."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from expclip_core.animate import quiet
from expclip_core.audio import Clip, read_clip
from expclip_core.speech import SpeechEncoder, load_speech_encoder
from expclip_core.transcript.guess import with_guessed_words
from training.corpus import manifest
from training.corpus.manifest import Utterance

from .conditions import changed, conditions
from .score import RELEASE, Seals, confusions, score

_ROOT = Path(__file__).parents[2]
_HEADER = "| {} | frames right | articulatory classes | p b m sealed | false seals | off by |\n|" + " --- |" * 6


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.speech.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("--conditions", type=int, default=0, metavar="CLIPS", help="also in noise, rooms, ... so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--corpus", type=Path, default=_ROOT / "corpus")
    parser.add_argument("--weights", type=Path, default=_ROOT / "weights")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    encoder = load_speech_encoder(options.weights)
    utterances = [u for u in manifest.read(options.corpus / "manifest.jsonl") if u.split == options.split]
    print(f"Split {options.split}; a seal begins at {encoder.config.seal_on} and lasts to {RELEASE} of that.")
    for source in dict.fromkeys(u.source for u in utterances):
        clips = [(u, read_clip(u.audio)) for u in utterances if u.source == source]
        _print_voice(encoder, source, clips)
        if options.conditions:
            random.Random(options.seed).shuffle(clips)
            _print_conditions(encoder, source, clips[: options.conditions], options.seed)


def _print_voice(encoder: SpeechEncoder, source: str, clips: Sequence[tuple[Utterance, Clip]]) -> None:
    began = time.perf_counter()
    heard = [(u, encoder.hear(clip)) for u, clip in clips]
    cost = (time.perf_counter() - began) / sum(clip.duration for _, clip in clips)
    print(f"\n{source}: {len(clips)} clips, {cost:.4f} s per second of sound")
    print(f"  all thresholds: {score(heard)}")
    print(f"  said at false seals: {confusions(heard, encoder.config.seal_on)}")
    began = time.perf_counter()
    guessed = [
        (u, with_guessed_words(speech, clip, quiet)) for (u, speech), (_, clip) in zip(heard, clips, strict=True)
    ]
    cost = (time.perf_counter() - began) / sum(clip.duration for _, clip in clips)
    print(f"  words guessed, {cost:.3f} s per second: {score(guessed)}", flush=True)


def _print_conditions(encoder: SpeechEncoder, source: str, clips: Sequence[tuple[Utterance, Clip]], seed: int) -> None:
    voices = [clip.samples for _, clip in clips]
    print(f"\n{_HEADER.format(f'{source}, {len(clips)} clips')}")
    for name, (change, slower) in conditions(voices).items():
        altered = [changed(u, clip, change, slower, seed) if change else (u, clip) for u, clip in clips]
        result = score([(u, encoder.hear(clip)) for u, clip in altered], [encoder.config.seal_on])
        print(f"| {name} | {result.frames:.3f} | {result.classes:.3f} | {_row(result.seals[0])} |", flush=True)


def _row(seals: Seals) -> str:
    return f"{seals.recall:.3f} | {seals.false:.3f} | {1000 * seals.timing:.0f} ms"


if __name__ == "__main__":
    main()
