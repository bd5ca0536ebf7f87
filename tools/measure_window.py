# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator waits for in real Blender's window, with the trained models: preview, a new prompt, a held window, the
sliders of the mix.

    python tools/measure_window.py [VERSION [pace|sliders]]        default: 5.2, both

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

_STORIES = ("pace", "sliders")
_SECONDS, _PROMPT = 10, "furious, barely holding back"
_SMALL = ("--window-geometry", "0", "0", "760", "600")  # without a graphics card a large window takes longer to draw


def main() -> None:
    version, *stories = sys.argv[1:] or ["5.2"]
    with tempfile.TemporaryDirectory() as place:
        clip = ten_seconds(Path(place) / "ten-seconds.wav")
        reports = []
        for name in stories or _STORIES:
            driver, folder = ROOT / "tests" / "window" / f"{name}.py", ROOT / "demo" / f"{name}-{version}"
            reports.append(photograph(version, folder, clip, _PROMPT, driver=driver, options=_SMALL))
            print(json.dumps(reports[-1], indent=2), flush=True)
    if any("error" in report for report in reports):
        raise SystemExit(1)


def ten_seconds(path: Path) -> Path:
    samples, rate = soundfile.read(ROOT / "assets" / "demo-clip.flac")
    soundfile.write(path, np.resize(samples, _SECONDS * rate), rate)
    return path


if __name__ == "__main__":
    main()
