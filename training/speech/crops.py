# SPDX-License-Identifier: GPL-3.0-or-later
"""Random crops of the corpus with a label for every 10 ms."""

from __future__ import annotations

import os
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import IterableDataset

from expclip_core.audio import LABEL_RATE, SAMPLE_RATE, read_clip
from expclip_core.phones import INDEX, PHONES, SYMBOLS
from training.corpus.manifest import Utterance

from .augment import heard_by_someone_else

CONTACTS = np.array([("", "lips", "teeth").index(PHONES[symbol].contact) for symbol in SYMBOLS])
NASAL = np.array([PHONES[symbol].manner == "nasal" for symbol in SYMBOLS])

# Shares of the crops. Synthesised voices add words and sounds, recorded ones what speech is like.
SHARES = {
    "kathleen": 0.16,
    "coffee": 0.25,
    "kerstin": 0.09,
    "revoiced": 0.26,
    "flite": 0.09,
    "espeak": 0.02,
    "festival": 0.13,
    "nonsense": 0.07,
}
_UNSEEN_SHARE = 0.12  # of a voice that is otherwise kept for dev and test


def samples_of(utterances: list[Utterance], cache: Path) -> list[np.ndarray]:
    """Samples of every utterance, int16, decoded once and kept beside the corpus."""
    cache.mkdir(parents=True, exist_ok=True)
    missing = [u for u in utterances if not _is_fresh(_cached(cache, u), Path(u.audio))]
    if missing:
        with get_context("spawn").Pool(3) as pool:
            pool.starmap(_decode, [(u.audio, _cached(cache, u)) for u in missing], chunksize=16)
    return [np.load(_cached(cache, u), mmap_mode="r") for u in utterances]


def _cached(cache: Path, utterance: Utterance) -> Path:
    return cache / f"{utterance.id.replace('/', '-')}.npy"


def _is_fresh(decoded: Path, audio: Path) -> bool:
    return decoded.exists() and decoded.stat().st_mtime >= audio.stat().st_mtime


def _decode(audio: str, path: Path) -> None:
    draft = path.with_suffix(f".{os.getpid()}.npy")  # two runs may begin on the same corpus
    np.save(draft, (read_clip(audio).samples * 32767).astype(np.int16))
    draft.replace(path)


def labels_of(utterance: Utterance, times: np.ndarray) -> np.ndarray:
    """Index into phones.SYMBOLS at each of `times`, seconds, int64; silence beyond the ends."""
    ends = np.array([segment.end for segment in utterance.segments])
    symbols = np.array([INDEX[segment.symbol] for segment in utterance.segments] + [0])
    return np.where(times < 0, 0, symbols[np.searchsorted(ends, times, side="right")])


class Crops(IterableDataset):
    """Endless (mel, phone labels, contact labels) of `seconds`, augmented; `strength` is a shared tensor, 0..1."""

    def __init__(self, utterances: list[Utterance], cache: Path, seconds: float, seed: int, strength: torch.Tensor):
        self.by_source: dict[str, list[int]] = {}
        for index, utterance in enumerate(utterances):
            self.by_source.setdefault(utterance.source, []).append(index)
        self.utterances, self.samples = utterances, samples_of(utterances, cache)
        self.durations = np.array([utterance.duration for utterance in utterances])
        self.frames, self.seed, self.strength = round(seconds * LABEL_RATE), seed, strength

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        sources = list(self.by_source)
        shares = np.array([SHARES.get(source, _UNSEEN_SHARE) for source in sources])
        weights = {s: self.durations[i] / self.durations[i].sum() for s, i in self.by_source.items()}
        while True:
            source = sources[rng.choice(len(sources), p=shares / shares.sum())]
            yield self._crop(source, weights[source], rng)

    def _crop(self, source: str, weights: np.ndarray, rng: np.random.Generator):
        strength = float(self.strength)
        samples, labels = self._take(source, weights, rng, strength)
        babble = self._crowd(rng) if rng.random() < 0.25 * strength else None
        mel = heard_by_someone_else(samples, rng, strength, NASAL[labels], babble)[: self.frames]
        return mel, torch.from_numpy(labels), torch.from_numpy(CONTACTS[labels])

    def _crowd(self, rng: np.random.Generator) -> np.ndarray:
        """Samples of one to four others who talk in the background, in any of the corpus's languages."""
        chosen = rng.integers(0, len(self.samples), rng.integers(1, 5))
        wanted = self.frames * SAMPLE_RATE // LABEL_RATE
        return sum(np.resize(self.samples[i], wanted) / np.float32(max(self.samples[i].std(), 1)) for i in chosen)

    def _take(self, source: str, weights: np.ndarray, rng: np.random.Generator, strength: float):
        """Samples and labels of one crop: a piece of a clip, and of the next where the first is too short."""
        spread = 0.08 + 0.14 * strength
        speed = float(np.exp(rng.uniform(-spread, spread)))
        samples, labels, left = [], [], self.frames
        while left > 0:
            index = int(rng.choice(self.by_source[source], p=weights))
            duration = self.durations[index]
            start = rng.uniform(0, max(duration - left / LABEL_RATE * speed, 0)) if not samples else 0.0
            frames = min(left, int((duration - start) / speed * LABEL_RATE))
            if frames < 1:
                continue
            samples.append(_sped(self.samples[index], start, frames, speed))
            labels.append(labels_of(self.utterances[index], start + np.arange(frames) / LABEL_RATE * speed))
            left -= frames
        return np.concatenate(samples), np.concatenate(labels)


def _sped(samples: np.ndarray, start: float, frames: int, speed: float) -> np.ndarray:
    """`frames` of 10 ms from `start` seconds on, played `speed` times as fast, at an even loudness."""
    first, count = int(start * SAMPLE_RATE), frames * SAMPLE_RATE // LABEL_RATE
    piece = np.asarray(samples[first : first + int(count * speed) + 2], dtype=np.float32) / 32768
    loud = np.sqrt(np.mean(np.square(samples[::7], dtype=np.float32))) / 32768
    played = np.interp(np.arange(count) * speed, np.arange(len(piece)), piece)
    return (played * (0.05 / max(loud, 1e-4))).astype(np.float32)
