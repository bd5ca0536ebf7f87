# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import json

import numpy as np
import pytest
import soundfile

from expclip_core import arkit
from expclip_core.cli import main
from expclip_core.curves import Curves
from expclip_core.formats import read_recording, write_curves
from expclip_core.likeness import PROMPTS


@pytest.fixture
def run(tiny_weights, capsys):
    """Run a command on the tiny models: exit status, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        try:
            status = main([*map(str, arguments), "--weights", str(tiny_weights), "--device", "cpu"])
        except SystemExit as stop:
            status = stop.code
        return status, *capsys.readouterr()

    return call


def test_express_prints_a_json_object_a_line(run):
    status, out, _ = run("express", "furious", "überglücklich 😀")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [row["prompt"] for row in rows] == ["furious", "überglücklich 😀"]
    assert all(list(row["weights"]) == list(arkit.NAMES) for row in rows)
    assert all(0 <= weight <= 1 for row in rows for weight in row["weights"].values())


def test_express_reads_stdin(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("calm\n\nangry\n"))
    rows = [json.loads(line) for line in run("express", "-")[1].splitlines()]
    assert [row["prompt"] for row in rows] == ["calm", "", "angry"]
    assert not any(rows[1]["weights"].values())


def write_pose(path, **weights):
    path.write_text(json.dumps(weights))
    return path


def test_a_pose_without_a_prompt_is_expressed_as_it_is(run, tmp_path):
    pose = write_pose(tmp_path / "pose.json", browInnerUp=0.8, jawOpen=0.25)
    weights = json.loads(run("express", "--pose", pose)[1])["weights"]
    assert {name: weight for name, weight in weights.items() if weight} == {"browInnerUp": 0.8, "jawOpen": 0.25}


def test_a_pose_and_a_prompt_mix_by_weight(run, tmp_path):
    pose = write_pose(tmp_path / "pose.json", tongueOut=1.0)
    shown = {
        mix: json.loads(run("express", "furious", "--pose", pose, "--mix", mix)[1])["weights"] for mix in (0, 0.5, 1)
    }
    alone = json.loads(run("express", "furious")[1])["weights"]
    assert shown[0] == alone
    assert shown[1]["tongueOut"] == 1.0
    assert shown[0.5]["tongueOut"] == pytest.approx((1 + alone["tongueOut"]) / 2, abs=1e-3)


def test_what_express_prints_is_a_pose(run, tmp_path):
    path = tmp_path / "shown.json"
    path.write_text(run("express", "furious")[1])
    again = json.loads(run("express", "--pose", path)[1])["weights"]
    assert again == json.loads(path.read_text())["weights"]


def test_describe_prints_prompts_nearest_first(run, tmp_path):
    pose = write_pose(tmp_path / "pose.json", mouthSmileLeft=0.7, mouthSmileRight=0.7)
    status, out, _ = run("describe", pose, "--count", 3)
    found = json.loads(out)
    likeness = [each["likeness"] for each in found["prompts"]]
    assert (status, found["pose"], len(likeness)) == (0, "pose.json", 3)
    assert likeness == sorted(likeness, reverse=True)
    assert {each["prompt"] for each in found["prompts"]} <= set(PROMPTS.read_text().splitlines())


@pytest.mark.parametrize("ending", ["csv", "json", "npz"])
def test_animate_writes_curves(run, humming, tmp_path, ending):
    output = tmp_path / "deep" / f"take.{ending}"
    status, out, error = run("animate", humming, "--prompt", "cheerful", "--fps", 30, "--seed", 3, "-o", output)
    assert (status, out, error) == (0, "", "")
    assert output.stat().st_size > 1000


def test_animate_repeats_itself(run, humming, tmp_path):
    for name in ("a.csv", "b.csv"):
        run("animate", humming, "--prompt", "cheerful", "--seed", 3, "-o", tmp_path / name)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_animate_takes_prompts_over_time(run, humming, tmp_path):
    score = tmp_path / "score.json"
    score.write_text(json.dumps([{"time": 0, "prompt": "calm"}, {"time": 1, "prompt": "alarmed"}]))
    assert run("animate", humming, "--prompts", score, "-o", tmp_path / "take.npz")[0] == 0


def test_animate_takes_a_part_of_the_file_and_a_speed(run, humming, tmp_path):
    status, _, error = run(
        "animate", humming, "--from", 0.5, "--to", 1.5, "--speed", 2, "--fps", 50, "-o", tmp_path / "a.npz"
    )
    assert (status, error) == (0, "")
    assert np.load(tmp_path / "a.npz")["weights"].shape == (26, arkit.COUNT)


def bad_clips(folder):
    soundfile.write(folder / "empty.wav", np.zeros(0), 16000)
    soundfile.write(folder / "nan.wav", np.full(1600, np.nan, np.float32), 16000, subtype="FLOAT")
    (folder / "text.wav").write_text("this is no sound")
    return {"missing.wav": "no file", "empty.wav": "zero samples", "nan.wav": "NaN", "text.wav": "cannot be read"}


def test_every_wrong_clip_is_one_line_and_2(run, tmp_path):
    for name, words in bad_clips(tmp_path).items():
        status, out, error = run("animate", tmp_path / name, "-o", tmp_path / "take.csv")
        assert (status, out) == (2, "")
        assert words in error
        assert len(error.splitlines()) == 1
        assert not (tmp_path / "take.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["express", "x " * 1500], "shorten"),
        (["express", "calm", "--intensity", "9"], "intensity"),
        (["express"], "nothing to express"),
        (["express", "--pose", "{folder}/none.json"], "cannot be read"),
        (["express", "calm", "--mix", "2"], "not within 0 to 1"),
        (["describe"], "required"),
        (["dance"], "invalid choice"),
        (["animate", "{clip}", "-o", "take.fbx"], ".csv, .json nor .npz"),
        (["animate", "{clip}", "-o", "{folder}/a.csv", "--fps", "0"], "frames a second"),
        (["animate", "{clip}", "-o", "{folder}/a.csv", "--from", "3"], "2.00 s"),
        (["animate", "{clip}", "-o", "{folder}/a.csv", "--from", "1", "--to", "1"], "later end"),
        (["animate", "{clip}", "-o", "{folder}/a.csv", "--speed", "0"], "0.1 to 10"),
        (["animate", "{clip}", "-o", "{folder}/a.csv", "--prompts", "{folder}/none.json"], "cannot be read"),
        (["animate", "{clip}", "-o", "{folder}/a.csv", "--transcript", "missing.txt"], "missing.txt"),
        (["animate", "{clip}", "-o", "{folder}/a.csv", "--transcribe", "{folder}"], "Whisper"),
    ],
)
def test_wrong_use_is_one_line_and_2(run, humming, tmp_path, arguments, words):
    given = [argument.format(clip=humming, folder=tmp_path) for argument in arguments]
    status, out, error = run(*given)
    assert (status, out) == (2, "")
    assert words in error
    assert len(error.splitlines()) == 1


def test_convert_carries_curves_from_format_to_format(tmp_path, capsys):
    weights = np.random.default_rng(0).random((90, arkit.COUNT), dtype=np.float32)
    write_curves(Curves(weights, 30.0), tmp_path / "take.csv")
    for source, target in (("take.csv", "take.json"), ("take.json", "take.npz"), ("take.npz", "again.csv")):
        assert main(["convert", str(tmp_path / source), str(tmp_path / target)]) == 0
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "take.csv").read_text()
    assert main(["convert", str(tmp_path / "take.csv"), str(tmp_path / "fast.npz"), "--fps", "60"]) == 0
    fast = read_recording(tmp_path / "fast.npz")
    assert (len(fast.times), fast.fps) == (179, 60.0)
    assert np.allclose(fast.weights[::2], weights, atol=1e-5)
    assert main(["convert", str(tmp_path / "gone.csv"), str(tmp_path / "x.npz")]) == 2
    assert "cannot be read" in capsys.readouterr().err
