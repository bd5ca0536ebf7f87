# SPDX-License-Identifier: GPL-3.0-or-later
"""Random text encoders of a few kilobytes in the layout that transformers reads."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, CLIPTextConfig, CLIPTextModel

# fmt: off
_WORDS = (
    "not", "at", "all", "a", "the", "very", "sad", "happy", "furious", "but", "trying", "to", "smile", "raise", "left",
    "right", "eyebrow", "eyes", "closed", "angry", "slightly",
)
# fmt: on


def write_bert(folder: Path) -> None:
    _tokenizer(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=64, max_position_embeddings=512, **size)).save_pretrained(folder)


def write_clip(folder: Path) -> None:
    _tokenizer(folder)
    torch.manual_seed(0)
    size = {
        "hidden_size": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "eos_token_id": 2,
    }
    CLIPTextModel(CLIPTextConfig(vocab_size=64, max_position_embeddings=512, **size)).save_pretrained(folder)


def _tokenizer(folder: Path) -> None:
    vocabulary = {word: index for index, word in enumerate(["[UNK]", "[CLS]", "[SEP]", *_WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
