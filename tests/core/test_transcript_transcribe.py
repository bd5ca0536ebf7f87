# SPDX-License-Identifier: GPL-3.0-or-later
"""Whisper's loading and decoding, on a tiny model with random weights that is made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    BertConfig,
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
    WhisperTokenizer,
)

from expclip_core.audio import SAMPLE_RATE, Clip
from expclip_core.errors import Cancelled, InputError
from expclip_core.transcript.transcribe import transcribe

LANGUAGES = ("en", "de", "fr")


@pytest.fixture(scope="module")
def tiny_whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as transformers saves Whisper: byte-level words, 3 languages, 2 layers."""
    folder = tmp_path_factory.mktemp("whisper")
    special = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    special += [
        "<|translate|>",
        "<|transcribe|>",
        "<|startoflm|>",
        "<|startofprev|>",
        "<|nospeech|>",
        "<|notimestamps|>",
    ]
    letters = sorted(ByteLevel.alphabet())
    tokenizer = WhisperTokenizer({letter: index for index, letter in enumerate(letters)}, [])
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in special}
    config = WhisperConfig(
        vocab_size=len(tokenizer) + 2, d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, max_target_positions=40, num_mel_bins=16,
        decoder_start_token_id=ids["<|startoftranscript|>"], bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|endoftext|>"], pad_token_id=ids["<|endoftext|>"], suppress_tokens=None,
        begin_suppress_tokens=None,
    )  # fmt: skip
    torch.manual_seed(3)
    model = WhisperForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        decoder_start_token_id=config.decoder_start_token_id, eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id, bos_token_id=config.bos_token_id, max_new_tokens=8, is_multilingual=True,
        lang_to_id={f"<|{code}|>": ids[f"<|{code}|>"] for code in LANGUAGES},
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        no_timestamps_token_id=ids["<|notimestamps|>"],
    )  # fmt: skip
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=16).save_pretrained(folder)
    return folder


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * SAMPLE_RATE)).astype(np.float32)


def test_a_clip_becomes_words_and_a_language(tiny_whisper: Path):
    clip = Clip(noise(2.0))
    text, language = transcribe(clip, tiny_whisper)
    assert text
    assert language in LANGUAGES
    assert transcribe(clip, tiny_whisper) == (text, language)


def test_a_long_clip_is_heard_piece_by_piece_and_silence_is_not_heard(tiny_whisper: Path):
    told: list[float] = []
    samples = np.concatenate([noise(20.0), np.zeros(10 * SAMPLE_RATE, np.float32), noise(20.0, 1)])
    text, _ = transcribe(Clip(samples), tiny_whisper, lambda share, _: told.append(share))
    assert text
    assert told == [0.0, 0.0, 0.5]  # loading, then two pieces, cut in the silence
    assert transcribe(Clip(np.zeros(SAMPLE_RATE, np.float32)), tiny_whisper)[0] == ""


def test_listening_can_be_cancelled(tiny_whisper: Path):
    def cancel(share: float, _: str) -> None:
        if share > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        transcribe(Clip(noise(60.0)), tiny_whisper, cancel)


def test_folders_without_a_whisper_model_are_refused(tmp_path: Path, tiny_whisper: Path):
    clip = Clip(noise(1.0))
    with pytest.raises(InputError, match="no folder"):
        transcribe(clip, tmp_path / "nothing")
    with pytest.raises(InputError, match="no config"):
        transcribe(clip, tmp_path)
    BertConfig(hidden_size=8).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="kind bert"):
        transcribe(clip, tmp_path)
    (tmp_path / "config.json").write_text((tiny_whisper / "config.json").read_text())
    with pytest.raises(InputError, match="no weights"):
        transcribe(clip, tmp_path)
    weights = (tiny_whisper / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights)
    with pytest.raises(InputError, match="cannot be loaded"):
        transcribe(clip, tmp_path)  # the processor's files are missing
    for file in tiny_whisper.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(InputError, match="cannot be loaded"):
        transcribe(clip, tmp_path)
