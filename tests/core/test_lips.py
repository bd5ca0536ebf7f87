# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from expclip_core import arkit, lips
from training.measures import SEALED_MM, Head

RIG = Path(__file__).parents[3] / "shared" / "data" / "rigs" / "ict_facekit.npz"
HEAD = Head(RIG) if RIG.exists() else None
faces = arrays(np.float32, (4, arkit.COUNT), elements=st.floats(0, 1, width=32))
full, none = np.ones(4, np.float32), np.zeros(4, np.float32)


@given(faces)
def test_a_full_seal_follows_apples_rule_whatever_the_style_asks(weights):
    sealed = lips.with_contacts(weights, full, none)
    jaw, close = sealed[:, arkit.INDEX["jawOpen"]], sealed[:, arkit.INDEX["mouthClose"]]
    assert np.allclose(jaw, close, atol=1e-6)
    assert (jaw <= lips.SEAL_JAW + 1e-6).all()
    for base in ("mouthLowerDown", "mouthUpperUp", "mouthFunnel", "mouthShrugUpper"):
        assert all((sealed[:, arkit.INDEX[name]] == 0).all() for name in arkit.sides(base))


@given(faces)
def test_without_contact_nothing_changes_but_lips_that_cross(weights):
    out = lips.with_contacts(weights, none, none)
    others = np.arange(arkit.COUNT) != arkit.INDEX["mouthClose"]
    assert np.array_equal(out[:, others], weights[:, others])
    assert (out[:, arkit.INDEX["mouthClose"]] <= weights[:, arkit.INDEX["jawOpen"]]).all()


@given(faces, st.floats(0, 1), st.floats(0, 1))
def test_brows_and_lids_are_never_touched(weights, seal, teeth):
    out = lips.with_contacts(weights, full * seal, full * teeth)
    upper = [arkit.INDEX[name] for region in ("brows", "eyes") for name in arkit.REGIONS[region]]
    assert np.array_equal(out[:, upper], weights[:, upper])
    assert out.min() >= 0 and out.max() <= 1


@pytest.mark.skipif(not RIG.exists(), reason="../shared/data is not here")
@given(faces)
def test_a_seal_closes_a_real_head(weights):
    assert (HEAD.gap(lips.with_contacts(weights, full, none)) <= SEALED_MM).all()


def test_the_lower_lip_goes_under_the_teeth():
    spoken = np.repeat(arkit.pose(jawOpen=0.3, mouthLowerDown=0.4)[None], 4, axis=0)
    out = lips.with_contacts(spoken, none, full)
    assert (out[:, arkit.INDEX["mouthRollLower"]] >= 0.3).all()
    assert (out[:, arkit.INDEX["mouthLowerDownLeft"]] == 0).all()
    assert (out[:, arkit.INDEX["jawOpen"]] <= 0.1).all()


def test_an_envelope_is_full_in_the_middle_and_rises_without_a_jump():
    times = np.arange(100) / 50
    envelope = lips.contact_envelope([(0.9, 1.0)], times)
    assert envelope[np.abs(times - 0.95) < 0.025].min() > 0.9
    assert envelope[np.abs(times - 0.95) > 0.12].max() == 0
    assert np.abs(np.diff(envelope)).max() < 0.55
    assert (lips.contact_envelope([], times) == 0).all()


def test_a_long_contact_holds_for_nearly_all_of_its_sound():
    times = np.arange(100) / 50
    envelope = lips.contact_envelope([(0.8, 1.2)], times)
    assert envelope[(times > 0.845) & (times < 1.155)].min() == 1
    assert envelope[(times < 0.79) | (times > 1.23)].max() < 0.05


@pytest.mark.skipif(not RIG.exists(), reason="../shared/data is not here")
@given(faces)
def test_a_style_parts_no_lips_that_the_words_press(weights):
    """Not on a real head either, though no contact was heard: a snarl, a dropped jaw and parted lips all give way."""
    open_mouth = np.repeat(arkit.pose(jawOpen=0.2, mouthLowerDown=0.2)[None], 4, axis=0)
    spoken = lips.with_contacts(open_mouth, full, none)
    assert (HEAD.gap(lips.kept_shut(np.maximum(weights, spoken), spoken)) <= SEALED_MM).all()
    assert np.array_equal(lips.kept_shut(weights, open_mouth), weights)


def test_a_style_takes_no_lip_from_the_teeth():
    spoken = lips.with_contacts(np.stack([arkit.pose(jawOpen=0.3, mouthLowerDown=0.4)] * 4), none, full)
    wide = np.stack([arkit.pose(jawOpen=0.5, mouthLowerDown=0.5, mouthRollLower=0.35, mouthStretch=0.7)] * 4)
    out = lips.kept_shut(wide, spoken)
    opening = [arkit.INDEX[name] for name in ("jawOpen", "mouthLowerDownLeft", "mouthLowerDownRight")]
    assert np.allclose(out[:, opening], spoken[:, opening], atol=1e-5)
    assert np.allclose(out[:, arkit.INDEX["mouthStretchLeft"]], 0.7)


def test_half_of_what_a_style_opens_gives_way_to_pursed_lips():
    rounded = {"jawOpen": 0.07, "mouthPucker": 0.6, "mouthFunnel": 0.15}
    snarl = {"mouthLowerDown": 0.5, "mouthUpperUp": 0.6}
    for words, kept in ((rounded, 0.5), ({"jawOpen": 0.15}, 1.0)):
        spoken = np.repeat(arkit.pose(**words)[None], 4, axis=0)
        snarled = np.repeat(arkit.pose(**words, **snarl)[None], 4, axis=0)
        wider = (lips.kept_shut(snarled, spoken) - spoken) @ lips.OPENING_MM
        assert wider == pytest.approx(kept * ((snarled - spoken) @ lips.OPENING_MM), abs=1e-3)


def test_a_style_gives_way_to_a_seal_no_faster_than_lips_can():
    """A mouth that a style holds 20 mm open must not fall shut within two frames."""
    times = np.arange(60) / 50
    contact = lips.contact_envelope([(0.55, 0.65)], times)
    words = np.repeat(arkit.pose(jawOpen=0.2, mouthLowerDown=0.2)[None], 60, axis=0)
    spoken = lips.with_contacts(words, contact, 0 * contact)
    shouted = lips.with_contacts(
        np.repeat(arkit.pose(jawOpen=0.5, mouthLowerDown=0.7, mouthUpperUp=0.5)[None], 60, axis=0), contact, 0 * contact
    )
    kept = lips.kept_shut(shouted, spoken)
    fastest = [np.abs(np.diff(each @ lips.OPENING_MM)).max() for each in (shouted, kept)]
    assert fastest[1] < 0.6 * fastest[0]
    assert np.allclose(kept[0], shouted[0], atol=1e-5)


@given(faces, faces)
def test_a_style_presses_no_parted_lips_shut(weights, spoken):
    spoken[:, [arkit.INDEX[name] for name in arkit.sides("mouthPress")]] = 0  # words that are not about to press them
    out = lips.kept_open(weights, spoken)
    said, opening = spoken @ lips.OPENING_MM, out @ lips.OPENING_MM
    # Only a lower lip that is already down all the way cannot give more.
    parted = (said > 1.0) & (out[:, arkit.INDEX["mouthLowerDownLeft"]] < 1)
    assert (opening[parted] >= np.minimum(said, lips.KEPT_OPEN_MM)[parted] - 1e-3).all()
    if (said <= 0.1).all():
        assert np.allclose(out, weights, atol=1e-6)


def test_a_style_that_presses_early_does_not_let_go_on_the_way_into_a_seal():
    times = np.arange(80) / 50
    words = np.repeat(arkit.pose(jawOpen=0.08, mouthLowerDown=0.1)[None], 80, axis=0)
    spoken, styled = (
        lips.with_contacts(words, contact, 0 * contact)
        for contact in (lips.contact_envelope([(0.75, 0.85)], times - early) for early in (0.0, -0.04))
    )
    press = arkit.INDEX["mouthPressLeft"]
    styled[:, press] = 0.1 + 2 * styled[:, press]
    gathering = lips.kept_open(styled, spoken)[30:39, press]
    assert (np.diff(gathering) >= -0.005).all()


def test_a_style_presses_lips_in_a_pause_but_not_while_they_speak():
    pressed = np.repeat(arkit.pose(mouthPress=0.5)[None], 100, axis=0)
    resting = np.repeat(arkit.pose(jawOpen=0.015)[None], 100, axis=0)
    assert np.array_equal(lips.kept_open(pressed, resting), pressed)
    speaking = resting.copy()
    speaking[::12, arkit.INDEX["jawOpen"]] = 0.1
    kept = lips.kept_open(pressed + speaking, speaking)
    assert (kept @ lips.OPENING_MM)[20:80].min() >= (speaking @ lips.OPENING_MM).min()


@pytest.mark.skipif(not RIG.exists(), reason="../shared/data is not here")
@given(st.floats(0, 0.3), st.floats(0, 0.5), st.floats(0, 0.5))
def test_the_table_of_openings_is_that_of_the_head(jaw, lower, chin):
    """Linear in speech's range, where lips are apart."""
    weights = arkit.pose(jawOpen=jaw, mouthLowerDown=lower, mouthShrugLower=chin * min(1, 3 * jaw))[None]
    assert float(HEAD.gap(weights)[0]) == pytest.approx(0.64 + float(weights[0] @ lips.OPENING_MM), abs=1.2)


def test_words_tell_when_they_touch_the_teeth():
    spoken = np.stack([arkit.pose(jawOpen=0.1, mouthLowerDown=0.2)] * 4)
    assert lips.own_teeth(spoken).max() == 0
    assert lips.own_teeth(lips.with_contacts(spoken, full, none)).max() < 0.01
    assert lips.own_teeth(lips.with_contacts(spoken, none, full)).min() > 0.99


def test_words_tell_when_they_seal_the_lips():
    spoken = np.stack([arkit.pose(jawOpen=0.2, mouthLowerDown=0.2, mouthPress=0.1)] * 4)
    amounts = np.array([0, 0.3, 0.7, 1], np.float32)
    assert lips.own_seal(spoken).max() == 0
    assert np.allclose(lips.own_seal(lips.with_contacts(spoken, amounts, none))[[0, 3]], [0, 1], atol=1e-5)
    assert (np.diff(lips.own_seal(lips.with_contacts(spoken, amounts, none))) > 0).all()


def test_a_seal_that_the_words_make_is_not_made_again():
    times = np.arange(60) / 50
    contact = lips.contact_envelope([(0.55, 0.65)], times)
    spoken = np.repeat(arkit.pose(jawOpen=0.25, mouthLowerDown=0.3)[None], 60, axis=0)
    made = lips.with_contacts(spoken, contact, 0 * contact)
    once = lips.with_contacts(made, contact, 0 * contact, lips.own_seal(made))
    twice = lips.with_contacts(made, contact, 0 * contact)
    fastest = [np.abs(np.diff(each @ lips.OPENING_MM)).max() for each in (made, once, twice)]
    assert fastest[1] < 1.15 * fastest[0]
    assert fastest[2] > 1.2 * fastest[0]
    shut = contact == 1
    assert np.allclose(once[shut], made[shut], atol=1e-6)


@given(faces, faces)
def test_a_seal_holds_whatever_the_words_are_said_to_make(weights, spoken):
    sealed = lips.with_contacts(weights, full, none, lips.own_seal(spoken))
    assert np.allclose(sealed, lips.with_contacts(weights, full, none), atol=1e-6)


def test_a_snarl_gives_way_to_a_seal_slowly():
    times = np.arange(60) / 50
    snarling = np.repeat(arkit.pose(noseSneer=0.8)[None], 60, axis=0)
    contact = lips.contact_envelope([(0.55, 0.65)], times)
    sneer = lips.with_contacts(snarling, contact, 0 * contact)[:, arkit.INDEX["noseSneerLeft"]]
    assert sneer.min() < lips.SEAL_SNEER + 0.02
    assert np.abs(np.diff(sneer)).max() < 0.04


def test_lips_keep_their_rounding_through_a_seal():
    rounded = np.stack([arkit.pose(jawOpen=0.1, mouthPucker=0.35)] * 4)
    assert np.allclose(lips.with_contacts(rounded, full, none)[:, arkit.INDEX["mouthPucker"]], 0.35)
