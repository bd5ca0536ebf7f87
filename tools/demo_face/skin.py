# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin: a quad layout with rings around eye and mouth, laid on the surface; the character's left half only.

A grid of rows (neck to crown) and columns (front to back) has a rectangle cut out around the eye and around the mouth; rings lead
from each rectangle's edge to the lid's rim or to the lips, and on into the head.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sparse

from . import surface

CENTRE = np.array([0.0, -5.0, -10.0])  # rays of the head's rows and columns start here
NECK_BOTTOM = -158.0

COLUMNS = np.concatenate(
    [
        np.linspace(0, 7, 6)[:-1],
        np.linspace(7, 41, 12)[:-1],
        np.linspace(41, 86, 10)[:-1],
        np.linspace(86, 180, 11),
    ]
)  # degrees from the front; fmt: skip
FRONT_ROWS = np.concatenate(
    [
        np.linspace(-76, -47, 7)[:-1],
        np.linspace(-47, -36, 5)[:-1],
        np.linspace(-36, -25, 7)[:-1],
        np.linspace(-25, -5, 11)[:-1],
        np.linspace(-5, 19, 9)[:-1],
        np.linspace(19, 36, 7)[:-1],
        np.linspace(36, 89, 13),
    ]
)  # degrees of elevation at the front; fmt: skip
NECK_ROWS = 7
MOUTH_COLUMNS, MOUTH_ROWS = 9, (NECK_ROWS + 10, NECK_ROWS + 16)
EYE_COLUMNS, EYE_ROWS = (5, 16), (NECK_ROWS + 26, NECK_ROWS + 34)

MOUTH_HALF_WIDTH = 25.0
MOUTH_HEIGHT = -60.0
LIP_STEPS = (0.14, 0.34, 0.56, 0.78, 0.92, 1.0)  # from the red's border to where the lips meet


@dataclass
class Skin:
    """The left half. ``ring`` counts from the rim or the lips' meeting line: 0 there, positive outwards, negative inwards."""

    vertices: np.ndarray
    faces: list[tuple[int, ...]]
    free: np.ndarray
    midline: np.ndarray
    lip_side: np.ndarray
    lip_ring: np.ndarray
    lip_along: np.ndarray
    lid_side: np.ndarray
    lid_ring: np.ndarray
    lid_along: np.ndarray
    rows: dict[str, list[int]] = field(default_factory=dict)


def degrees(direction_azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Unit directions (..., 3) from azimuth (0 = forward, positive = the character's left) and elevation in degrees."""
    azimuth, height = np.radians(direction_azimuth), np.radians(elevation)
    return np.stack([np.sin(azimuth) * np.cos(height), -np.cos(azimuth) * np.cos(height), np.sin(height)], axis=-1)


# ---- the eye's opening, in degrees on the eyeball --------------------------------------------------------------------
INNER_CORNER, OUTER_CORNER = (-60.0, -4.0), (63.0, 3.5)
UPPER_LID, LOWER_LID = 22.5, -25.0


def lid_curve(along: np.ndarray, upper: bool) -> tuple[np.ndarray, np.ndarray]:
    """Azimuth and elevation of the lid's rim; ``along`` runs 0..1 from the inner to the outer corner."""
    azimuth = INNER_CORNER[0] + (OUTER_CORNER[0] - INNER_CORNER[0]) * along
    corner = INNER_CORNER[1] + (OUTER_CORNER[1] - INNER_CORNER[1]) * along
    skew = along**0.92 if upper else along**1.12
    arch = np.sin(np.pi * skew) ** (0.72 if upper else 0.85)
    return azimuth, corner + (UPPER_LID if upper else LOWER_LID) * arch


# ---- the lips' curves ------------------------------------------------------------------------------------------------
def meeting_height(along: np.ndarray) -> np.ndarray:
    """Height of the line where the lips meet; ``along`` runs 0 (midline) .. 1 (corner)."""
    return (
        MOUTH_HEIGHT
        - 1.1 * np.exp(-((along / 0.22) ** 2))
        + 0.5 * np.exp(-(((along - 0.5) / 0.22) ** 2))
        + 1.6 * along**3
    )


def lip_height(along: np.ndarray, upper: bool) -> np.ndarray:
    """Height of the red of the lip above or below the meeting line."""
    if upper:
        bow = 1.4 * np.exp(-(((along - 0.24) / 0.16) ** 2)) - 0.5 * np.exp(-((along / 0.12) ** 2))
        return (5.4 * (1 - along**1.7) ** 0.8 + bow * (1 - along)) * (along < 1)
    return 7.6 * np.maximum(1 - along**2.4, 0) ** 0.75


def _head_point(azimuth: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Points on the surface: ``share`` 0..1 runs from under the chin (front) or the nape (back) to the crown."""
    back = 0.5 - 0.5 * np.cos(np.radians(azimuth))
    lowest = -76 + 38 * back
    direction = degrees(azimuth, lowest + share * (89 - lowest))
    return surface.cast(np.broadcast_to(CENTRE, direction.shape), direction)


def _grid() -> np.ndarray:
    """Rows × columns × 3: first guess of the whole half without holes."""
    share = (FRONT_ROWS + 76) / (89 + 76)
    azimuth, rows = np.meshgrid(COLUMNS, share)
    head = _head_point(azimuth.ravel(), rows.ravel()).reshape(len(share), len(COLUMNS), 3)
    bottom = np.stack(
        [45 * np.sin(np.radians(COLUMNS)), 29 - 45 * np.cos(np.radians(COLUMNS)), np.full(len(COLUMNS), NECK_BOTTOM)],
        -1,
    )
    fade = np.linspace(0, 1, NECK_ROWS + 1)[:-1, None, None]
    neck = bottom * (1 - fade) + head[0] * fade
    neck = surface.project(neck.reshape(-1, 3)).reshape(neck.shape)
    neck[0] = bottom
    return np.concatenate([neck, head])


class _Builder:
    def __init__(self) -> None:
        self.points: list[np.ndarray] = []
        self.faces: list[tuple[int, ...]] = []
        self.marks: list[tuple] = []  # free, lip side, ring, along, lid side, ring, along

    def add(self, point: np.ndarray, free: bool = True, lip: tuple = (0, 99, 0.0), lid: tuple = (0, 99, 0.0)) -> int:
        self.points.append(np.asarray(point, float))
        self.marks.append((free, *lip, *lid))
        return len(self.points) - 1

    def strip(self, outer: list[int], inner: list[int], closed: bool) -> None:
        """Quads between two rings whose indices run clockwise as seen from outside the head."""
        count = len(outer)
        for k in range(count if closed else count - 1):
            n = (k + 1) % count
            self.faces.append((outer[k], inner[k], inner[n], outer[n]))


def build() -> Skin:
    """The left half of the skin, laid out and relaxed on the surface."""
    builder = _Builder()
    grid = _grid()
    index = np.full(grid.shape[:2], -1)
    mouth, eye = (0, MOUTH_COLUMNS, *MOUTH_ROWS), (*EYE_COLUMNS, *EYE_ROWS)

    def inside(hole: tuple, row: int, column: int) -> bool:
        first = -1 if hole[0] == 0 else hole[0]
        return first < column < hole[1] and hole[2] < row < hole[3]

    for row in range(grid.shape[0]):
        for column in range(grid.shape[1]):
            if not (inside(mouth, row, column) or inside(eye, row, column)):
                index[row, column] = builder.add(grid[row, column], free=row > 0)

    def cell_in(hole: tuple, row: int, column: int) -> bool:
        return hole[0] <= column < hole[1] and hole[2] <= row < hole[3]

    for row in range(grid.shape[0] - 1):
        for column in range(grid.shape[1] - 1):
            if not (cell_in(mouth, row, column) or cell_in(eye, row, column)):
                builder.faces.append(
                    (index[row, column], index[row, column + 1], index[row + 1, column + 1], index[row + 1, column])
                )
    crown = builder.add(grid[-1].mean(axis=0) * np.array([0, 1, 1]))
    for column in range(grid.shape[1] - 1):
        builder.faces.append((index[-1, column], index[-1, column + 1], crown))

    rows = _mouth(builder, index) | _eye(builder, index)
    marks = list(zip(*builder.marks, strict=True))
    vertices = np.array(builder.points)
    midline = np.zeros(len(vertices), bool)
    midline[[i for i in (*index[:, 0], *index[:, -1], crown, *rows["midline"]) if i >= 0]] = True
    skin = Skin(
        vertices, builder.faces, np.array(marks[0]), midline, *(np.array(mark) for mark in marks[1:7]), rows=rows
    )
    skin.vertices[midline, 0] = 0
    relax(skin)
    _upper_lid_fold(skin)
    return skin


def _mouth(builder: _Builder, index: np.ndarray) -> dict[str, list[int]]:
    bottom, top = MOUTH_ROWS
    middle = (bottom + top) // 2
    # Seen from outside, the character's left is on the right: clockwise is top midline → left corner → bottom midline.
    edge = [index[top, c] for c in range(MOUTH_COLUMNS + 1)] + [
        index[r, MOUTH_COLUMNS] for r in range(top - 1, bottom, -1)
    ]
    edge += [index[bottom, c] for c in range(MOUTH_COLUMNS, -1, -1)]
    corner = MOUTH_COLUMNS + top - middle
    count = len(edge)
    step = np.arange(count)
    upper = step <= corner
    along = np.where(upper, step / corner, (count - 1 - step) / (count - 1 - corner))
    along = np.sin(along * np.pi / 2) * 0.35 + along * 0.65
    side = np.where(step < corner, 1, np.where(step > corner, -1, 0))

    height = meeting_height(along)
    x = MOUTH_HALF_WIDTH * along
    red = np.where(upper, lip_height(along, True), -lip_height(along, False))
    ahead = np.tile([0.0, -1.0, 0.0], (count, 1))

    def on_face(heights: np.ndarray, xs: np.ndarray) -> np.ndarray:
        return surface.cast(np.stack([xs, np.zeros(count), heights], -1), ahead)

    border = on_face(height + red, x)
    meeting = on_face(height, x)
    outward = surface.gradient(meeting) * np.array([1, 1, 0.0])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    fullness = np.maximum(1 - along**2, 0)[:, None] ** 0.6
    meeting = meeting - outward * (0.4 + 0.8 * fullness)
    bulge = np.where(upper, 2.7, 3.5)[:, None] * fullness

    last = edge
    free_rings = 3
    perimeter = np.array([builder.points[i] for i in edge])
    outside = border + (border - meeting) * 0.25 + np.array([0.6, 0, 0]) * (along > 0.9)[:, None]
    for ring in range(free_rings):
        share = (ring + 1) / (free_rings + 1)
        points = surface.project(perimeter * (1 - share) + outside * share)
        current = [
            builder.add(points[k], lip=(side[k], len(LIP_STEPS) + free_rings - ring, along[k])) for k in range(count)
        ]
        builder.strip(last, current, closed=False)
        last = current
    rings = {len(LIP_STEPS): border}
    for number, t in enumerate(LIP_STEPS):
        swell = np.sin(np.pi * t**0.85) ** 0.85 if t < 1 else 0.0
        rings[len(LIP_STEPS) - 1 - number] = border * (1 - t) + meeting * t + outward * bulge * swell
    inward, sign = -outward, np.where(upper, 1.0, -1.0)[:, None] * np.maximum(1 - along**4, 0)[:, None]
    up = np.array([0, 0, 1.0])
    rings[-1] = meeting + inward * 1.6 + up * sign * 0.25
    rings[-2] = meeting + inward * 3.6 + up * sign * 1.6
    rings[-3] = meeting + inward * 4.8 + up * sign * 5.5
    rings[-4] = meeting + inward * 5.0 + up * sign * 10.5
    rings[-5] = meeting * np.array([1.0, 1, 1]) + np.array([0.8, 15, 0]) + up * sign * 14
    rings[-6] = meeting * np.array([0.98, 0, 1]) + np.array([0, -56, 0]) + up * sign * 14
    rings[-7] = meeting * np.array([0.8, 0, 1]) + np.array([0, -36, 0]) + up * sign * 11
    rings[-8] = meeting * np.array([0.3, 0, 1]) + np.array([0, -27, 0]) + up * sign * 4
    named: dict[str, list[int]] = {"midline": []}
    for number in sorted(rings, reverse=True):
        points = rings[number]
        current = [builder.add(points[k], free=False, lip=(side[k], number, along[k])) for k in range(count)]
        builder.strip(last, current, closed=False)
        named[f"lip{number}"] = current
        last = current
    for k in range(count // 2):
        if k + 1 < count - 2 - k:
            builder.faces.append((last[k], last[count - 1 - k], last[count - 2 - k], last[k + 1]))
        elif k + 1 == count - 2 - k:
            builder.faces.append((last[k], last[count - 1 - k], last[k + 1]))
    named["midline"] = [
        i for i in range(len(builder.points)) if builder.marks[i][2] != 99 and builder.marks[i][3] == 0.0
    ]
    return named


def _eye(builder: _Builder, index: np.ndarray) -> dict[str, list[int]]:
    (left, right), (bottom, top) = EYE_COLUMNS, EYE_ROWS
    middle = (bottom + top) // 2
    edge = [index[r, left] for r in range(middle, top)] + [index[top, c] for c in range(left, right)]
    edge += [index[r, right] for r in range(top, bottom, -1)] + [index[bottom, c] for c in range(right, left, -1)]
    edge += [index[r, left] for r in range(bottom, middle)]
    count = len(edge)
    outer = (top - middle) + (right - left) + (top - middle)
    step = np.arange(count)
    upper = step <= outer
    along = np.where(upper, step / outer, (count - step) / (count - outer))
    along = 0.5 - 0.5 * np.cos(np.pi * along) * 0.45 - (0.5 - along) * 0.55
    side = np.where((step > 0) & (step < outer), 1, np.where(step > outer, -1, 0))
    azimuth = np.where(upper, lid_curve(along, True)[0], lid_curve(along, False)[0])
    elevation = np.where(upper, lid_curve(along, True)[1], lid_curve(along, False)[1])
    middle_azimuth = (INNER_CORNER[0] + OUTER_CORNER[0]) / 2
    outward = np.stack([azimuth - middle_azimuth, elevation], -1)
    outward /= np.linalg.norm(outward / np.array([2.2, 1.0]), axis=1, keepdims=True)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)

    def on_ball(spread: float, radius: float) -> np.ndarray:
        return surface.EYE_CENTRE + radius * degrees(
            azimuth + outward[:, 0] * spread, elevation + outward[:, 1] * spread
        )

    radius = surface.EYE_RADIUS
    rings = {
        2: on_ball(5.5, radius + surface.LID_THICKNESS), 1: on_ball(1.8, radius + 2.4), 0: on_ball(0.0, radius + 1.6),
        -1: on_ball(0.3, radius + 0.2), -2: on_ball(10.0, radius + 0.3), -3: on_ball(22.0, radius + 0.3),
    }  # fmt: skip
    perimeter = np.array([builder.points[i] for i in edge])
    last, free_rings = edge, 4
    for ring in range(free_rings):
        share = (ring + 1) / (free_rings + 1)
        points = surface.project(perimeter * (1 - share) + rings[2] * share)
        current = [builder.add(points[k], lid=(side[k], 2 + free_rings - ring, along[k])) for k in range(count)]
        builder.strip(last, current, closed=True)
        last = current
    named = {}
    for number in sorted(rings, reverse=True):
        points = rings[number]
        current = [builder.add(points[k], free=False, lid=(side[k], number, along[k])) for k in range(count)]
        builder.strip(last, current, closed=True)
        named[f"lid{number}"] = current
        last = current
    return named


def laplacian(skin: Skin) -> sparse.csr_matrix:
    """Uniform graph Laplacian (V, V): mean of the neighbours minus the vertex; neighbours as of the whole, mirrored head."""
    pairs = {(a, b) for face in skin.faces for a, b in zip(face, (*face[1:], face[0]), strict=True)}
    pairs |= {(b, a) for a, b in pairs}
    first, second = np.array(sorted(pairs)).T
    # A vertex on the midline has each off-midline neighbour twice, once on either side.
    weight = np.where(skin.midline[first] & ~skin.midline[second], 2.0, 1.0)
    count = len(skin.vertices)
    matrix = sparse.csr_matrix((weight, (first, second)), (count, count))
    return sparse.diags(1 / np.asarray(matrix.sum(axis=1)).ravel()) @ matrix - sparse.identity(count)


def relax(skin: Skin, rounds: int = 60) -> None:
    """Even the layout out on the surface; fixed vertices stay."""
    smooth = laplacian(skin)
    for _ in range(rounds):
        moved = skin.vertices + 0.5 * (smooth @ skin.vertices)
        moved[skin.midline, 0] = 0
        moved = surface.project(moved[skin.free], steps=1)
        skin.vertices[skin.free] = moved
        skin.vertices[skin.midline, 0] = 0
    skin.vertices[skin.free] = surface.project(skin.vertices[skin.free])
    skin.vertices[skin.midline, 0] = 0


def _upper_lid_fold(skin: Skin) -> None:
    """The crease above the upper lid: one ring drawn in, strongest over the iris."""
    fold = (skin.lid_ring == 4) & (skin.lid_side == 1)
    depth = 1.3 * np.sin(np.pi * np.clip(skin.lid_along, 0, 1)) ** 0.7
    skin.vertices[fold] -= surface.gradient(skin.vertices[fold]) * depth[fold, None]
