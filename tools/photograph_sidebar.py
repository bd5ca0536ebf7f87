# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the zip in real Blender, generate once in its window, and photograph the sidebar before, during and after.

    python tools/photograph_sidebar.py VERSION FOLDER [CLIP] [PROMPT]

VERSION is 4.3 or 5.2. Needs ../shared/tools/real-blender. The models run in this Python, or in EXPCLIP_PYTHON.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from build_extension import ROOT, build

REAL_BLENDER = ROOT.parent / "shared" / "tools" / "real-blender"
DRIVER = ROOT / "tests" / "window" / "drive.py"
_SECONDS = 1500.0  # the longest that Blender may take for one story, on a busy machine


def main() -> None:
    version, folder, *rest = sys.argv[1:]
    clip, prompt = (*rest, "", "")[:2]
    print(json.dumps(photograph(version, Path(folder), Path(clip) if clip else None, prompt), indent=2))


def photograph(
    version: str,
    folder: Path,
    clip: Path | None = None,
    prompt: str = "",
    python: str = "",
    driver: Path = DRIVER,
    user: Path | None = None,
    seconds: float = _SECONDS,
    options: tuple[str, ...] = (),
) -> dict:
    """Drive Blender with these options, at most so long; returns what the driver reports. The pictures lie in `folder`, Blender's own files in
    `user`.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "blender.log").unlink(missing_ok=True)
    environment = os.environ | {
        "BLENDER_USER_RESOURCES": str(_fresh(user or folder / "user")),
        "EXPCLIP_PYTHON": python or os.environ.get("EXPCLIP_PYTHON") or sys.executable,
        "PATH": f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ['PATH']}",  # its own Python before ours
    }
    blender = partial(_real_blender, folder / "blender.log", environment, seconds)
    _give_numpy(blender, version)
    install = ("--command", "extension", "install-file", "-r", "user_default", "-e", str(build(folder)))
    blender("run", version, *install)
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    drive = (*options, "--enable-event-simulate", "--python", str(driver), "--", str(folder), str(clip or ""), prompt)
    blender("gui", version, str(folder / "window-%d.png"), "5", *drive)
    if not report.exists():
        raise SystemExit(f"Blender {version} left no report; see {folder / 'blender.log'}")
    ours = [line for line in (folder / "blender.log").read_text().splitlines() if "user_default/expclip/" in line]
    return json.loads(report.read_text()) | {"tracebacks": [line for line in ours if line.lstrip().startswith("File")]}


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _give_numpy(blender: Callable[..., int], version: str) -> None:
    """Blender brings numpy along; the bare Debian build in that root only recommends it."""
    if blender("shell", version, "python3", "-c", "import numpy", check=False):
        blender("shell", version, "apt-get", "install", "-y", "-q", "--no-install-recommends", "python3-numpy")


def _real_blender(log: Path, environment: dict[str, str], seconds: float, *arguments: str, check: bool = True) -> int:
    with log.open("a") as file:
        file.write(f"$ real-blender {' '.join(arguments)}\n")
        file.flush()
        process = subprocess.Popen(
            [str(REAL_BLENDER), *arguments], env=environment, stdout=file, stderr=file, start_new_session=True
        )
        try:
            code = process.wait(seconds)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # Blender and its screen too
    if check and code:
        raise SystemExit(f"real-blender {arguments[0]} failed; see {log}")
    return code


if __name__ == "__main__":
    main()
