# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the runtime in real Blender's window: once in vain, once cancelled, once to the end; speak with it; remove it.

    python tools/install_for_real.py VERSION FOLDER [--with PYTHON] [--source FOLDER-OR-INDEX]

Downloads gigabytes, so no test does it. Pictures and report.json lie in FOLDER. Needs ../shared/tools/real-blender, and
in its root what a Blender from blender.org brings along: `apt-get install python3-venv ca-certificates`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from photograph_sidebar import ROOT, photograph

_SECONDS = 7200.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--with", dest="python", default="", help="the Python that makes the runtime; Blender's own otherwise"
    )
    parser.add_argument("--source", default="", help="the torch source; pip's own index otherwise")
    options = parser.parse_args()
    os.environ |= {"EXPCLIP_INSTALL_WITH": options.python, "EXPCLIP_TORCH_SOURCE": options.source}
    clip, driver = ROOT / "assets" / "demo-clip.flac", ROOT / "tests" / "window" / "installing.py"
    made = photograph(options.version, options.folder, clip, "glad to be here", driver=driver, seconds=_SECONDS)
    print(json.dumps(made, indent=2))
    if "error" in made or made["tracebacks"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
