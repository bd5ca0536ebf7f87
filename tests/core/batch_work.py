# SPDX-License-Identifier: GPL-3.0-or-later
"""Work for batches, most of which needs no models; in a file of its own, as processes find it by its name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

from expclip_core.batch import DONE, SKIPPED, Outcome, Settings, Task, make


def by_prompt(task: Task, settings: Settings) -> Outcome:
    """``die`` kills its process, ``raise`` fails as a library would, ``slow`` takes a second; others are done at once."""
    match task.line.prompt:
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise RuntimeError("shape mismatch\nin layer 3")
        case "slow":
            time.sleep(1.0)
    return Outcome(task.number, DONE, output=task.output, made_from="anything")


def made_and_told(task: Task, settings: Settings) -> Outcome:
    """The real work; a file tells who is at it, and the outcome who did it."""
    mark = settings.folder / f"{task.number}.{os.getpid()}.under-way"
    mark.touch()
    outcome = make(task, settings)
    mark.unlink()
    return replace(outcome, message=str(os.getpid()))


def once(task: Task, settings: Settings) -> Outcome:
    """Take a tenth of a second to make a file, or none when it was made before."""
    if task.made_from:
        return Outcome(task.number, SKIPPED, output=task.output, made_from=task.made_from)
    time.sleep(0.1)
    (settings.folder / task.output).touch()
    return by_prompt(task, settings)
