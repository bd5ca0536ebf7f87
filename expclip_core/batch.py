# SPDX-License-Identifier: GPL-3.0-or-later
"""`expclip batch`: all lines of a table → a file of curves each, on this machine's processes or on a Dask cluster.

Beside the curves lie what was read for each of them, so that the next run leaves out what did not change, and a summary.
This file must not import torch: processes divide the processor's threads before they do.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from . import __version__, timecode
from .contents import digest_of, digest_of_weights
from .errors import InputError
from .lines import Line, Table, Unusable
from .threads import sleep_while_waiting
from .whole import whole

DONE, SKIPPED, FAILED, LEFT = "done", "skipped", "failed", "left"
STATES = (DONE, SKIPPED, FAILED, LEFT)
SUMMARY = "_summary"  # .json and .csv
_MADE_FROM = ".made-from.json"  # output → fingerprint of what it was made from
_STORE_SECONDS = 2.0  # a run that is killed repeats no more than this
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # no names of files on Windows
_FORMULA = tuple("=+-@\t\r")  # what a cell begins with that a spreadsheet executes
_SCHEDULER_SECONDS = 10.0  # a Dask scheduler may take to answer


@dataclass(frozen=True)
class Settings:
    """What all lines share. folder: of the outputs. ending: .csv, .json or .npz. threads: of a process, 0 as torch likes.
    guess_words: of lines without a transcript, in English.
    """

    folder: Path
    ending: str = ".csv"
    fps: float = 60.0
    weights: Path | None = None
    text_encoder: Path | None = None
    device: str = "auto"
    threads: int = 0
    guess_words: bool = True


@dataclass(frozen=True)
class Task:
    """A line to make. number: of its row. output: the file's name in the folder. made_from: what it was made from last."""

    number: int
    line: Line
    output: str
    made_from: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a row: its state and a sentence where there is something to say."""

    number: int
    state: str
    clip: str = ""
    character: str = ""
    start: int | None = None
    output: str = ""
    seconds: float = 0.0
    message: str = ""
    made_from: str = ""


@dataclass(frozen=True)
class Summary:
    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def counts(self) -> Counter:
        return Counter(outcome.state for outcome in self.outcomes)

    @property
    def status(self) -> int:
        """0: all lines are there; 1: some failed or are left; 2: none is there."""
        counts = self.counts
        if counts[FAILED] + counts[LEFT] == 0:
            return 0
        return 1 if counts[DONE] + counts[SKIPPED] or counts[LEFT] else 2

    @property
    def sentence(self) -> str:
        return (
            f"{len(self.outcomes)} lines: {', '.join(f'{self.counts[s]} {s}' for s in STATES)}; {self.seconds:.1f} s."
        )

    def table(self) -> str:
        """For people: a row a line, the sentence below."""
        rows = [("row", "state", "output", "seconds", "")]
        rows += [(str(o.number), o.state, o.output or o.clip, f"{o.seconds:.1f}", o.message) for o in self.outcomes]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        text = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
        return "\n".join([*(row.rstrip() for row in text), "", self.sentence])

    def write(self, folder: Path) -> None:
        """_summary.json and _summary.csv."""
        rows = [{name: value for name, value in asdict(o).items() if name != "made_from"} for o in self.outcomes]
        document = {"seconds": round(self.seconds, 3), **{state: self.counts[state] for state in STATES}, "lines": rows}
        _write(folder / f"{SUMMARY}.json", json.dumps(document, indent=1, ensure_ascii=False))
        written = io.StringIO(newline="")
        table = csv.DictWriter(written, rows[0])
        table.writeheader()
        table.writerows({name: _as_text(cell) for name, cell in row.items()} for row in rows)
        _write(folder / f"{SUMMARY}.csv", "\ufeff" + written.getvalue())


def _as_text(cell: object) -> object:
    """A cell that spreadsheets show and do not execute; numbers stay."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


Work = Callable[[Task, Settings], Outcome]


class Engine(Protocol):
    """Where lines are made. width: how many are under way at a time."""

    width: int

    def submit(self, work: Work, task: Task, settings: Settings) -> Future[Outcome]: ...
    def renew(self) -> None: ...


# ── making one line, in whatever process ──────────────────────────────────────────────────────────────────────────────

_models = threading.Lock()  # a Dask worker may run several tasks in one process; the models serve one at a time


def make(task: Task, settings: Settings) -> Outcome:
    """Make a line's file, unless it is there and made from the same. What the user can mend becomes a failed outcome."""
    started = time.monotonic()
    line = task.line
    about = Outcome(task.number, SKIPPED, str(line.clip), line.character, line.start, task.output)
    try:
        transcript = _transcript(line)
        fingerprint = _fingerprint(line, transcript, settings)
        if fingerprint == task.made_from and (settings.folder / task.output).is_file():
            return replace(about, made_from=fingerprint)
        with _models:
            warnings = _animate(line, transcript, settings, settings.folder / task.output)
    except InputError as error:
        return replace(about, state=FAILED, message=str(error), seconds=_since(started))
    return replace(about, state=DONE, message=" ".join(warnings), seconds=_since(started), made_from=fingerprint)


def _since(moment: float) -> float:
    return round(time.monotonic() - moment, 3)


def _fingerprint(line: Line, transcript: str | None, settings: Settings) -> str:
    """A digest of all that decides what is made of a line; of files their contents."""
    given = asdict(replace(line, clip=Path(), prompts=None, output="", character="", start=0))
    decides = given | {
        "version": __version__,
        "clip": digest_of(line.clip, "clip"),
        "prompts": line.prompts and digest_of(line.prompts, "prompts' file"),
        "transcript": transcript,
        "guessed": not transcript and settings.guess_words and _can_guess(),
        "fps": line.fps or settings.fps,
        "ending": settings.ending,
        "weights": digest_of_weights(settings.weights, settings.text_encoder),
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()


def _transcript(line: Line) -> str | None:
    """The words themselves: from the table, the file it names, or the one beside the clip."""
    from .transcript import read_transcript, transcript_beside

    if not line.transcript:
        return transcript_beside(line.clip)
    named = line.transcript.lower().endswith(".txt")
    return read_transcript(Path(line.transcript) if named else line.transcript)


def _can_guess() -> bool:
    from .transcript.guess import can_guess

    return can_guess()


def _animate(line: Line, transcript: str | None, settings: Settings, output: Path) -> tuple[str, ...]:
    from .formats import write_curves
    from .score import read_prompts

    prompts = read_prompts(line.prompts) if line.prompts else None
    fps = line.fps or settings.fps
    start = timecode.seconds(line.timecode, fps, line.clip, line.excerpt.start)
    models = settings.weights, settings.text_encoder
    animator = _animator(*models, settings.device, settings.threads, digest_of_weights(*models))
    result = animator.animate(
        line.clip,
        line.prompt,
        intensity=line.intensity,
        fps=fps,
        seed=line.seed,
        transcript=transcript or "",
        language=line.language or None,
        guess_words=settings.guess_words,
        prompts=prompts,
        excerpt=line.excerpt,
    )
    write_curves(result.curves, output, start)
    return result.warnings


@lru_cache(maxsize=1)  # models that another run on the same worker wants take the place of these
def _animator(weights: Path | None, text_encoder: Path | None, device: str, threads: int, contents: str) -> Any:
    """The models, loaded once a process and again when their files' contents are others."""
    sleep_while_waiting()
    import torch

    from .animate import Animator

    if threads:
        torch.set_num_threads(threads)
    return Animator.load(weights, text_encoder, device)


# ── where ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Processes:
    """Worker processes of this machine; one that dies takes only its line with it."""

    def __init__(self, jobs: int, threads: int) -> None:
        self.width, self._threads = jobs, threads
        self._executor = self._made()

    def submit(self, work: Work, task: Task, settings: Settings) -> Future[Outcome]:
        try:
            return self._executor.submit(work, task, settings)
        except BrokenProcessPool:  # a process died that had nothing to do
            self.renew()
            return self._executor.submit(work, task, settings)

    def renew(self) -> None:
        """A process died, which breaks the pool: go on with another."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._made()

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)

    def kill(self) -> None:
        """End at once, whatever runs."""
        for process in multiprocessing.active_children():
            process.kill()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _made(self) -> ProcessPoolExecutor:
        fresh = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        return ProcessPoolExecutor(self.width, fresh, _begin_process, (self._threads,))


def _begin_process(threads: int) -> None:
    """In a new process, before torch is imported. Ctrl-C reaches it too, but the parent decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, str(threads))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed tells nobody: without this the process would wait for lines, and hold its models, for ever."""
    multiprocessing.parent_process().join()
    os._exit(1)


class Cluster:
    """The workers of a Dask scheduler; they see the same files under the same paths and have expclip_core installed."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise InputError("--dask needs dask.distributed: pip install 'expclip[dask]'.") from error
        try:
            self._client = Client(address, timeout=_SCHEDULER_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(f"No Dask scheduler answers at {address}: start one with 'dask scheduler'.") from error
        threads = sum(self._client.nthreads().values())
        if not threads:
            self._client.close()
            raise InputError(
                f"The Dask scheduler at {address} has no workers: start some with 'dask worker {address}'."
            )
        self.width = 2 * threads  # one waits at each thread
        self._executor = self._client.get_executor(pure=False)

    def submit(self, work: Work, task: Task, settings: Settings) -> Future[Outcome]:
        return self._executor.submit(work, task, settings)

    def renew(self) -> None:
        """Dask replaces its workers itself."""

    def close(self) -> None:
        self._client.close()

    kill = close


# ── all lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(
    table: Table,
    settings: Settings,
    engine: Engine,
    stop: threading.Event,
    tell: Callable[[Outcome], None],
    work: Work = make,
) -> Summary:
    """Make all lines of a table and write what became of them. `stop` lets those under way end and leaves the rest.

    Raises InputError when the folder cannot be written.
    """
    started = time.monotonic()
    store = _Store(settings.folder)
    unusable = ((number, row) for number, row in table.rows if isinstance(row, Unusable))
    outcomes = {number: Outcome(number, FAILED, message=row.problem) for number, row in unusable}
    for outcome in outcomes.values():
        tell(outcome)
    for outcome in _Shift(_tasks(table, settings.ending, store.made_from), settings, engine, stop, work).outcomes():
        outcomes[outcome.number] = outcome
        store.keep(outcome)
        tell(outcome)
    store.write()
    summary = Summary(tuple(outcomes[number] for number, _ in table.rows), time.monotonic() - started)
    summary.write(settings.folder)
    return summary


def _tasks(table: Table, ending: str, made_from: dict[str, str]) -> list[Task]:
    taken = {f"{SUMMARY}.csv", f"{SUMMARY}.json"}
    tasks = []
    for number, line in table.rows:
        if isinstance(line, Line):
            output = _output(line, ending, taken)
            taken.add(output.casefold())
            tasks.append(Task(number, line, output, made_from.get(output, "")))
    return tasks


def _output(line: Line, ending: str, taken: set[str]) -> str:
    """A name that is free, and is one on every system: who and which clip, or what the table says."""
    wanted = line.output.removesuffix(ending) or "_".join(filter(None, (line.character, line.clip.stem)))
    stem = re.sub(r"[^\w.-]+", "-", wanted).strip(".-") or "line"
    stem = f"line-{stem}" if _DEVICES.match(stem) else stem
    names = (f"{stem}{f'-{count}' if count > 1 else ''}{ending}" for count in range(1, len(taken) + 2))
    return next(name for name in names if name.casefold() not in taken)


@dataclass
class _Shift:
    """The tasks on their way through an engine.

    When a process dies, all tasks under way are suspects: each is made again alone, so that the one that breaks its
    process is found and the others are not blamed.
    """

    tasks: Sequence[Task]
    settings: Settings
    engine: Engine
    stop: threading.Event
    work: Work

    def __post_init__(self) -> None:
        self._waiting = deque(self.tasks)
        self._suspects: deque[Task] = deque()
        self._trial: Task | None = None
        self._running: dict[Future[Outcome], Task] = {}

    def outcomes(self) -> Iterator[Outcome]:
        """As they come; of tasks that are left when `stop` is set, at the end."""
        self._start()
        while self._running:
            finished, _ = wait(self._running, timeout=0.2, return_when=FIRST_COMPLETED)
            if any(isinstance(_error(future), BrokenProcessPool) for future in finished):
                yield from self._after_a_death(finished)
            else:
                yield from (self._outcome(future) for future in finished)
            self._start()
        for task in (*self._suspects, *self._waiting):
            yield _ended(task, LEFT, "")

    def _start(self) -> None:
        if self.stop.is_set():
            return
        if self._suspects and not self._running:
            self._trial = self._suspects.popleft()
            self._submit(self._trial)
        elif not self._suspects and self._trial not in self._running.values():
            self._trial = None
            while self._waiting and len(self._running) < self.engine.width:
                self._submit(self._waiting.popleft())

    def _submit(self, task: Task) -> None:
        self._running[self.engine.submit(self.work, task, self.settings)] = task

    def _outcome(self, future: Future[Outcome]) -> Outcome:
        task, error = self._running.pop(future), _error(future)
        if error is None:
            return future.result()
        if isinstance(error, CancelledError):
            self.stop.set()
            return _ended(task, LEFT, "The Dask scheduler is gone: start it and run this again.")
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return _ended(task, FAILED, f"The models failed: {what}.")

    def _after_a_death(self, finished: Iterable[Future[Outcome]]) -> Iterator[Outcome]:
        for future in finished:
            if not isinstance(_error(future), BrokenProcessPool):
                yield self._outcome(future)
        lost = list(self._running.values())
        self._running.clear()
        self.engine.renew()
        if len(lost) > 1 or self.stop.is_set():
            self._suspects.extend(lost)
        else:
            yield _ended(
                lost[0], FAILED, "The process that made it died, perhaps of too little memory: use fewer jobs."
            )


def _error(future: Future[Outcome]) -> BaseException | None:
    return CancelledError() if future.cancelled() else future.exception()


def _ended(task: Task, state: str, message: str) -> Outcome:
    line = task.line
    return Outcome(task.number, state, str(line.clip), line.character, line.start, task.output, message=message)


class _Store:
    """What each output was made from, beside the outputs."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _MADE_FROM
        self._written = time.monotonic()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.made_from = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # the first run, or someone's hand was in it: make all
            self.made_from = {}
        except OSError as error:
            raise InputError(f"{folder} cannot be written ({error.strerror}): choose another folder.") from error
        self.write()

    def keep(self, outcome: Outcome) -> None:
        if outcome.made_from:
            self.made_from[outcome.output] = outcome.made_from
        if time.monotonic() - self._written > _STORE_SECONDS:
            self.write()

    def write(self) -> None:
        _write(self._path, json.dumps(self.made_from, indent=1))
        self._written = time.monotonic()


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    try:
        with whole(path) as partial:
            partial.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another folder.") from error


@contextmanager
def stopped_by_signals(tell: Callable[[str], None]) -> Iterator[threading.Event]:
    """An event that Ctrl-C, or a request to terminate, sets. The second one interrupts at once."""
    stop = threading.Event()
    before: dict[int, Any] = {}

    def ask(*_: object) -> None:
        stop.set()
        tell("Finishing the lines under way; Ctrl-C again stops at once.")
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is threading.main_thread():  # elsewhere signals cannot be caught
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def batch(table: Table, settings: Settings, jobs: int = 1, dask: str = "") -> Summary:
    """Run with one progress on stderr; see :func:`run`. jobs: processes that share this machine's threads."""
    from tqdm import tqdm

    jobs = max(1, min(jobs, len(table.lines)))
    threads = max(1, len(_processors()) // jobs)
    engine = Cluster(dask) if dask else Processes(jobs, threads)
    settings = settings if dask else replace(settings, threads=threads)
    counts: Counter = Counter()
    patience = 0.1 if sys.stderr.isatty() else 30.0
    with (
        tqdm(total=len(table.rows), unit="line", file=sys.stderr, mininterval=patience, leave=False) as bar,
        stopped_by_signals(lambda sentence: tqdm.write(f"expclip: {sentence}", file=sys.stderr)) as stop,
    ):

        def tell(outcome: Outcome) -> None:
            counts[outcome.state] += 1
            if outcome.state == FAILED:
                tqdm.write(f"expclip: row {outcome.number}: {outcome.message}", file=sys.stderr)
            if outcome.state != LEFT:
                bar.set_postfix_str(", ".join(f"{counts[state]} {state}" for state in STATES[:3]), refresh=False)
                bar.update()

        try:
            summary = run(table, settings, engine, stop, tell)
        except BaseException:  # nothing goes on in the back of whoever is told
            engine.kill()
            raise
        engine.close()
    return summary


def _processors() -> Sequence[int]:
    """Those that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)  # not on every system
    return list(usable(0)) if usable else range(os.cpu_count() or 1)
