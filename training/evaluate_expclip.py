# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures ExpCLIP on held-out rows of TEAD and on a list of prompts with checkable claims."""

from __future__ import annotations

import numpy as np
import torch

from expclip_core import arkit
from expclip_core.expression import Towers, plausible
from training.tead.corpus import Corpus, WordStore

_MOST_ROWS = 250


def development_scores(towers: Towers, data: Corpus, store: WordStore, states: np.ndarray) -> dict[str, float]:
    """Mean cosine of decoded and true pose for each kind of held-out row, 0..1."""
    scores = {}
    for split in sorted(set(data.splits)):
        if split.endswith("-development"):
            rows = np.random.default_rng(0).permutation(np.flatnonzero(data.splits == split))[:_MOST_ROWS]
            poses, _ = decoded(towers, data, store, states, rows)
            scores[split.removesuffix("-development")] = float(cosine(poses, data.poses[rows]).mean())
    return scores


@torch.inference_mode()
def decoded(
    towers: Towers, data: Corpus, store: WordStore, states: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Poses (rows, 52) and embeddings (rows, 128) of rows' texts."""
    towers.eval()
    poses, embeddings = [], []
    for start in range(0, len(rows), 256):
        embedding = towers.text(store.batch(states, [data.texts[row] for row in rows[start : start + 256]]))
        poses.append(plausible(towers.decoder(embedding)[0].numpy()))
        embeddings.append(embedding.numpy())
    return np.concatenate(poses), np.concatenate(embeddings)


def cosine(guess: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Cosine of poses measured in millimetres. Two poses at rest agree; rest against a pose of over 1 mm does not."""
    a, b = guess * arkit.DISPLACEMENT_MM, true * arkit.DISPLACEMENT_MM
    long_a, long_b = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    value = (a * b).sum(1) / np.maximum(long_a * long_b, 1e-6)
    rest = long_b < 1.0
    return np.where(rest, np.clip(1 - long_a / 10, 0, 1), value)
