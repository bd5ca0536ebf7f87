# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from expclip_core import client as client_module
from expclip_core.client import Client, Launch
from expclip_core.errors import Cancelled, InputError

ROOT = Path(__file__).parents[2]
FAKE = ROOT / "tests" / "blender" / "fake_worker.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for Python are shell scripts")

Start = Callable[..., Client]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a client on a stand-in for Python that runs a script of ours."""
    clients = []

    def start(script: Path = FAKE) -> Client:
        python = tmp_path / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{script}"\n')
        python.chmod(0o755)
        clients.append(Client.start(Launch(python, ROOT, tmp_path / "worker.log")))
        return clients[-1]

    yield start
    for client in clients:
        client.stop(0.5)


@pytest.fixture
def play(start: Start, tmp_path: Path) -> Callable[[str], Client]:
    """A client of a worker that is a few lines of Python."""

    def play(lines: str) -> Client:
        (tmp_path / "worker.py").write_text(lines)
        return start(tmp_path / "worker.py")

    return play


def clip(folder: Path, name: str = "line") -> str:
    path = folder / f"{name}.wav"
    path.write_bytes(b"RIFF")
    return str(path)


def test_a_take_arrives_whole(start: Start, tmp_path: Path) -> None:
    job = start().request("animate", clip=clip(tmp_path), prompt="smile", fps=25.0)
    result = job.result()
    assert len(job.values) == result["frames"] * len(result["channels"])
    assert job.stage == "Listening"


def test_starting_and_asking_do_not_wait(start: Start, tmp_path: Path) -> None:
    started = time.monotonic()
    job = start().request("animate", clip=clip(tmp_path, "slow"))
    assert time.monotonic() - started < 5.0  # the clip takes ten
    assert not job.finished


def test_what_the_user_can_mend_is_said(start: Start, tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("words")
    with pytest.raises(InputError, match=r"notes\.wav is not a sound file"):
        start().request("animate", clip=str(tmp_path / "notes.wav")).result()


def test_cancel_stops_the_work_and_keeps_the_worker(start: Start, tmp_path: Path) -> None:
    client = start()
    job = client.request("animate", clip=clip(tmp_path, "slow"))
    job.cancel()
    with pytest.raises(Cancelled):
        job.result()
    assert client.request("animate", clip=clip(tmp_path)).result()["frames"] == 101


DEAF = """
import json, sys, time
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "hello":
        print(json.dumps({"id": request["id"], "result": {"protocol": 2}}), flush=True)
"""


def test_a_worker_that_ignores_cancel_is_ended(play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "CANCEL_DEADLINE", 0.3)
    client = play(DEAF)
    client.hello.result()
    job = client.request("animate", clip="x")
    job.cancel()
    with pytest.raises(Cancelled):
        job.result()
    client.process.wait(5)
    assert not client.alive


def test_a_worker_that_never_answers_is_ended(play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "HELLO_DEADLINE", 0.5)
    client = play("import time; time.sleep(60)")
    with pytest.raises(InputError, match="did not answer within"):
        client.hello.result()


def test_a_worker_that_does_not_stop_is_killed(play) -> None:
    client = play(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + DEAF + "\nwhile True: time.sleep(1)"
    )
    client.hello.result()
    started = time.monotonic()
    client.stop(0.3)
    assert time.monotonic() - started < 20.0  # it would sleep for ever
    assert client.process.returncode == -9


def test_stop_is_gentle_first(start: Start) -> None:
    client = start()
    client.hello.result()
    client.stop()
    assert client.process.returncode == 0


@pytest.mark.parametrize(
    ("worker", "says"),
    [
        ("raise SystemExit('cannot find libcudart.so')", "stopped while starting, saying: cannot find libcudart.so"),
        ("import no_such_package", "lacks a package .*no_such_package.*Install the runtime"),
        ("print('Welcome to my worker', flush=True); input()", "something that is no message: .*not JSON"),
        ("print('x' * 2**21, flush=True); input()", "something that is no message: .*longer than"),
        (
            'print(\'{"id":1,"result":{"protocol":99}}\', flush=True); input()',
            "speaks protocol 99, this add-on 2",
        ),
        ('print(\'{"id":1,"error":{"message":"No torch."}}\', flush=True); input()', "No torch."),
        ("import os; os.kill(os.getpid(), 9)", r"stopped while starting \(exit code -9\)"),
    ],
)
def test_a_worker_that_cannot_be_used_fails_every_request_with_the_reason(play, worker: str, says: str) -> None:
    client = play(worker)
    early = client.request("animate", clip="x")
    for job in (client.hello, early):
        with pytest.raises(InputError, match=says):
            job.result()
    client.process.wait(5)
    with pytest.raises(InputError, match=says):
        client.request("animate", clip="x").result()


def test_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no Python at .*nowhere.*choose another Python"):
        Client.start(Launch(tmp_path / "nowhere", ROOT, tmp_path / "worker.log"))


def test_a_file_that_cannot_be_run(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("text")
    with pytest.raises(InputError, match="cannot be started: Permission denied"):
        Client.start(Launch(tmp_path / "python", ROOT, tmp_path / "worker.log"))


def test_the_worker_does_not_inherit_blenders_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONHOME", "/blender/python")
    monkeypatch.setenv("PYTHONPATH", "/blender/scripts")
    environment = Launch(tmp_path / "python", ROOT, tmp_path / "log").environment
    assert "PYTHONHOME" not in environment
    assert environment["PYTHONPATH"] == str(ROOT)


def test_the_log_keeps_what_the_worker_said_and_does_not_grow_for_ever(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_bytes(b"x" * (client_module._LOG_LIMIT + 1))
    start().request("animate", clip=clip(tmp_path)).result()
    assert "libraries print to stdout" in log.read_text()
    assert log.stat().st_size < 10_000
    assert log.with_suffix(".old.log").exists()


def test_launch_names_device_and_folders(tmp_path: Path) -> None:
    launch = Launch(tmp_path / "python", ROOT, tmp_path / "log", "cuda", tmp_path / "w", tmp_path / "t")
    assert launch.command[-6:] == [
        "--device", "cuda", "--weights", str(tmp_path / "w"), "--text-encoder", str(tmp_path / "t"),
    ]  # fmt: skip


def test_a_client_is_idle_only_between_requests(start: Start, tmp_path: Path) -> None:
    client = start()
    client.hello.result()
    job = client.request("animate", clip=clip(tmp_path, "steady"))
    time.sleep(0.2)
    assert client.idle_seconds == 0.0
    job.cancel()
    with pytest.raises(Cancelled):
        job.result()
    time.sleep(0.3)
    assert client.idle_seconds > 0.2


def test_a_worker_that_is_gone_does_not_end_blender(tmp_path: Path) -> None:
    """The Python inside Blender 4.3 leaves SIGPIPE alone, and a write into a pipe that nobody reads sends it."""
    deaf = tmp_path / "python"
    deaf.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import os, time; os.close(0); time.sleep(9)"\n')
    deaf.chmod(0o755)
    blender = f"""
import gc, signal, sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from expclip_core.client import Client, Launch
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
client = Client.start(Launch(Path({str(deaf)!r}), Path({str(ROOT)!r}), Path({str(tmp_path / "worker.log")!r})))
time.sleep(1.0)
for _ in range(3):
    client.request("hello")
    time.sleep(0.1)
client.stop(0.1)
del client
gc.collect()
"""
    done = subprocess.run([sys.executable, "-c", blender], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
