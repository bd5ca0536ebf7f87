# SPDX-License-Identifier: GPL-3.0-or-later
"""Many lines at once: what is made, left out, survived and told."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from expclip_core import batch, generator
from expclip_core.animate import Animator
from expclip_core.batch import DONE, FAILED, LEFT, SKIPPED, Cluster, Outcome, Processes, Settings, Summary, run
from expclip_core.cli import main
from expclip_core.formats import read_recording
from expclip_core.lines import Line, Table, read_lines
from tests.core.batch_work import by_prompt, made_and_told

ROOT = Path(__file__).parents[2]


class Here:
    """Lines made one after the other in this process."""

    width = 1

    def submit(self, work, task, settings) -> Future:
        future: Future = Future()
        try:
            future.set_result(work(task, settings))
        except RuntimeError as error:
            future.set_exception(error)
        return future


@pytest.fixture
def folder(tmp_path, humming) -> Path:
    for name in ("a.wav", "b.wav", "c.wav"):
        shutil.copyfile(humming, tmp_path / name)
    return tmp_path


@pytest.fixture
def settings(folder, tiny_weights) -> Settings:
    return Settings(folder / "out", ".npz", 30.0, tiny_weights, device="cpu")


def made(folder: Path, settings: Settings, text: str, **more) -> Summary:
    (folder / "lines.csv").write_text(text)
    table = read_lines(folder / "lines.csv")
    return run(table, settings, Here(), threading.Event(), lambda outcome: None, **more)


def states(summary: Summary) -> list[str]:
    return [outcome.state for outcome in summary.outcomes]


TABLE = "clip,prompt,character,transcript\na.wav,happy,Anna,\nb.wav,sad,Ben,\nc.wav,,,hello there\n"


def test_a_file_a_line_and_nothing_again_until_something_changes(folder, settings, monkeypatch):
    assert states(made(folder, settings, TABLE)) == [DONE] * 3
    outputs = [settings.folder / name for name in ("Anna_a.npz", "Ben_b.npz", "c.npz")]
    assert [np.load(path)["fps"] for path in outputs] == [30.0] * 3
    with monkeypatch.context() as patch:
        patch.setattr(batch, "_animate", lambda *_: pytest.fail("made again"))
        assert states(made(folder, settings, TABLE)) == [SKIPPED] * 3

    assert states(made(folder, settings, TABLE.replace("sad", "furious"))) == [SKIPPED, DONE, SKIPPED]
    samples, rate = soundfile.read(folder / "a.wav")
    soundfile.write(folder / "a.wav", samples[::-1], rate)
    (folder / "c.txt").write_text("not read, as the table has the words")
    assert states(made(folder, settings, TABLE.replace("sad", "furious"))) == [DONE, SKIPPED, SKIPPED]
    (folder / "b.txt").write_text("hello there")
    outputs[2].unlink()
    assert states(made(folder, settings, TABLE.replace("sad", "furious"))) == [SKIPPED, DONE, DONE]


def test_a_line_of_a_batch_is_what_animate_makes(folder, settings, tiny_weights):
    made(folder, settings, "clip,prompt,intensity,seed,from,to,speed,fps\nb.wav,happy,1.5,3,0.5,1.5,2,25\n")
    same = {"prompt": "happy", "intensity": 1.5, "seed": 3, "from": 0.5, "to": 1.5, "speed": 2, "fps": 25}
    options = [argument for name, value in same.items() for argument in (f"--{name}", str(value))]
    alone = folder / "alone.npz"
    paths = ["-o", str(alone), "--weights", str(tiny_weights), "--device", "cpu"]
    assert main(["animate", str(folder / "b.wav"), *options, *paths]) == 0
    assert np.array_equal(np.load(settings.folder / "b.npz")["weights"], np.load(alone)["weights"])


def test_a_line_carries_its_timecode(folder, settings):
    text = "clip,timecode,fps\na.wav,10:00:00:12,24\nb.wav,10:00:00:12,10\nc.wav,clip,24\n"
    summary = made(folder, settings, text)
    assert states(summary) == [DONE, FAILED, FAILED]
    assert read_recording(settings.folder / "a.npz").start == 36000.5
    assert [outcome.message.split("'")[0] for outcome in summary.outcomes[1:]] == [
        "The timecode ",
        "c.wav tells no time of its own: write its timecode as HH:MM:SS:FF.",
    ]
    assert states(made(folder, settings, text.replace("10:00:00:12,24", "10:00:00:13,24"))) == [DONE, FAILED, FAILED]


def test_other_weights_make_everything_again(folder, settings, tiny_weights):
    made(folder, settings, TABLE)
    others = shutil.copytree(tiny_weights, folder / "weights")
    same = Settings(settings.folder, ".npz", 30.0, others, device="cpu")
    assert states(made(folder, same, TABLE)) == [SKIPPED] * 3
    with (others / "generator.safetensors").open("ab") as file:
        file.write(b" ")
    assert SKIPPED not in states(made(folder, same, TABLE))


def test_the_models_are_loaded_once_for_every_folder_and_rate_and_again_when_they_change(
    folder, settings, tiny_weights, monkeypatch
):
    loaded, load = [], Animator.load
    monkeypatch.setattr(Animator, "load", lambda *asked: loaded.append(asked) or load(*asked))
    batch._animator.cache_clear()
    own = replace(settings, weights=shutil.copytree(tiny_weights, folder / "own"))
    others = (
        own,
        replace(own, folder=folder / "other", fps=25.0, ending=".csv", guess_words=False),
        replace(own, folder=folder / "another"),
    )
    for each in others:
        assert states(made(folder, each, "clip\na.wav\n")) == [DONE]
    assert len(loaded) == 1
    shutil.copyfile(own.weights / "generator.safetensors", folder / "generator")
    shutil.move(folder / "generator", own.weights / "generator.safetensors")  # the same, with another date
    assert states(made(folder, own, "clip,seed\na.wav,1\n")) == [DONE]
    assert len(loaded) == 1
    small = generator.Config(width=8, dilations=(1, 2), style_hidden=8)
    generator.Generator(small).save(own.weights / generator.FILE_NAME)
    assert states(made(folder, own, "clip,seed\na.wav,1\n")) == [DONE]
    assert len(loaded) == 2


def test_words_are_guessed_or_not_as_asked_and_lines_made_again_when_that_changes(folder, settings, monkeypatch):
    asked, animate = [], Animator.animate

    def heard(self, *line, guess_words, **how):
        asked.append(guess_words)
        return animate(self, *line, guess_words=False, **how)

    monkeypatch.setattr(Animator, "animate", heard)
    monkeypatch.setattr(batch, "_can_guess", lambda: True)
    silent = replace(settings, guess_words=False)
    rows = "clip,transcript\na.wav,\nb.wav,pop\n"
    assert states(made(folder, settings, rows)) == [DONE, DONE]
    assert states(made(folder, silent, rows)) == [DONE, SKIPPED]
    assert asked == [True, True, False]


def test_one_bad_line_stops_nothing_and_is_a_sentence(folder, settings):
    (folder / "text.wav").write_text("this is no sound")
    summary = made(folder, settings, "clip,start\nnone.wav,\na.wav,soon\ntext.wav,\na.wav,5\n,\n")
    assert states(summary) == [FAILED, FAILED, FAILED, DONE]
    words = ["none.wav cannot be read", "start 'soon'", "cannot be read as sound"]
    assert all(word in outcome.message for word, outcome in zip(words, summary.outcomes, strict=False))
    assert summary.status == 1
    assert not list(settings.folder.glob("*.partial"))


def test_the_summary_is_written_for_people_and_programs(folder, settings):
    summary = made(folder, settings, "clip,character,start\na.wav,Anna,12\nnone.wav,Ben,\n")
    written = json.loads((settings.folder / "_summary.json").read_text())
    assert (written["done"], written["failed"]) == (1, 1)
    assert written["lines"][0]["output"] == "Anna_a.npz"
    rows = list(csv.DictReader((settings.folder / "_summary.csv").open(encoding="utf-8-sig")))
    assert [(row["character"], row["start"], row["state"]) for row in rows] == [
        ("Anna", "12", DONE),
        ("Ben", "1", FAILED),
    ]
    assert "2 lines: 1 done, 0 skipped, 1 failed, 0 left" in summary.table()
    assert "Anna_a.npz" in summary.table()


def test_a_spreadsheet_executes_nothing_in_the_summary(folder, settings):
    made(folder, settings, "clip,character,start\nno.wav,=1+2,-5\nno.wav,@Ben,\nno.wav,-,\n")
    rows = list(csv.DictReader((settings.folder / "_summary.csv").open(encoding="utf-8-sig")))
    assert [row["character"] for row in rows] == ["'=1+2", "'@Ben", "'-"]
    assert rows[0]["start"] == "-5"


def outcome(state: str) -> Outcome:
    return Outcome(1, state)


@pytest.mark.parametrize(
    ("ends", "status"),
    [([DONE], 0), ([SKIPPED, DONE], 0), ([DONE, FAILED], 1), ([FAILED], 2), ([LEFT, LEFT], 1), ([DONE, LEFT], 1)],
)
def test_the_exit_status_tells(ends, status):
    assert Summary(tuple(map(outcome, ends)), 1.0).status == status


def test_outputs_have_names_of_their_own_inside_the_folder(folder, settings):
    cells = ["a.wav,,", "a.wav,,", "a.wav,A/../b:?,", "a.wav,,_summary.csv", "a.wav,,../../up.npz", "a.wav,,Hand.npz"]
    cells += ["a.wav,,con", "a.wav,,Com1.take.npz", "a.wav,,console", "a.wav,NUL,"]
    summary = made(folder, settings, "\n".join(["clip,character,output", *cells]), work=by_prompt)
    names = [outcome.output for outcome in summary.outcomes]
    assert names[:6] == ["a.npz", "a-2.npz", "A-..-b-_a.npz", "_summary.csv.npz", "up.npz", "Hand.npz"]
    assert names[6:] == ["line-con.npz", "line-Com1.take.npz", "console.npz", "NUL_a.npz"]


def test_stopping_leaves_the_rest_and_the_next_run_makes_it(folder, settings):
    stop = threading.Event()
    table = Table(tuple((n, Line(folder / "a.wav", "happy", seed=n)) for n in range(4)))
    first = run(table, settings, Here(), stop, lambda _: stop.set())
    assert states(first) == [DONE, LEFT, LEFT, LEFT]
    assert first.status == 1
    assert states(run(table, settings, Here(), threading.Event(), lambda _: None)) == [SKIPPED, DONE, DONE, DONE]


def test_a_line_that_kills_its_process_is_found_and_the_others_are_made(folder, settings):
    prompts = ["", "slow", "die", "slow", "raise", "", "die"]
    table = Table(tuple((n, Line(folder / "a.wav", prompt)) for n, prompt in enumerate(prompts)))
    engine = Processes(2, 1)
    summary = run(table, settings, engine, threading.Event(), lambda _: None, work=by_prompt)
    engine.close()
    assert states(summary) == [DONE, DONE, FAILED, DONE, FAILED, DONE, FAILED]
    assert "process" in summary.outcomes[2].message
    assert summary.outcomes[4].message == "The models failed: RuntimeError: shape mismatch in layer 3."


def command(folder: Path, tiny_weights: Path, *more: str) -> list[str]:
    weights = ("--weights", str(tiny_weights), "--device", "cpu", "--format", "npz")
    out = (str(folder / "lines.csv"), "-o", str(folder / "out"))
    return [sys.executable, "-m", "expclip_core", "batch", *out, *weights, *more]


def test_the_command_makes_them_in_two_processes_and_ctrl_c_finishes_cleanly(folder, tiny_weights):
    rows = [f"a.wav,happy,{seed}" for seed in range(400)]
    (folder / "lines.csv").write_text("\n".join(["clip,prompt,seed", "b.wav,sad,1", "none.wav,,1", *rows]))
    running = subprocess.Popen(
        command(folder, tiny_weights, "--jobs", "2"),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (folder / "out" / "a.npz").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does
    out, error = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "Finishing the lines under way" in error
    assert "Traceback" not in error
    assert "row 3" in error
    summary = json.loads((folder / "out" / "_summary.json").read_text())
    assert summary["failed"] == 1
    assert summary["left"] > 0
    assert summary["done"] == len(list((folder / "out").glob("*.npz"))) > 0
    assert f"{summary['left']} left" in out
    assert not list((folder / "out").glob("*.partial"))


KILLED = """
import threading
from pathlib import Path
from expclip_core.batch import Processes, Settings, run
from expclip_core.lines import Line, Table
from tests.core.batch_work import by_prompt

if __name__ == "__main__":
    table = Table(tuple((n, Line(Path("a.wav"), "slow")) for n in range(60)))
    say = lambda outcome: print("one is made", flush=True)
    run(table, Settings(Path("out"), ".npz", 30.0), Processes(2, 1), threading.Event(), say, work=by_prompt)
"""


def test_when_it_is_killed_its_processes_end_too(tmp_path):
    (tmp_path / "killed.py").write_text(KILLED)
    running = subprocess.Popen(
        [sys.executable, "killed.py"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout.readline() == "one is made\n"
    running.kill()
    running.communicate(timeout=50)  # until no process holds the other end any more; all lines would take longer


RESUMED = KILLED.replace('"slow"', '""').replace("by_prompt", "once")


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path):
    (tmp_path / "resumed.py").write_text(RESUMED)
    start = {"args": [sys.executable, "resumed.py"], "cwd": tmp_path, "env": os.environ | {"PYTHONPATH": str(ROOT)}}
    made_from = tmp_path / "out" / ".made-from.json"
    running = subprocess.Popen(**start, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while not (made_from.exists() and json.loads(made_from.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    running.kill()
    running.wait()
    kept = json.loads(made_from.read_text())
    subprocess.run(**start, stdout=subprocess.DEVNULL, check=True)
    summary = json.loads((tmp_path / "out" / "_summary.json").read_text())
    assert summary["skipped"] == len(kept) > 0
    assert summary["skipped"] + summary["done"] == 60
    assert len(list((tmp_path / "out").glob("*.npz"))) == 60


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        ("prompt\nsad\n", [], "no column 'clip'"),
        ("clip\na.wav\n", ["--dask", "nowhere://x"], "No Dask scheduler"),
        ("clip\na.wav\n", ["-o", "{folder}/a.wav"], "choose another folder"),
    ],
)
def test_when_nothing_can_run_it_is_one_line_and_2(folder, tiny_weights, capsys, content, more, words):
    pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    (folder / "lines.csv").write_text(content)
    arguments = [*command(folder, tiny_weights)[3:], *(each.format(folder=folder) for each in more)]
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert words in error.splitlines()[-1]


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


def test_a_dask_cluster_goes_on_when_a_worker_is_killed_that_makes_a_line(cluster, folder, settings):
    table = Table(tuple((n, Line(folder / "a.wav", seed=n)) for n in range(24)))
    engine = Cluster(cluster.scheduler_address)
    made_by: dict[int, str] = {}
    killed: dict[int, str] = {}

    def tell(outcome: Outcome) -> None:
        made_by[outcome.number] = outcome.message
        while len(made_by) == 4 and not killed:
            for mark in settings.folder.glob("*.under-way"):
                number, pid, _ = mark.name.split(".")
                os.kill(int(pid), signal.SIGKILL)
                killed[int(number)] = pid
                break

    summary = run(table, settings, engine, threading.Event(), tell, work=made_and_told)
    engine.close()
    assert states(summary) == [DONE] * 24
    assert all(made_by[number] != pid for number, pid in killed.items())
    frames = {len(read_recording(settings.folder / outcome.output).weights) for outcome in summary.outcomes}
    assert len(frames) == 1


def test_the_command_hands_the_lines_to_a_dask_cluster(cluster, folder, tiny_weights, capsys):
    (folder / "lines.csv").write_text("clip,prompt\na.wav,happy\nb.wav,sad\nnone.wav,\n")
    arguments = command(folder, tiny_weights, "--dask", cluster.scheduler_address)[3:]
    assert main(arguments) == 1
    assert "3 lines: 2 done, 0 skipped, 1 failed, 0 left" in capsys.readouterr().out
    assert {path.name for path in (folder / "out").glob("*.npz")} == {"a.npz", "b.npz"}
    assert main(arguments) == 1
    assert "3 lines: 0 done, 2 skipped, 1 failed, 0 left" in capsys.readouterr().out


def test_a_dask_cluster_makes_what_this_machine_makes(cluster, folder, settings):
    line = Table(((2, Line(folder / "a.wav", "happy")),))
    engine = Cluster(cluster.scheduler_address)
    there = [run(line, settings, engine, threading.Event(), lambda _: None) for _ in range(2)]
    engine.close()
    assert [states(summary) for summary in there] == [[DONE], [SKIPPED]]
    here = Settings(folder / "here", ".npz", 30.0, settings.weights, device="cpu")
    made(folder, here, "clip,prompt\na.wav,happy\n")
    weights = [np.load(each.folder / "a.npz")["weights"] for each in (settings, here)]
    assert np.allclose(*weights, atol=1e-5)
