# SPDX-License-Identifier: GPL-3.0-or-later
"""The head's form as one smooth implicit surface: distances in millimetres, negative inside.

The eyes' line is z = 0, the character looks along -y, its left is +x. Everything is a function of |x|, so the sides mirror.
"""

from __future__ import annotations

import numpy as np

EYE_CENTRE = np.array([32.5, -56.0, 0.0])
EYE_RADIUS = 18.5
LID_THICKNESS = 3.0


def ellipsoid(points: np.ndarray, centre: tuple, radii: tuple) -> np.ndarray:
    """Distance to an ellipsoid, exact at its surface (after Inigo Quilez, "ellipsoid SDF")."""
    offset = points - np.array(centre)
    scaled = np.linalg.norm(offset / np.array(radii), axis=-1)
    gradient = np.linalg.norm(offset / np.square(radii), axis=-1)
    return scaled * (scaled - 1.0) / np.maximum(gradient, 1e-9)


def tapered_capsule(points: np.ndarray, start: tuple, end: tuple, radius: float, end_radius: float) -> np.ndarray:
    """Distance to a line whose radius changes linearly from ``start`` to ``end``."""
    start, end = np.array(start, float), np.array(end, float)
    along = np.clip((points - start) @ (end - start) / np.sum((end - start) ** 2), 0, 1)
    return np.linalg.norm(points - start - along[..., None] * (end - start), axis=-1) - (
        radius + along * (end_radius - radius)
    )


def join(first: np.ndarray, second: np.ndarray, blend: float) -> np.ndarray:
    """Smooth union; ``blend`` is the width of the fillet in millimetres (polynomial smooth minimum, Quilez)."""
    share = np.clip(0.5 + 0.5 * (second - first) / blend, 0, 1)
    return second + (first - second) * share - blend * share * (1 - share)


def carve(solid: np.ndarray, tool: np.ndarray, blend: float) -> np.ndarray:
    """Smooth subtraction of ``tool`` from ``solid``."""
    return -join(-solid, tool, blend)


def head(points: np.ndarray) -> np.ndarray:
    """Signed distance (N,) of ``points`` (N, 3) to the bare head with its neck."""
    p = np.concatenate([np.abs(points[..., :1]), points[..., 1:]], axis=-1)
    form = ellipsoid(p, (0, 8, 36), (74, 92, 80))
    form = join(form, ellipsoid(p, (0, -20, -26), (59, 62, 66)), 26)
    form = join(form, tapered_capsule(p, (6, -64, -87), (40, -2, -56), 14.5, 15), 26)
    form = join(form, ellipsoid(p, (33, -32, -58), (23, 30, 27)), 22)
    form = join(form, ellipsoid(p, (37, -47, -33), (23, 24, 20)), 20)
    form = join(form, ellipsoid(p, (0, -64, -60), (31, 25, 25)), 20)
    form = join(form, ellipsoid(p, (0, -71, -91), (16, 13.5, 12)), 18)
    form = join(form, tapered_capsule(p, (10, -72, 24), (44, -60, 26), 10, 8), 18)
    form = carve(form, ellipsoid(p, (33, -80, -1), (21, 14, 16)), 16)
    form = join(form, ellipsoid(p, tuple(EYE_CENTRE), (EYE_RADIUS + LID_THICKNESS,) * 3), 7)
    form = join(form, tapered_capsule(p, (0, -74, 12), (0, -95.5, -30), 5.4, 8.0), 11)
    form = join(form, ellipsoid(p, (0, -97.5, -31), (8.6, 8.2, 8.0)), 6)
    form = join(form, ellipsoid(p, (10.5, -88.5, -34.5), (7, 9, 6.5)), 6)
    form = carve(form, ellipsoid(p, (5.8, -93, -42.5), (3.4, 5, 4.4)), 3.5)
    form = carve(form, ellipsoid(p, (0, -94.5, -48), (2.6, 3.5, 5.5)), 4)
    return join(form, tapered_capsule(p, (0, 16, -50), (0, 30, -200), 41, 45), 24)


def gradient(points: np.ndarray) -> np.ndarray:
    """Unit outward direction (N, 3) of the surface nearest to ``points``."""
    step = 0.05
    slope = np.stack([head(points + offset) - head(points - offset) for offset in np.eye(3) * step], axis=-1)
    return slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-9)


def project(points: np.ndarray, steps: int = 4) -> np.ndarray:
    """Move ``points`` onto the surface along its gradient."""
    for _ in range(steps):
        points = points - head(points)[:, None] * gradient(points)
    return points


def cast(origins: np.ndarray, directions: np.ndarray, start: float = 220.0, steps: int = 90) -> np.ndarray:
    """The outermost point (N, 3) of the surface on each ray, searched from ``start`` millimetres inward."""
    travelled = np.full(len(origins), start)
    for _ in range(steps):
        travelled = travelled - 0.7 * head(origins + travelled[:, None] * directions)
    return origins + travelled[:, None] * directions
