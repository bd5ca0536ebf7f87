# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, when nobody wrote it down: a Whisper model in a local folder listens. Nothing is downloaded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import WhisperForConditionalGeneration, WhisperProcessor

from ..audio import SAMPLE_RATE, Clip
from ..errors import InputError
from .pieces import audible_pieces

Report = Callable[[float, str], None]

_PIECE: Final = (15.0, 28.0)  # seconds; Whisper hears 30 at once
_HEARING: Final = 30 * SAMPLE_RATE
_LANGUAGE_PIECES: Final = 5  # the language is voted on by so many pieces


def transcribe(clip: Clip, folder: str | Path, report: Report | None = None, device: str = "cpu") -> tuple[str, str]:
    """The words of `clip` and the code of their language ("" when the model knows only one), by the model in `folder`.

    `report` is told the share done and may raise Cancelled. Greedy, so the same clip gives the same words. Raises
    InputError for a folder without a whole Whisper model in the form that transformers saves.
    """
    if report:
        report(0.0, "Loading the Whisper model")
    processor, model = _loaded(Path(folder), device)
    pieces = [
        clip.samples[first:last] for first, last in audible_pieces(clip.samples, *_PIECE)
    ]  # it invents words in silence
    language = _language(processor, model, pieces)
    said: list[str] = []
    for index, piece in enumerate(pieces):
        if report:
            report(index / len(pieces), "Writing down what is said")
        said.append(_words(processor, model, piece, language))
    return " ".join(filter(None, said)), language


@lru_cache(maxsize=1)
def _loaded(folder: Path, device: str) -> tuple[WhisperProcessor, WhisperForConditionalGeneration]:
    _check(folder)
    try:
        processor = WhisperProcessor.from_pretrained(folder, local_files_only=True)
        model = WhisperForConditionalGeneration.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"The Whisper model in {folder} cannot be loaded ({_first_line(error)}); download the whole model again."
        ) from error
    return processor, model.to(device).eval()


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}; choose the folder of a Whisper model.")
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"The folder {folder} holds no config.json; choose the folder of a Whisper model.") from error
    if kind != "whisper":
        raise InputError(f"The folder {folder} holds a model of kind {kind}; choose the folder of a Whisper model.")
    if not list(folder.glob("*.safetensors")):
        raise InputError(f"The folder {folder} holds no weights as safetensors; choose a Whisper model saved so.")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _features(processor: WhisperProcessor, model: WhisperForConditionalGeneration, piece: np.ndarray) -> torch.Tensor:
    heard = processor(piece[:_HEARING], sampling_rate=SAMPLE_RATE, return_tensors="pt")
    return heard.input_features.to(model.device, model.dtype)


def _language(processor: WhisperProcessor, model: WhisperForConditionalGeneration, pieces: list[np.ndarray]) -> str:
    """The code most pieces vote for, "" for a model of one language."""
    if not getattr(model.generation_config, "lang_to_id", None):
        return ""
    chosen = pieces[:: max(len(pieces) // _LANGUAGE_PIECES, 1)]
    tokens = [int(model.detect_language(_features(processor, model, piece))[0]) for piece in chosen]
    codes = {token: name.strip("<|>") for name, token in model.generation_config.lang_to_id.items()}
    votes = Counter(codes[token] for token in tokens)
    return votes.most_common(1)[0][0] if votes else ""


@torch.inference_mode()
def _words(
    processor: WhisperProcessor, model: WhisperForConditionalGeneration, piece: np.ndarray, language: str
) -> str:
    options = {"language": language, "task": "transcribe"} if language else {}
    tokens = model.generate(_features(processor, model, piece), do_sample=False, num_beams=1, **options)
    return processor.batch_decode(tokens, skip_special_tokens=True)[0].strip()
