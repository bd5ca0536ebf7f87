# SPDX-License-Identifier: GPL-3.0-or-later
"""`make pictures`: the README's pictures, from what `make demo` and the photographs of real Blender left in demo/."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
WINDOW = ROOT / "demo" / "window-5.2"
STATES = ("1-nothing-yet", "4-running", "5-done", "6-failed")
_SIDEBAR = (0.64, 0.08, 0.82, 0.46)  # left, top, right, bottom, as parts of the window


def main() -> int:
    sheet = ROOT / "demo" / "expclip-demo.png"
    if not sheet.is_file() or not WINDOW.is_dir():
        print(
            "Run `make demo` and `python tools/photograph_sidebar.py 5.2 demo/window-5.2 CLIP PROMPT` first.",
            file=sys.stderr,
        )
        return 2
    IMAGES.mkdir(exist_ok=True)
    _save(Image.open(sheet).convert("RGB").resize((756, 789), Image.LANCZOS), IMAGES / "demo.png")
    _save(_sidebars(), IMAGES / "sidebar.png")
    return 0


def _sidebars() -> Image.Image:
    """The sidebar before, while and after, side by side."""
    windows = [Image.open(WINDOW / f"{state}.png").convert("RGB") for state in STATES]
    crops = [
        window.crop([round(part * size) for part, size in zip(_SIDEBAR, window.size * 2, strict=True)])
        for window in windows
    ]
    width, height = crops[0].size
    row = Image.new("RGB", (len(crops) * width, height))
    for place, crop in enumerate(crops):
        row.paste(crop, (place * width, 0))
    return row


def _save(picture: Image.Image, path: Path) -> None:
    picture.save(path, optimize=True)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
