# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything on the head that is not skin: eyes, lashes, brows, ears, teeth, gums, tongue and hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import surface
from .skin import CENTRE, degrees, lid_curve

SCLERA, IRIS, IRIS_LIGHT, LIMBUS, PUPIL = (
    (0.93, 0.92, 0.90),
    (0.07, 0.30, 0.36),
    (0.20, 0.55, 0.55),
    (0.02, 0.08, 0.11),
    (0.006, 0.006, 0.01),
)
HAIR, BROW, LASH = (0.115, 0.045, 0.028), (0.075, 0.032, 0.022), (0.018, 0.010, 0.010)
TOOTH, GUM, TONGUE = (0.90, 0.87, 0.80), (0.55, 0.16, 0.17), (0.62, 0.20, 0.22)
HAIR_SPOKES, HAIR_STEPS = 132, 18


@dataclass
class Part:
    """A mesh of its own: vertices (V, 3) mm, faces, one colour a vertex (V, 3) linear, and its material's name."""

    name: str
    material: str
    vertices: np.ndarray
    faces: list[tuple[int, ...]]
    colours: np.ndarray

    def mirrored(self) -> Part:
        return Part(
            self.name, self.material, self.vertices * [-1, 1, 1], [face[::-1] for face in self.faces], self.colours
        )


def lattice(rows: int, columns: int, wrap: bool = False) -> list[tuple[int, ...]]:
    """Quads of a rows × columns lattice of vertices, columns running fastest; ``wrap`` closes each row."""
    width = columns if wrap else columns - 1
    return [
        (r * columns + c, r * columns + (c + 1) % columns, (r + 1) * columns + (c + 1) % columns, (r + 1) * columns + c)
        for r in range(rows - 1)
        for c in range(width)
    ]


def eye() -> Part:
    """The left eyeball, rings around the line of sight; a colour's edge is two rings a hair apart."""
    rings = [(0.3, PUPIL), (11, PUPIL), (11.4, IRIS), (16, IRIS_LIGHT), (20, IRIS), (24.3, IRIS), (25.6, LIMBUS), (28, LIMBUS),
             (28.8, SCLERA), (36, SCLERA), (46, SCLERA), (58, SCLERA), (72, SCLERA), (90, SCLERA), (115, SCLERA), (150, SCLERA)]  # fmt: skip
    turn = np.arange(32) / 32 * 2 * np.pi
    points, colours = [], []
    for angle, colour in rings:
        tilt = np.radians(angle)
        points.append(
            np.stack([np.sin(tilt) * np.cos(turn), np.full(32, -np.cos(tilt)), np.sin(tilt) * np.sin(turn)], -1)
        )
        glow = np.clip(-np.sin(turn), 0, 1)[:, None] * 0.9 if colour in (IRIS, IRIS_LIGHT) else np.zeros((32, 1))
        colours.append(np.array(colour) * (1 + glow))
    faces = [face[::-1] for face in lattice(len(rings), 32, wrap=True)] + [tuple(range(32))]
    return Part("eye", "Eyes", np.concatenate(points) * surface.EYE_RADIUS + surface.EYE_CENTRE, [f[::-1] for f in faces],
                np.clip(np.concatenate(colours), 0, 1))  # fmt: skip


def catchlight(side: int) -> Part:
    """A small bright disc on the eye: the window it mirrors, on the same hand in both eyes."""
    turn = np.arange(12) / 12 * 2 * np.pi
    directions = np.concatenate(
        [degrees(np.array([-13.0]), np.array([11.5])), degrees(-13 + 4.0 * np.cos(turn), 11.5 + 4.4 * np.sin(turn))]
    )
    points = surface.EYE_CENTRE * [side, 1, 1] + (surface.EYE_RADIUS + 0.25) * directions
    return Part("catchlight", "Catchlight", points, [(0, 1 + k, 1 + (k + 1) % 12) for k in range(12)], np.ones((13, 3)))


def lashes() -> Part:
    """The upper lash line of the left eye: a dark, tapered ribbon that leaves the lid's edge."""
    along = np.linspace(0.03, 1.0, 24)
    azimuth, elevation = lid_curve(along, True)
    length = 1.2 + 4.2 * along**1.5
    root = surface.EYE_CENTRE + (surface.EYE_RADIUS + 1.5) * degrees(azimuth, elevation - 0.6)
    middle = surface.EYE_CENTRE + (surface.EYE_RADIUS + 2.3) * degrees(azimuth, elevation + 0.8)
    tip = surface.EYE_CENTRE + (surface.EYE_RADIUS + 2.0 + length[:, None]) * degrees(
        azimuth + 5 * along**2, elevation + 3 + 5 * along**2
    )
    top = surface.EYE_CENTRE + (surface.EYE_RADIUS + 2.6) * degrees(azimuth, elevation + 2.8)
    points = np.concatenate([root, tip, top, middle * 0.5 + root * 0.5])
    return Part("lashes", "Lashes", points, lattice(4, 24), np.tile(LASH, (len(points), 1)))


def brow() -> Part:
    """The left brow: a flattened, tapering tube along the brow ridge."""
    along = np.linspace(0, 1, 22)
    x = 10 + 42 * along
    z = 26.0 + 6.5 * np.sin(np.pi * along**1.15 * 0.72) - 3.5 * along**3
    line = surface.cast(np.stack([x, np.full_like(x, 0.0), z], -1), np.tile([0.0, -1, 0], (22, 1)), start=120)
    normal = surface.gradient(line)
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.cross(normal, tangent)
    half = 3.4 * np.clip(np.minimum(along * 9 + 0.35, (1 - along) * 1.9 + 0.12), 0, 1)
    turn = np.arange(8) / 8 * 2 * np.pi
    ring = (
        across[:, None] * (half[:, None] * np.sin(turn))[..., None]
        + normal[:, None] * (0.6 + 2.2 * (half / 4)[:, None] * np.cos(turn))[..., None]
    )
    points = (line[:, None] + ring).reshape(-1, 3)
    faces = [*lattice(22, 8, wrap=True), tuple(range(7, -1, -1)), tuple(range(21 * 8, 22 * 8))]
    return Part("brow", "Brows", points, faces, np.tile(BROW, (len(points), 1)))


def ear(colour: np.ndarray) -> Part:
    """The left ear: a leaf with a rolled rim and a hollow, set into the side of the head."""
    rings, spokes = 14, 32
    radius, turn = np.meshgrid(np.linspace(0.02, 1, rings), np.arange(spokes) / spokes * 2 * np.pi, indexing="ij")
    outline = 1 + 0.16 * np.sin(turn) + 0.05 * np.cos(2 * turn)
    width, height = 15.5 * outline * np.where(np.cos(turn) > 0, 1, 0.82), 28.0 * (1 - 0.06 * np.sin(turn))
    back, up = radius * np.cos(turn) * width, radius * np.sin(turn) * height
    rim = 3.2 * np.exp(-(((radius - 0.86) / 0.11) ** 2)) * np.clip(0.55 + 0.6 * np.cos(turn - 0.9), 0, 1)
    fold = 2.4 * np.exp(-(((radius - 0.56) / 0.10) ** 2)) * np.clip(np.cos(turn - 0.35), 0, 1)
    hollow = -4.5 * np.exp(-((radius / 0.42) ** 2))
    out = rim + fold + hollow + (back + 14) * 0.42 - 4.0 * (radius > 0.97)
    tilt = np.radians(-10)
    y, z = back * np.cos(tilt) - up * np.sin(tilt), back * np.sin(tilt) + up * np.cos(tilt)
    front = np.stack([out, y, z], -1).reshape(-1, 3)
    points = front + np.array([66.0, 12.0, -12.0])
    rear = points[-spokes:] + np.array([-10.0, -3.0, 0.0])
    points = np.concatenate([points, rear])
    faces = [*lattice(rings + 1, spokes, wrap=True), tuple(range(spokes))[::-1]]
    shade = np.concatenate([(1 - 0.30 * np.exp(-((radius / 0.4) ** 2))).ravel(), np.ones(spokes)])[:, None]
    return Part("ear", "Skin", points, [face[::-1] for face in faces], colour * shade * [1.0, 0.93, 0.92])


def _arch(u: np.ndarray, front: float, depth: float, half_width: float) -> np.ndarray:
    """Points of a dental arch from above (…, 2); u runs -1..1."""
    angle = u * np.pi / 2 * 0.96
    return np.stack([half_width * np.sin(angle), front + depth * (1 - np.cos(angle))], -1)


def _row_of_teeth(name: str, front: float, half_width: float, gum: float, edge: float) -> list[Part]:
    teeth, steps = 12, 8
    u = np.linspace(-1, 1, teeth * steps + 1)
    place = (u + 1) / 2 * teeth
    within = np.abs((place - np.floor(place)) * 2 - 1)
    within[-1] = 1
    groove = within**8
    profile = [(0.0, 0.0), (0.35, 0.7), (0.8, 0.55), (0.97, 0.0), (1.0, -1.2), (0.9, -3.6), (0.0, -5.0)]
    rows = []
    for share, out in profile:
        flat = _arch(u, front - out, 33.0 + out, half_width + out)
        centre = np.stack([np.zeros_like(u), np.full_like(u, front + 34.0)], -1)
        inward = centre - flat
        inward /= np.linalg.norm(inward, axis=1, keepdims=True)
        flat = flat + inward * (groove * 1.0)[:, None]
        z = gum + (edge - gum) * (share - 0.09 * groove * share - 0.12 * np.abs(u) * share)
        rows.append(np.concatenate([flat, z[:, None]], -1))
    points = np.concatenate(rows)
    faces = lattice(len(profile), len(u))
    shade = 1 - 0.45 * np.tile(groove, len(profile))[:, None] * [0.7, 1.0, 1.1]
    crown = Part(
        name, "Teeth", points, faces if edge < gum else [f[::-1] for f in faces], np.array(TOOTH) * np.clip(shade, 0, 1)
    )
    sign = np.sign(gum - edge)
    v = np.linspace(-1, 1, 49)
    gums = []
    for height, out in ((-1.4, -0.4), (-0.6, 0.9), (2.5, 1.1), (6.0, -0.5), (6.0, -6.0), (-1.0, -5.2)):
        flat = _arch(v, front - out, 33.0 + out, half_width + out)
        gums.append(np.concatenate([flat, np.full((49, 1), gum + sign * height)], -1))
    faces = lattice(6, 49)
    return [
        crown,
        Part(
            f"{name} gums",
            "Gums",
            np.concatenate(gums),
            faces[:] if sign < 0 else [f[::-1] for f in faces],
            np.tile(GUM, (6 * 49, 1)),
        ),
    ]


def teeth() -> list[Part]:
    """Upper and lower teeth with gums; the upper row overlaps the lower in front."""
    return [
        *_row_of_teeth("upper teeth", -81.5, 26.0, -49.0, -60.2),
        *_row_of_teeth("lower teeth", -78.8, 24.5, -71.0, -62.0),
    ]


def tongue() -> Part:
    """The tongue at rest behind the lower teeth."""
    along, turn = np.linspace(0, 1, 16), np.arange(16) / 16 * 2 * np.pi
    y = -72.5 + 44 * along
    tip = np.sqrt(np.clip(along / 0.3, 0, 1) * (2 - np.clip(along / 0.3, 0, 1)))
    width, thick = 15.5 * tip + 0.2, 4.8 * tip + 0.1
    z = -65.5 + 5.0 * np.sin(np.pi * np.clip(along, 0, 1) * 0.9) - 9 * along**3
    x = width[:, None] * np.cos(turn)
    groove = -1.2 * np.exp(-((x / 4) ** 2)) * (np.sin(turn) > 0)
    points = np.stack(
        [x, np.broadcast_to(y[:, None], x.shape), z[:, None] + thick[:, None] * np.sin(turn) + groove], -1
    ).reshape(-1, 3)
    faces = [f[::-1] for f in lattice(16, 16, wrap=True)] + [tuple(range(16))]
    return Part("tongue", "Tongue", points, [f[::-1] for f in faces], np.tile(TONGUE, (len(points), 1)))


def hair() -> Part:
    """A short cut that falls from a whorl near the crown: a shell with locks for furrows and a ragged fringe."""
    turn = np.arange(HAIR_SPOKES) / HAIR_SPOKES * 2 * np.pi
    azimuth = np.degrees(turn)
    azimuth = np.where(azimuth > 180, azimuth - 360, azimuth)
    line = np.interp(
        np.abs(azimuth), [0, 25, 45, 60, 72, 80, 88, 100, 115, 140, 180], [41, 42, 38, 33, 22, 4, -1, 16, 0, -26, -33]
    )
    lock = np.abs(((turn * 11 / np.pi + 0.25 * np.sin(3 * turn)) % 1) * 2 - 1)
    line = line - (1 - lock) ** 0.8 * np.interp(np.abs(azimuth), [0, 50, 75, 110, 180], [5.0, 4.5, 2.5, 3.0, 5.0])
    whorl = degrees(np.array(35.0), np.array(74.0))
    edge = degrees(azimuth, line)
    rows, shade = [], []
    for step in np.linspace(0.02, 1, HAIR_STEPS):
        direction = whorl * (1 - step) + edge * step
        direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
        base = surface.cast(np.broadcast_to(CENTRE, direction.shape), direction)
        volume = 15.0 * np.clip((1 - step) * 6, 0, 1) ** 0.5 * (0.62 + 0.38 * np.clip(direction[:, 2], 0, 1)) + 2.2
        furrow = (1 - np.abs(lock * 2 - 1) ** 2) * 0 + (1 - lock) ** 0.6 * 3.4 * step**0.6
        fine = 0.5 * np.sin(turn * 33) * step
        rows.append(base + direction * (volume - 1.5 + furrow + fine)[:, None])
        shade.append(0.62 + 0.55 * (1 - lock) ** 0.7 + 0.10 * np.sin(turn * 33))
    under = surface.cast(np.broadcast_to(CENTRE, edge.shape), edge) - edge * 2.0
    rows.append(under)
    shade.append(np.full(HAIR_SPOKES, 0.5))
    points = np.concatenate(rows)
    faces = [f[::-1] for f in lattice(HAIR_STEPS + 1, HAIR_SPOKES, wrap=True)] + [tuple(range(HAIR_SPOKES))]
    return Part("hair", "Hair", points, [f[::-1] for f in faces], np.array(HAIR) * np.concatenate(shade)[:, None])
