# SPDX-License-Identifier: GPL-3.0-or-later
"""`make pictures`: the README's pictures, from what `make demo` and the photographs of real Blender left in demo/."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PANELS = ROOT / "demo" / "panels"
# A picture of the docs → the portraits in it, side by side, and how many of their pixels from the top.
_ROWS = {
    "sidebar": (("02-no-runtime", "12-ready", "14-running", "16-done"), 470),
    "panel-first-day": (("01-offline", "02-no-runtime"), 345),
    "panel-mapping": (("18-mapping-editor",), 895),
    "panel-ready": (("12-ready",), 465),
    "panel-generate": (("14-running", "16-done"), 490),
    "panel-takes": (("17-done-takes", "17-done-mix"), 860),
    "panel-obstacle": (("21-muted",), 470),
}
_LOOK = "narrow-dark"


def main() -> int:
    sheet = ROOT / "demo" / "expclip-demo.png"
    if not sheet.is_file() or not PANELS.is_dir():
        print("Run `make demo` and `python tools/photograph_panels.py` first.", file=sys.stderr)
        return 2
    IMAGES.mkdir(exist_ok=True)
    _save(Image.open(sheet).convert("RGB").resize((756, 789), Image.LANCZOS), IMAGES / "demo.png")
    for name, (states, height) in _ROWS.items():
        _save(_row(states, height), IMAGES / f"{name}.png")
    return 0


def _row(states: tuple[str, ...], height: int) -> Image.Image:
    """Portraits of the sidebar, side by side, in few colours as the panels have."""
    portraits = [Image.open(PANELS / f"{state}-{_LOOK}.png").convert("RGB") for state in states]
    row = Image.new("RGB", (sum(each.width for each in portraits), height))
    left = 0
    for each in portraits:
        row.paste(each, (left, 0))
        left += each.width
    return row.quantize(128)


def _save(picture: Image.Image, path: Path) -> None:
    picture.save(path, optimize=True)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
