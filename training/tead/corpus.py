# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads TEAD as arrays, and keeps the frozen encoder's word states on disk so that no text is encoded twice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from expclip_core import arkit
from expclip_core.text import SentenceEncoder, WordStates

_ENCODE = 256  # texts a batch, sorted by length


@dataclass(frozen=True)
class Corpus:
    """TEAD in memory. poses float32 (rows, 52), affects float32 (rows, 3); the rest are lists of the rows' fields."""

    texts: list[str]
    poses: np.ndarray
    affects: np.ndarray
    sources: np.ndarray
    splits: np.ndarray
    families: np.ndarray
    tags: list[frozenset[str]]

    def __len__(self) -> int:
        return len(self.texts)


def read(path: Path) -> Corpus:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    poses = np.zeros((len(rows), arkit.COUNT), dtype=np.float32)
    for pose, row in zip(poses, rows, strict=True):
        for name, weight in row["weights"].items():
            pose[arkit.INDEX[name]] = weight
    return Corpus(
        [row["text"] for row in rows],
        poses,
        np.array([row["affect"] for row in rows], dtype=np.float32),
        np.array([row["source"] for row in rows]),
        np.array([row["split"] for row in rows]),
        np.array([row["family"] for row in rows]),
        [frozenset(row["tags"]) for row in rows],
    )


class WordStore:
    """Word states of many texts, float16, in one growing file with an index beside it; a file for each depth."""

    def __init__(self, folder: Path, encoder: SentenceEncoder, without_last: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.encoder = encoder
        self.width = encoder.model.config.hidden_size
        depth = f"-{without_last}" if without_last else ""
        self.states_path = folder / f"words-{encoder.sha256[:12]}{depth}.f16"
        self.index_path = self.states_path.with_suffix(".json")
        self.index: dict[str, list[int]] = json.loads(self.index_path.read_text()) if self.index_path.exists() else {}

    def add(self, texts: list[str]) -> None:
        """Encode what is not yet stored."""
        missing = sorted({text for text in texts if text not in self.index}, key=len)
        start = sum(length for _, length in self.index.values())
        with self.states_path.open("r+b" if self.states_path.exists() else "wb") as file:
            file.seek(start * self.width * 2)
            for first in range(0, len(missing), _ENCODE):
                batch = missing[first : first + _ENCODE]
                with torch.autocast("cpu", torch.bfloat16):
                    words = self.encoder.words(batch)
                for text, states, mask in zip(batch, words.states, words.mask, strict=True):
                    inside = states[mask].half().numpy()
                    file.write(inside.tobytes())
                    self.index[text] = [start, len(inside)]
                    start += len(inside)
        self.index_path.write_text(json.dumps(self.index))

    def open(self) -> np.ndarray:
        """All stored states, float16 (word pieces, width); read from the file as they are needed, so that trainings share the memory."""
        return np.memmap(self.states_path, dtype=np.float16, mode="c").reshape(-1, self.width)

    def batch(self, states: np.ndarray, texts: list[str]) -> WordStates:
        places = [self.index[text] for text in texts]
        parts = [torch.from_numpy(states[start : start + length]).float() for start, length in places]
        padded = torch.nn.utils.rnn.pad_sequence(parts, batch_first=True)
        lengths = torch.tensor([length for _, length in places])
        return WordStates(padded, torch.arange(padded.shape[1]) < lengths[:, None])
