# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured mouths as targets, and lip contacts measured on a real head."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from expclip_core import arkit, lips
from expclip_core.curves import Curves
from expclip_core.phones import INDEX, SYMBOLS, Segment
from expclip_core.speech import Speech
from training.captures import captured_articulation, heard_segments
from training.measures import Head, lip_score

RIG = Path(__file__).parents[3] / "shared" / "data" / "rigs" / "ict_facekit.npz"


def heard(*phones: tuple[str, int]) -> Speech:
    """Speech in which each phone is heard clearly for so many frames of 10 ms."""
    names = [name for name, frames in phones for _ in range(frames)]
    posteriors = np.zeros((len(names), len(SYMBOLS)), np.float32)
    posteriors[np.arange(len(names)), [INDEX[name] for name in names]] = 1.0
    frames = len(names) // 2
    voiced = np.array([name != "sil" for name in names[::2]], np.float32)
    return Speech(posteriors, np.zeros((len(names), 2), np.float32), 0.7 * voiced, 0 * voiced, frames / 50, 11 * voiced)


def test_a_phone_too_short_to_be_one_is_swallowed():
    segments = heard_segments(heard(("sil", 20), ("aa", 10), ("t", 2), ("aa", 10), ("sil", 20)))
    assert [segment.symbol for segment in segments] == ["sil", "aa", "sil"]
    assert segments[1] == Segment("aa", 0.2, 0.42)


def test_lips_open_as_far_as_captured_in_the_shapes_of_the_phones():
    speech = heard(("sil", 40), ("aa", 40), ("t", 10), ("iy", 40), ("sil", 40))
    frames = len(speech.loudness)
    opened = np.clip(np.sin(np.arange(frames) / 9), 0, 1)
    captured = Curves(opened[:, None] * arkit.pose(jawOpen=0.25, mouthLowerDown=0.2)[None])
    made = captured_articulation(captured, speech)
    assert np.corrcoef(made.weights @ lips.OPENING_MM, captured.weights @ lips.OPENING_MM)[0, 1] > 0.97
    stretched = made.weights[:, arkit.INDEX["mouthStretchLeft"]]
    assert stretched[55] > stretched[30]
    assert made.seal.max() == 0


def test_pressed_lips_of_a_capture_are_sealed():
    speech = heard(("aa", 40), ("m", 20), ("aa", 40))
    pressed = np.zeros(len(speech.loudness))
    pressed[23:27] = 0.3
    captured = Curves((pressed[:, None] * arkit.pose(mouthPress=1.0)[None]).astype(np.float32))
    made = captured_articulation(captured, speech)
    assert made.seal[24] > 0.99
    assert made.weights[24, arkit.INDEX["mouthClose"]] == pytest.approx(
        made.weights[24, arkit.INDEX["jawOpen"]], abs=1e-3
    )


@pytest.mark.skipif(not RIG.exists(), reason="../shared/data is not here")
def test_f_touches_the_teeth_where_the_contact_pass_puts_it():
    head, frames = Head(RIG), 50
    segments = (Segment("aa", 0.0, 0.4), Segment("f", 0.4, 0.6), Segment("aa", 0.6, 1.0))
    spoken = np.repeat(arkit.pose(jawOpen=0.25, mouthLowerDown=0.3)[None], frames, axis=0)
    teeth = ((np.arange(frames) >= 22) & (np.arange(frames) < 28)).astype(np.float32)
    assert lip_score(Curves(spoken), segments, head).teeth_rate == 0
    assert lip_score(Curves(lips.with_contacts(spoken, 0 * teeth, teeth)), segments, head).teeth_rate == 1
    sealed = lips.with_contacts(spoken, teeth, 0 * teeth)
    assert lip_score(Curves(sealed), segments, head).teeth_rate == 0  # an m is no f
