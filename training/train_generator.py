# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the generator: spoken clips × styles drawn from TEAD → performed curves.

    python -m training.train_generator --minutes 20

Needs corpus/manifest.jsonl, corpus/tead.jsonl and the weights of the speech encoder and of ExpCLIP.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from scipy.signal import resample_poly
from torch import Tensor
from torch.nn import functional

from expclip_core import arkit, lips
from expclip_core.audio import Clip, read_clip
from expclip_core.curves import MODEL_FPS, Curves
from expclip_core.expression import ExpClip, Style
from expclip_core.generator import FILE_NAME, Config, Generator, speech_features, style_features
from expclip_core.phones import SYMBOLS
from expclip_core.speech import WEIGHTS, Speech, load_speech_encoder
from expclip_core.transcript import Alignment, posteriors_of

from .articulation import Articulation, articulate
from .captures import HELD_OUT, captured_articulation, captures
from .corpus.manifest import Utterance, read
from .epa import performed

CROP = 200  # frames, four seconds
BATCH = 12
SHARE_OF_SOURCE = {"kathleen": 1.0, "kerstin": 0.7, "coffee": 0.5, "flite": 0.35, "festival": 0.3, "espeak": 0.3}
# Synthesised voices add sounds, not naturalness: a part of them is enough.
CLIPS_OF_SOURCE = {"kathleen": 1600, "kerstin": 700, "coffee": 500, "flite": 450, "festival": 350, "espeak": 550}
# Some crops are captured mouths: few takes, but the only ones that show how far a mouth opens.
SHARE_OF_CAPTURES = 0.08
# The captures are few and of one voice: heard at other speeds, and so at other pitches, they are several.
CAPTURE_SPEEDS = (0.85, 0.92, 1.0, 1.09, 1.18)
ROOT = Path(__file__).resolve().parent.parent
_ARRAYS = ("posteriors", "contact", "loudness", "pitch")  # of Speech that the generator hears


@dataclass(frozen=True)
class Spoken:
    """A clip ready for training: what the encoder heard, what the alignment knows, and the mouth's targets."""

    source: str
    split: str
    heard: np.ndarray
    known: np.ndarray
    loudness: np.ndarray
    pitch: np.ndarray
    target: Articulation


@dataclass(frozen=True)
class Styles:
    """Styles to draw from: what ExpCLIP makes of TEAD's prompts and of its poses."""

    expclip: ExpClip
    styles: tuple[Style, ...]

    def draw(self, chance: random.Random) -> np.ndarray:
        """Style features over a crop, (CROP, STYLE_WIDTH): neutral, one style, a mixture, or a change in time."""
        kind = chance.random()
        if kind < 0.15:
            return np.repeat(style_features(self.expclip.neutral)[None], CROP, axis=0)
        if kind < 0.85:
            return np.repeat(style_features(self._one(chance))[None], CROP, axis=0)
        share = np.clip((np.arange(CROP) - chance.uniform(20, CROP - 20)) / (0.6 * MODEL_FPS) + 0.5, 0, 1)[:, None]
        share = share * share * (3 - 2 * share)
        return (style_features(self._one(chance)) * (1 - share) + style_features(self._one(chance)) * share).astype(
            "f4"
        )

    def _one(self, chance: random.Random) -> Style:
        style = chance.choice(self.styles)
        if chance.random() < 0.3:
            share = chance.uniform(0.25, 0.75)
            style = self.expclip.mixed([style, chance.choice(self.styles)], [share, 1 - share])
        return self.expclip.at_intensity(style, min(max(chance.gauss(1.0, 0.3), 0.2), 1.8))


def spoken_clips(manifest: Path, weights: Path, cache: Path, limit: dict[str, int]) -> list[Spoken]:
    """Every training and development clip as the encoder hears it; kept in `cache` for the same encoder."""
    encoder = load_speech_encoder(weights)
    cache /= hashlib.sha256((weights / WEIGHTS).read_bytes()).hexdigest()[:12]
    cache.mkdir(parents=True, exist_ok=True)
    chosen = _limited([u for u in read(manifest) if u.split in ("train", "dev")], limit)
    out = []
    for count, utterance in enumerate(chosen):
        out.append(_spoken(utterance, _heard(utterance, encoder, cache)))
        if count % 500 == 499:
            print(f"heard {count + 1} of {len(chosen)} clips", flush=True)
    return out


def _limited(utterances: list[Utterance], limit: dict[str, int]) -> list[Utterance]:
    kept = []
    for source in sorted({u.source for u in utterances}):
        own = [u for u in utterances if u.source == source]
        random.Random(source).shuffle(own)
        kept += own[: limit.get(source, 0)]
    return kept


def _heard(utterance: Utterance, encoder, cache: Path) -> Speech:
    path = cache / (utterance.id.replace("/", "_") + ".npz")
    if path.exists():
        with np.load(path) as stored:
            arrays = {name: stored[name].astype("f4") for name in _ARRAYS}
            return Speech(**arrays, duration=utterance.duration, opening=np.zeros_like(arrays["loudness"]))
    speech = encoder.hear(read_clip(Path(utterance.audio)))
    half = {name: getattr(speech, name).astype("f2") for name in _ARRAYS}
    np.savez(path, **half)
    return speech


def _spoken(utterance: Utterance, heard: Speech) -> Spoken:
    alignment = Alignment(utterance.segments, (), 1.0, ((0.0, utterance.duration),))
    posteriors, contact = posteriors_of(alignment, heard)
    known = replace(heard, posteriors=posteriors, contact=contact)
    frames = len(heard.loudness)
    target = articulate(utterance.segments, frames, heard.loudness)
    half = (speech_features(speech).astype("f2") for speech in (heard, known))
    return Spoken(utterance.source, utterance.split, *half, heard.loudness, heard.pitch, target)


def captured_clips(folder: Path, weights: Path, development: str) -> list[Spoken]:
    """The captured takes to train on, heard at several speeds; the take `development` is dev, the held-out ones are not read."""
    encoder, out = load_speech_encoder(weights), []
    for capture in captures(folder):
        if capture.name in HELD_OUT:
            continue
        samples = read_clip(capture.clip).samples
        for speed in (1.0,) if capture.name == development else CAPTURE_SPEEDS:
            heard = encoder.hear(Clip(_at_speed(samples, speed)))
            curves = Curves(capture.curves.weights, capture.curves.fps * speed)
            features = speech_features(heard).astype("f2")
            split = "dev" if capture.name == development else "train"
            target = captured_articulation(curves, heard)
            out.append(Spoken("captures", split, features, features, heard.loudness, heard.pitch, target))
    return out


def _at_speed(samples: np.ndarray, speed: float) -> np.ndarray:
    return resample_poly(samples, 100, round(100 * speed)).astype(np.float32)


def drawn_styles(tead: Path, weights: Path, count: int, seed: int, text_encoder: Path | None = None) -> Styles:
    """ExpCLIP's styles of `count` training prompts of TEAD and of a third as many of its poses."""
    expclip = ExpClip.load(weights, text_encoder)
    rows = [row for row in map(json.loads, tead.open(encoding="utf-8")) if row["split"] == "train"]
    chance = random.Random(seed)
    # A common tag has thousands of rows, a rare one a few: draw tags first, so that every expression is practised.
    by_tag: dict[str, list[dict]] = {}
    for row in rows:
        for tag in row["tags"] or ["untagged"]:
            by_tag.setdefault(tag, []).append(row)
    tags = sorted(by_tag)
    drawn = [chance.choice(by_tag[chance.choice(tags)]) for _ in range(count)]
    styles = expclip.style_of_prompts([row["text"] for row in drawn])
    poses = (
        np.array([row["weights"].get(name, 0.0) for name in arkit.NAMES], dtype="f4") for row in drawn[: count // 3]
    )
    return Styles(expclip, tuple(styles) + tuple(expclip.style_of_pose(pose) for pose in poses))


def batches(clips: list[Spoken], styles: Styles, seed: int) -> Iterator[tuple[Tensor, ...]]:
    """Endless (speech, style, target, seal, captured) crops; captured is 1 or 0 a crop."""
    chance = random.Random(seed)
    weights = np.array([SHARE_OF_SOURCE.get(c.source, 0.0) * math.sqrt(len(c.loudness)) for c in clips])
    of_captures = np.array([c.source == "captures" for c in clips], float)
    if of_captures.any():
        weights += of_captures * weights.sum() * SHARE_OF_CAPTURES / (1 - SHARE_OF_CAPTURES) / of_captures.sum()
    while True:
        chosen = chance.choices(clips, weights=weights.tolist(), k=BATCH)
        rows = [(*_crop(c, styles.draw(chance), chance), np.float32(c.source == "captures")) for c in chosen]
        yield tuple(torch.from_numpy(np.stack(part)) for part in zip(*rows, strict=True))


def _crop(clip: Spoken, style: np.ndarray, chance: random.Random) -> tuple[np.ndarray, ...]:
    frames = len(clip.loudness)
    start = chance.randint(0, max(frames - CROP, 0))
    pick = np.minimum(np.arange(start, start + CROP), frames - 1)
    speech = (clip.known if chance.random() < 0.5 else clip.heard)[pick].astype("f4")
    if clip.source == "captures":
        speech = _unsure(speech, chance.uniform(0.3, 1.0))
    target = performed(
        Articulation(clip.target.weights[pick], clip.target.seal[pick], clip.target.teeth[pick]),
        style[:, -3 - arkit.COUNT : -3], style[:, -3:], clip.loudness[pick], clip.pitch[pick],
    )  # fmt: skip
    return speech, style, target, clip.target.seal[pick]


def _unsure(speech: np.ndarray, share: float) -> np.ndarray:
    """Speech features whose phones are blurred towards the crop's mean: the few captures' phones would be learnt by heart."""
    out, phones = speech.copy(), slice(0, 2 * len(SYMBOLS))
    out[:, phones] = (1 - share) * out[:, phones] + share * out[:, phones].mean(axis=0)
    return out


_MILLIMETRES = torch.from_numpy(np.sqrt(arkit.DISPLACEMENT_MM / arkit.DISPLACEMENT_MM.mean()))


_OPENING = torch.from_numpy(lips.OPENING_MM)


def loss_of(made: Tensor, target: Tensor, seal: Tensor, captured: Tensor) -> Tensor:
    """Error of weights, velocity and acceleration, weighted by how far a channel moves the face, harder at seals.

    Captured mouths count for how the opening follows theirs: 1 − Pearson's r over their crops.
    """
    error = (made - target) * _MILLIMETRES
    velocity = torch.diff(error, dim=1)
    at_seals = 1 + 2 * seal[..., None]
    weights = functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.05, reduction="none")
    movement = velocity.abs().mean() + 0.5 * torch.diff(velocity, dim=1).abs().mean()
    return (weights * at_seals).mean() + movement + 0.02 * _apart(made, target, captured)


def _apart(made: Tensor, target: Tensor, captured: Tensor) -> Tensor:
    """1 − r of the lips' opening in captured crops (0 without any)."""
    crops = captured > 0
    if not crops.any():
        return made.new_zeros(())
    pair = torch.stack([(each[crops] @ _OPENING).flatten() for each in (made, target)])
    return 1 - torch.corrcoef(pair)[0, 1]


def train(options: argparse.Namespace) -> None:
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    clips = spoken_clips(
        options.manifest,
        options.weights,
        options.cache,
        {name: round(count * options.share) for name, count in CLIPS_OF_SOURCE.items()},
    )
    clips += captured_clips(options.captures, options.weights, options.development)
    styles = drawn_styles(options.tead, options.weights, options.styles, options.seed, options.text_encoder)
    practice = batches([c for c in clips if c.split == "train"], styles, options.seed)
    check = batches([c for c in clips if c.split == "dev"], styles, 1)
    development = [next(check) for _ in range(8)]
    takes = [c for c in clips if c.source == "captures" and c.split == "dev"]
    print(f"{len(clips)} clips, {len(styles.styles)} styles", flush=True)

    generator = Generator.load(options.start) if options.start else Generator(_config(options))
    generator.train()
    if options.only:
        train_only(generator, options.only)
    averaged = Generator(generator.config)
    averaged.load_state_dict(generator.state_dict())
    optimiser = torch.optim.AdamW(generator.parameters(), lr=1e-3, weight_decay=0.0 if options.only else 0.01)
    clock = time.process_time if options.processor else time.time
    start, best, step = clock(), math.inf, 0
    while (elapsed := (clock() - start) / 60) < options.minutes:
        for group in optimiser.param_groups:
            group["lr"] = (
                options.rate
                * min(1, (step + 1) / 100)
                * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * elapsed / options.minutes)))
            )
        speech, style, *wanted = next(practice)
        with torch.autocast("cpu", torch.bfloat16, enabled=options.half):
            made = generator(speech, style)
        loss = loss_of(made.float(), *wanted)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(generator.parameters(), 1.0)
        optimiser.step()
        step += 1
        _average(averaged, generator, min(0.998, step / (step + 10)))
        if step % 250 == 0:
            score = _score(averaged, development)
            follows = " ".join(f"{_follows(averaged, take, styles.expclip):.3f}" for take in takes)
            print(
                f"step {step} {elapsed:.1f} min loss {loss.item():.4f} development {score:.4f} r {follows}", flush=True
            )
            if score < best:
                best = score
                options.output.mkdir(parents=True, exist_ok=True)
                averaged.save(
                    options.output / FILE_NAME,
                    trained=json.dumps(
                        {
                            "steps": step,
                            "minutes": round(elapsed, 1),
                            "seed": options.seed,
                            "development": round(score, 5),
                        }
                    ),
                )


def train_only(generator: Generator, names: list[str]) -> None:
    """Freeze what does not make these shapes alone: the network keeps what it hears and every other shape."""
    generator.requires_grad_(False)
    rows = torch.zeros(2 * arkit.COUNT)
    rows[[half + arkit.INDEX[name] for name in names for half in (0, arkit.COUNT)]] = 1
    for parameter in generator.leave.parameters():
        parameter.requires_grad_(True)
        parameter.register_hook(lambda gradient: gradient * rows.view(-1, *[1] * (gradient.ndim - 1)))


def _config(options: argparse.Namespace) -> Config:
    return Config(options.width, options.kernel, tuple(options.dilations))


@torch.no_grad()
def _average(averaged: Generator, generator: Generator, keep: float) -> None:
    for mean, new in zip(averaged.parameters(), generator.parameters(), strict=True):
        mean.lerp_(new, 1 - keep)


@torch.inference_mode()
def _score(generator: Generator, development: list) -> float:
    """Mean loss over fixed crops of development clips."""
    return float(np.mean([loss_of(generator(speech, style), *wanted) for speech, style, *wanted in development]))


def _follows(generator: Generator, take: Spoken, expclip: ExpClip) -> float:
    """Pearson's r of the opening over a whole captured take, in no style."""
    made = generator.curves(take.heard.astype("f4"), style_features(expclip.neutral)[None])
    return float(np.corrcoef(made @ lips.OPENING_MM, take.target.weights @ lips.OPENING_MM)[0, 1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument(
        "--processor", action="store_true", help="minutes of processor time, to compare beside other work"
    )
    parser.add_argument(
        "--half", action="store_true", help="bfloat16: nearly twice the steps on a processor that has it"
    )
    parser.add_argument("--width", type=int, default=Config.width)
    parser.add_argument("--kernel", type=int, default=Config.kernel)
    parser.add_argument("--dilations", type=int, nargs="+", default=Config.dilations)
    parser.add_argument("--start", type=Path, metavar="FOLDER", help="go on from this generator")
    parser.add_argument("--only", nargs="+", default=(), choices=arkit.NAMES, metavar="SHAPE", help="train these alone")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--development", default="", metavar="TAKE", help="a captured take to choose on, not train on")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--styles", type=int, default=6000)
    parser.add_argument("--share", type=float, default=1.0, help="of the clips, for a quick trial")
    parser.add_argument("--manifest", type=Path, default=ROOT / "corpus" / "manifest.jsonl")
    parser.add_argument("--captures", type=Path, default=ROOT.parent / "shared" / "data" / "captures")
    parser.add_argument("--tead", type=Path, default=ROOT / "corpus" / "tead.jsonl")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights")
    parser.add_argument("--text-encoder", type=Path, help="folder of the text encoder of --weights, if another")
    parser.add_argument("--cache", type=Path, default=ROOT / "corpus" / "heard")
    parser.add_argument("--output", type=Path, default=ROOT / "runs" / "generator")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
