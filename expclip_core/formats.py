# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves as files: Live Link Face CSV, JSON and NPZ."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from . import arkit
from .curves import Curves
from .errors import InputError

HEAD_AND_EYES: tuple[str, ...] = (
    "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
# Radians that a look of weight 1 turns the eye: least squares over Live Link Face recordings.
EYE_YAW, EYE_PITCH = 0.6, 0.53


def write_curves(curves: Curves, path: Path) -> None:
    """Write by the file's ending: .csv (Live Link Face, 61 columns), .json or .npz.

    Raises InputError for another ending, before anything is made; the file appears whole or not at all.
    """
    writer = _WRITERS[checked_ending(path)]
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _removed_on_failure(partial):
            writer(curves, partial)
            partial.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); choose another file or folder.") from error


@contextmanager
def _removed_on_failure(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def checked_ending(path: Path) -> str:
    """The file's ending if it is one that can be written, else InputError."""
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise InputError(
            f"{path.name} ends in neither .csv, .json nor .npz; give the output file one of these endings."
        )
    return ending


def _write_csv(curves: Curves, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Timecode", "BlendShapeCount", *map(_pascal, arkit.NAMES), *HEAD_AND_EYES])
        values = np.hstack([curves.weights, _head_and_eyes(curves)])
        for frame, row in enumerate(values):
            rows.writerow([_timecode(frame, curves.fps), values.shape[1], *(f"{value:.6f}" for value in row)])


def _write_json(curves: Curves, path: Path) -> None:
    document = {
        "format": "expclip-curves",
        "version": 1,
        "fps": curves.fps,
        "frames": len(curves),
        "names": list(arkit.NAMES),
        "weights": [[round(float(value), 6) for value in row] for row in curves.weights],
    }
    path.write_text(json.dumps(document), encoding="utf-8")


def _write_npz(curves: Curves, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, weights=curves.weights, names=np.array(arkit.NAMES), fps=np.float64(curves.fps))


_WRITERS: dict[str, Callable[[Curves, Path], None]] = {".csv": _write_csv, ".json": _write_json, ".npz": _write_npz}


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _timecode(frame: int, fps: float) -> str:
    """``HH:MM:SS:FF.mmm`` as Live Link Face writes it: whole frames within the second, then thousandths of a frame."""
    seconds = math.floor(frame / fps + 1e-9)
    thousandths = round((frame - seconds * fps) * 1000)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}:{thousandths // 1000:02d}.{thousandths % 1000:03d}"


def _head_and_eyes(curves: Curves) -> np.ndarray:
    """The nine extra columns, radians: a still head, and eyes turned as the look shapes turn them."""
    extra = np.zeros((len(curves), len(HEAD_AND_EYES)), dtype=np.float32)
    for side, plus, minus in (("Left", "In", "Out"), ("Right", "Out", "In")):
        yaw = curves.channel(f"eyeLook{plus}{side}") - curves.channel(f"eyeLook{minus}{side}")
        pitch = curves.channel(f"eyeLookDown{side}") - curves.channel(f"eyeLookUp{side}")
        extra[:, HEAD_AND_EYES.index(f"{side}EyeYaw")] = EYE_YAW * yaw
        extra[:, HEAD_AND_EYES.index(f"{side}EyePitch")] = EYE_PITCH * pitch
    return extra
