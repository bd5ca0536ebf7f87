# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 movements of the demo face, millimetres at weight 1.

A movement of the mouth is given on the lips and carried over the skin as a thin plate that is held at its surroundings.
A sided movement is the movement of both sides times a mask that runs over the midline, so that both sides together are the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as solvers

from . import surface
from .skin import lid_curve

HINGE = np.array([0.0, 14.0, -26.0])
JAW_DEGREES = 20.8
GAZE_DEGREES = 24.0


@dataclass
class Head:
    """All vertices of the head (V, 3) with what the skin's layout knows of them; ``part`` names each vertex's part."""

    vertices: np.ndarray
    part: np.ndarray
    smooth: sparse.csr_matrix  # Laplacian of the skin's vertices, which come first
    lip_side: np.ndarray
    lip_ring: np.ndarray
    lip_along: np.ndarray
    lid_side: np.ndarray
    lid_ring: np.ndarray
    lid_along: np.ndarray

    @property
    def skin(self) -> np.ndarray:
        return self.part == "skin"


def ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 at ``low``, 1 at ``high``, level at both ends."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blob(points: np.ndarray, centre: tuple, size: tuple) -> np.ndarray:
    """A bell (V,) around ``centre`` on both sides of the face."""
    mirrored = np.concatenate([np.abs(points[:, :1]), points[:, 1:]], axis=1)
    return np.exp(-np.sum(np.square((mirrored - np.array(centre)) / np.array(size)), axis=1))


def turn(points: np.ndarray, origin: np.ndarray, axis: str, degrees: np.ndarray | float) -> np.ndarray:
    """How far ``points`` move when turned around ``axis`` (x, y or z) through ``origin``."""
    angle = np.radians(degrees)
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    offset = points - origin
    moved = offset.copy()
    moved[:, first] = offset[:, first] * np.cos(angle) - offset[:, second] * np.sin(angle)
    moved[:, second] = offset[:, first] * np.sin(angle) + offset[:, second] * np.cos(angle)
    return moved - offset


class Sculptor:
    def __init__(self, head: Head) -> None:
        self.head = head
        self.rest = head.vertices
        self.count = int(head.skin.sum())
        p = self.rest[: self.count]
        self.sign = np.sign(np.where(np.abs(self.rest[:, 0]) < 1e-6, 0, self.rest[:, 0]))
        self.on_lips = (head.lip_side != 99) & (head.lip_ring <= 6) & (head.lip_ring >= -4)
        self.on_lips &= head.lip_ring != 99
        self.in_mouth = head.lip_ring < -4
        away = ramp(p[:, 2], -30, -22) + ramp(-p[:, 2], 108, 116) + ramp(p[:, 1], -30, -14)
        self._held = (away > 0.999) & ~self.in_mouth[: self.count]
        self._solvers: dict[bytes, tuple] = {}
        self.jaw = self._jaw_weights()

    def spread(self, handles: np.ndarray, values: np.ndarray, held: np.ndarray | None = None) -> np.ndarray:
        """Values (V,) or (V, 3) given at ``handles`` and zero where ``held``, bent smoothly over the rest of the skin."""
        held = self._held if held is None else held
        fixed = handles[: self.count] | held
        key = fixed.tobytes()
        if key not in self._solvers:
            stiff = (self.head.smooth.T @ self.head.smooth - 0.02 * (self.head.smooth + self.head.smooth.T)).tocsc()
            self._solvers[key] = (solvers.splu(stiff[~fixed][:, ~fixed]), stiff[~fixed][:, fixed])
        solver, coupling = self._solvers[key]
        known = np.where((handles[: self.count])[(...,) + (None,) * (values.ndim - 1)], values[: self.count], 0.0)
        result = np.zeros((len(self.rest), *values.shape[1:]))
        result[: self.count] = known
        result[: self.count][~fixed] = solver.solve(-(coupling @ known[fixed]))
        return result

    def _jaw_weights(self) -> np.ndarray:
        head, p = self.head, self.rest
        corner = head.lip_along
        lower = 0.5 + 0.5 * np.clip(1 - corner**2.2, 0, 1)
        upper = 0.5 * corner**5
        lips = np.where(head.lip_side < 0, lower, np.where(head.lip_side > 0, upper, 0.5))
        bone = head.skin & ~self.on_lips & ~self.in_mouth & (p[:, 2] < -77) & (p[:, 1] < -42) & (p[:, 2] > -106)
        bag = self.in_mouth
        lips = np.where(bag, lips * (0.3 + 0.7 * ramp(-p[:, 1], 25, 60)), lips)
        handles = self.on_lips | bone | bag
        values = np.where(bone, 1.0, lips)
        skin = p[: self.count]
        held = ((skin[:, 2] > -34) | (skin[:, 2] < -126) | (skin[:, 1] > 16)) & ~(bag | self.on_lips)[: self.count]
        weights = np.clip(self.spread(handles, values, held), 0, 1)
        weights[np.isin(head.part, ("lower teeth", "lower teeth gums"))] = 1.0
        tongue = head.part == "tongue"
        weights[tongue] = ramp(-p[tongue, 1], 25, 55)
        return weights

    def mouth(self, lips: np.ndarray) -> np.ndarray:
        """A movement given on the lips, carried over the skin."""
        return self.spread(self.on_lips, lips)

    def sided(self, whole: np.ndarray, width: float = 11.0) -> dict[str, np.ndarray]:
        left = ramp(self.rest[:, 0], -width, width)[:, None]
        return {"Left": whole * left, "Right": whole * (1 - left)}

    def follow(self, whole: np.ndarray, part: str, reach: int = 6) -> None:
        """Let a part ride on the skin near it."""
        mine = np.flatnonzero(self.head.part == part)
        skin = self.rest[: self.count]
        for i in mine:
            distance = np.linalg.norm(skin - self.rest[i], axis=1)
            near = np.argpartition(distance, reach)[:reach]
            weight = 1 / (distance[near] + 1.0) ** 2
            whole[i] = weight @ whole[near] / weight.sum()

    def sculpt(self) -> dict[str, np.ndarray]:
        shapes: dict[str, np.ndarray] = {}
        self._jaw(shapes)
        self._lips(shapes)
        self._eyes(shapes)
        self._brows(shapes)
        self._rest_of_face(shapes)
        return shapes

    # ---- jaw ---------------------------------------------------------------------------------------------------------
    def _jaw(self, shapes: dict[str, np.ndarray]) -> None:
        p, weight, head = self.rest, self.jaw[:, None], self.head
        opened = weight * turn(p, HINGE, "x", JAW_DEGREES)
        narrow = self.spread(self.on_lips, np.where(self.on_lips, -self.sign * 3.0 * head.lip_along**2, 0))
        opened[:, 0] += narrow
        shapes["jawOpen"] = opened
        shapes["jawForward"] = weight * np.array([0, -9.0, -0.8])
        for name, sign in (("jawLeft", 1), ("jawRight", -1)):
            shapes[name] = weight * (turn(p, HINGE, "z", sign * 5.2))

        # mouthClose: with the jaw open, both lips travel to one line between them, vertex by vertex, and their tissue with them.
        partner = self._opposite_lips()
        target = np.where(
            self.on_lips[:, None], 0.32 * self._lower(opened, partner) + 0.68 * self._upper(opened, partner), 0
        )
        close = np.where(self.on_lips[:, None], target - opened, 0)
        # A ring is closed as its meeting line is: the lips keep their form.
        for ring in range(-4, 7):
            mine = self.on_lips & (head.lip_ring == ring)
            close[mine] = self._at_meeting(target - opened)[mine]
        shapes["mouthClose"] = self._close_held(close)

    def _close_held(self, close: np.ndarray) -> np.ndarray:
        p = self.rest[: self.count]
        chin = (p[:, 2] < -92) & (p[:, 1] < -40)
        return self.spread(self.on_lips, close, self._held | (chin & ~self.in_mouth[: self.count]))

    def _meeting(self) -> dict[tuple, int]:
        head = self.head
        mine = np.flatnonzero(self.on_lips & (head.lip_ring == 0))
        return {(round(float(head.lip_along[i]), 4), self.sign[i], int(head.lip_side[i])): i for i in mine}

    def _opposite_lips(self) -> np.ndarray:
        """For each vertex of the meeting line the one across; -1 elsewhere."""
        table, partner = self._meeting(), np.full(len(self.rest), -1)
        for (along, sign, side), i in table.items():
            partner[i] = table.get((along, sign, -side), i)
        return partner

    def _upper(self, field: np.ndarray, partner: np.ndarray) -> np.ndarray:
        swap = (self.head.lip_side < 0) & (partner >= 0)
        return np.where(swap[:, None], field[partner], field)

    def _lower(self, field: np.ndarray, partner: np.ndarray) -> np.ndarray:
        swap = (self.head.lip_side > 0) & (partner >= 0)
        return np.where(swap[:, None], field[partner], field)

    def _at_meeting(self, field: np.ndarray) -> np.ndarray:
        """Each lip vertex gets the value of the meeting line's vertex in its column."""
        table, result = self._meeting(), np.zeros_like(field)
        for i in np.flatnonzero(self.on_lips):
            key = (round(float(self.head.lip_along[i]), 4), self.sign[i], int(self.head.lip_side[i]))
            result[i] = field[table[key]]
        return result

    # ---- lips --------------------------------------------------------------------------------------------------------
    def _lips(self, shapes: dict[str, np.ndarray]) -> None:
        head, p, sign = self.head, self.rest, self.sign
        along, ring = head.lip_along, head.lip_ring.astype(float)
        upper, lower = (head.lip_side > 0), (head.lip_side < 0)
        middle = np.clip(1 - along**2, 0, 1)
        red = np.clip(ring / 6, 0, 1)  # 0 where the lips meet, 1 at the red's border
        zero = np.zeros(len(p))

        def field(x: np.ndarray = zero, y: np.ndarray = zero, z: np.ndarray = zero) -> np.ndarray:
            return np.stack(np.broadcast_arrays(x, y, z), -1).astype(float)

        corner = along**1.6
        both: dict[str, np.ndarray] = {}
        both["mouthSmile"] = self.mouth(
            field(sign * 9.5 * corner, 7.5 * corner + 0.8, 9.5 * along**1.25 + 1.8 * middle)
        )
        both["mouthSmile"] += (
            blob(p, (43, -62, -30), (20, 24, 17))[:, None]
            * field(sign * 2.2, zero - 2.5, zero + 4.5)
            * head.skin[:, None]
        )
        both["mouthFrown"] = self.mouth(field(sign * 2.0 * corner, 1.8 * corner, -7.2 * corner + 0.8 * middle))
        both["mouthDimple"] = self.mouth(field(sign * 6.0 * corner, 7.0 * corner, 1.2 * corner))
        both["mouthStretch"] = self.mouth(field(sign * 10.0 * corner, 7.0 * corner, -4.0 * corner - 0.8 * middle))
        thin = np.where(upper, -1.9, np.where(lower, 2.3, 0)) * red * middle**0.5
        both["mouthPress"] = self.mouth(field(sign * 2.0 * corner, 1.6 - 0.4 * red, thin))
        both["mouthPress"] += (
            blob(p, (12, -80, -80), (16, 16, 9))[:, None] * field(zero, zero - 0.6, zero + 2.2) * self._off_lips()
        )
        both["mouthLowerDown"] = self.mouth(
            field(sign * 0.8 * lower, np.where(lower, -0.6, 0) * middle, np.where(lower, -9.5, 0) * middle**1.2)
        )
        both["mouthUpperUp"] = self.mouth(
            field(zero, np.where(upper, -0.4, 0) * middle, np.where(upper, 9.0, 0) * middle**1.2)
        )
        both["mouthUpperUp"] += (
            blob(p, (24, -76, -42), (12, 16, 12))[:, None] * field(zero, zero - 1.2, zero + 3.2) * self._off_lips()
        )
        for name, whole in both.items():
            for side, mine in self.sided(whole).items():
                shapes[name + side] = mine

        swell = np.where(upper, 1.0, np.where(lower, -1.0, 0)) * middle
        roll = np.clip(1 - np.abs(ring - 2) / 7, 0, 1)
        shapes["mouthPucker"] = self.mouth(
            field(-p[:, 0] * 0.40, -8.5 * middle**0.7 - 1.0 - 1.2 * roll, swell * (1.0 + 1.6 * red))
        )
        shapes["mouthFunnel"] = self.mouth(
            field(
                -p[:, 0] * 0.30,
                -6.5 * middle**0.6 - 2.5 * (1 - red),
                np.where(upper, 6.0, np.where(lower, -7.5, 0)) * middle**0.6,
            )
        )
        inner = np.clip(1 - red, 0, 1)
        tuck = 2.5 + 4.5 * inner
        deep = np.where(ring < 0, np.clip(1 + (ring + 1) / 4, 0, 1), 1.0)
        shapes["mouthRollLower"] = self.mouth(
            field(
                zero,
                np.where(lower, tuck * middle**0.6 * deep, 0),
                np.where(lower, (1.2 + 4.6 * red) * middle**0.6 * deep, 0),
            )
        )
        shapes["mouthRollUpper"] = self.mouth(
            field(
                zero,
                np.where(upper, tuck * middle**0.6 * deep, 0),
                np.where(upper, (-1.0 - 3.4 * red) * middle**0.6 * deep, 0),
            )
        )
        lift = 3.6 * middle**0.7
        shapes["mouthShrugLower"] = self.mouth(
            field(zero, np.where(lower, -2.2 * middle * red, 0), np.where(upper, lift * (1 - 0.6 * red), lift))
        )
        chin = blob(p, (0, -84, -86), (20, 20, 11))[:, None] * field(zero, zero - 1.0, zero + 5.0) * self._off_lips()
        shapes["mouthShrugLower"] += chin
        shapes["mouthShrugUpper"] = self.mouth(
            field(zero, np.where(upper, -1.2 * middle, 0), np.where(upper, 5.0, 0) * middle)
        )
        near = self.spread(self.on_lips, np.where(self.on_lips, 1.0, 0.0))
        near = np.where(head.skin, near, 0)
        for name, way in (("mouthLeft", 1), ("mouthRight", -1)):
            shapes[name] = near[:, None] * (turn(p, np.array([0, -30.0, -60]), "z", way * 11.5) + np.array([0, 0, 0.6]))

    def _off_lips(self) -> np.ndarray:
        return (self.head.skin & ~self.on_lips & ~self.in_mouth)[:, None]

    # ---- eyes --------------------------------------------------------------------------------------------------------
    def _eyes(self, shapes: dict[str, np.ndarray]) -> None:
        whole = {
            "eyeBlink": self._lids(1.0, 1.0),
            "eyeWide": self._lids(-0.24, -0.10),
            "eyeSquint": self._lids(0.16, 0.62),
        }
        p = self.rest
        squint = blob(p, (36, -70, -24), (20, 20, 9))[:, None] * np.array([0, -0.8, 3.0]) * self._off_lids()
        whole["eyeSquint"] += squint
        for name, both in whole.items():
            for side, mine in self.sided(both, 4.0).items():
                shapes[name + side] = mine
        for look, axis, upper, lower in (
            ("Down", 1, 0.55, -0.30),
            ("Up", -1, -0.22, 0.10),
            ("In", 0, 0.0, 0.0),
            ("Out", 0, 0.0, 0.0),
        ):
            lids = self._lids(upper, lower)
            for side, sign in (("Left", 1), ("Right", -1)):
                mask = np.where(sign > 0, ramp(p[:, 0], -4, 4), 1 - ramp(p[:, 0], -4, 4))[:, None]
                mine = lids * mask
                eye = (self.head.part == "eye") & (p[:, 0] * sign > 0)
                centre = surface.EYE_CENTRE * [sign, 1, 1]
                if axis:
                    mine[eye] = turn(p[eye], centre, "x", axis * GAZE_DEGREES)
                else:
                    outward = sign if look == "Out" else -sign
                    mine[eye] = turn(p[eye], centre, "z", outward * (GAZE_DEGREES + 4))
                    drag = np.clip(1 - np.abs(self.head.lid_ring) / 7, 0, 1) * self.head.skin
                    mine[:, 0] += np.where(
                        np.sign(p[:, 0]) == sign, outward * 1.1 * drag * np.sin(np.pi * self.head.lid_along), 0
                    )
                shapes[f"eyeLook{look}{side}"] = mine

    def _off_lids(self) -> np.ndarray:
        return (self.head.skin & (self.head.lid_ring > 3))[:, None]

    def _lids(self, upper: float, lower: float) -> np.ndarray:
        """Both eyes' lids turned along the eyeball; 1 brings each to the line where they meet."""
        head, p = self.head, self.rest
        near = (head.lid_ring != 99) | (head.part == "lashes")
        mirrored = np.where(p[:, :1] < 0, -1.0, 1.0) * [1, 0, 0] + [0, 1, 1]
        offset = p * mirrored - surface.EYE_CENTRE
        azimuth = np.degrees(np.arctan2(offset[:, 0], -offset[:, 1]))
        level = np.degrees(np.arctan2(offset[:, 2], np.hypot(offset[:, 0], offset[:, 1])))
        along = head.lid_along
        top, bottom = lid_curve(along, True)[1], lid_curve(along, False)[1]
        meet = bottom + (top - bottom) * 0.16
        side = np.where(head.part == "lashes", 1, head.lid_side)
        ring = np.where(head.part == "lashes", 0, head.lid_ring)
        reach = np.select(
            [ring == -3, ring == -2, ring <= 2, ring == 3, ring == 4, ring == 5],
            [0.35, 0.8, 1.0, 0.80, 0.42, 0.14],
            0.0,
        )
        travel = np.where(side > 0, (meet - top) * upper, np.where(side < 0, (meet - bottom) * lower, 0.0)) * reach
        # The lower rim's thickness is kept below the meeting line, the upper's above it.
        length = np.linalg.norm(offset, axis=1)
        height = np.radians(np.clip(level + travel, -89, 89))
        across = np.radians(azimuth)
        moved = (
            np.stack([np.sin(across) * np.cos(height), -np.cos(across) * np.cos(height), np.sin(height)], -1)
            * length[:, None]
        )
        return np.where(near[:, None] & (np.abs(travel) > 1e-9)[:, None], (moved - offset) * mirrored, 0.0)

    # ---- brows -------------------------------------------------------------------------------------------------------
    def _brows(self, shapes: dict[str, np.ndarray]) -> None:
        p, skin = self.rest, self.head.skin
        lids = np.select(
            [self.head.lid_ring <= 2, self.head.lid_ring == 3, self.head.lid_ring == 4], [0.0, 0.10, 0.4], 1.0
        )
        hold = (lids * skin)[:, None]

        def slide(weight: np.ndarray, move: np.ndarray) -> np.ndarray:
            """A movement along the forehead that keeps to its surface."""
            whole = weight[:, None] * move * hold
            moving = skin & (np.linalg.norm(whole, axis=1) > 0.05) & (self.head.lid_ring > 4)
            landed = surface.project(p[moving] + whole[moving], steps=2)
            depth = surface.head(p[moving])[:, None] * surface.gradient(landed)
            whole[moving] = landed + depth - p[moving]
            self.follow(whole, "brow")
            return whole

        side = self.sign[:, None]
        inner = blob(p, (12, -82, 32), (17, 40, 19)) * ramp(p[:, 2], 4, 16)
        outer = blob(p, (42, -70, 32), (19, 40, 19)) * ramp(p[:, 2], 4, 16)
        whole = blob(p, (24, -80, 27), (26, 40, 17)) * ramp(p[:, 2], 2, 12)
        shapes["browInnerUp"] = slide(inner, np.concatenate([0.5 * side, 0 * side, 0 * side + 12.5], 1))
        up = slide(outer, np.concatenate([0.8 * side, 0 * side, 0 * side + 11.5], 1))
        down = slide(whole, np.concatenate([-3.0 * side, 0 * side - 0.8, 0 * side - 8.0], 1))
        for name, both in (("browOuterUp", up), ("browDown", down)):
            for which, mine in self.sided(both, 7.0).items():
                shapes[name + which] = mine

    # ---- cheeks, nose, tongue ----------------------------------------------------------------------------------------
    def _rest_of_face(self, shapes: dict[str, np.ndarray]) -> None:
        p, free = self.rest, self._off_lips()
        side = self.sign[:, None]
        nothing = 0 * side
        puff = (
            blob(p, (42, -56, -58), (21, 26, 22))[:, None]
            * np.concatenate([9.0 * side, nothing - 6.0, nothing], 1)
            * free
        )
        shapes["cheekPuff"] = puff
        lids = np.select(
            [self.head.lid_ring <= 2, self.head.lid_ring == 3, self.head.lid_ring == 4], [0.0, 0.15, 0.5], 1.0
        )[:, None]
        cheek = (
            blob(p, (41, -66, -26), (21, 24, 14))[:, None]
            * np.concatenate([0.6 * side, nothing - 2.2, nothing + 7.0], 1)
            * free
            * lids
        )
        cheek += self._lids(0.0, 0.35)
        sneer = (
            blob(p, (14, -88, -30), (12, 18, 13))[:, None]
            * np.concatenate([0.8 * side, nothing + 0.6, nothing + 5.2], 1)
            * free
            * lids
        )
        sneer += self.mouth(
            np.where((self.head.lip_side > 0)[:, None], [0, 0, 2.2], [0, 0, 0.0])
            * np.clip(1 - self.head.lip_along**2, 0, 1)[:, None]
        )
        for name, both in (("cheekSquint", cheek), ("noseSneer", sneer)):
            for which, mine in self.sided(both, 7.0).items():
                shapes[name + which] = mine
        tongue = self.head.part == "tongue"
        out = np.zeros_like(p)
        reach = ramp(-p[:, 1], 32, 72)
        out[tongue] = (reach[:, None] * np.array([0, -34.0, 2.0]) + (reach**3)[:, None] * np.array([0, 0, -6.0]))[
            tongue
        ]
        lips = np.where((self.head.lip_side < 0), -5.5, np.where(self.head.lip_side > 0, 1.5, 0)) * np.clip(
            1 - self.head.lip_along**2, 0, 1
        )
        shapes["tongueOut"] = out + self.mouth(np.stack([0 * lips, 0 * lips, lips], -1))
