# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core.channels import COUNT, INDEX, NAMES
from expclip_core.errors import InputError
from expclip_core.score import TimedPrompt, checked, pose_of, read_pose, read_prompts, score_of

poses = st.just(()) | st.lists(st.floats(0, 1), min_size=COUNT, max_size=COUNT).map(tuple)
timed = st.builds(TimedPrompt, st.floats(0, 1e4), st.text(max_size=9), st.floats(0, 2), poses, st.floats(0, 1))


@given(st.lists(timed, min_size=1, max_size=4))
def test_a_score_survives_the_pipe(prompts: list[TimedPrompt]) -> None:
    there = score_of(json.loads(json.dumps([each.entry for each in prompts])))
    for sent, received in zip(checked(prompts), there, strict=True):
        assert (received.time, received.prompt, received.pose) == (sent.time, sent.prompt, sent.pose)
        assert received.pose_weight == sent.pose_weight or not sent.pose


def test_a_pose_alone_is_a_prompt() -> None:
    (alone,) = score_of([{"time": 0, "pose": {"jawOpen": 2, "browInnerUp": 0.5}}])
    assert (alone.prompt, alone.pose[INDEX["jawOpen"]], alone.pose[INDEX["browInnerUp"]]) == ("", 1.0, 0.5)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([], "is empty"),
        ([{"prompt": "sad"}], "no timed prompts"),
        ([{"time": 0}], "no timed prompts"),
        ([{"time": "soon", "prompt": "sad"}], "no timed prompts"),
        (["sad"], "no timed prompts"),
        ([{"time": -1, "prompt": "sad"}], "time of 0 seconds or later"),
        ([{"time": 0, "prompt": "sad", "pose": {"jaw": 1}}], "no channel jaw"),
        ([{"time": 0, "prompt": "sad", "pose": {"jawOpen": "much"}}], "jawOpen is 'much'"),
        ([{"time": 0, "prompt": "sad", "pose_weight": 3}], "weight from 0 to 1"),
    ],
)
def test_what_cannot_be_performed_is_said(entries: list, says: str) -> None:
    with pytest.raises(InputError, match=says):
        score_of(entries)


@pytest.mark.parametrize("text", ["", "[1]", '{"weights": 3}'])
def test_a_file_that_holds_no_pose(tmp_path: Path, text: str) -> None:
    (tmp_path / "pose.json").write_text(text)
    with pytest.raises(InputError, match=r"pose\.json"):
        read_pose(tmp_path / "pose.json")


def test_a_file_that_holds_no_prompts(tmp_path: Path) -> None:
    (tmp_path / "prompts.json").write_text("{}")
    with pytest.raises(InputError, match=r"prompts\.json holds no timed prompts"):
        read_prompts(tmp_path / "prompts.json")


def test_channels_left_out_rest() -> None:
    assert pose_of({}) == (0.0,) * len(NAMES)
