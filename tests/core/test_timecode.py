# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expclip_core import timecode
from expclip_core.cli import main
from expclip_core.errors import InputError
from expclip_core.formats import read_recording
from expclip_core.lines import read_lines

NOWHERE = Path("nowhere.wav")


def with_time(clip: Path, path: Path, samples: int) -> Path:
    """The clip as a recorder on a set writes it: a bext chunk before its others."""
    wav = clip.read_bytes()
    chunk = bytes(338) + struct.pack("<QH", samples, 1) + bytes(254)
    body = b"WAVE" + b"bext" + struct.pack("<I", len(chunk)) + chunk + wav[12:]
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def first_timecode(path: Path) -> str:
    return path.read_text().splitlines()[1].split(",")[0]


@given(st.integers(0, 24 * 3600 - 1), st.sampled_from([23.976, 24.0, 25.0, 29.97, 30.0, 60.0]), st.data())
def test_what_is_written_is_read(second, fps, data):
    frame = data.draw(st.integers(0, int(fps) - 1))
    time = second + frame / fps
    assert timecode.seconds(timecode.checked(timecode.written(time, fps)), fps, NOWHERE) == pytest.approx(
        time, abs=1e-4
    )


@pytest.mark.parametrize("text", ["1:2:3", "24:00:00:00", "10:60:00:00", "ten", "10:00:00", "10:00:00:-1"])
def test_what_is_none_is_a_sentence(text):
    with pytest.raises(InputError, match=r"cannot be used: write HH:MM:SS:FF"):
        timecode.checked(text)


def test_a_frame_that_the_rate_has_not_is_a_sentence():
    with pytest.raises(InputError, match="no such frame at 24 a second"):
        timecode.seconds("10:00:00:24", 24.0, NOWHERE)


def test_a_file_of_a_recorder_tells_its_own(humming, tmp_path):
    clip = with_time(humming, tmp_path / "set.wav", 16000 * 3600 + 8000)
    assert timecode.seconds("clip", 24.0, clip, 2.0) == 3602.5
    for other in (humming, tmp_path / "gone.wav"):
        with pytest.raises(InputError, match="tells no time of its own"):
            timecode.seconds("clip", 24.0, other)


def test_animate_and_convert_write_it(humming, tiny_weights, tmp_path):
    clip, models = (
        with_time(humming, tmp_path / "set.wav", 16000 * 3600),
        ["--weights", str(tiny_weights), "--device", "cpu"],
    )
    take, again = tmp_path / "take.csv", tmp_path / "again.csv"
    asked = ["--fps", "25", "--timecode"]
    assert main(["animate", str(clip), *asked, "10:20:30:05", "-o", str(take), *models]) == 0
    assert first_timecode(take) == "10:20:30:05.000"
    assert main(["animate", str(clip), "--from", "0.2", *asked, "clip", "-o", str(take), *models]) == 0
    assert first_timecode(take) == "01:00:00:05.000"
    assert main(["convert", str(take), str(again), "--timecode", "02:00:00:00"]) == 0
    assert first_timecode(again) == "02:00:00:00.000"
    assert (read_recording(again).weights == read_recording(take).weights).all()


def test_a_table_names_it(tmp_path):
    (tmp_path / "lines.csv").write_text("clip,TC\na.wav,10:00:00:00\nb.wav,noon\n")
    (_, right), (_, wrong) = read_lines(tmp_path / "lines.csv").rows
    assert right.timecode == "10:00:00:00"
    assert "timecode 'noon'" in wrong.problem
