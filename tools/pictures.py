# SPDX-License-Identifier: GPL-3.0-or-later
"""`make pictures`: the README's pictures, from what `make demo` and the photographs of real Blender left in demo/."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PANELS = ROOT / "demo" / "panels"


@dataclass(frozen=True)
class Part:
    """Of the portrait of a state, narrow or wide, its pixels from `top` to `bottom`."""

    state: str
    bottom: int
    top: int = 0
    width: str = "narrow"


# A picture of the docs → the parts of portraits in it, side by side.
_ROWS = {
    "sidebar": (Part("02-no-runtime", 600), Part("12-ready", 600), Part("14-running", 600), Part("16-done", 600)),
    "panel-first-day": (Part("01-offline", 345), Part("02-no-runtime", 345)),
    "panel-mapping": (Part("18-mapping-several-keys", 890, top=570, width="wide"),),
    "panel-ready": (Part("12-ready", 490),),
    "panel-prompts": (Part("17-done-prompts-over-time", 550, top=354), Part("17-done-poses", 538, top=380)),
    "panel-lines": (Part("17-done-lines", 819, top=441, width="wide"),),
    "panel-settings": (
        Part("17-done-placement", 611, top=484),
        Part("17-done-keys", 596, top=510),
        Part("17-done-motion", 707, top=536),
    ),
    "panel-generate": (Part("14-running", 600), Part("16-done", 600)),
    "panel-takes": (Part("17-done-takes", 716, top=406), Part("17-done-mix", 798, top=432)),
    "panel-obstacle": (Part("21-muted", 384), Part("22-unsealed", 402), Part("24-linked", 373)),
}
_BEHIND = (48, 48, 48)  # where a part is shorter than its neighbours


def main() -> int:
    sheet = ROOT / "demo" / "expclip-demo.png"
    if not sheet.is_file() or not PANELS.is_dir():
        print("Run `make demo` and `python tools/photograph_panels.py` first.", file=sys.stderr)
        return 2
    IMAGES.mkdir(exist_ok=True)
    _save(Image.open(sheet).convert("RGB").resize((756, 789), Image.LANCZOS), IMAGES / "demo.png")
    for name, parts in _ROWS.items():
        _save(_row(parts), IMAGES / f"{name}.png")
    return 0


def _row(parts: Sequence[Part]) -> Image.Image:
    """Parts of portraits of the sidebar, side by side, in few colours as the panels have."""
    cut = [_cut(part) for part in parts]
    row = Image.new("RGB", (sum(each.width for each in cut), max(each.height for each in cut)), _BEHIND)
    left = 0
    for each in cut:
        row.paste(each, (left, 0))
        left += each.width
    return row.quantize(128)


def _cut(part: Part) -> Image.Image:
    portrait = Image.open(PANELS / f"{part.state}-{part.width}-dark.png").convert("RGB")
    return portrait.crop((0, part.top, portrait.width, part.bottom))


def _save(picture: Image.Image, path: Path) -> None:
    picture.save(path, optimize=True)
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
