# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator waits for in real Blender's window, with the trained models: preview, a new prompt, a held window.

    python tools/measure_window.py [VERSION]        default: 5.2

Needs ../shared/tools/real-blender. The models run in this Python, or in EXPCLIP_PYTHON. The 7 seconds of the demo clip are
made 10 by saying its beginning again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parent))
from photograph_sidebar import ROOT, photograph

_SECONDS = 10
_SMALL = ("--window-geometry", "0", "0", "760", "600")  # without a graphics card a large window takes longer to draw


def main() -> None:
    version = (*sys.argv[1:], "5.2")[0]
    with tempfile.TemporaryDirectory() as place:
        clip = ten_seconds(Path(place) / "ten-seconds.wav")
        driver, folder = ROOT / "tests" / "window" / "pace.py", ROOT / "demo" / f"pace-{version}"
        report = photograph(version, folder, clip, driver=driver, options=_SMALL)
    print(json.dumps(report, indent=2))
    if "error" in report:
        raise SystemExit(1)


def ten_seconds(path: Path) -> Path:
    samples, rate = soundfile.read(ROOT / "assets" / "demo-clip.flac")
    soundfile.write(path, np.resize(samples, _SECONDS * rate), rate)
    return path


if __name__ == "__main__":
    main()
