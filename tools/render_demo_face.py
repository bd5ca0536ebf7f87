# SPDX-License-Identifier: GPL-3.0-or-later
"""Photograph the demo face: its portrait and a sheet of every shape and some expressions.

``python tools/render_demo_face.py [FOLDER]`` (docs/images unless told) needs the bpy wheel and Pillow.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PIL import Image, ImageDraw  # noqa: E402  after the path

from expclip_core.arkit import NAMES, pose  # noqa: E402
from tools.blender_module import enabled_extension, extension  # noqa: E402

TILE, COLUMNS = (200, 230), 8
EXPRESSIONS: dict[str, dict[str, float]] = {
    "joy": {"mouthSmile": 0.9, "cheekSquint": 0.7, "jawOpen": 0.18, "mouthUpperUp": 0.25, "browOuterUp": 0.2},
    "sad, trying to smile": {
        "browInnerUp": 0.8,
        "browDown": 0.15,
        "mouthSmile": 0.4,
        "mouthFrown": 0.15,
        "eyeSquint": 0.2,
    },
    "furious": {"browDown": 1, "noseSneer": 0.7, "eyeWide": 0.4, "mouthPress": 0.6, "mouthFrown": 0.5},
    "fear": {"browInnerUp": 0.9, "browOuterUp": 0.4, "eyeWide": 1, "mouthStretch": 0.6, "jawOpen": 0.2},
    "disgust": {"noseSneer": 1, "browDown": 0.5, "mouthUpperUp": 0.4, "mouthFrown": 0.4, "eyeSquint": 0.5},
    "surprise": {"browInnerUp": 0.8, "browOuterUp": 0.9, "eyeWide": 0.9, "jawOpen": 0.45},
    "p b m, jaw 0.3": {"jawOpen": 0.3, "mouthClose": 0.3},
    "f v": {"jawOpen": 0.06, "mouthRollLower": 0.5, "mouthUpperUp": 0.25},
    "aa": {"jawOpen": 0.6, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    "oo": {"mouthPucker": 0.8, "mouthFunnel": 0.25, "jawOpen": 0.1},
    "ee": {"mouthStretch": 0.4, "mouthSmile": 0.3, "mouthLowerDown": 0.4, "mouthUpperUp": 0.2, "jawOpen": 0.08},
    "tongue": {"jawOpen": 0.2, "tongueOut": 1},
}


def set_pose(face, weights: dict[str, float]) -> None:
    for name, value in zip(NAMES, pose(**weights), strict=True):
        face.data.shape_keys.key_blocks[name].value = float(value)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with enabled_extension(), tempfile.TemporaryDirectory() as scratch:
        import bpy

        picture = Path(scratch) / "picture.png"
        scene = bpy.context.scene
        face = extension("scene.demo_face").add_demo_face(bpy.context)
        extension("scene.demo_face").frame_demo_face(scene, face)
        render = scene.render
        render.filepath, render.threads_mode, render.threads = str(picture), "FIXED", 2

        render.engine = "BLENDER_WORKBENCH"
        render.resolution_x, render.resolution_y = TILE
        looks = {"neutral": {}, **{name: {name: 1.0} for name in NAMES}, **EXPRESSIONS}
        rows = -(-len(looks) // COLUMNS)
        sheet = Image.new("RGB", (TILE[0] * COLUMNS, TILE[1] * rows))
        for number, (label, weights) in enumerate(looks.items()):
            set_pose(face, weights)
            bpy.ops.render.render(write_still=True)
            tile = Image.open(picture).convert("RGB")
            ImageDraw.Draw(tile).text((5, 3), label, fill="white")
            sheet.paste(tile, (number % COLUMNS * TILE[0], number // COLUMNS * TILE[1]))
        sheet.save(folder / "demo-face-shapes.jpg", quality=80)

        render.engine = "CYCLES"
        scene.cycles.samples, scene.cycles.use_denoising = 32, True
        render.resolution_x, render.resolution_y = 640, 720
        set_pose(face, EXPRESSIONS["sad, trying to smile"])
        bpy.ops.render.render(write_still=True)
        Image.open(picture).convert("RGB").save(folder / "demo-face.jpg", quality=88)


if __name__ == "__main__":
    main()
