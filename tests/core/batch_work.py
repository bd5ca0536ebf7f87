# SPDX-License-Identifier: GPL-3.0-or-later
"""Work for batches that needs no models; in a file of its own, as processes find it by its name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

from expclip_core.batch import DONE, SKIPPED, Outcome, Settings, Task


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


def made_again(task: Task, settings: Settings) -> Outcome:
    """Tell who made it."""
    time.sleep(0.2)
    return replace(by_prompt(task, settings), message=str(os.getpid()))


def once(task: Task, settings: Settings) -> Outcome:
    """Take a tenth of a second to make a file, or none when it was made before."""
    if task.made_from:
        return Outcome(task.number, SKIPPED, output=task.output, made_from=task.made_from)
    time.sleep(0.1)
    (settings.folder / task.output).touch()
    return by_prompt(task, settings)
