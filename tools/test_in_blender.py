# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender tests in real Blender instead of the bpy wheel, without a window.

    python tools/test_in_blender.py VERSION [PYTEST ARGUMENTS]        VERSION is 4.3 or 5.2

Needs ../shared/tools/real-blender, and pytest and hypothesis for the Python of its Blender; they are put into its root from
Debian. The real models run in this Python, or in EXPCLIP_PYTHON.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from photograph_sidebar import REAL_BLENDER, ROOT

_PACKAGES = ("python3-pytest", "python3-hypothesis", "python3-numpy")


def main() -> int:
    version, *arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory() as user:
        environment = os.environ | {
            "BLENDER_USER_RESOURCES": user,
            "PATH": f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ['PATH']}",  # its own Python before ours
        }
        extensions = Path(user) / "extensions" / "user_default"
        extensions.mkdir(parents=True)
        (extensions / "expclip").symlink_to(ROOT, target_is_directory=True)
        has_them = ("shell", version, "python3", "-c", "import pytest, hypothesis, numpy")
        if subprocess.run([REAL_BLENDER, *has_them], env=environment, check=False, capture_output=True).returncode:
            install = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *_PACKAGES)
            subprocess.run([REAL_BLENDER, "shell", version, *install], env=environment, check=True)
        inside = ("--background", "--python", str(ROOT / "tests" / "blender" / "in_blender.py"))
        tests = ("--", *(arguments or ["tests/blender"]))
        return subprocess.run(
            [REAL_BLENDER, "run", version, *inside, *tests], env=environment, cwd=ROOT, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
