# SPDX-License-Identifier: GPL-3.0-or-later
"""The trained weights on the clip that comes along: do lips and brows do what they are for?"""

from __future__ import annotations

import numpy as np
import pytest

from expclip_core import arkit, lips, phones
from expclip_core.animate import WEIGHTS, Animator
from expclip_core.audio import Clip, read_clip
from expclip_core.curves import MODEL_FPS
from expclip_core.score import TimedPrompt
from expclip_core.transcript import aligned
from training.agreement import agreement, pauses

CLIP = WEIGHTS.parent / "assets" / "demo-clip.flac"


@pytest.fixture(scope="module")
def animator() -> Animator:
    return Animator.load(device="cpu")


@pytest.fixture(scope="module")
def speech(animator):
    return animator.encoder.hear(read_clip(CLIP))


@pytest.fixture(scope="module")
def seals(speech) -> list[phones.Segment]:
    """The clip's p, b and m, known from its text."""
    alignment = aligned(speech, CLIP.with_suffix(".txt").read_text())
    assert not alignment.warning
    return [segment for segment in alignment.segments if segment.symbol in phones.SEALS]


def sealed(weights: np.ndarray, segment: phones.Segment) -> bool:
    """Apple's rule at some frame in the phone's middle: mouthClose takes back jawOpen, and nothing else parts the lips."""
    fifth = (segment.end - segment.start) / 5
    first, last = int((segment.start + fifth) * MODEL_FPS), int(np.ceil((segment.end - fifth) * MODEL_FPS))
    middle = weights[first : last + 1]
    jaw, close, lower = (middle[:, arkit.INDEX[name]] for name in ("jawOpen", "mouthClose", "mouthLowerDownLeft"))
    return bool(((jaw - close < 0.01) & (lower < 0.05)).any())


@pytest.mark.parametrize("prompt", ["", "furious", "overjoyed", "shouting in triumph"])
def test_p_b_m_seal_in_every_style(animator, speech, seals, prompt):
    weights = animator.perform(speech, (TimedPrompt(0.0, prompt),), seed=0)
    assert len(seals) >= 8
    assert np.mean([sealed(weights, segment) for segment in seals]) >= 0.75


def test_the_words_seal_them_all(animator, speech, seals):
    known, warnings = animator.with_words(speech, CLIP.with_suffix(".txt").read_text())
    weights = animator.perform(known, (TimedPrompt(0.0, "furious"),), seed=0)
    assert not warnings
    assert np.mean([sealed(weights, segment) for segment in seals]) >= 0.95


def test_vowels_open_and_rest_closes(animator, speech):
    weights = animator.perform(speech, (TimedPrompt(0.0, ""),), seed=0)
    opening = weights[:, arkit.INDEX["jawOpen"]] - weights[:, arkit.INDEX["mouthClose"]]
    assert opening.max() > 0.15
    assert opening[:5].max() < 0.05
    assert np.corrcoef(opening, speech.loudness)[0, 1] > 0.25


def test_opposite_prompts_differ_in_brows_and_corners(animator, speech):
    mean = {
        prompt: dict(
            zip(arkit.NAMES, animator.perform(speech, (TimedPrompt(0.0, prompt),), 0).mean(axis=0), strict=True)
        )
        for prompt in ("furious", "overjoyed", "sad, but trying to smile")
    }
    assert mean["furious"]["browDownLeft"] > mean["overjoyed"]["browDownLeft"] + 0.4
    assert mean["overjoyed"]["mouthSmileLeft"] > mean["furious"]["mouthSmileLeft"] + 0.4
    mixed = mean["sad, but trying to smile"]
    assert mixed["browInnerUp"] > 0.3
    assert 0.1 < mixed["mouthSmileLeft"] < 0.7
    assert mixed["mouthFrownLeft"] < mixed["mouthSmileLeft"]


def test_no_channel_jumps(animator, speech):
    """Closing lips are the fastest a face gets; nothing crosses half its range in 20 ms."""
    weights = animator.perform(speech, (TimedPrompt(0.0, "terrified"),), seed=0)
    eyes = [arkit.INDEX[name] for name in arkit.REGIONS["eyes"]]
    step = np.abs(np.diff(np.delete(weights, eyes, axis=1), axis=0))
    assert step.max() < 0.5
    assert np.quantile(step, 0.99) < 0.12


def test_prompts_over_time_change_no_channel_with_a_jump(animator):
    """In silence, where nothing but the cross-fade moves: no acceleration that a smooth fade would not have."""
    silence = animator.encoder.hear(Clip(np.zeros(4 * 16000, np.float32)))
    score = (TimedPrompt(0.0, "furious"), TimedPrompt(2.0, "overjoyed"))
    weights = animator.perform(silence, score, seed=0)
    velocity = np.diff(np.delete(weights, [arkit.INDEX[name] for name in arkit.REGIONS["eyes"]], axis=1), axis=0)
    assert np.abs(velocity).max() < 0.12  # of the whole range in 20 ms, over a fade of 0.6 s
    assert np.abs(np.diff(velocity, axis=0)).max() < 0.03


def test_what_is_expressed_is_what_pauses_show(animator, speech):
    padded = animator.encoder.hear(Clip(np.concatenate([np.zeros(16000, np.float32), read_clip(CLIP).samples])))
    assert pauses(padded).sum() > 20
    agreed = agreement(
        animator, padded, ("furious", "overjoyed", "heartbroken", "terrified", "a gentle smile", "bored", "smug")
    )
    assert min(agreed.values()) >= 0.8, agreed


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("furious", ["browDownLeft", "browDownRight"]),
        ("heartbroken", ["browInnerUp"]),
        ("overjoyed", ["browOuterUpLeft", "cheekSquintLeft", "cheekSquintRight"]),
        ("terrified", ["browInnerUp", "browOuterUpLeft"]),
    ],
)
def test_brows_and_cheeks_of_a_style_sink_after_the_phrase_and_keep_the_style(animator, prompt, names):
    samples = read_clip(CLIP).samples
    padded = animator.encoder.hear(Clip(np.concatenate([samples, np.zeros(2 * 16000, np.float32)])))
    settled = np.arange(len(padded.loudness)) > (len(samples) / 16000 + 0.5) * MODEL_FPS
    (pose,) = animator.express([prompt])
    weights = animator.perform(padded, (TimedPrompt(0.0, prompt),), seed=0)
    for name in names:
        curve = weights[:, arkit.INDEX[name]]
        assert 0.7 * pose[arkit.INDEX[name]] < curve[settled].mean() < 0.92 * curve[padded.loudness > 0.3].mean()


def test_a_strong_style_neither_opens_nor_closes_the_lips(animator, speech):
    """Where the words part the lips, heartbroken keeps them apart; where they seal them, it keeps them sealed."""
    neutral, styled = (
        animator.perform(speech, (TimedPrompt(0.0, prompt),), seed=0) @ lips.OPENING_MM
        for prompt in ("", "heartbroken")
    )
    apart = neutral > lips.KEPT_OPEN_MM
    assert np.quantile(styled[apart], 0.02) > 0.6
