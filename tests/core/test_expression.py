# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from expclip_core import arkit
from expclip_core.errors import InputError
from expclip_core.expression import EMBEDDING, FILE_NAME, MOST_INTENSITY, ExpClip, Sizes, Towers, plausible
from expclip_core.likeness import Describer
from expclip_core.text import SentenceEncoder, WordStates
from tests.core.tiny_encoders import write_bert, write_clip
from training import average_expclip, evaluate_expclip, join_expclip, train_expclip, train_generator
from training.tead import __main__ as tead
from training.tead import lexicon

WEIGHTS = Path(__file__).parents[2] / "weights"
TINY = Sizes(text_width=32, width=16, heads=2, layers=1, queries=2, hidden=32)
PROMPTS = ["furious", "sad but trying to smile", "not at all happy"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> ExpClip:
    folder = tmp_path_factory.mktemp("tiny")
    write_bert(folder / "encoder")
    torch.manual_seed(0)
    encoder = SentenceEncoder.load(folder / "encoder")
    Towers(TINY).save(folder / FILE_NAME, encoder.sha256)
    return ExpClip.load(folder, folder / "encoder")


@pytest.fixture(scope="module")
def shipped() -> ExpClip:
    return ExpClip.load(WEIGHTS)


def weights(clip: ExpClip, prompt: str, intensity: float = 1.0) -> dict[str, float]:
    (style,) = clip.style_of_prompts([prompt])
    return arkit.as_dict(clip.at_intensity(style, intensity).pose)


def both(pose: dict[str, float], base: str) -> float:
    return float(np.mean([pose[name] for name in arkit.sides(base)]))


def test_styles_have_unit_length_and_stay_in_range(tiny):
    for style in tiny.style_of_prompts(PROMPTS):
        assert style.embedding.shape == (EMBEDDING,)
        assert np.linalg.norm(style.embedding) == pytest.approx(1, abs=1e-4)
        assert style.pose.min() >= 0 and style.pose.max() <= 1
        assert np.abs(style.affect).max() <= 1


@pytest.mark.parametrize("prompt", ["", "  \n\t"])
def test_an_empty_prompt_is_neutral(tiny, prompt):
    (style,) = tiny.style_of_prompts([prompt])
    assert not style.pose.any()
    assert not style.affect.any()
    np.testing.assert_array_equal(style.embedding, tiny.neutral.embedding)


def test_a_prompts_style_does_not_depend_on_its_neighbours(tiny):
    alone, beside = tiny.style_of_prompts(PROMPTS[:1])[0], tiny.style_of_prompts(["", *PROMPTS])[1]
    np.testing.assert_allclose(alone.pose, beside.pose, atol=1e-4)


def test_an_over_long_prompt_is_refused(tiny):
    with pytest.raises(InputError, match="shorten"):
        tiny.style_of_prompts(["sad " * 1000])


@given(st.floats(0, MOST_INTENSITY), st.floats(0, MOST_INTENSITY))
def test_no_channel_falls_as_intensity_rises_and_none_jumps(tiny, one, other):
    (style,) = tiny.style_of_prompts(["furious"])
    low, high = sorted((one, other))
    below, above = tiny.at_intensity(style, low).pose, tiny.at_intensity(style, high).pose
    assert (above >= below - 1e-6).all()
    assert (above - below).max() <= 8 * (high - low) + 1e-5
    assert above.max() <= 1


def test_intensity_0_is_rest_and_1_is_as_written(tiny):
    (style,) = tiny.style_of_prompts(["furious"])
    assert not tiny.at_intensity(style, 0).pose.any()
    np.testing.assert_allclose(tiny.at_intensity(style, 0).embedding, tiny.neutral.embedding, atol=1e-5)
    np.testing.assert_allclose(tiny.at_intensity(style, 1).pose, style.pose, atol=1e-6)


@pytest.mark.parametrize("intensity", [-0.1, 2.1, float("nan")])
def test_an_intensity_out_of_range_is_refused(tiny, intensity):
    with pytest.raises(InputError, match="intensity"):
        tiny.at_intensity(tiny.neutral, intensity)


@given(st.lists(st.floats(0, 5), min_size=3, max_size=3).filter(lambda values: sum(values) > 0.1))
def test_a_mixture_lies_between_its_styles(tiny, shares):
    styles = tiny.style_of_prompts(PROMPTS)
    mixed = tiny.mixed(styles, shares)
    poses = np.stack([style.pose for style in styles])
    assert (mixed.pose <= poses.max(0) + 1e-5).all() and (mixed.pose >= poses.min(0) - 1e-5).all()
    assert np.linalg.norm(mixed.embedding) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("shares", [[], [0, 0], [1], [1, -1]])
def test_a_mixture_without_meaning_is_refused(tiny, shares):
    with pytest.raises(InputError, match="mixture"):
        tiny.mixed([tiny.neutral, tiny.neutral], shares)


def test_a_pose_from_a_rig_is_kept_as_given(tiny):
    pose = arkit.pose(mouthSmile=0.6, browInnerUp=0.3)
    np.testing.assert_array_equal(tiny.style_of_pose(pose).pose, pose)


@given(st.integers(0, 2**31))
def test_decoded_lips_never_cross(seed):
    poses = plausible(np.random.default_rng(seed).random((4, arkit.COUNT)).astype(np.float32))
    assert (poses[:, arkit.INDEX["mouthClose"]] <= poses[:, arkit.INDEX["jawOpen"]]).all()


def test_missing_or_strange_weights_are_named(tmp_path):
    with pytest.raises(InputError, match="missing"):
        Towers.read(tmp_path / FILE_NAME)
    save_file({"x": torch.zeros(1)}, tmp_path / FILE_NAME)
    with pytest.raises(InputError, match="no ExpCLIP weights"):
        Towers.read(tmp_path / FILE_NAME)


def test_weights_of_another_encoder_are_refused(tmp_path):
    write_bert(tmp_path / "encoder")
    Towers(TINY).save(tmp_path / FILE_NAME, "0" * 64)
    with pytest.raises(InputError, match="another text encoder"):
        ExpClip.load(tmp_path, tmp_path / "encoder")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """Every tenth row of a small TEAD without the comments."""
    path = tmp_path_factory.mktemp("corpus") / "tead.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tead.comments, "FOLDER", path.parent / "none")
        patch.setattr(sys, "argv", ["tead", "-o", str(path), "--size", "0.02"])
        tead.main()
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[::10]), encoding="utf-8")
    return path


def train(corpus: Path, tmp_path: Path, monkeypatch, *options: str) -> Towers:
    """The towers after an epoch on the corpus with the text encoder in tmp_path / "encoder"."""
    output = tmp_path / "out"
    usual = f"--epochs 1 --batch 128 --width 16 --layers 1 --threads 1 --corpus {corpus} --output {output}"
    monkeypatch.setattr(sys, "argv", ["train", *usual.split(), "--text-encoder", str(tmp_path / "encoder"), *options])
    train_expclip.main()
    return Towers.read(output / FILE_NAME)[0]


@pytest.mark.parametrize("write", [write_bert, write_clip], ids=["bert", "clip"])
def test_another_encoder_is_one_command_away(write, corpus, tmp_path, monkeypatch):
    write(tmp_path / "encoder")
    train(corpus, tmp_path, monkeypatch)
    clip = ExpClip.load(tmp_path / "out", tmp_path / "encoder")
    assert clip.style_of_prompts(["furious"])[0].pose.any()


def test_another_encoder_can_learn_the_style_space_that_a_generator_knows(corpus, tmp_path, monkeypatch):
    """The command of docs/training.md, from the weights that ship: joined towers, on an encoder of another width."""
    known, _ = Towers.read(WEIGHTS / FILE_NAME)
    write_clip(tmp_path / "encoder")
    learnt = train(corpus, tmp_path, monkeypatch, "--start", str(WEIGHTS / FILE_NAME), "--keep-space")
    assert learnt.sizes.text_width != known.sizes.text_width
    Towers.joined([known, learnt])  # raises unless the style space is the same
    clip = ExpClip.load(tmp_path / "out", tmp_path / "encoder")
    for style in clip.style_of_prompts(PROMPTS):
        pose, affect = known.decoder(torch.from_numpy(style.embedding)[None])
        np.testing.assert_allclose(style.pose, plausible(pose.detach().numpy())[0], atol=1e-3)
        np.testing.assert_allclose(style.affect, affect.detach().numpy()[0], atol=1e-3)
        assert style.pose.min() >= 0 and style.pose.max() <= 1


def test_a_generator_can_be_trained_on_the_styles_of_another_encoder(corpus, tmp_path):
    write_clip(tmp_path / "encoder")
    encoder = SentenceEncoder.load(tmp_path / "encoder")
    Towers(replace(TINY, text_width=24)).save(tmp_path / FILE_NAME, encoder.sha256)
    drawn = train_generator.drawn_styles(corpus, tmp_path, count=3, seed=0, text_encoder=tmp_path / "encoder")
    assert len(drawn.styles) == 4


def test_joined_towers_go_on_together_in_the_style_space_they_have(corpus, tmp_path, monkeypatch):
    write_bert(tmp_path / "encoder")
    one = train(corpus, tmp_path, monkeypatch)
    start = tmp_path / "joined"
    Towers.joined([one, one]).save(start, SentenceEncoder.load(tmp_path / "encoder").sha256)
    before, _ = Towers.read(start)
    options = f"--together --keep-space --start {start} --everything --rows 400 --practise event".split()
    after = train(corpus, tmp_path, monkeypatch, *options)
    Towers.joined([before, after])  # raises unless the style space is the same
    for old, new in zip(before.text, after.text, strict=True):
        assert not torch.equal(old.leave[1].weight, new.leave[1].weight)


def test_weights_go_some_of_the_way_to_those_trained_from_them(tmp_path, monkeypatch):
    ends = [Towers(TINY), Towers(TINY)]
    for name, towers in zip("ab", ends, strict=True):
        towers.save(tmp_path / name, "0" * 64)
    told = [*map(str, (tmp_path / "a", tmp_path / "b")), "--share", "0.25", "--output", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["average", *told])
    average_expclip.main()
    between, _ = Towers.read(tmp_path / FILE_NAME)
    for middle, start, end in zip(*(each.parameters() for each in (between, *ends)), strict=True):
        assert torch.allclose(middle, 0.75 * start + 0.25 * end, atol=2e-3)


def test_recall_counts_any_row_of_the_same_expression():
    similarity = np.array([[0.1, 0.9, 0.5], [0.9, 0.1, 0.5], [0.2, 0.3, 0.9]])
    alike = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=bool)
    assert evaluate_expclip.recall(similarity, alike) == (1.0, 1.0)
    assert evaluate_expclip.recall(similarity, np.eye(3, dtype=bool))[0] == pytest.approx(1 / 3)


def test_a_gallery_of_different_poses_holds_none_twice_and_the_own_ones_first():
    own = np.stack([arkit.pose(jawOpen=value) for value in (0.2, 0.21, 0.8)])
    more = np.stack([arkit.pose(jawOpen=0.8), arkit.pose(mouthPucker=0.5)])
    gallery = evaluate_expclip.different(own, more)
    np.testing.assert_array_equal(gallery, np.stack([own[0], own[2], more[1]]))
    assert evaluate_expclip.alike(own, gallery).any(axis=1).all()


def test_claims_read_sides_sums_and_numbers():
    pose = arkit.pose(mouthSmileLeft=0.6, browInnerUp=0.5)
    holds = {"mouthSmile>0.25": True, "mouthSmileLeft>mouthSmileRight+0.7": False, "browInnerUp+mouthSmile>0.75": True}
    assert {text: evaluate_expclip.Claim.parse(text).holds(pose) for text in holds} == holds


@pytest.mark.parametrize(
    ("text", "asked", "word"),
    [
        ("unwavering instead of peeved", "determined", "peeved"),
        ("peeved, not unwavering anymore", "annoyance", "unwavering"),
        ("not vexed at all, smiling to herself instead", "amused", "vexed"),
        ("no longer whiny, now heaving", "effort", "whiny"),
        ("sad and angry", "sad", None),
    ],
)
def test_what_a_text_refuses_is_read_from_its_pattern(text, asked, word):
    found = evaluate_expclip.refused(text, asked)
    assert (found and found.text) == word


def test_shipped_weights_are_small():
    assert (WEIGHTS / FILE_NAME).stat().st_size <= 5_000_000


def test_shipped_fury_and_overjoy_differ_in_brows_and_mouth_corners(shipped):
    angry, happy = weights(shipped, "furious"), weights(shipped, "overjoyed")
    assert both(angry, "browDown") > both(happy, "browDown") + 0.4
    assert both(happy, "mouthSmile") > both(angry, "mouthSmile") + 0.4


def test_shipped_sad_but_trying_to_smile(shipped):
    pose = weights(shipped, "sad, but trying to smile")
    assert pose["browInnerUp"] > 0.4
    assert 0.15 < both(pose, "mouthSmile") < 0.7
    assert both(pose, "mouthSmile") > both(pose, "mouthFrown")


def test_shipped_anger_is_not_sadness(shipped):
    angry, sad = weights(shipped, "angry"), weights(shipped, "sad")
    assert both(angry, "browDown") > angry["browInnerUp"]
    assert sad["browInnerUp"] > both(sad, "browDown")


def test_shipped_degrees_grow(shipped):
    sizes = [np.sum(list(weights(shipped, p).values())) for p in ("slightly angry", "angry", "extremely angry")]
    assert sizes == sorted(sizes)


def test_shipped_degrees_grow_for_every_family(shipped):
    def poses(texts: list[str]) -> np.ndarray:
        return np.stack([style.pose for style in shipped.style_of_prompts(texts)])

    assert evaluate_expclip.degree_order(poses) >= 0.98


@pytest.mark.parametrize(
    ("one", "other"),
    [("furious", "heartbroken"), ("furious", "overjoyed"), ("terrified", "smug"), ("disgusted", "bored")],
)
def test_shipped_styles_pass_into_each_other_without_a_third_face(shipped, one, other):
    start, end = shipped.style_of_prompts([one, other])
    share = torch.linspace(0, 1, 11)[:, None]
    between = (1 - share) * torch.from_numpy(start.embedding) + share * torch.from_numpy(end.embedding)
    with torch.inference_mode():
        poses = shipped.towers.decoder(torch.nn.functional.normalize(between, dim=-1))[0].numpy()
    straight = (1 - share.numpy()) * poses[0] + share.numpy() * poses[-1]
    assert (poses - np.maximum(poses[0], poses[-1])).max() < 0.2
    assert np.abs(poses - straight).max() < 0.35


def test_sides_are_right_when_the_most_one_sided_shape_is_on_the_same_side():
    left, right = arkit.pose(browOuterUpLeft=0.8), arkit.pose(browOuterUpRight=0.8)
    both = arkit.pose(browOuterUp=0.8)
    true = np.stack([left, left, left, both])
    assert evaluate_expclip.right_sides(np.stack([left, right, both, left]), true).tolist() == [True, False, False]


def test_the_towers_own_layers_start_as_the_encoders_last(tmp_path):
    write_bert(tmp_path)
    whole, cut = SentenceEncoder.load(tmp_path), SentenceEncoder.load(tmp_path, without_last=1)
    sizes = Sizes(
        text_width=32, width=16, heads=2, layers=1, queries=2, hidden=32, own_layers=1, own_heads=2, own_hidden=32
    )
    towers = Towers(sizes).eval()
    towers.own_last_layers(whole.model)
    expected, words = whole.words(PROMPTS), cut.words(PROMPTS)
    with torch.inference_mode():
        states = towers.text.own[0](words.states, src_key_padding_mask=~words.mask)
    torch.testing.assert_close(states[words.mask], expected.states[words.mask], atol=1e-4, rtol=1e-3)
    towers.save(tmp_path / FILE_NAME, whole.sha256)
    assert ExpClip.load(tmp_path, tmp_path).style_of_prompts(["sad"])[0].pose.any()


def test_a_perceptron_beside_the_tower_starts_out_adding_nothing_and_learns():
    torch.manual_seed(0)
    without = Towers(TINY).eval()
    beside = Towers(replace(TINY, beside=8)).eval()
    train_expclip._start_from(without, beside)
    words = WordStates(torch.randn(3, 5, TINY.text_width), torch.ones(3, 5, dtype=torch.bool))
    assert torch.allclose(without.text(words), beside.text(words))
    beside.text(words)[:, 0].sum().backward()
    assert beside.text.beside[-1].weight.grad.abs().max() > 0


def test_joined_text_towers_speak_for_the_mean_of_them(tmp_path, monkeypatch):
    torch.manual_seed(0)
    one, two = Towers(TINY).eval(), Towers(replace(TINY, queries=0, beside=8)).eval()
    with pytest.raises(InputError, match="style space"):
        Towers.joined([one, two])
    train_expclip._start_from(one, two)
    one.save(tmp_path / "one", "0" * 64)
    two.save(tmp_path / "two", "0" * 64)
    monkeypatch.setattr(sys, "argv", ["join", str(tmp_path / "one"), str(tmp_path / "two"), "--output", str(tmp_path)])
    join_expclip.main()
    joined, _ = Towers.read(tmp_path / FILE_NAME)
    words = WordStates(torch.randn(3, 5, TINY.text_width), torch.ones(3, 5, dtype=torch.bool))
    with torch.inference_mode():
        middle = one.text(words) + two.text(words)
        torch.testing.assert_close(joined.text(words), torch.nn.functional.normalize(middle, dim=-1), atol=2e-3, rtol=0)


def test_shipped_families_cross_no_lips_and_smile_beside_no_frown(shipped):
    texts = {word.family: word.text for word in reversed(lexicon.words()) if word.form == "is"}
    for family, style in zip(texts, shipped.style_of_prompts([*texts.values()]), strict=True):
        pose = arkit.as_dict(style.pose)
        assert pose["mouthClose"] <= pose["jawOpen"], family
        for side in ("Left", "Right"):
            assert min(pose[f"mouthSmile{side}"], pose[f"mouthFrown{side}"]) <= 0.25, family


def test_shipped_negation_rests(shipped):
    assert both(weights(shipped, "not angry at all"), "browDown") < 0.15


def test_shipped_poses_are_described_by_their_own_words(shipped):
    describer = Describer(shipped)
    poses = {
        "cheerful": arkit.pose(mouthSmile=0.7, cheekSquint=0.4),
        "surprised": arkit.pose(jawOpen=0.6, eyeWide=0.8, browInnerUp=0.7, browOuterUp=0.7),
        "raise the left eyebrow": arkit.pose(browOuterUpLeft=0.9),
        "close your eyes": arkit.pose(eyeBlink=1.0),
        "neutral": arkit.pose(),
    }
    for prompt, pose in poses.items():
        assert prompt in [each.prompt for each in describer.describe(pose)]


def test_shipped_sides_are_the_subjects_own(shipped):
    left, right = weights(shipped, "raise the left eyebrow"), weights(shipped, "raise the right eyebrow")
    assert left["browOuterUpLeft"] > left["browOuterUpRight"] + 0.3
    assert right["browOuterUpRight"] > right["browOuterUpLeft"] + 0.3


def test_shipped_brows_go_opposite_ways_when_told_so(shipped):
    pose = weights(shipped, "left eyebrow up, right eyebrow down")
    assert pose["browOuterUpLeft"] > pose["browOuterUpRight"] + 0.2
    assert pose["browDownRight"] > pose["browDownLeft"] + 0.2
