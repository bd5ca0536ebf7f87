# SPDX-License-Identifier: GPL-3.0-or-later
"""Head and eyes onto the bones or objects that the animator picked, as rotations from their rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Euler, Quaternion, Vector

from ..expclip_core.formats import HEAD_AND_EYES

Place = tuple[str, int]  # data path and index of an F-curve

# Where the three angles of each stand in the motion of a take.
COLUMNS = {name: HEAD_AND_EYES.index(f"{column}Yaw") for name, column in
           (("head", "Head"), ("left_eye", "LeftEye"), ("right_eye", "RightEye"))}  # fmt: skip
_AXES = {"X": (1, 0, 0), "Y": (0, 1, 0), "-X": (-1, 0, 0), "-Y": (0, -1, 0)}
_UP = Vector((0, 0, 1))


@dataclass(frozen=True)
class Aim:
    """A bone of an armature, or an object, that turns with the head or an eye; from the third column of angles on.

    forward: where the character looks in the armature's space, or in that of the object's parent. Z is up there.
    """

    owner: bpy.types.Object
    bone: str
    column: int
    strength: float
    forward: str

    def curves(self, motion: np.ndarray) -> dict[Place, np.ndarray]:
        """What its F-curves do, by data path and index. motion: (frames, 9) radians."""
        turns = [self._from_rest(angles) for angles in self.strength * motion[:, self.column : self.column + 3]]
        target = self.owner.pose.bones[self.bone] if self.bone else self.owner
        prefix = f"{target.path_from_id()}." if self.bone else "delta_"
        if target.rotation_mode == "QUATERNION":
            path, values = f"{prefix}rotation_quaternion", _continued(turns)
        elif target.rotation_mode == "AXIS_ANGLE":
            path, values = f"{prefix}rotation_axis_angle", _with_axes(turns)
        else:
            order = target.rotation_mode if target.rotation_mode in _ORDERS else "XYZ"
            path, values = f"{prefix}rotation_euler", _eulers(turns, order)
        return {(path, index): column for index, column in enumerate(values.T)}

    def _from_rest(self, angles: Sequence[float]) -> Quaternion:
        """Yaw to the subject's right, pitch down, roll onto the subject's right shoulder, in the space the curves are in."""
        forward = Vector(_AXES[self.forward])
        yaw, pitch, roll = (float(angle) for angle in angles)
        turn = Quaternion(_UP, -yaw) @ Quaternion(_UP.cross(forward), pitch) @ Quaternion(forward, roll)
        if not self.bone:
            return turn
        rest = self.owner.data.bones[self.bone].matrix_local.to_quaternion()
        return rest.inverted() @ turn @ rest


_ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")


def can_turn(target: bpy.types.Object) -> bool:
    """Whether it can turn beside its own rotation: an object's delta rotation has no axis and angle that could be keyed."""
    return target.type == "ARMATURE" or target.rotation_mode != "AXIS_ANGLE"


def aims_of(character: bpy.types.Object) -> tuple[Aim, ...]:
    """What the animator picked for a character, without what is not there any more or cannot turn."""
    settings = character.expclip.aims
    picked = [(getattr(settings, name), column) for name, column in COLUMNS.items()]
    return tuple(
        Aim(each.target, each.bone if each.target.type == "ARMATURE" else "", column, each.strength, settings.forward)
        for each, column in picked
        if each.target
        and can_turn(each.target)
        and (each.target.type != "ARMATURE" or each.bone in each.target.pose.bones)
    )


def _continued(turns: Sequence[Quaternion]) -> np.ndarray:
    """Quaternions as (frames, 4), none of them turned to the other side from one frame to the next."""
    values = np.array([tuple(turn) for turn in turns])
    flips = np.sum(values[1:] * values[:-1], axis=1) < 0
    values[1:][np.cumsum(flips) % 2 == 1] *= -1
    return values


def _with_axes(turns: Sequence[Quaternion]) -> np.ndarray:
    values = _continued(turns)
    sizes = np.linalg.norm(values[:, 1:], axis=1)
    angles = 2 * np.arctan2(sizes, values[:, 0])
    axes = np.where(sizes[:, None] > 1e-9, values[:, 1:] / np.maximum(sizes, 1e-9)[:, None], (0, 1, 0))
    return np.column_stack([angles, axes])


def _eulers(turns: Sequence[Quaternion], order: str) -> np.ndarray:
    angles: list[Euler] = []
    for turn in turns:
        angles.append(turn.to_euler(order, angles[-1]) if angles else turn.to_euler(order))
    return np.array([tuple(each) for each in angles])
