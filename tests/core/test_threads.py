# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from expclip_core.client import Client, Launch

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.executable)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks GNU's OpenMP")


@pytest.fixture(autouse=True)
def openmp_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenMP prints how it is set, when torch loads it."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setenv("OMP_DISPLAY_ENV", "true")


def policies(said: str) -> set[str]:
    return {line.partition("OMP_WAIT_POLICY = ")[2] for line in said.splitlines() if "OMP_WAIT_POLICY" in line}


def test_the_command_lines_threads_sleep_while_they_wait(tiny_weights: Path) -> None:
    command = (PYTHON, "-m", "expclip_core", "express", "calm", "--weights", tiny_weights, "--device", "cpu")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert policies(done.stderr) == {"'PASSIVE'"}


def test_the_workers_threads_sleep_while_they_wait(tiny_weights: Path, tmp_path: Path) -> None:
    worker = Client.start(Launch(PYTHON, ROOT, tmp_path / "worker.log", "cpu", tiny_weights))
    worker.request("express", prompts=["calm"]).result()
    worker.stop()
    assert policies((tmp_path / "worker.log").read_text()) == {"'PASSIVE'"}
