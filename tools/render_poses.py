# SPDX-License-Identifier: GPL-3.0-or-later
"""python tools/render_poses.py OUT.png [PROMPT...]: what ExpCLIP's poses look like, on one sheet.

Needs bpy and an ARKit head as .npz (vertices, faces, face_parts, shape_names, shape_deltas), by default the MakeHuman
head of the shared data folder. One render of all heads in a grid, so that it takes seconds without a graphics card.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from PIL import Image, ImageDraw

from expclip_core import arkit
from expclip_core.expression import ExpClip

ROOT = Path(__file__).parents[1]
RIG = ROOT / ".." / "shared" / "data" / "rigs" / "makehuman_arkit.npz"
COLUMNS, TILE, CAPTION = 8, 150, 16
WIDTH, HEIGHT = 1.75, 2.15  # of a tile in the rig's decimetres
_NEAR = 2.0  # times as large, from near
PROMPTS = (
    "", "furious", "annoyed", "slightly annoyed", "absolutely livid", "not angry at all", "sad", "heartbroken",
    "sad, but trying to smile", "smiling through tears", "overjoyed", "happy", "a gentle smile", "laughing", "proud", "smug",
    "terrified", "worried", "nervous", "shy", "surprised", "shocked", "in awe", "disgusted",
    "contempt", "confused", "thinking", "suspicious", "skeptical", "bored", "sleepy", "exhausted",
    "drunk", "in pain", "yawning", "evil grin", "raise the left eyebrow", "smirk on the right side", "eyes closed",
    "stick out your tongue",
)  # fmt: skip
_COLOUR = {
    "body": (0.8, 0.6, 0.5),
    "teeth": (0.95, 0.95, 0.9),
    "tongue": (0.75, 0.35, 0.35),
    "lashes": (0.2, 0.14, 0.12),
}
_ICT_PARTS = {  # mouth socket and gums, teeth, eyes, lashes
    (11248, 17039): (0.45, 0.2, 0.2),
    (17039, 21451): (0.95, 0.95, 0.9),
    (21451, 24999): (0.95, 0.95, 0.95),
    (25351, 26719): (0.2, 0.14, 0.12),
}
_WHITE, _IRIS, _BROW = (0.95, 0.95, 0.95), (0.1, 0.15, 0.25), (0.25, 0.16, 0.12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("prompts", nargs="*")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights")
    parser.add_argument("--rig", type=Path, default=RIG)
    arguments = parser.parse_args()
    prompts = arguments.prompts or list(PROMPTS)
    poses = [style.pose for style in ExpClip.load(arguments.weights).style_of_prompts(prompts)]
    sheet(poses, prompts, np.load(arguments.rig), arguments.output)


def sheet(
    poses: list[np.ndarray], captions: list[str], rig: np.lib.npyio.NpzFile, output: Path, mouths: bool = False
) -> None:
    """Heads, or only their mouths from near, in rows of eight, one a pose, each under its caption, as a PNG."""
    _scene(poses, rig, -(-len(poses) // COLUMNS), mouths)
    bpy.context.scene.render.filepath = str(output.with_suffix(".render.png").resolve())
    bpy.ops.render.render(write_still=True)
    _captioned(Path(bpy.context.scene.render.filepath), captions, output)


def _scene(poses: list[np.ndarray], rig: np.lib.npyio.NpzFile, rows: int, mouths: bool) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    frame = _MAKEHUMAN if "face_parts" in rig else _ICT
    rest, deltas = rig["vertices"] * frame.scale, _deltas(rig) * frame.scale
    near, floor = (_NEAR, frame.chin) if mouths else (1.0, frame.neck)
    tile = np.array([0.48 * WIDTH, 0.9 * HEIGHT]) / near if mouths else np.inf
    shown = np.array([_within(rest[face[face >= 0]].mean(axis=0), floor, tile) for face in rig["faces"]])
    faces = [tuple(face[face >= 0]) for face in rig["faces"][shown]]
    colours = frame.colours(rig)[shown]
    for place, pose in enumerate(poses):
        vertices = near * (rest + np.tensordot(pose, deltas, axes=1) - [0, floor, 0])
        mesh = bpy.data.meshes.new("head")
        across, down = (place % COLUMNS) * WIDTH, (place // COLUMNS) * HEIGHT
        mesh.from_pydata([(x + across, -z, y - down) for x, y, z in vertices.tolist()], [], faces)
        mesh.shade_smooth()
        paint = mesh.color_attributes.new("paint", "FLOAT_COLOR", "CORNER")
        corners = np.repeat(colours, [len(face) for face in faces], axis=0)
        mesh.color_attributes.active_color = paint
        paint.data.foreach_set("color", np.c_[corners, np.ones(len(corners))].astype(np.float32).ravel())
        bpy.context.scene.collection.objects.link(bpy.data.objects.new("head", mesh))
    _camera(rows, 0.45 * HEIGHT)


def _within(point: np.ndarray, floor: float, tile: np.ndarray | float) -> bool:
    """Whether a point of the scaled head is above the floor and no further away than the tile reaches, sideways and up."""
    return bool(point[1] > floor and (np.array([abs(point[0]), point[1] - floor]) < tile).all())


def _deltas(rig: np.lib.npyio.NpzFile) -> np.ndarray:
    """(52, vertices, 3): the rig's shapes by ARKit's names; ICT's sides and halves joined, none where it has no shape."""
    deltas = np.zeros((arkit.COUNT, *rig["vertices"].shape), np.float32)
    for name, delta in zip(map(str, rig["shape_names"]), rig["shape_deltas"], strict=True):
        full = name.replace("_L", "Left").replace("_R", "Right")
        for each in (full, full.removesuffix("Left").removesuffix("Right")):
            if each in arkit.INDEX:
                deltas[arkit.INDEX[each]] += delta
                break
    return deltas


def _colours(rig: np.lib.npyio.NpzFile) -> np.ndarray:
    """(faces, 3): parts by name; of an eye the middle of its front is the iris."""
    centres = np.array([rig["vertices"][face[face >= 0]].mean(0) for face in rig["faces"]])
    colours = np.zeros((len(centres), 3))
    parts = np.array([str(part) for part in rig["face_parts"]])
    for part in np.unique(parts):
        mine = parts == part
        colours[mine] = next((colour for name, colour in _COLOUR.items() if name in part), _WHITE)
        if part.endswith("-eye"):
            middle = centres[mine].mean(0)
            radius = np.abs(centres[mine] - middle).max()
            away = np.linalg.norm((centres - middle)[:, :2], axis=1)
            colours[mine & (away < 0.45 * radius) & (centres[:, 2] > middle[2])] = _IRIS
            aside, above = np.abs(centres[:, 0] - middle[0]), centres[:, 1] - middle[1]
            colours[(parts == "body") & (aside < 0.24) & (above > 0.15) & (above < 0.23) & (centres[:, 2] > 0)] = _BROW
    return colours


def _ict_colours(rig: np.lib.npyio.NpzFile) -> np.ndarray:
    """(faces, 3): ICT FaceKit's parts by their ranges of vertices."""
    first = rig["faces"][:, 0]
    colours = np.tile(_COLOUR["body"], (len(first), 1))
    for (start, stop), colour in _ICT_PARTS.items():
        colours[(first >= start) & (first < stop)] = colour
    eyes = (first >= 21451) & (first < 24591)
    centres = np.array([rig["vertices"][face[face >= 0]].mean(0) for face in rig["faces"]])
    for side in (-1, 1):
        mine = eyes & (np.sign(centres[:, 0]) == side)
        middle = centres[mine].mean(0)
        away = np.linalg.norm((centres - middle)[:, :2], axis=1)
        colours[mine & (away < 0.6) & (centres[:, 2] > middle[2])] = _IRIS
    return colours


@dataclass(frozen=True)
class _Frame:
    """How a head is shown: the scale that makes it decimetres, the heights below which nothing is, whole and from near, its
    colours.
    """

    scale: float
    neck: float
    chin: float
    colours: Callable[[np.lib.npyio.NpzFile], np.ndarray]


_MAKEHUMAN, _ICT = _Frame(1.0, 6.35, 6.3, _colours), _Frame(0.1, -1.0, -0.8, _ict_colours)


def _camera(rows: int, height: float) -> None:
    scene = bpy.context.scene
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", max(COLUMNS * WIDTH, rows * HEIGHT)
    camera.rotation_euler = (np.pi / 2, 0, 0)
    camera.location = ((COLUMNS - 1) * WIDTH / 2, -20, height - (rows - 1) * HEIGHT / 2)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.color_type = "VERTEX"
    scene.display.shading.light = "STUDIO"
    scene.display.shading.show_cavity = True
    scene.render.resolution_x, scene.render.resolution_y = COLUMNS * TILE, round(rows * TILE * HEIGHT / WIDTH)


def _captioned(render: Path, prompts: list[str], output: Path) -> None:
    """Captions over the render, in 64 colours, which keeps the picture small."""
    sheet = Image.open(render).convert("RGB")
    draw = ImageDraw.Draw(sheet)
    for place, prompt in enumerate(prompts):
        left, top = (place % COLUMNS) * TILE, round((place // COLUMNS) * TILE * HEIGHT / WIDTH)
        draw.rectangle((left, top, left + TILE, top + CAPTION), fill=(30, 30, 30))
        draw.text((left + 4, top + 2), prompt or "(empty)", fill=(255, 255, 255))
    sheet.quantize(64, method=Image.Quantize.MEDIANCUT).save(output, optimize=True)
    render.unlink()


if __name__ == "__main__":
    main()
