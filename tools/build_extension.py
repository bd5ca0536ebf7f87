# SPDX-License-Identifier: GPL-3.0-or-later
"""Build and validate the extension's zip with Blender's own tool, the one behind `blender --command extension`.

    python tools/build_extension.py [FOLDER]        default: dist

Needs the bpy wheel for that tool, no Blender.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    print(build(folder))


def build(folder: Path) -> Path:
    """The zip's path. Raises SystemExit with the tool's words when the manifest or the zip is not valid."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    zip_file = folder / f"{manifest['id']}-{manifest['version']}.zip"
    _tool("validate", str(ROOT))
    _tool("build", "--source-dir", str(ROOT), "--output-filepath", str(zip_file))
    _tool("validate", str(zip_file))
    return zip_file


def _tool(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, str(_blender_ext()), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"extension {arguments[0]} failed: {done.stdout}{done.stderr}")


def _blender_ext() -> Path:
    module = importlib.util.find_spec("bpy")
    found = [
        path for folder in module.submodule_search_locations for path in Path(folder).glob("*/scripts/addons_core")
    ]
    return found[0] / "bl_pkg" / "cli" / "blender_ext.py"


if __name__ == "__main__":
    main()
