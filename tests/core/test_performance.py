# SPDX-License-Identifier: GPL-3.0-or-later
"""What the face does by itself: human rates, from the seed, and as the style has it."""

from __future__ import annotations

import numpy as np
import pytest

from expclip_core import arkit
from expclip_core.performance import HEAD, TRACKS, head, lopsided, tracks, unhurried, with_tracks

STILL = {"valence": 0.0, "arousal": 0.0, "dominance": 0.0}


def made(seed: int, seconds: float = 10, pose: np.ndarray | None = None, speaking: bool = False, **affect: float):
    """Tracks of a face in silence, or of one that stresses a word a second."""
    frames = int(50 * seconds)
    times = np.arange(frames) / 50
    loudness = np.clip(np.sin(2 * np.pi * times), 0, 1) * 0.8 if speaking else np.zeros(frames)
    rows = np.repeat(np.array([list({**STILL, **affect}.values())]), frames, axis=0)
    poses = np.repeat((arkit.pose() if pose is None else pose)[None], frames, axis=0)
    return tracks(loudness, 3 * loudness, poses, rows, seed)


def lively(seed: int, **how) -> np.ndarray:
    moves = made(seed, **how)
    return with_tracks(np.zeros((len(moves["blink"]), arkit.COUNT), np.float32), moves)


def blinks(moves: dict[str, np.ndarray]) -> int:
    lid = moves["blink"]
    return int(((lid[1:] > 0.5) & (lid[:-1] <= 0.5)).sum())


def shut_for(moves: dict[str, np.ndarray]) -> float:
    """Seconds that a blink is more than half shut."""
    return (moves["blink"] > 0.5).sum() / 50 / blinks(moves)


def test_a_face_blinks_fully_at_a_human_rate():
    moves = made(3, seconds=60)
    assert 8 <= blinks(moves) <= 30
    assert moves["blink"].max() > 0.95


def test_life_comes_from_the_seed():
    one, again, other = made(5, speaking=True), made(5, speaking=True), made(6, speaking=True)
    assert set(one) == set(TRACKS)
    assert all(np.array_equal(one[name], again[name]) for name in TRACKS)
    assert not any(np.array_equal(one[name], other[name]) for name in TRACKS)


def test_a_clip_without_frames_has_tracks_without_frames():
    assert all(len(track) == 0 for track in made(1, seconds=0).values())


def test_the_weary_blink_long_and_the_frightened_rarely():
    seeds = range(4)
    awake, weary = ([made(s, seconds=60, arousal=arousal) for s in seeds] for arousal in (0.0, -0.7))
    assert np.mean([shut_for(m) for m in weary]) > 1.4 * np.mean([shut_for(m) for m in awake])
    staring = [made(s, seconds=60, pose=arkit.pose(eyeWide=0.9), arousal=0.3) for s in seeds]
    assert sum(map(blinks, staring)) < 0.75 * sum(map(blinks, awake))


def test_the_meek_look_away_and_down():
    away = {d: np.concatenate([made(s, seconds=60, dominance=d)["gaze_up"] for s in range(3)]) for d in (-0.8, 0.8)}
    assert away[-0.8].mean() < away[0.8].mean() - 0.03
    assert (away[-0.8] == 0).mean() < (away[0.8] == 0).mean()


def test_opposite_looks_never_fight():
    weights = lively(7)
    for side in ("Left", "Right"):
        for one, other in (("In", "Out"), ("Up", "Down")):
            pair = [weights[:, arkit.INDEX[f"eyeLook{which}{side}"]] for which in (one, other)]
            assert np.minimum(*pair).max() < 1e-6


def test_a_silent_face_moves_its_eyes_alone():
    moved = lively(8).max(axis=0) > 0
    assert {arkit.REGION_OF[name] for name, each in zip(arkit.NAMES, moved, strict=True) if each} == {"eyes"}


def test_accents_raise_open_brows_and_knit_frowning_ones():
    moves = made(2, speaking=True)
    inner, down = arkit.INDEX["browInnerUp"], arkit.INDEX["browDownLeft"]
    frames = len(moves["brow"])
    open_face, frowning = (
        np.repeat(arkit.pose(browDown=amount)[None], frames, axis=0).astype(np.float32) for amount in (0.0, 0.8)
    )
    rise = [np.ptp(with_tracks(face, moves)[:, [inner, down]], axis=0) for face in (open_face, frowning)]
    assert rise[0][0] > 0.05 > rise[0][1]
    assert rise[1][1] > 0.01 > rise[1][0]
    still = with_tracks(open_face, moves, blinks=0, gaze=0, brows=0)
    assert np.array_equal(still, open_face)


def test_accents_follow_the_voice_and_arousal():
    calm, excited = (made(2, speaking=True, arousal=arousal)["brow"] for arousal in (-0.7, 0.8))
    assert excited.max() > 1.5 * calm.max() > 0
    assert made(2)["brow"].max() == 0


def test_brows_follow_stressed_words_and_not_syllables():
    """Two and a half loud syllables a second: brows rise for some of them, half a second apart or more."""
    times = np.arange(500) / 50
    loudness = 0.4 + 0.4 * np.sin(2 * np.pi * 2.5 * times) * (1 + 0.5 * np.sin(2 * np.pi * 0.3 * times))
    rows, poses = np.zeros((500, 3)), np.zeros((500, arkit.COUNT))
    brow = tracks(loudness, 3 * loudness, poses, rows, 1)["brow"]
    peaks = np.flatnonzero((brow[1:-1] >= brow[:-2]) & (brow[1:-1] > brow[2:])) + 1
    assert len(peaks) >= 5
    assert np.diff(peaks).min() >= 25


def test_a_style_moves_brows_without_trembling_and_leaves_the_lips_to_the_words():
    """A step of all channels, and single frames that stand out."""
    added = np.repeat((np.arange(200) >= 100).astype(np.float32)[:, None], arkit.COUNT, axis=1)
    added[::7] += 0.2
    calm = unhurried(added)
    for name in ("jawOpen", "mouthFunnel", "mouthUpperUpLeft"):
        assert np.array_equal(calm[:, arkit.INDEX[name]], added[:, arkit.INDEX[name]])
    brow = calm[:, arkit.INDEX["browDownLeft"]]
    assert np.abs(np.diff(brow, n=2)).max() < 0.05
    assert brow[10:80] == pytest.approx(np.full(70, 0.2 / 7), abs=0.02)
    assert brow[120:190] == pytest.approx(np.full(70, 1 + 0.2 / 7), abs=0.02)
    assert unhurried(added[:0]).shape == (0, arkit.COUNT)


@pytest.mark.parametrize("seed", range(3))
def test_the_head_moves_a_little_and_smoothly(seed):
    moves = made(seed, seconds=30, speaking=True, arousal=0.8)
    turned = head(moves)
    assert turned.shape == (1500, 3)
    assert 0.01 < np.abs(turned).max() < 0.2  # radians, up to some 11 degrees
    assert np.abs(np.diff(turned, n=2, axis=0)).max() < 0.004
    assert not head(moves, 0.0).any()
    assert head({name: moves[name] for name in TRACKS if name not in HEAD}) is None


def test_one_side_is_a_little_stronger_and_directions_are_left_alone():
    expression = np.repeat(arkit.pose(browDown=0.6, mouthSmile=0.6, mouthLeft=0.4, eyeLookDown=0.3)[None], 3, axis=0)
    out = lopsided(expression, 11)
    left, right = (out[0, arkit.INDEX[f"browDown{side}"]] for side in ("Left", "Right"))
    assert 0 < abs(left - right) < 0.13
    for name in ("mouthLeft", "eyeLookDownLeft", "eyeLookDownRight"):
        assert out[0, arkit.INDEX[name]] == pytest.approx(expression[0, arkit.INDEX[name]])
