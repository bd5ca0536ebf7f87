# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's end of the pipe: starts the worker, sends requests, never waits for an answer unless asked to.

Standard library only. Threads read and write the pipe and touch nothing but a request's :class:`Job`; whoever owns the
job looks at it when it suits, in Blender from a timer.
"""

from __future__ import annotations

import itertools
import os
import queue
import signal
import subprocess
import threading
import time
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from . import protocol
from .errors import Cancelled, InputError
from .protocol import Done, Failure, Json, Part, Progress, Request

HELLO_DEADLINE = 180.0  # seconds; importing torch from a cold disk takes long
CANCEL_DEADLINE = 5.0  # seconds a cancelled request may take to stop before the worker is ended
_LOG_LIMIT = 1 << 20  # bytes; an older log is kept once
_REPAIR = "Install the runtime or choose another Python in the add-on's preferences."


@dataclass(frozen=True)
class Launch:
    """How to start a worker. `root` is the folder that holds expclip_core, `log` gets the worker's stderr. `models`: a digest
    of the weights' files, as other ones need another worker.
    """

    python: Path
    root: Path
    log: Path
    device: str = "auto"
    weights: Path | None = None
    text_encoder: Path | None = None
    models: str = ""

    @property
    def command(self) -> list[str]:
        command = [str(self.python), "-u", "-X", "utf8", "-m", "expclip_core.worker", "--device", self.device]
        if self.weights:
            command += ["--weights", str(self.weights)]
        if self.text_encoder:
            command += ["--text-encoder", str(self.text_encoder)]
        return command

    @property
    def environment(self) -> dict[str, str]:
        return child_environment() | {"PYTHONPATH": str(self.root)}


def child_environment() -> dict[str, str]:
    """This process's environment for another Python: less what belongs to Blender's own."""
    mine = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE")
    kept = {name: value for name, value in os.environ.items() if name not in mine}
    return kept | {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1"}


class Job:
    """A request under way: read `fraction` and `stage`, wait for `finished`, then take the `result`."""

    def __init__(self, client: Client, request: Request) -> None:
        self.request = request
        self.fraction = 0.0
        self.stage = ""
        self.cancelled = False  # asked to stop; it may still be on its way there
        self.started = time.monotonic()
        self._client = client
        self._finished = threading.Event()
        self._outcome: Done | Failure | None = None
        self._values = array("f")

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    @property
    def seconds(self) -> float:
        """Seconds since the request was made."""
        return time.monotonic() - self.started

    def wait(self, timeout: float | None = None) -> bool:
        return self._finished.wait(timeout)

    def result(self) -> Json:
        """The answer; waits for it. Raises InputError with a sentence for the animator, or Cancelled."""
        self._finished.wait()
        if isinstance(self._outcome, Failure):
            if self._outcome.code == "cancelled":
                raise Cancelled
            raise InputError(self._outcome.sentence)
        return self._outcome.result

    @property
    def values(self) -> array:
        """The curves' weights, float32, frame after frame, as many a frame as the result's `channels`."""
        return self._values

    def cancel(self) -> None:
        """Ask the worker to stop; a worker that does not is ended."""
        if not self.finished and not self.cancelled:
            self.cancelled = True
            self._client.cancel(self)

    def receive(self, reply: protocol.Reply) -> None:
        match reply:
            case Progress(fraction=fraction, stage=stage):
                self.fraction, self.stage = max(fraction, self.fraction), stage
            case Part(values=values):
                self._values.extend(values)
            case Done() | Failure():
                self.finish(reply)

    def finish(self, outcome: Done | Failure) -> None:
        if not self.finished:
            self._outcome = outcome
            self._finished.set()


@dataclass(eq=False)
class Client:
    """One worker process. Made by :meth:`start`; a client whose worker has ended is not used again."""

    launch: Launch
    process: subprocess.Popen
    hello: Job = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._jobs: dict[int, Job] = {}
        self._lock = threading.Lock()
        self._outbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._stopping = False
        self._broken = ""
        self._last = time.monotonic()  # something was asked or answered
        self.hello = self.request("hello", protocol=protocol.VERSION)
        for target in (self._read, self._write):
            threading.Thread(target=target, name=f"expclip {target.__name__}", daemon=True).start()
        self._after(HELLO_DEADLINE, self._miss_hello)

    @classmethod
    def start(cls, launch: Launch) -> Client:
        """Start a worker and greet it. Raises InputError when the Python cannot be started."""
        if not launch.python.is_file():
            raise InputError(f"There is no Python at {launch.python}. {_REPAIR}")
        log = _open_log(launch.log)
        try:
            process = subprocess.Popen(
                launch.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=launch.environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise InputError(f"{launch.python} cannot be started: {error.strerror}. {_REPAIR}") from error
        finally:
            log.close()
        return cls(launch, process)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None and not self._stopping and not self._broken

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last answer; 0 while one is open."""
        return 0.0 if self._jobs else time.monotonic() - self._last

    def request(self, method: str, **params: object) -> Job:
        """Send a request. Never blocks; a dead worker's job is finished at once, with the reason."""
        self._last = time.monotonic()
        job = Job(self, Request(next(self._numbers), method, params))
        with self._lock:
            self._jobs[job.request.id] = job
        if self._broken:
            self._fail_all(self._broken)
        else:
            self._outbox.put(job.request)
        return job

    def cancel(self, job: Job) -> None:
        self.request("cancel", request=job.request.id)
        self._after(CANCEL_DEADLINE, lambda: None if job.finished else self._abort(job))

    def stop(self, patience: float = 1.0) -> None:
        """End the worker: ask, then insist, then kill, `patience` seconds each."""
        self._stopping = True
        self._outbox.put(Request(next(self._numbers), "shutdown"))
        self._outbox.put(None)
        for insist in (self.process.terminate, self.process.kill):
            try:
                self.process.wait(patience)
                return
            except subprocess.TimeoutExpired:
                insist()
        self.process.wait(patience)

    def _write(self) -> None:
        pipe = self.process.stdin
        _survive_broken_pipes()
        try:
            while (request := self._outbox.get()) is not None:
                pipe.write(protocol.encode_request(request))
                pipe.flush()
            pipe.close()
        except OSError:  # the worker is gone; the reader says why
            with suppress(OSError):
                pipe.close()  # else what it still holds is written when it is collected, by any thread

    def _read(self) -> None:
        while True:
            try:
                line = protocol.read_line(self.process.stdout)
                if line is None:
                    break
                self._deliver(protocol.decode_reply(line))
            except protocol.ProtocolError as error:
                self._fail_all(f"The worker sent something that is no message: {error}. {_REPAIR}")
                self.process.kill()
                break
        self.process.wait()
        self.process.stdout.close()
        self._outbox.put(None)
        self._fail_all(self._broken or self._why_it_ended())

    def _deliver(self, reply: protocol.Reply) -> None:
        if reply.id is None:
            raise protocol.ProtocolError(reply.message)
        with self._lock:
            job = self._jobs.get(reply.id)
            if isinstance(reply, Done | Failure):
                self._jobs.pop(reply.id, None)
                self._last = time.monotonic()
        if job is None:
            return
        if job is self.hello:
            reply = _check_version(reply)
        job.receive(reply)
        if job is self.hello and isinstance(reply, Failure):
            self._fail_all(reply.sentence)
            self.process.terminate()

    def _miss_hello(self) -> None:
        if not self.hello.finished:
            self._fail_all(f"The worker did not answer within {HELLO_DEADLINE:.0f} seconds. {_REPAIR}")
            self.process.kill()

    def _abort(self, job: Job) -> None:
        job.finish(Failure(job.request.id, "cancelled", "Cancelled."))
        self.process.kill()

    def _fail_all(self, sentence: str) -> None:
        """Finish every job with a sentence, those to come too."""
        self._broken = sentence
        with self._lock:
            jobs, self._jobs = list(self._jobs.values()), {}
        for job in jobs:
            job.finish(Failure(job.request.id, "worker", sentence))

    def _why_it_ended(self) -> str:
        if self._stopping:
            return "The worker was stopped."
        last = _last_line(self.launch.log)
        if "No module named" in last or "ImportError" in last:
            return f"The Python at {self.launch.python} lacks a package ({last}). {_REPAIR}"
        code = self.process.returncode
        when = "in the middle of its work" if self.hello.finished else "while starting"
        why = f", saying: {last}" if code > 0 and last else f" (exit code {code})"
        return f"The worker stopped {when}{why}. Press Generate to start it again, or read its log in the preferences."

    def _after(self, seconds: float, action) -> None:
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        timer.start()


def _check_version(reply: protocol.Reply) -> protocol.Reply:
    """A hello's reply, or the failure it means when the worker speaks another version of the protocol."""
    if not isinstance(reply, Done) or (version := reply.result.get("protocol")) == protocol.VERSION:
        return reply
    sentence = f"The worker speaks protocol {version}, this add-on {protocol.VERSION}. {_REPAIR}"
    return Failure(reply.id, "protocol", sentence)


def _open_log(path: Path):
    """The log for a new worker, empty but for what the previous one said when that is little."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    log = path.open("ab")
    log.write(f"\n--- worker started {time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
    log.flush()
    return log


def _survive_broken_pipes() -> None:
    """In this thread. The Python of Blender 4.3 leaves SIGPIPE alone, which would end Blender where the worker is gone."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})


def _last_line(path: Path) -> str:
    """What the worker said last, without the marks that :func:`_open_log` sets."""
    try:
        lines = path.read_bytes()[-8192:].decode(errors="replace").splitlines()
    except OSError:
        return ""
    said = [line.strip() for line in lines if line.strip()]
    return "" if not said or said[-1].startswith("--- worker started") else said[-1][:300]
