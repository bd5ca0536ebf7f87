# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from expclip_core import arkit
from expclip_core.curves import Curves
from expclip_core.errors import InputError
from expclip_core.formats import HEAD_AND_EYES, write_curves

LIVE_LINK = Path(__file__).parents[3] / "shared" / "data" / "captures" / "jmtechart_talk.csv"


@pytest.fixture
def curves() -> Curves:
    return Curves(np.random.default_rng(0).random((90, arkit.COUNT), dtype=np.float32), fps=30.0)


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_csv_is_a_live_link_face_recording(curves, tmp_path):
    write_curves(curves, tmp_path / "take.csv")
    header, *rows = rows_of(tmp_path / "take.csv")
    assert header[:2] == ["Timecode", "BlendShapeCount"]
    assert header[2:] == [name[0].upper() + name[1:] for name in arkit.NAMES] + list(HEAD_AND_EYES)
    assert len(rows) == 90
    assert {row[1] for row in rows} == {"61"}
    assert [row[0] for row in rows[29:32]] == ["00:00:00:29.000", "00:00:01:00.000", "00:00:01:01.000"]
    assert np.allclose(np.array([row[2:54] for row in rows], float), curves.weights, atol=1e-6)


@pytest.mark.skipif(not LIVE_LINK.exists(), reason="../shared/data is not here")
def test_the_header_is_that_of_a_real_recording(curves, tmp_path):
    write_curves(curves, tmp_path / "take.csv")
    assert rows_of(tmp_path / "take.csv")[0] == rows_of(LIVE_LINK)[0]


def test_timecodes_at_a_broken_rate_count_seconds(tmp_path):
    write_curves(Curves(np.zeros((25, arkit.COUNT), np.float32), fps=23.976), tmp_path / "take.csv")
    last = rows_of(tmp_path / "take.csv")[-1][0]
    seconds, frames = int(last[6:8]), float(last[9:])
    assert seconds + frames / 23.976 == pytest.approx(24 / 23.976, abs=1e-3)


def test_eyes_turn_with_the_look_shapes(tmp_path):
    pose = arkit.pose(eyeLookOutLeft=1.0, eyeLookInRight=1.0)
    write_curves(Curves(np.stack([pose, pose])), tmp_path / "take.csv")
    header, row, _ = rows_of(tmp_path / "take.csv")
    value = dict(zip(header, row, strict=True))
    assert float(value["LeftEyeYaw"]) == float(value["RightEyeYaw"]) < 0  # as Live Link: negative to the subject's left


def test_json_and_npz_hold_the_same(curves, tmp_path):
    write_curves(curves, tmp_path / "take.json")
    write_curves(curves, tmp_path / "take.npz")
    document = json.loads((tmp_path / "take.json").read_text())
    stored = np.load(tmp_path / "take.npz", allow_pickle=False)
    assert document["fps"] == float(stored["fps"]) == 30.0
    assert document["names"] == stored["names"].tolist() == list(arkit.NAMES)
    assert np.allclose(document["weights"], stored["weights"], atol=1e-6)
    assert np.array_equal(stored["weights"], curves.weights)


def test_an_unknown_ending_is_refused_and_nothing_is_left(curves, tmp_path):
    with pytest.raises(InputError, match=r"\.csv, \.json nor \.npz"):
        write_curves(curves, tmp_path / "take.fbx")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_said(curves, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_curves(curves, tmp_path / "file" / "take.csv")
