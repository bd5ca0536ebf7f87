# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the speech encoder for so many minutes: `python -m training.speech --minutes 60 [--resume]`.

The learning rate follows the clock, so that the last minutes always cool down, on any machine. The averaged weights are
scored on the development split every few minutes; the best become weights/speech.safetensors.
"""

from __future__ import annotations

import argparse
import math
import signal
import time
from pathlib import Path

import torch
from torch.nn import functional
from torch.utils.data import DataLoader

from expclip_core.speech import WEIGHTS, Config, SpeechEncoder, load_speech_encoder
from training.corpus import manifest
from training.corpus.manifest import Utterance

from . import checkpoint
from .crops import SHARES, Crops
from .score import Score, hear_all, score

_ROOT = Path(__file__).parents[2]
_BATCH, _SECONDS = 6, 4.0
_WARMUP_STEPS = 500
_AVERAGE = 0.9993
_CONTACT_WEIGHTS = (1.0, 3.0, 2.0)  # none, seal, teeth: p b m are what people look at


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    Trainer(options).run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.speech", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--score-every", type=float, default=5, metavar="MINUTES")
    parser.add_argument("--threads", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of --run")
    parser.add_argument("--start", type=Path, metavar="FOLDER", help="begin a new run with the encoder in this folder")
    parser.add_argument(
        "--without",
        nargs="*",
        default=[],
        metavar="VOICE",
        help="speakers to leave out, revoiced too, or whole sources",
    )
    parser.add_argument(
        "--everything",
        action="store_true",
        help="train on the unseen voice too: for the weights that ship, once what a new voice costs has been measured",
    )
    parser.add_argument(
        "--width", type=int, default=Config.width, help="for trials: of the encoder, the feedforward thrice"
    )
    parser.add_argument("--blocks", type=int, default=Config.blocks, help="for trials: of the encoder")
    parser.add_argument("--rate", type=float, default=1.0e-3, help="highest learning rate")
    parser.add_argument("--corpus", type=Path, default=_ROOT / "corpus")
    parser.add_argument("--run", type=Path, default=_ROOT / "runs" / "speech")
    parser.add_argument("--weights", type=Path, default=_ROOT / "weights")
    return parser.parse_args()


class Trainer:
    """The encoder, its average, the optimizer and the clock."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        corpus = manifest.read(options.corpus / "manifest.jsonl")
        train = [u for u in corpus if u.source in SHARES and u.split == "train" and not _is_one_of(u, options.without)]
        if options.everything:
            train += [u for u in corpus if u.source == "reader"]
        self.dev = {
            source: [u for u in corpus if (u.split, u.source) == ("dev", source)] for source in ("reader", "kathleen")
        }
        config = Config(width=options.width, blocks=options.blocks, feedforward=3 * options.width)
        self.encoder = SpeechEncoder(config)
        if options.start:
            self.encoder.load_state_dict(load_speech_encoder(options.start).state_dict())
        self.average = SpeechEncoder(config).eval()
        self.average.load_state_dict(self.encoder.state_dict())
        self.names = [name for name, _ in self.encoder.named_parameters()]
        self.optimizer = torch.optim.AdamW(
            self.encoder.parameters(), options.rate, betas=(0.9, 0.98), weight_decay=0.05, fused=True
        )
        self.step, self.elapsed, self.best, self.stopped = 0, 0.0, -math.inf, False
        if options.resume:
            self._restore()
        self.strength = torch.zeros(1).share_memory_()
        crops = Crops(train, options.corpus / "samples", _SECONDS, options.seed + self.step, self.strength)
        self.batches = iter(DataLoader(crops, _BATCH, num_workers=1, prefetch_factor=16))
        self._log(f"{len(train)} clips, {sum(u.duration for u in train) / 3600:.2f} hours to train on")

    def run(self) -> None:
        budget, next_score, losses = 60 * self.options.minutes, self.elapsed + 60 * self.options.score_every, []
        began = time.monotonic() - self.elapsed
        self.encoder.train()
        signal.signal(signal.SIGTERM, self._stop)
        while self.elapsed < budget and not self.stopped:
            self.strength.fill_(_strength(self.elapsed / budget))
            losses.append(self._learn(self._rate(self.elapsed / budget)))
            self.elapsed = time.monotonic() - began
            if self.step % 200 == 0:
                mean = torch.tensor(losses).mean(dim=0).tolist()
                speed = self.step * _BATCH * _SECONDS / self.elapsed
                self._log(
                    f"step {self.step} phones {mean[0]:.3f} contacts {mean[1]:.3f}  {speed:.0f} s of sound a second"
                )
                losses = []
            if self.elapsed >= next_score:
                self._score_and_save()
                next_score = self.elapsed + 60 * self.options.score_every
                self.elapsed = time.monotonic() - began
        if self.stopped:
            self._save()
        else:
            self._score_and_save()

    def _stop(self, *_: object) -> None:
        """Asked to end: finish the step, keep everything for --resume."""
        self.stopped = True

    def _rate(self, share: float) -> float:
        warm = min(1.0, (self.step + 1) / _WARMUP_STEPS)
        return self.options.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(share, 1.0))))

    def _learn(self, rate: float) -> tuple[float, float]:
        mel, phones, contacts = next(self.batches)
        with torch.autocast("cpu", torch.bfloat16):
            phone_logits, contact_logits = self.encoder(mel)
        phone_loss = functional.cross_entropy(
            phone_logits.float().flatten(0, 1), phones.flatten(), label_smoothing=0.05
        )
        contact_loss = functional.cross_entropy(
            contact_logits.float().flatten(0, 1), contacts.flatten(), weight=torch.tensor(_CONTACT_WEIGHTS)
        )
        self.optimizer.zero_grad()
        (phone_loss + 1.5 * contact_loss).backward()
        torch.nn.utils.clip_grad_norm_(self.encoder.parameters(), 1.0)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.step()
        self.step += 1
        self._follow(min(_AVERAGE, self.step / (self.step + 20)))
        return phone_loss.item(), contact_loss.item()

    @torch.no_grad()
    def _follow(self, inertia: float) -> None:
        averages, values = list(self.average.parameters()), list(self.encoder.parameters())
        torch._foreach_lerp_(averages, values, 1 - inertia)

    def _score_and_save(self) -> None:
        scores = {source: score(hear_all(self.average, utterances)) for source, utterances in self.dev.items()}
        for source, result in scores.items():
            self._log(f"  dev {source}: {result}")
        worth = _worth(scores)
        if worth > self.best:
            self.best = worth
            self._export(scores)
        self._save()

    def _save(self) -> None:
        parts = {
            "encoder": self.encoder.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": checkpoint.optimizer_tensors(self.optimizer, self.names),
        }
        state = {"step": self.step, "elapsed": self.elapsed, "best": self.best}
        checkpoint.save(self.options.run / "last.safetensors", parts, state)

    def _export(self, scores: dict[str, Score]) -> None:
        facts = {f"dev_{source}": str(result) for source, result in scores.items()}
        facts |= {"unseen": "" if self.options.everything else "reader"}
        facts |= {"minutes": f"{self.elapsed / 60:.1f}", "steps": str(self.step), "seed": str(self.options.seed)}
        checkpoint.export(self.options.weights / WEIGHTS, self.average.config, self.average.state_dict(), facts)
        self._log("  exported")

    def _restore(self) -> None:
        parts, state = checkpoint.load(self.options.run / "last.safetensors")
        self.encoder.load_state_dict(parts["encoder"])
        self.average.load_state_dict(parts["average"])
        checkpoint.restore_optimizer(self.optimizer, self.names, parts["optimizer"])
        self.step, self.elapsed, self.best = state["step"], state["elapsed"], state["best"]

    def _log(self, line: str) -> None:
        self.options.run.mkdir(parents=True, exist_ok=True)
        stamped = f"{time.strftime('%H:%M:%S')} {self.elapsed / 60:5.1f} min  {line}"
        print(stamped, flush=True)
        with (self.options.run / "log.txt").open("a", encoding="utf-8") as file:
            file.write(stamped + "\n")


def _is_one_of(utterance: Utterance, voices: list[str]) -> bool:
    return utterance.source in voices or utterance.speaker.removesuffix(", revoiced") in voices


def _strength(share: float) -> float:
    """How much crops are changed: little while the first phones are learnt."""
    return min(1.0, 0.25 + 1.5 * share)


def _worth(scores: dict[str, Score]) -> float:
    """Mostly the unseen voice's seals; its phones too, which move the rest of the mouth."""
    unseen, seen = scores["reader"], scores["kathleen"]
    return 0.8 * unseen.best.worth + 0.2 * seen.best.worth + 0.5 * unseen.frames


if __name__ == "__main__":
    main()
