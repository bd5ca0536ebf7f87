# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the speech corpus: `python -m training.corpus [--data FOLDER] [--corpus FOLDER] [source ...]`.

Each source is finished on its own and kept, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path

from . import coffee, espeak, festival, flite, kerstin, manifest, nonsense, recorded, revoiced

_ROOT = Path(__file__).parents[2]
_WEIGHTS = _ROOT / "weights"
Make = Callable[[Path, Path, Pool], list[manifest.Utterance]]

SOURCES: dict[str, Make] = {
    "kathleen": lambda data, corpus, pool: recorded.kathleen(data / "speech", pool),
    "reader": lambda data, corpus, pool: recorded.reader(data / "speech", pool),
    "coffee": lambda data, corpus, pool: coffee.coffee(data / "speech", pool),
    "flite": flite.flite,
    "espeak": espeak.espeak,
    "festival": festival.festival,
    "nonsense": nonsense.nonsense,
    "kerstin": lambda data, corpus, pool: kerstin.kerstin(data / "speech", _WEIGHTS, pool),
    "revoiced": revoiced.revoiced,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.corpus", description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", choices=[*SOURCES, []], help="only these (default: all)")
    parser.add_argument("--data", type=Path, default=_ROOT.parent / "shared" / "data")
    parser.add_argument("--corpus", type=Path, default=_ROOT / "corpus")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--redo", action="store_true", help="make again what is there")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"there is no folder {options.data}: say where the recordings lie with --data")
    install_programs()
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # one process a core is enough
    with get_context("spawn").Pool(options.processes) as pool:  # decoders and torch don't survive a fork
        for name in options.sources or SOURCES:
            _make(name, options, pool)
    parts = [options.corpus / f"{name}.jsonl" for name in SOURCES]
    utterances = [utterance for part in parts if part.exists() for utterance in manifest.read(part)]
    manifest.write(options.corpus / "manifest.jsonl", utterances)
    print(manifest.report(utterances))


def _make(name: str, options: argparse.Namespace, pool: Pool) -> None:
    path = options.corpus / f"{name}.jsonl"
    if path.exists() and not options.redo:
        print(f"{name}: is there", flush=True)
        return
    if name == "kerstin" and not (_WEIGHTS / "speech.safetensors").exists():
        print("kerstin: left for later, it needs a first speech encoder (python -m training.speech)", flush=True)
        return
    if name == "revoiced" and not (options.corpus / "kerstin.jsonl").exists():
        print("revoiced: left for later, it needs kerstin", flush=True)
        return
    began = time.monotonic()
    utterances = SOURCES[name](options.data.resolve(), options.corpus.resolve(), pool)
    manifest.write(path, utterances)
    print(f"{name}: {len(utterances)} clips in {time.monotonic() - began:.0f} s", flush=True)


def install_programs() -> None:
    """flite, Festival and its voices, by apt where they are missing; eSpeak NG comes with the Python packages."""
    packages = ["flite", "festival", *festival.PACKAGES]
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *packages], capture_output=True, text=True
    )
    present = {line.split()[0] for line in listed.stdout.splitlines() if line.endswith(" installed")}
    if missing := [package for package in packages if package not in present]:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", *missing], check=True)


if __name__ == "__main__":
    main()
