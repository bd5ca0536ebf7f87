# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.torch import save_file

from expclip_core import arkit, text
from expclip_core.errors import InputError
from expclip_core.expression import FILE_NAME, ExpClip, Sizes, Style, Towers, plausible
from expclip_core.text import WordStates

WEIGHTS = Path(__file__).parents[2] / "weights"
TINY = Sizes(text_width=16, width=16, heads=2, layers=1, queries=2, hidden=32)


def _tiny() -> ExpClip:
    """Seeded towers on an encoder that turns letters into states; no trained weights, no text encoder needed."""

    def words(prompts: list[str]) -> WordStates:
        states = [torch.tensor([[ord(letter) % (k + 2) / (k + 2) for k in range(16)] for letter in p]) for p in prompts]
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones(len(s), dtype=torch.bool) for s in states], batch_first=True)
        return WordStates(torch.nn.utils.rnn.pad_sequence(states, batch_first=True), mask)

    torch.manual_seed(5)
    return ExpClip(Towers(TINY).eval(), SimpleNamespace(words=words))


MODEL = _tiny()
POSES = arrays(np.float32, (arkit.COUNT,), elements=st.floats(0, 1, width=32))


def _check(style: Style) -> None:
    assert style.embedding.shape == (128,) and style.pose.shape == (52,) and style.affect.shape == (3,)
    assert {style.embedding.dtype, style.pose.dtype, style.affect.dtype} == {np.dtype(np.float32)}
    assert np.linalg.norm(style.embedding) == pytest.approx(1, abs=1e-4)
    assert style.pose.min() >= 0 and style.pose.max() <= 1
    assert np.abs(style.affect).max() <= 1


@given(st.lists(st.text(min_size=0, max_size=12), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_any_prompt_is_a_style(prompts: list[str]) -> None:
    for style in MODEL.style_of_prompts(prompts):
        _check(style)


def test_an_empty_prompt_is_neutral_and_leaves_its_neighbours_alone() -> None:
    empty, written = MODEL.style_of_prompts(["  ", "angry"])
    assert not empty.pose.any() and not empty.affect.any()
    np.testing.assert_allclose(written.pose, MODEL.style_of_prompts(["angry"])[0].pose, atol=1e-6)


@given(POSES)
@settings(max_examples=30, deadline=None)
def test_a_pose_is_a_style_that_keeps_the_pose(pose: np.ndarray) -> None:
    style = MODEL.style_of_pose(pose)
    _check(style)
    np.testing.assert_array_equal(style.pose, pose)


@given(POSES, st.floats(0, 2), st.floats(0, 2))
@settings(max_examples=50, deadline=None)
def test_no_channel_falls_as_intensity_rises(pose: np.ndarray, one: float, other: float) -> None:
    style = MODEL.style_of_pose(pose)
    low, high = (MODEL.at_intensity(style, intensity) for intensity in sorted((one, other)))
    _check(low)
    _check(high)
    assert (high.pose >= low.pose - 1e-5).all()


def test_intensity_starts_neutral_and_passes_through_what_is_written() -> None:
    style = MODEL.style_of_prompts(["angry"])[0]
    assert not MODEL.at_intensity(style, 0).pose.any()
    np.testing.assert_allclose(MODEL.at_intensity(style, 0).embedding, MODEL.neutral.embedding, atol=1e-6)
    np.testing.assert_allclose(MODEL.at_intensity(style, 1).pose, style.pose, atol=1e-6)
    np.testing.assert_allclose(MODEL.at_intensity(style, 1).embedding, style.embedding, atol=1e-5)


@pytest.mark.parametrize("intensity", [-0.1, 2.1, float("nan")])
def test_an_intensity_out_of_range_is_refused(intensity: float) -> None:
    with pytest.raises(InputError, match="intensity"):
        MODEL.at_intensity(MODEL.neutral, intensity)


@given(POSES, POSES, st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_mixture_lies_between(one: np.ndarray, other: np.ndarray, share: float) -> None:
    mixed = MODEL.mixed([MODEL.style_of_pose(one), MODEL.style_of_pose(other)], [share, 1 - share])
    _check(mixed)
    assert (mixed.pose >= np.minimum(one, other) - 1e-5).all() and (mixed.pose <= np.maximum(one, other) + 1e-5).all()


@pytest.mark.parametrize("weights", [[0.0], [-1.0], [], [1.0, 1.0]])
def test_a_mixture_without_sense_is_refused(weights: list[float]) -> None:
    with pytest.raises(InputError):
        MODEL.mixed([MODEL.neutral], weights)


def test_decoded_lips_never_cross() -> None:
    pose = arkit.pose(mouthClose=0.6, jawOpen=0.2, browDown=0.01)
    mended = plausible(pose[None])[0]
    assert mended[arkit.INDEX["mouthClose"]] == pytest.approx(0.2)
    assert mended[arkit.INDEX["browDownLeft"]] == 0


def test_weights_survive_the_file_and_another_encoder_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    MODEL.towers.save(tmp_path / FILE_NAME, "fingerprint")
    towers, metadata = Towers.read(tmp_path / FILE_NAME)
    assert towers.sizes == TINY and metadata["text_encoder_sha256"] == "fingerprint"
    pose = torch.rand(2, arkit.COUNT)
    torch.testing.assert_close(towers.expression(pose), MODEL.towers.expression(pose), atol=2e-2, rtol=0)
    other = SimpleNamespace(sha256="another")
    monkeypatch.setattr("expclip_core.expression.SentenceEncoder", SimpleNamespace(load=lambda *_: other))
    with pytest.raises(InputError, match="train again"):
        ExpClip.load(tmp_path)


def test_missing_and_foreign_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        Towers.read(tmp_path / FILE_NAME)
    save_file({"x": torch.zeros(1)}, tmp_path / FILE_NAME)
    with pytest.raises(InputError, match="no ExpCLIP weights"):
        Towers.read(tmp_path / FILE_NAME)


@pytest.fixture(scope="module")
def trained() -> ExpClip:
    if not (WEIGHTS / FILE_NAME).is_file() or importlib.util.find_spec(text.DEFAULT_PACKAGE) is None:
        pytest.skip("no trained weights or no text encoder here")
    return ExpClip.load(WEIGHTS)


def test_furious_and_overjoyed_differ_in_brows_and_mouth_corners(trained: ExpClip) -> None:
    furious, overjoyed = (arkit.as_dict(style.pose) for style in trained.style_of_prompts(["furious", "overjoyed"]))
    assert furious["browDownLeft"] > overjoyed["browDownLeft"] + 0.4
    assert overjoyed["mouthSmileLeft"] > furious["mouthSmileLeft"] + 0.4


def test_sad_but_trying_to_smile(trained: ExpClip) -> None:
    pose = arkit.as_dict(trained.style_of_prompts(["sad, but trying to smile"])[0].pose)
    assert pose["browInnerUp"] > 0.35
    assert 0.15 < pose["mouthSmileLeft"] < 0.7
    assert pose["mouthFrownLeft"] < 0.2
