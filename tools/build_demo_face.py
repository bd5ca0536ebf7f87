# SPDX-License-Identifier: GPL-3.0-or-later
"""Sculpt the demo face and write scene/demo_face.npz: ``python tools/build_demo_face.py [OUT]``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from expclip_core.arkit import NAMES  # noqa: E402  after the path
from tools.demo_face import parts, shapes, skin  # noqa: E402

UNIT = 0.01  # millimetres in one step of the stored integers
MATERIALS = ("Skin", "Eyes", "Catchlight", "Lashes", "Brows", "Hair", "Teeth", "Gums", "Tongue")
SKIN_COLOUR, BLUSH, LIP_COLOUR, MOUTH_COLOUR = (
    (0.74, 0.44, 0.31),
    (0.80, 0.30, 0.22),
    (0.62, 0.19, 0.17),
    (0.25, 0.04, 0.045),
)


def whole_skin(half: skin.Skin) -> tuple[np.ndarray, list, dict[str, np.ndarray], sparse.csr_matrix]:
    """Both sides: vertices, faces, the layout's marks, and the Laplacian."""
    count = len(half.vertices)
    other = np.flatnonzero(~half.midline)
    twin = np.arange(count)
    twin[other] = count + np.arange(len(other))
    vertices = np.concatenate([half.vertices, half.vertices[other] * [-1, 1, 1]])
    faces = list(half.faces) + [tuple(int(twin[i]) for i in face[::-1]) for face in half.faces]
    names = ("lip_side", "lip_ring", "lip_along", "lid_side", "lid_ring", "lid_along")
    marks = {name: np.concatenate([getattr(half, name), getattr(half, name)[other]]) for name in names}
    pairs = {(a, b) for face in faces for a, b in zip(face, (*face[1:], face[0]), strict=True)}
    first, second = np.array(sorted(pairs | {(b, a) for a, b in pairs})).T
    links = sparse.csr_matrix((np.ones(len(first)), (first, second)), (len(vertices),) * 2)
    smooth = sparse.diags(1 / np.asarray(links.sum(axis=1)).ravel()) @ links - sparse.identity(len(vertices))
    return vertices, faces, marks, smooth.tocsr()


def skin_colours(p: np.ndarray, marks: dict[str, np.ndarray]) -> np.ndarray:
    """Linear colours (V, 3): warm cheeks, nose and ears, red lips, darker lid rims and mouth."""
    colour = np.tile(SKIN_COLOUR, (len(p), 1))

    def blend(share: np.ndarray, towards: tuple) -> None:
        colour[:] += share[:, None] * (np.array(towards) - colour)

    blend(0.55 * shapes.blob(p, (42, -60, -32), (19, 26, 14)), BLUSH)
    blend(0.40 * shapes.blob(p, (0, -106, -33), (12, 9, 9)), BLUSH)
    blend(0.75 * shapes.blob(p, (6, -92, -41.5), (3.2, 5, 3.0)), (0.22, 0.06, 0.05))
    ring = marks["lip_ring"]
    blend(np.select([ring <= 4, ring == 5, ring == 6], [0.85, 0.75, 0.40], 0.0) * (ring != 99), LIP_COLOUR)
    blend(np.clip(-ring / 2.0, 0, 1) * (ring != 99), MOUTH_COLOUR)
    lid, upper = marks["lid_ring"], marks["lid_side"] > 0
    blend(np.select([lid <= 0, lid == 1, lid <= 3], [0.55, 0.35, 0.22], 0.0) * (lid != 99), (0.50, 0.19, 0.15))
    blend(np.where((lid <= 1) & (lid >= 0) & upper, 0.85, 0.0), parts.LASH)
    return colour


def outward(part: parts.Part) -> parts.Part:
    """The part with its faces turned outward (by the sign of the volume they enclose)."""
    centre = part.vertices.mean(axis=0)
    volume = 0.0
    for face in part.faces:
        corners = part.vertices[list(face)] - centre
        volume += sum(np.linalg.det(corners[[0, k, k + 1]]) for k in range(1, len(face) - 1))
    if volume < 0:
        part.faces = [face[::-1] for face in part.faces]
    return part


def assemble() -> dict[str, np.ndarray]:
    half = skin.build()
    vertices, faces, marks, smooth = whole_skin(half)
    head_skin = parts.Part("skin", "Skin", vertices, faces, skin_colours(vertices, marks))
    pairs = [outward(part) for part in (parts.eye(), parts.lashes(), parts.brow(), parts.ear(np.array(SKIN_COLOUR)))]
    pieces = [head_skin, *pairs, *(part.mirrored() for part in pairs), parts.catchlight(1), parts.catchlight(-1)]
    pieces += [outward(part) for part in (*parts.teeth(), parts.tongue(), parts.hair())]
    counts = np.array([len(piece.vertices) for piece in pieces])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    everything = np.concatenate([piece.vertices for piece in pieces])
    blank = {"lip_side": 0, "lip_ring": 99, "lip_along": 0.0, "lid_side": 0, "lid_ring": 99, "lid_along": 0.5}
    grown = {}
    for name, values in marks.items():
        grown[name] = np.concatenate([values, np.full(len(everything) - len(values), blank[name])])
    along = np.tile(np.linspace(0.03, 1.0, 24), 4)
    for piece, start in zip(pieces, starts, strict=True):
        if piece.name == "lashes":
            grown["lid_along"][start : start + len(along)] = along
    head = shapes.Head(everything, np.repeat([piece.name for piece in pieces], counts), smooth, **grown)
    sculpted = shapes.Sculptor(head).sculpt()
    deltas = np.round(np.stack([sculpted[name] for name in NAMES]) / UNIT).astype(np.int16)
    moved = np.flatnonzero(np.any(deltas != 0, axis=2).ravel())
    polygons = [
        tuple(int(i) + int(start) for i in face)
        for piece, start in zip(pieces, starts, strict=True)
        for face in piece.faces
    ]
    material = np.repeat([MATERIALS.index(piece.material) for piece in pieces], [len(piece.faces) for piece in pieces])
    midline = (np.abs(everything[:, 0]) < 1e-6) & (grown["lip_ring"] == 0)
    return {
        "vertices": np.round(everything / UNIT).astype(np.int16),
        "corners": np.concatenate([np.array(face, np.uint16) for face in polygons]),
        "sizes": np.array([len(face) for face in polygons], np.uint8),
        "materials": material.astype(np.uint8),
        "colours": np.round(
            np.clip(np.concatenate([piece.colours for piece in pieces]), 0, 1) ** (1 / 2.2) * 255
        ).astype(np.uint8),
        "moved": np.diff(moved, prepend=0).astype(np.uint32),
        "deltas": deltas.reshape(-1, 3)[moved].T.copy(),
        "parts": np.array([piece.name for piece in pieces]),
        "part_sizes": counts.astype(np.uint16),
        "lip_upper_inner": np.flatnonzero(midline & (grown["lip_side"] > 0)).astype(np.uint16),
        "lip_lower_inner": np.flatnonzero(midline & (grown["lip_side"] < 0)).astype(np.uint16),
    }


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "scene" / "demo_face.npz"
    arrays = assemble()
    np.savez_compressed(path, **arrays)
    print(f"{path.name}: {len(arrays['vertices'])} vertices, {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
