# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints as safetensors and JSON, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from expclip_core.speech import Config, config_json

Tensors = dict[str, Tensor]


def save(path: Path, parts: dict[str, Tensors], state: dict) -> None:
    """Named parts of tensors in one file, and `state` as JSON beside it."""
    flat = {f"{part}/{name}": t.detach().clone() for part, tensors in parts.items() for name, t in tensors.items()}
    _atomic(path, flat, {})
    path.with_suffix(".json").write_text(json.dumps(state, indent=1), encoding="utf-8")


def load(path: Path) -> tuple[dict[str, Tensors], dict]:
    parts: dict[str, Tensors] = {}
    for name, tensor in load_file(path).items():
        part, _, rest = name.partition("/")
        parts.setdefault(part, {})[rest] = tensor
    return parts, json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def optimizer_tensors(optimizer: torch.optim.AdamW, names: list[str]) -> Tensors:
    """The moments of each parameter, by name."""
    states = optimizer.state_dict()["state"]
    return {f"{names[index]}/{key}": value for index, state in states.items() for key, value in state.items()}


def restore_optimizer(optimizer: torch.optim.AdamW, names: list[str], tensors: Tensors) -> None:
    states: dict[int, Tensors] = {}
    for name, tensor in tensors.items():
        parameter, _, key = name.rpartition("/")
        states.setdefault(names.index(parameter), {})[key] = tensor
    optimizer.load_state_dict({**optimizer.state_dict(), "state": states})


def export(path: Path, config: Config, weights: Tensors, facts: dict[str, str]) -> None:
    """The encoder as the product loads it: float16, config and facts in the metadata."""
    halves = {name: tensor.half().contiguous() for name, tensor in weights.items()}
    _atomic(path, halves, {"config": config_json(config), **facts})


def _atomic(path: Path, tensors: Tensors, metadata: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    save_file(tensors, draft, metadata=metadata)
    draft.chmod(0o644)  # safetensors writes for the owner alone
    draft.replace(path)
