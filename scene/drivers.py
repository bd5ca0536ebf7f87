# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys that a control rig drives: which control to key instead, and what to key there.

A driver is plain when the shape key is a straight line of one control: a variable, an average or a sum of it, or an
expression such as ``2 * jaw - 0.5``. Its line is turned round and the control is keyed. Any other driver stays as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import bpy
import numpy as np

_DEEPEST = 8  # drivers that read what other drivers move, one after the other
_STRAIGHT = 1e-4  # how far a driver's curve may be from a line
_INDEX = re.compile(r"^(?P<path>.*)(?:\[(?P<number>\d+)\]|\.(?P<letter>[xyzw]))$")
_CHANNELS = {"LOC": "location", "ROT": "rotation_euler", "SCALE": "scale"}


class NotPlain(Exception):
    """Why a driver cannot be turned round: the end of a sentence that starts with what it drives."""


@dataclass(frozen=True)
class Control:
    """A number of a control rig: a custom property or a transform channel of an object, armature or bone."""

    owner: bpy.types.ID
    path: str  # from the owner
    index: int = -1  # in an array

    @property
    def value(self) -> float:
        value = self.owner.path_resolve(self.path)
        return value if self.index < 0 else value[self.index]

    def set_if_there(self, value: float) -> None:
        head, name, is_item = _container(self.path)
        try:
            holder = self.owner.path_resolve(head) if head else self.owner
        except ValueError:  # renamed or removed since
            return
        if self.index >= 0:
            getattr(holder, name)[self.index] = value
        elif is_item:
            holder[name] = value
        else:
            setattr(holder, name, value)
        self.owner.update_tag()


@dataclass(frozen=True)
class Line:
    """Σ slope · control + constant."""

    slopes: dict[Control, float] = field(default_factory=dict)
    constant: float = 0.0

    def __add__(self, other: Line) -> Line:
        controls = dict.fromkeys((*self.slopes, *other.slopes))
        slopes = {each: self.slopes.get(each, 0.0) + other.slopes.get(each, 0.0) for each in controls}
        return Line(slopes, self.constant + other.constant)

    def __mul__(self, factor: float) -> Line:
        return Line({each: slope * factor for each, slope in self.slopes.items()}, self.constant * factor)


@dataclass(frozen=True)
class Driven:
    """A shape key that is slope · control + constant."""

    control: Control
    slope: float
    constant: float


def driven_keys(shape_keys: bpy.types.Key, paths: dict[str, str]) -> tuple[dict[str, Driven], dict[str, str]]:
    """Of the shape keys with these data paths: those with a plain driver, and what drives the others."""
    plain: dict[str, Driven] = {}
    refused: dict[str, str] = {}
    reader = _Reader()
    drivers = reader.drivers(shape_keys)
    for key, path in paths.items():
        if curve := drivers.get((path, 0)):
            try:
                plain[key] = _turned_round(reader.line(curve, 0))
            except NotPlain as reason:
                refused[key] = str(reason)
    return plain, refused


def asleep(shape_keys: bpy.types.Key) -> list[bpy.types.FCurve]:
    """Drivers that Blender has switched off since they once failed, although they are plain now."""
    reader = _Reader()
    return [
        curve for curve in reader.drivers(shape_keys).values() if not curve.driver.is_valid and reader.is_plain(curve)
    ]


def wake(shape_keys: bpy.types.Key) -> None:
    for curve in asleep(shape_keys):
        curve.driver.expression = curve.driver.expression  # setting it makes Blender try again
    shape_keys.update_tag()


def control_values(wanted: Sequence[tuple[Driven, Sequence[float]]]) -> np.ndarray:
    """What a control must be, frame by frame, for all the shape keys it drives to come as near as they can.

    Where one drives a pair both ways, such as mouthLeft and mouthRight, it is what the one wants less what the other
    wants: a shape key does not go below 0. Otherwise it is the least squares of them all.
    """
    ways = [[each for each in wanted if each[0].slope * sign > 0] for sign in (1, -1)]
    rests = [_least_squares([(driven, [0.0]) for driven, _ in way])[0] for way in ways if way]
    if len(rests) == 2 and abs(rests[0] - rests[1]) < _STRAIGHT:
        return _least_squares(ways[0]) + _least_squares(ways[1]) - rests[0]
    return _least_squares(wanted)


def _least_squares(wanted: Sequence[tuple[Driven, Sequence[float]]]) -> np.ndarray:
    slopes = np.array([driven.slope for driven, _ in wanted])
    constants = np.array([driven.constant for driven, _ in wanted])
    values = np.array([values for _, values in wanted], dtype=float)
    return slopes @ (values - constants[:, None]) / (slopes @ slopes)


def _turned_round(line: Line) -> Driven:
    slopes = {control: slope for control, slope in line.slopes.items() if abs(slope) > _STRAIGHT}
    if not slopes:
        raise NotPlain("nothing that can be keyed")
    if len(slopes) > 1:
        raise NotPlain(f"{len(slopes)} controls at once")
    ((control, slope),) = slopes.items()
    if not control.owner.is_editable:
        raise NotPlain(f"{control.owner.name}, which is linked from another file")
    return Driven(control, slope, line.constant)


class _Reader:
    """Reads drivers; remembers those of an owner, as a rig's hundreds would be searched for every shape key."""

    def __init__(self) -> None:
        self.drivers = cache(_drivers)

    def is_plain(self, curve: bpy.types.FCurve) -> bool:
        try:
            _turned_round(self.line(curve, 0))
        except NotPlain:
            return False
        return True

    def line(self, curve: bpy.types.FCurve, depth: int) -> Line:
        """What a driver computes, as a line of the controls at its beginning."""
        if depth > _DEEPEST:
            raise NotPlain("drivers in a circle")
        driver = curve.driver
        variables = {variable.name: self._variable(variable, depth) for variable in driver.variables}
        if driver.type == "SCRIPTED":
            line = _expression(driver.expression, variables)
        elif not variables:
            raise NotPlain("nothing that can be keyed")
        elif driver.type in {"SUM", "AVERAGE"} or len(variables) == 1:
            line = sum(variables.values(), Line())
            line = line * (1.0 / len(variables)) if driver.type == "AVERAGE" else line
        else:
            raise NotPlain("the smallest or largest of several variables")
        slope, start = _straight(curve)
        return line * slope + Line({}, start)

    def _variable(self, variable: bpy.types.DriverVariable, depth: int) -> Line:
        target = variable.targets[0]
        if target.id is None:
            raise NotPlain("a variable without an object")
        if variable.type == "SINGLE_PROP":
            return self._followed(_property(target.id, target.data_path), depth)
        if variable.type == "TRANSFORMS":
            return self._followed(_transform(target), depth)
        raise NotPlain("a distance, an angle between bones or the scene")

    def _followed(self, control: Control, depth: int) -> Line:
        """The control, or what drives it in its turn."""
        curve = self.drivers(control.owner).get((control.path, max(control.index, 0)))
        return self.line(curve, depth + 1) if curve else Line({control: 1.0})


def _drivers(owner: bpy.types.ID) -> dict[tuple[str, int], bpy.types.FCurve]:
    animation = owner.animation_data
    drivers = animation.drivers if animation else ()
    return {(curve.data_path, curve.array_index): curve for curve in drivers if not curve.mute}


def _straight(curve: bpy.types.FCurve) -> tuple[float, float]:
    """Slope and start of the line that the driver's own curve is; without keys and modifiers it changes nothing."""
    if not curve.keyframe_points and not curve.modifiers:
        return 1.0, 0.0
    start, end = curve.evaluate(0.0), curve.evaluate(1.0)
    for x in (-1.0, 0.25, 0.5, 0.75, 2.0):
        if abs(curve.evaluate(x) - (start + (end - start) * x)) > _STRAIGHT:
            raise NotPlain("a bent driver curve")
    return end - start, start


def _property(owner: bpy.types.ID, path: str) -> Control:
    array, index = _INDEX.match(path), -1
    if array:
        path = array["path"]
        index = int(array["number"]) if array["number"] else "xyzw".index(array["letter"])
    try:
        found = owner.path_resolve(path, False)
        control = Control(found.data.id_data, found.path_from_id(), index)
        value = control.value
    except (ValueError, AttributeError, IndexError, TypeError) as error:
        raise NotPlain(f"{path}, which {owner.name} does not have") from error
    if not isinstance(value, float):
        raise NotPlain(f"{path} of {owner.name}, which is not a decimal number")
    return control


def _transform(target: bpy.types.DriverTarget) -> Control:
    """The channel a transform variable reads, where the channel is all that moves it."""
    kind, _, axis = target.transform_type.partition("_")
    if kind not in _CHANNELS or axis not in {"X", "Y", "Z"}:
        raise NotPlain("an average scale or a quaternion")
    bone = target.id.pose.bones.get(target.bone_target) if target.bone_target and target.id.pose else None
    moved = bone or target.id
    local = target.transform_space == "LOCAL_SPACE" if bone else not target.id.parent
    constrained = any(not each.mute for each in moved.constraints)
    same_angles = kind != "ROT" or (
        moved.rotation_mode not in {"QUATERNION", "AXIS_ANGLE"}
        and target.rotation_mode in {"AUTO", moved.rotation_mode}
    )
    if not local or constrained or not same_angles:
        raise NotPlain(f"where {moved.name} ends up, which more than one channel decides")
    return Control(target.id, _channel_path(bone, _CHANNELS[kind]), "XYZ".index(axis))


def _channel_path(bone: bpy.types.PoseBone | None, channel: str) -> str:
    return f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"].{channel}' if bone else channel


def _container(path: str) -> tuple[str, str, bool]:
    """``pose.bones["jaw"]["open"]`` → (``pose.bones["jaw"]``, ``open``, True); an attribute gives False."""
    if path.endswith('"]'):
        # Quotes inside a name are escaped, so the last bare [" starts it.
        start = max(match.start() for match in re.finditer(r'\["(?=(?:[^"\\]|\\.)*"\]$)', path))
        return path[:start], bpy.utils.unescape_identifier(path[start + 2 : -2]), True
    head, _, name = path.rpartition(".")
    return head, name, False


def _expression(text: str, variables: dict[str, Line]) -> Line:
    """A scripted expression as a line. Limits by constants are passed over: inside them it is the same line."""
    try:
        tree = _parsed(text)
    except SyntaxError as error:
        raise NotPlain("an expression that is broken") from error
    return _evaluated(tree, variables, NotPlain(f"the expression {text.strip()}"))


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text.strip(), mode="eval").body


def _evaluated(node: ast.expr, variables: dict[str, Line], bent: NotPlain) -> Line:
    def of(each: ast.expr) -> Line:
        return _evaluated(each, variables, bent)

    match node:
        case ast.Constant(value=int() | float() as value):
            return Line({}, float(value))
        case ast.Name(id=name) if name in variables:
            return variables[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return of(operand) * -1.0
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return of(operand)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return of(left) + of(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return of(left) + of(right) * -1.0
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            one, other = of(left), of(right)
            if one.slopes and other.slopes:
                raise bent
            return one * other.constant if one.slopes else other * one.constant
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            divisor = of(right)
            if divisor.slopes or divisor.constant == 0.0:
                raise bent
            return of(left) * (1.0 / divisor.constant)
        case ast.Call(func=ast.Name(id="min" | "max" | "clamp" | "float"), args=[_, *_] as arguments, keywords=[]):
            moving = [line for line in map(of, arguments) if line.slopes]
            if len(moving) != 1:
                raise bent
            return moving[0]
    raise bent
