# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker: a child process that owns the models and answers JSON Lines. `python -m expclip_core.worker`.

One thread reads, so that a cancel is seen while the other one computes. The worker ends when its input ends, which is
what happens when Blender quits or crashes. See docs/protocol.md.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import platform
import queue
import signal
import sys
import threading
import time
import traceback
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from . import __version__, channels, protocol
from .errors import Cancelled, InputError
from .excerpt import Excerpt
from .protocol import Done, Failure, Json, Progress, Request
from .score import Score, TimedPrompt, checked, pose_of, score_of
from .threads import sleep_while_waiting

REQUIRED_PACKAGES = ("numpy", "scipy", "soundfile", "torch", "transformers", "safetensors")
_PROGRESS_INTERVAL = 0.05  # seconds; a bar needs no more
_FAREWELL = 2.0  # seconds the running request gets to notice that nobody listens any more

Report = Callable[[float, str], None]
Load = Callable[[Report], Any]  # → animate.Animator

REINSTALL = "Install the runtime again in the add-on's preferences."


class Worker:
    """Answers requests one after the other; `cancel` overtakes them."""

    def __init__(self, load: Load, stdin: BinaryIO, stdout: BinaryIO) -> None:
        self._load = load
        self._stdin = stdin
        self._stdout = stdout
        self._writing = threading.Lock()
        self._waiting: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._closing = threading.Event()
        self._animator: Any = None

    def run(self) -> None:
        """Answer until `shutdown` or the end of the input."""
        answering = threading.Thread(target=self._answer_all, name="answering", daemon=True)
        answering.start()
        self._read_all()
        self._waiting.put(None)
        answering.join(_FAREWELL)

    def _read_all(self) -> None:
        while True:
            try:
                line = protocol.read_line(self._stdin)
                if line is None:
                    self._closing.set()
                    return
                if line.strip():
                    self._accept(protocol.decode_request(line))
            except protocol.ProtocolError as error:
                self._send(Failure(error.request_id, "protocol", f"The worker got a message it cannot read: {error}."))
            if self._closing.is_set():
                return

    def _accept(self, request: Request) -> None:
        if request.method in ("cancel", "shutdown"):
            self._send(self._answer(request))
        else:
            self._waiting.put(request)

    def _answer_all(self) -> None:
        while (request := self._waiting.get()) is not None:
            self._send(self._answer(request))
            self._cancelled.discard(request.id)

    def _answer(self, request: Request) -> Done | Failure:
        answers = {
            "hello": self._hello, "load": self._load_models, "animate": self._animate, "express": self._express,
            "describe": self._describe, "unload": self._unload, "cancel": self._cancel, "shutdown": self._shutdown,
        }  # fmt: skip
        report = self._reporter(request.id)
        try:
            report(0.0, "")
            return Done(request.id, answers[request.method](request, report))
        except Cancelled:
            return Failure(request.id, "cancelled", "Cancelled.")
        except InputError as error:
            return Failure(request.id, "input", str(error))
        except protocol.ProtocolError as error:
            return Failure(request.id, "protocol", f"The worker got a request it cannot use: {error}.")
        except ImportError as error:
            return Failure(request.id, "runtime", f"The worker's Python cannot load a package: {error}.", REINSTALL)
        except MemoryError:
            return _out_of_memory(request.id)
        except Exception as error:  # every request gets an answer, whatever a library throws; the log has the rest
            traceback.print_exc()
            if type(error).__name__ == "OutOfMemoryError":  # torch's own, on a GPU
                return _out_of_memory(request.id)
            return Failure(request.id, "internal", f"The models failed: {_one_line(error)}.", "The log file has more.")

    def _hello(self, request: Request, report: Report) -> Json:
        missing = [name for name in REQUIRED_PACKAGES if importlib.util.find_spec(name) is None]
        if missing:
            raise InputError(f"The Python at {sys.executable} lacks {', '.join(missing)}. {REINSTALL}")
        report(0.2, "Waking the models' Python")
        import torch

        return {
            "protocol": protocol.VERSION,
            "worker": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "devices": _devices(torch),
            "channels": list(channels.NAMES),
            "model": None if self._animator is None else self._animator.describe(),
        }

    def _load_models(self, request: Request, report: Report) -> Json:
        return {"model": self._loaded(report).describe()}

    def _animate(self, request: Request, report: Report) -> Json:
        params = request.params
        fps = _real(params, "fps", 50.0)
        if not 1.0 <= fps <= 1000.0:
            raise InputError(f"{fps:g} frames a second cannot be used: choose 1 to 1000.")
        clip = _text(params, "clip")
        animator = self._loaded(_share(report, 0.0, 0.4) if self._animator is None else report)
        result = animator.animate(
            Path(clip),
            prompts=_score(params),
            fps=fps,
            seed=_whole_number(params, "seed", 0),
            transcript=_text(params, "transcript", "") or None,
            guess_words=_flag(params, "guess_words", True),
            excerpt=_excerpt(params),
            report=_share(report, 0.4, 1.0),
        )
        in_layers = _flag(params, "layers", False)
        sent = result.layers if in_layers else result.curves
        rows = sent.matrix if in_layers else sent.weights
        for part in protocol.parts(request.id, array("f", rows.astype("<f4").tobytes()), rows.shape[1]):
            self._send(part)
        return {
            "channels": list(channels.NAMES),
            "tracks": list(result.layers.tracks) if in_layers else [],
            "frames": len(rows),
            "fps": sent.fps,
            "duration": result.duration,
            "seconds": dict(result.seconds),
            "warnings": list(result.warnings),
        }

    def _express(self, request: Request, report: Report) -> Json:
        params, prompts = request.params, request.params.get("prompts")
        if not isinstance(prompts, list) or not all(isinstance(prompt, str) for prompt in prompts):
            raise protocol.ProtocolError("prompts must be a list of texts", request.id)
        asked = _real(params, "intensity", 1.0), _pose(params), _real(params, "pose_weight", 0.5)
        poses = self._loaded(report).express(prompts, *asked)
        return {"poses": [dict(zip(channels.NAMES, map(float, pose), strict=True)) for pose in poses]}

    def _describe(self, request: Request, report: Report) -> Json:
        pose = pose_of(_parameter(request.params, "pose", dict, _REQUIRED))
        found = self._loaded(report).described(pose, _whole_number(request.params, "count", 5))
        return {"prompts": [{"prompt": each.prompt, "likeness": each.likeness} for each in found]}

    def _unload(self, request: Request, report: Report) -> Json:
        self._animator = None
        if torch := sys.modules.get("torch"):
            import gc

            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        return {}

    def _cancel(self, request: Request, report: Report) -> Json:
        self._cancelled.add(_whole_number(request.params, "request"))
        return {}

    def _shutdown(self, request: Request, report: Report) -> Json:
        self._closing.set()
        return {}

    def _loaded(self, report: Report) -> Any:
        if self._animator is None:
            self._animator = self._load(report)
        return self._animator

    def _reporter(self, request_id: int) -> Report:
        """A report that sends progress, no more often than a bar can show, and stops a cancelled request."""
        last_time, last_stage = -math.inf, ""

        def report(fraction: float, stage: str) -> None:
            nonlocal last_time, last_stage
            if self._closing.is_set() or request_id in self._cancelled:
                raise Cancelled
            if not stage:
                return
            now = time.monotonic()
            if stage == last_stage and now - last_time < _PROGRESS_INTERVAL:
                return
            last_time, last_stage = now, stage
            self._send(Progress(request_id, round(min(max(float(fraction), 0.0), 1.0), 4), stage))

        return report

    def _send(self, reply: protocol.Reply) -> None:
        line = protocol.encode_reply(reply)
        with self._writing:
            try:
                self._stdout.write(line)
                self._stdout.flush()
            except (BrokenPipeError, ValueError, OSError):  # nobody listens any more
                self._closing.set()


def serve(load: Load, stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Answer the requests in `stdin` on `stdout` until the input ends. `load` makes the models when first needed."""
    Worker(load, stdin, stdout).run()


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The protocol's input and output, moved away from fd 0 and 1 so that no library's print can corrupt them."""
    stdin = os.fdopen(os.dup(0), "rb")
    stdout = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return stdin, stdout


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m expclip_core.worker", description=__doc__)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, mps")
    parser.add_argument("--weights", type=Path, help="folder of the models' weights")
    parser.add_argument("--text-encoder", type=Path, help="folder of the sentence encoder")
    options = parser.parse_args()
    sleep_while_waiting()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in Blender's terminal reaches us too; Blender decides

    def load(report: Report) -> Any:
        from .animate import Animator

        return Animator.load(options.weights, options.text_encoder, options.device, report)

    serve(load, *private_streams())
    sys.stderr.flush()
    os._exit(0)  # a thread deep in a model must not keep the process alive


def _share(report: Report, start: float, end: float) -> Report:
    """A report for the part of the work between two fractions."""
    return lambda fraction, stage: report(start + (end - start) * fraction, stage)


def _devices(torch: Any) -> list[Json]:
    """The devices torch can use, fastest first; memory in bytes, where it can be asked."""
    devices: list[Json] = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            free, total = torch.cuda.mem_get_info(index)
            name = torch.cuda.get_device_name(index)
            devices.append({"device": f"cuda:{index}", "name": name, "free": free, "total": total})
    if torch.backends.mps.is_available():
        devices.append({"device": "mps", "name": "Apple GPU", "free": None, "total": None})
    return [*devices, {"device": "cpu", "name": "CPU", "free": None, "total": None}]


def _out_of_memory(request_id: int) -> Failure:
    hint = "Choose the CPU in the add-on's preferences or close other programs."
    return Failure(request_id, "memory", "There is not enough memory for the models.", hint)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


def _score(params: Json) -> Score:
    """The prompts over time, or the one prompt of the whole line."""
    if "prompts" in params:
        return score_of(_parameter(params, "prompts", list, _REQUIRED))
    weight = _real(params, "pose_weight", 0.5)
    return checked(
        [TimedPrompt(0.0, _text(params, "prompt", ""), _real(params, "intensity", 1.0), _pose(params), weight)]
    )


def _pose(params: Json) -> tuple[float, ...]:
    return pose_of(_parameter(params, "pose", dict, _REQUIRED)) if "pose" in params else ()


def _excerpt(params: Json) -> Excerpt:
    end = None if params.get("end") is None else _real(params, "end")
    return Excerpt(_real(params, "start", 0.0), end, _real(params, "speed", 1.0))


_REQUIRED = object()


def _parameter(params: Json, name: str, kind: type | tuple[type, ...], default: Any) -> Any:
    value = params.get(name, default)
    if value is _REQUIRED:
        raise protocol.ProtocolError(f"{name} is missing")
    if not isinstance(value, kind) or isinstance(value, bool):
        raise protocol.ProtocolError(f"{name} has the wrong type: {value!r}")
    return value


def _text(params: Json, name: str, default: Any = _REQUIRED) -> str:
    return _parameter(params, name, str, default)


def _real(params: Json, name: str, default: Any = _REQUIRED) -> float:
    return float(_parameter(params, name, (int, float), default))


def _flag(params: Json, name: str, default: bool) -> bool:
    value = params.get(name, default)
    if not isinstance(value, bool):
        raise protocol.ProtocolError(f"{name} must be true or false, not {value!r}")
    return value


def _whole_number(params: Json, name: str, default: Any = _REQUIRED) -> int:
    return _parameter(params, name, int, default)


if __name__ == "__main__":
    main()
