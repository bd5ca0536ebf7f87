# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from expclip_core import arkit, formats
from expclip_core.curves import Curves
from expclip_core.errors import InputError
from expclip_core.formats import (
    ENDINGS,
    HEAD_AND_EYES,
    Recording,
    read_recording,
    write_curves,
    write_recording,
)

CAPTURES = Path(__file__).parents[3] / "shared" / "data" / "captures"
LIVE_LINK = CAPTURES / "jmtechart_talk.csv"
RATES = (24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60000 / 1001, 60.0)


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


def test_two_may_write_the_same_file_at_once_and_a_failure_leaves_nothing(curves, tmp_path, monkeypatch):
    write, path = formats._WRITERS[".json"], tmp_path / "take.json"
    others = [lambda: 1 / 0]

    def write_while_another_does(recording, partial) -> None:
        write(recording, partial)
        if others:
            others.pop(0)()

    monkeypatch.setitem(formats._WRITERS, ".json", write_while_another_does)
    with pytest.raises(ZeroDivisionError):
        write_curves(curves, path)
    assert not list(tmp_path.iterdir())
    others.append(lambda: write_curves(curves, path))
    write_curves(curves, path)
    assert [each.name for each in tmp_path.iterdir()] == ["take.json"]
    assert np.allclose(read_recording(path).weights, curves.weights, atol=1e-6)


def test_a_folder_that_cannot_be_made_is_said(curves, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_curves(curves, tmp_path / "file" / "take.csv")


@st.composite
def recordings(draw) -> Recording:
    """Longer than a second, so that a CSV tells its rate; with dropped rows, and with or without head and eyes."""
    fps = draw(st.sampled_from(RATES))
    frames = draw(st.integers(75, 140))
    dropped = draw(st.sets(st.integers(1, frames - 1), max_size=3))
    kept = np.array([frame for frame in range(frames) if frame not in dropped])
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = chance.random((len(kept), arkit.COUNT), dtype=np.float32) * draw(st.sampled_from((1.0, 1.05)))
    motion = chance.uniform(-1, 1, (len(kept), 9)).astype(np.float32) if draw(st.booleans()) else None
    start = draw(st.sampled_from((0.0, 0.25, 3599.5, 86398.75)))
    return Recording(kept / fps, weights, motion, fps, start)


@pytest.mark.parametrize("ending", ENDINGS)
@given(recording=recordings())
def test_what_is_exported_is_imported(ending, recording, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"take{ending}"
    write_recording(recording, path)
    read = read_recording(path)
    assert np.allclose(read.weights, recording.weights, atol=1e-6)
    assert (read.motion is None) == (recording.motion is None)
    assert recording.motion is None or np.allclose(read.motion, recording.motion, atol=1e-6)
    assert np.allclose(read.times, recording.times, atol=1e-4)
    assert read.fps == pytest.approx(recording.fps, rel=1e-6)
    assert read.start == pytest.approx(recording.start, abs=1e-4)


@given(values=arrays(np.float32, (3, arkit.COUNT), elements=st.floats(0, 1, width=32)))
def test_a_csv_too_short_to_tell_its_rate_is_told_it(values, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "short.csv"
    write_curves(Curves(values, 25.0), path)
    assert read_recording(path, fps=25.0).curves.fps == 25.0
    assert np.allclose(read_recording(path, fps=25.0).curves.weights, values, atol=1e-6)
    assert read_recording(path).fps == 60.0


@pytest.mark.skipif(not CAPTURES.exists(), reason="../shared/data is not here")
@pytest.mark.parametrize("name", ["alex_rom_3", "alex_rom_4", "jmtechart_talk"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_real_captures_come_through_whole(name, ending, tmp_path):
    with (CAPTURES / f"{name}.csv").open() as file:
        lines = [line.split(",") for line in file]
    cells = np.array([line[2:] for line in lines[1:]], dtype=float)
    write_recording(read_recording(CAPTURES / f"{name}.csv"), tmp_path / f"take{ending}")
    read = read_recording(tmp_path / f"take{ending}")
    assert np.abs(np.hstack([read.weights, read.motion]) - cells).max() <= 1e-4
    assert read.fps == pytest.approx({"alex_rom_3": 30.0, "alex_rom_4": 30.0}.get(name, 60000 / 1001), rel=1e-3)
    seconds = float(lines[-1][0][6:8]) - float(lines[1][0][6:8]) + 60 * (int(lines[-1][0][3:5]) - int(lines[1][0][3:5]))
    assert read.times[-1] == pytest.approx(seconds + (float(lines[-1][0][9:]) - float(lines[1][0][9:])) / 60, abs=1e-3)


def test_columns_are_found_by_name(curves, tmp_path):
    write_curves(curves, tmp_path / "take.csv")
    rows = rows_of(tmp_path / "take.csv")
    order = np.random.default_rng(1).permutation(len(rows[0]))
    shuffled = [[row[column] for column in order] for row in rows]
    apple = [name if name in ("Timecode", *HEAD_AND_EYES) else name[0].lower() + name[1:] for name in shuffled[0]]
    with (tmp_path / "apple.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([apple, *shuffled[1:], []])
    assert np.allclose(read_recording(tmp_path / "apple.csv").weights, curves.weights, atol=1e-6)


def test_a_recording_without_head_tongue_and_timecode(tmp_path):
    (tmp_path / "old.csv").write_text("JawOpen,mouthClose,SomethingElse\n0.5,0.25,7\n0.75,0.5,7\n")
    read = read_recording(tmp_path / "old.csv", fps=30.0)
    assert read.motion is None
    assert read.curves.channel("jawOpen").tolist() == [0.5, 0.75]
    assert read.curves.channel("tongueOut").tolist() == [0.0, 0.0]
    assert read.times.tolist() == [0.0, 1 / 30]


def test_rows_without_a_face_and_times_said_twice_are_dropped_frames(tmp_path):
    path = tmp_path / "a.csv"
    rows = ("00:00:01:00.000,2,0.0,0.1", "00:00:01:01.000,0", "00:00:01:01.500,0,,", "00:00:01:02.000,2,0.4,0.1")
    path.write_text("\n".join(("timecode,blendshapecount,jawopen,headyaw", *rows, rows[-1])))
    recording = read_recording(path, fps=30.0)
    assert recording.curves.weights[:, arkit.INDEX["jawOpen"]] == pytest.approx([0.0, 0.2, 0.4])
    assert recording.motion[:, 0] == pytest.approx(0.1)


def test_dropped_frames_are_filled(curves, tmp_path):
    kept = np.r_[0:40, 42:90]
    recording = Recording(kept / 30.0, curves.weights[kept], None, 30.0)
    write_recording(recording, tmp_path / "take.csv")
    filled = read_recording(tmp_path / "take.csv").curves
    assert len(filled) == 90
    assert np.allclose(filled.weights[kept], curves.weights[kept], atol=1e-6)
    assert np.allclose(filled.weights[40], (2 * curves.weights[39] + curves.weights[42]) / 3, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "names no ARKit"),
        ("a.csv", "time,value\n1,2\n", "names no ARKit"),
        ("a.csv", "Timecode,JawOpen\n", "no frames"),
        ("a.csv", "Timecode,JawOpen\n00:00:00:00.000,0.5\n00:00:00:01.000,0.5,0.5\n", "line 3"),
        ("a.csv", "Timecode,JawOpen\n00:00:00:00.000,wide\n", "no curves that can be read"),
        ("a.csv", "Timecode,JawOpen\nnoon,0.5\n", "no curves that can be read"),
        ("a.csv", "Timecode,JawOpen\n00:00:00:00.000,nan\n", "not finite"),
        ("a.csv", "Timecode,JawOpen\n00:00:02:00.000,0\n00:00:01:00.000,1\n", "back in time"),
        ("a.csv", b"\xff\xfe\x00\x01", "no curves that can be read"),
        ("a.json", "{", "no curves that can be read"),
        ("a.json", "[1, 2]", "no curves that can be read"),
        ("a.json", '{"fps": 0, "names": ["jawOpen"], "weights": [[0]]}', "read|finite"),
        ("a.json", '{"fps": 30, "names": ["jaw"], "weights": [[0]]}', "no curves that can be read"),
        ("a.json", '{"fps": 30, "names": ["jawOpen"], "weights": [[0], [1]], "times": [0, 1e12]}', "longer than a day"),
        ("a.npz", b"PK\x03\x04nothing", "no curves that can be read"),
        ("a.npz", b"", "no curves that can be read"),
        ("a.fbx", "", "csv"),
    ],
)
def test_a_bad_file_is_said_in_one_sentence(name, content, said, tmp_path):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=said) as caught:
        read_recording(path)
    assert str(caught.value).count(". ") == 0


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_recording(tmp_path / "gone.csv")
