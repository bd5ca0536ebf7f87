# SPDX-License-Identifier: GPL-3.0-or-later
"""Photograph every panel in every state, narrow and wide, in the dark and the light theme, in real Blender.

    python tools/photograph_panels.py [VERSION] [FOLDER]        default: 5.2 demo/panels

Needs ../shared/tools/real-blender. The models run in this Python, or in EXPCLIP_PYTHON.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from photograph_sidebar import ROOT, photograph

_DRIVER = ROOT / "tests" / "window" / "portraits.py"
_USER = Path.home() / ".config" / "blender" / "expclip-photographs"  # a path that may be seen in the pictures


def main() -> None:
    given = sys.argv[1:]
    version, folder = (*given, *("5.2", str(ROOT / "demo" / "panels"))[len(given) :])
    clip = ROOT / "assets" / "demo-clip.flac"
    try:
        report = photograph(version, Path(folder), clip, "sad, but trying to smile", driver=_DRIVER, user=_USER)
    finally:
        shutil.rmtree(_USER, ignore_errors=True)
    if "error" in report or report["tracebacks"]:
        raise SystemExit(report.get("error", "\n".join(report["tracebacks"])))
    print(f"{len(report['states'])} states in {folder}")


if __name__ == "__main__":
    main()
