# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker as a process: lines in, lines out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from array import array
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from expclip_core import protocol
from expclip_core.channels import NAMES
from expclip_core.curves import MODEL_FPS
from expclip_core.mix import Layers, mixed
from tests.blender.fake_worker import layers_of, weights

ROOT = Path(__file__).parents[2]
FAKE = ROOT / "tests" / "blender" / "fake_worker.py"


class Pipe:
    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process

    def send(self, *lines: object) -> None:
        for line in lines:
            self.process.stdin.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict:
        return json.loads(self.process.stdout.readline())

    def answer(self, number: int | None) -> dict:
        """The result or error of a request, skipping progress and parts."""
        return next(message for message in iter(self.receive, None) if message["id"] == number and is_answer(message))


def is_answer(message: dict) -> bool:
    return "result" in message or "error" in message


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    process = subprocess.Popen(
        [sys.executable, str(FAKE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    watchdog = threading.Timer(20.0, process.kill)  # a worker that keeps silent fails its test, not the whole run
    watchdog.start()
    yield Pipe(process)
    watchdog.cancel()
    process.kill()
    process.communicate()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    (tmp_path / "line.wav").write_bytes(b"RIFF")
    return tmp_path / "line.wav"


def test_hello_says_what_there_is(pipe: Pipe) -> None:
    pipe.send({"id": 1, "method": "hello", "params": {"protocol": protocol.VERSION}})
    hello = pipe.answer(1)["result"]
    assert hello["protocol"] == protocol.VERSION
    assert hello["channels"] == list(NAMES)
    assert hello["devices"][-1]["device"] == "cpu"
    assert hello["model"] is None
    assert hello["python"].count(".") == 2


def test_animate_sends_progress_then_curves_then_the_result(pipe: Pipe, clip: Path) -> None:
    pipe.send({"id": 5, "method": "animate", "params": {"clip": str(clip), "prompt": "smile", "fps": 29.97}})
    messages = []
    while not messages or not is_answer(messages[-1]):
        messages.append(pipe.receive())
    fractions = [message["progress"]["fraction"] for message in messages if "progress" in message]
    assert fractions == sorted(fractions)
    assert {message["progress"]["stage"] for message in messages if "progress" in message} >= {"Listening"}
    result = messages[-1]["result"]
    sent = b"".join(b64decode(message["part"]) for message in messages if "part" in message)
    curves = np.frombuffer(sent, dtype="<f4").reshape(result["frames"], len(result["channels"]))
    assert np.array_equal(curves, weights("smile", 1.0, 29.97))


def test_animate_sends_layers_when_asked(pipe: Pipe, clip: Path) -> None:
    params = {"clip": str(clip), "prompt": "smile", "fps": 24.0, "layers": True}
    pipe.send({"id": 6, "method": "animate", "params": params})
    messages = []
    while not messages or not is_answer(messages[-1]):
        messages.append(pipe.receive())
    result = messages[-1]["result"]
    sent = b"".join(b64decode(message["part"]) for message in messages if "part" in message)
    matrix = np.frombuffer(sent, dtype="<f4").reshape(result["frames"], -1)
    layers = Layers.of_matrix(matrix, result["tracks"], result["fps"])
    expected = layers_of("smile", 1.0)
    assert result["fps"] == MODEL_FPS
    assert np.array_equal(layers.matrix, expected.matrix)
    assert np.array_equal(mixed(layers), mixed(expected))


@pytest.mark.parametrize("layers", [1, "yes", None])
def test_layers_are_true_or_false(pipe: Pipe, clip: Path, layers: object) -> None:
    pipe.send({"id": 8, "method": "animate", "params": {"clip": str(clip), "layers": layers}})
    assert pipe.answer(8)["error"]["code"] == "protocol"


def test_express_answers_poses_by_name(pipe: Pipe) -> None:
    pipe.send({"id": 2, "method": "express", "params": {"prompts": ["smile", "frown"], "intensity": 0.5}})
    smiling, frowning = pipe.answer(2)["result"]["poses"]
    assert smiling["mouthSmileLeft"] == pytest.approx(0.4)
    assert frowning["mouthSmileLeft"] == 0.0


def test_express_mixes_a_pose_in(pipe: Pipe) -> None:
    params = {"prompts": ["smile"], "pose": {"browInnerUp": 1.0}, "pose_weight": 0.25}
    pipe.send({"id": 2, "method": "express", "params": params})
    (pose,) = pipe.answer(2)["result"]["poses"]
    assert (pose["mouthSmileLeft"], pose["browInnerUp"]) == pytest.approx((0.6, 0.25))


def test_prompts_over_time_reach_the_models(pipe: Pipe, clip: Path) -> None:
    prompts = [{"time": 1.0, "prompt": "smile"}, {"time": 0, "pose": {"browInnerUp": 0.5}, "pose_weight": 1.0}]
    pipe.send({"id": 3, "method": "animate", "params": {"clip": str(clip), "prompts": prompts, "fps": 10.0}})
    sent = b""
    while not is_answer(message := pipe.receive()):
        sent += b64decode(message.get("part", ""))
    curves = np.frombuffer(sent, dtype="<f4").reshape(message["result"]["frames"], len(NAMES))
    smile, brow = curves[:, NAMES.index("mouthSmileLeft")], curves[:, NAMES.index("browInnerUp")]
    assert not smile[:9].any()
    assert (smile[11:18] > 0.7).all()
    assert (brow[:9] >= 0.5).all()
    assert (brow[11:18] < 0.5).all()


def test_describe_answers_prompts(pipe: Pipe) -> None:
    pipe.send({"id": 2, "method": "describe", "params": {"pose": {"jawOpen": 0.5, "cheekPuff": 0.75}, "count": 2}})
    found = pipe.answer(2)["result"]["prompts"]
    assert found == [{"prompt": "cheekPuff", "likeness": 0.75}, {"prompt": "jawOpen", "likeness": 0.5}]


def test_load_describes_the_model_and_unload_forgets_it(pipe: Pipe) -> None:
    pipe.send({"id": 1, "method": "load"}, {"id": 2, "method": "hello"}, {"id": 3, "method": "unload"})
    pipe.send({"id": 4, "method": "hello"})
    assert pipe.answer(1)["result"]["model"]["fps"] == 50.0
    assert pipe.answer(2)["result"]["model"]["fps"] == 50.0
    pipe.answer(3)
    assert pipe.answer(4)["result"]["model"] is None


def test_animate_takes_a_part_of_the_file_and_a_speed(pipe: Pipe, clip: Path) -> None:
    part = {"clip": str(clip), "fps": 30, "start": 0.5, "end": 1.5, "speed": 2.0}
    pipe.send({"id": 1, "method": "animate", "params": part})
    assert pipe.answer(1)["result"]["duration"] == 0.5
    pipe.send({"id": 2, "method": "animate", "params": part | {"end": 0.5}})
    assert pipe.answer(2)["error"]["code"] == "input"
    pipe.send({"id": 3, "method": "animate", "params": part | {"end": "late"}})
    assert pipe.answer(3)["error"]["code"] == "protocol"


def test_a_running_request_is_cancelled_and_the_next_one_answered(pipe: Pipe, clip: Path) -> None:
    slow = clip.with_name("slow.wav")
    slow.write_bytes(b"RIFF")
    pipe.send({"id": 1, "method": "animate", "params": {"clip": str(slow)}})
    while pipe.receive().get("progress", {}).get("stage") != "Listening":
        pass
    pipe.send({"id": 2, "method": "cancel", "params": {"request": 1}})
    pipe.send({"id": 3, "method": "animate", "params": {"clip": str(clip)}})
    started = time.monotonic()
    assert pipe.answer(1)["error"]["code"] == "cancelled"
    assert time.monotonic() - started < 1.0
    assert pipe.answer(3)["result"]["frames"] == 101


def test_a_waiting_request_can_be_cancelled(pipe: Pipe, clip: Path) -> None:
    pipe.send({"id": 1, "method": "animate", "params": {"clip": str(clip)}})
    pipe.send({"id": 2, "method": "animate", "params": {"clip": str(clip)}})
    pipe.send({"id": 3, "method": "cancel", "params": {"request": 2}})
    assert "result" in pipe.answer(1)
    assert pipe.answer(2)["error"]["code"] == "cancelled"


@pytest.mark.parametrize(
    ("line", "number", "says"),
    [
        (b"hello?\n", None, "not JSON"),
        (b"x" * (protocol.LINE_LIMIT + 10) + b"\n", None, "longer than"),
        ({"id": 4, "method": "dance"}, 4, "unknown method 'dance'"),
        ({"id": 4, "method": "animate"}, 4, "clip is missing"),
        ({"id": 4, "method": "animate", "params": {"clip": 3}}, 4, "clip has the wrong type: 3"),
        ({"id": 4, "method": "animate", "params": {"clip": "x", "fps": 0}}, 4, "0 frames a second cannot be used"),
        ({"id": 4, "method": "express", "params": {"prompts": "sad"}}, 4, "prompts must be a list"),
        ({"id": 4, "method": "cancel"}, 4, "request is missing"),
        ({"id": 4, "method": "describe"}, 4, "pose is missing"),
        ({"id": 4, "method": "describe", "params": {"pose": {"jaw": 1}}}, 4, "A pose has no channel jaw"),
        (
            {"id": 4, "method": "animate", "params": {"clip": "x", "prompts": []}},
            4,
            "The list of timed prompts is empty",
        ),
        ({"id": 4, "method": "animate", "params": {"clip": "x", "prompts": [1]}}, 4, "These are no timed prompts"),
        ({"id": 4, "method": "animate", "params": {"clip": "x", "pose_weight": 2}}, 4, "by a weight from 0 to 1"),
    ],
)
def test_a_bad_line_is_answered_and_the_worker_goes_on(pipe: Pipe, line: object, number: int | None, says: str) -> None:
    pipe.send(line, {"id": 9, "method": "hello"})
    assert says in pipe.answer(number)["error"]["message"]
    assert "result" in pipe.answer(9)


def test_what_the_user_can_mend_is_told_apart_from_what_broke(pipe: Pipe, clip: Path) -> None:
    clip.write_text("not audio")
    broken = clip.with_name("raise.wav")
    broken.write_bytes(b"RIFF")
    pipe.send({"id": 1, "method": "animate", "params": {"clip": str(clip)}})
    pipe.send({"id": 2, "method": "animate", "params": {"clip": str(broken)}})
    assert pipe.answer(1)["error"]["code"] == "input"
    error = pipe.answer(2)["error"]
    assert (error["code"], error["hint"]) == ("internal", "The log file has more.")
    assert "\n" not in error["message"]


def test_shutdown_ends_the_worker(pipe: Pipe) -> None:
    pipe.send({"id": 1, "method": "shutdown"})
    assert pipe.answer(1) == {"id": 1, "result": {}}
    assert pipe.process.wait(5) == 0


@pytest.mark.parametrize("running", [False, True])
def test_the_worker_ends_with_its_input(pipe: Pipe, clip: Path, running: bool) -> None:
    if running:
        slow = clip.with_name("slow.wav")
        slow.write_bytes(b"RIFF")
        pipe.send({"id": 1, "method": "animate", "params": {"clip": str(slow)}})
        pipe.receive()
    pipe.process.stdin.close()
    pipe.process.stdin = None
    assert pipe.process.wait(5) == 0


def test_the_worker_survives_a_reader_that_is_gone(pipe: Pipe, clip: Path) -> None:
    pipe.process.stdout.close()
    pipe.process.stdout = None
    pipe.send({"id": 1, "method": "animate", "params": {"clip": str(clip)}})
    time.sleep(0.5)
    assert pipe.process.poll() is None
    pipe.process.stdin.close()
    pipe.process.stdin = None
    assert pipe.process.wait(5) == 0


def test_parts_are_little_endian_float32() -> None:
    line = protocol.encode_reply(protocol.Part(1, array("f", [1.0])))
    assert json.loads(line)["part"] == "AACAPw=="
