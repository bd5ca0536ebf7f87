# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core import arkit, lips, phones
from expclip_core.curves import MODEL_FPS, Curves
from expclip_core.phones import Segment
from training.articulation import VISEME_OF, Articulation, articulate
from training.epa import performed
from training.measures import jitter


def spoken(*symbols: str, each: float = 0.12) -> tuple[list[Segment], int]:
    segments = [Segment("sil", 0.0, 0.4)]
    for symbol in symbols:
        segments.append(Segment(symbol, segments[-1].end, segments[-1].end + each))
    segments.append(Segment("sil", segments[-1].end, segments[-1].end + 0.4))
    return segments, int(segments[-1].end * MODEL_FPS) + 1


def at_centre(curves: np.ndarray, segment: Segment, name: str) -> float:
    return float(curves[round((segment.start + segment.end) / 2 * MODEL_FPS), arkit.INDEX[name]])


def test_every_phone_has_a_viseme():
    assert set(VISEME_OF) == set(phones.SYMBOLS)


@given(st.lists(st.sampled_from(phones.SYMBOLS), min_size=1, max_size=20))
def test_any_speech_gives_a_legal_mouth_at_rest_at_both_ends(symbols):
    made = articulate(*spoken(*symbols)).weights
    assert made.min() >= 0 and made.max() <= 1
    assert made[0].max() < 0.02 and made[-1].max() < 0.05
    assert (made[:, arkit.INDEX["mouthClose"]] <= made[:, arkit.INDEX["jawOpen"]] + 1e-6).all()


@pytest.mark.parametrize("symbol", phones.SEALS)
@pytest.mark.parametrize("vowel", ["aa", "iy", "uw"])
def test_p_b_m_seal_between_any_vowels(symbol, vowel):
    segments, frames = spoken(vowel, symbol, vowel)
    made = articulate(segments, frames)
    assert at_centre(made.weights, segments[2], "mouthClose") == pytest.approx(
        at_centre(made.weights, segments[2], "jawOpen"), abs=1e-3
    )
    assert at_centre(made.weights, segments[2], "mouthLowerDownLeft") < 0.01
    assert made.seal.max() > 0.99


def test_vowels_differ_as_a_mouth_does():
    segments, frames = spoken("aa", "t", "iy", "t", "uw")
    made = articulate(segments, frames).weights
    aa, _, iy, _, uw = segments[1:-1]
    assert at_centre(made, aa, "jawOpen") > 2 * at_centre(made, iy, "jawOpen")
    assert at_centre(made, iy, "mouthStretchLeft") > 3 * at_centre(made, uw, "mouthStretchLeft")
    assert at_centre(made, uw, "mouthPucker") > 0.3 > 0.1 > at_centre(made, aa, "mouthPucker")


def test_rounding_is_anticipated_through_a_consonant():
    segments, frames = spoken("t", "uw")
    other, _ = spoken("t", "iy")
    rounded, spread = articulate(segments, frames).weights, articulate(other, frames).weights
    assert at_centre(rounded, segments[1], "mouthPucker") > at_centre(spread, segments[1], "mouthPucker") + 0.05


def test_a_loud_vowel_opens_wider():
    segments, frames = spoken("aa")
    loud, soft = (articulate(segments, frames, np.full(frames, level, np.float32)).weights for level in (1.0, 0.2))
    assert at_centre(loud, segments[1], "jawOpen") > 1.3 * at_centre(soft, segments[1], "jawOpen")


def perform(articulation: Articulation, pose: np.ndarray, affect=(0.0, 0.0, 0.0)) -> Curves:
    frames = len(articulation.weights)
    steady = np.full(frames, 0.6)
    return Curves(
        performed(
            articulation,
            np.repeat(pose[None], frames, 0),
            np.repeat(np.array(affect)[None], frames, 0),
            steady,
            0 * steady,
        )
    )


def test_no_expression_opens_a_seal():
    segments, frames = spoken("aa", "m", "aa")
    gaping = arkit.pose(jawOpen=0.7, mouthUpperUp=0.9, mouthLowerDown=0.9, noseSneer=1.0, mouthFunnel=0.6)
    made = perform(articulate(segments, frames), gaping).weights
    middle = round((segments[2].start + segments[2].end) / 2 * MODEL_FPS)
    assert made[middle, arkit.INDEX["mouthClose"]] == pytest.approx(made[middle, arkit.INDEX["jawOpen"]], abs=1e-3)
    assert made[middle, arkit.INDEX["mouthLowerDownLeft"]] < 0.01


def test_a_smile_is_worn_while_speaking_and_gives_way_to_rounding():
    segments, frames = spoken("iy", "t", "uw")
    made = perform(articulate(segments, frames), arkit.pose(mouthSmile=0.8)).weights
    assert at_centre(made, segments[1], "mouthSmileLeft") > 0.6
    assert at_centre(made, segments[3], "mouthSmileLeft") < at_centre(made, segments[1], "mouthSmileLeft") - 0.1


def test_the_excited_open_wider_than_the_weary():
    segments, frames = spoken("aa")
    excited, weary = (
        perform(articulate(segments, frames), arkit.pose(), (0, arousal, 0)).weights for arousal in (0.9, -0.9)
    )
    assert at_centre(excited, segments[1], "jawOpen") > 1.4 * at_centre(weary, segments[1], "jawOpen")


def test_a_sad_chin_presses_no_vowel_shut():
    segments, frames = spoken("iy", "t", "s", "iy")
    articulation = articulate(segments, frames, np.full(frames, 0.5, np.float32))
    made = perform(articulation, arkit.pose(mouthShrugLower=0.9, mouthFrown=0.8, mouthPress=0.6), (-0.8, -0.5, -0.5))
    opening = made.weights @ lips.OPENING_MM
    said = articulation.weights @ lips.OPENING_MM
    assert (opening[said > 0.5] >= np.minimum(said[said > 0.5], lips.KEPT_OPEN_MM) - 0.05).all()


def test_a_strong_style_opens_wider_without_chattering():
    segments, frames = spoken(*["p", "aa", "m", "iy", "t", "aa", "b", "uw", "s", "eh", "m", "ax"], each=0.09)
    articulation = articulate(segments, frames)
    snarl = arkit.pose(noseSneer=0.8, mouthUpperUp=0.5, mouthLowerDown=0.4, browDown=0.9)
    plain, furious = perform(articulation, arkit.pose()), perform(articulation, snarl, (-0.8, 0.9, 0.8))
    assert furious.channel("jawOpen").std() > 1.05 * plain.channel("jawOpen").std()
    assert jitter(furious) < 1.5 * jitter(plain)
    assert np.abs(np.diff(furious.channel("noseSneerLeft"))).max() < 0.12


def test_close_and_rounded_vowels_are_half_as_open_as_an_a():
    segments, frames = spoken("aa", "t", "iy", "t", "uw", "t", "s")
    opening = articulate(segments, frames).weights @ lips.OPENING_MM
    aa, iy, uw, s = (opening[round((segments[i].start + segments[i].end) / 2 * MODEL_FPS)] for i in (1, 3, 5, 7))
    assert max(iy, uw) < 0.55 * aa
    assert s < 0.4 * aa


def test_rounding_lasts_through_the_b_of_blue_shoes():
    segments, frames = spoken("uw", "b", "l", "uw")
    made = articulate(segments, frames).weights
    assert at_centre(made, segments[2], "mouthPucker") > 0.5 * at_centre(made, segments[1], "mouthPucker")


def test_brows_and_cheeks_of_a_style_sink_in_the_silence_after_a_phrase():
    segments, frames = spoken(*["aa", "t", "iy", "t"] * 4)
    frames += round(2 * MODEL_FPS)
    articulation = articulate(segments, frames)
    voiced = np.arange(frames) < segments[-1].start * MODEL_FPS
    pose = arkit.pose(browDown=0.8, browInnerUp=0.6, cheekSquint=0.5)
    made = performed(
        articulation, np.repeat(pose[None], frames, 0), np.zeros((frames, 3)), 0.6 * voiced, np.zeros(frames)
    )
    phrase = slice(round(MODEL_FPS), round((segments[-1].start - 0.25) * MODEL_FPS))
    for name in ("browDownLeft", "browInnerUp", "cheekSquintRight"):
        curve, worn = made[:, arkit.INDEX[name]], pose[arkit.INDEX[name]]
        assert 0.7 * worn < curve[-round(MODEL_FPS / 2) :].max() < 0.9 * curve[phrase].min()
