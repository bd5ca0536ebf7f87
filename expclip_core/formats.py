# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves as files: Live Link Face CSV, JSON and NPZ, written and read."""

from __future__ import annotations

import csv
import json
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import arkit, timecode
from .curves import Curves
from .errors import InputError
from .whole import whole

HEAD_AND_EYES: tuple[str, ...] = (
    "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
# The same as tracks of a take's layers.
TRACKS: tuple[str, ...] = (
    "head_yaw", "head_pitch", "head_roll", "left_eye_yaw", "left_eye_pitch", "left_eye_roll", "right_eye_yaw",
    "right_eye_pitch", "right_eye_roll",
)  # fmt: skip
# Radians that a look of weight 1 turns the eye: least squares over Live Link Face recordings.
EYE_YAW, EYE_PITCH = 0.6, 0.53


ENDINGS = (".csv", ".json", ".npz")
_USUAL_RATES = (24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 48.0, 50.0, 60000 / 1001, 60.0, 90.0, 120.0)
_SHAPES = {name.casefold() for name in arkit.NAMES}
_DAY = 24 * 3600
_LONGEST = 24 * 3600 * 120  # frames: a day at 120 a second
_UNREADABLE = (csv.Error, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Recording:
    """What a file holds: rows at their own times, as a phone drops frames now and then.

    times: seconds after the first row, float64 (rows,), rising. weights: float32 (rows, 52), as :class:`Curves`; captures go
    a little above 1. motion: float32 (rows, 9), radians in the order of :data:`HEAD_AND_EYES`, or None when the file has
    none. fps: rows a second when none is dropped. start: seconds after midnight of the first row, by its timecode.
    """

    times: np.ndarray
    weights: np.ndarray
    motion: np.ndarray | None
    fps: float
    start: float = 0.0

    @classmethod
    def of_curves(cls, curves: Curves) -> Recording:
        return cls(curves.times, curves.weights, _head_and_eyes(curves), curves.fps)

    @property
    def curves(self) -> Curves:
        """The weights at each frame, those of dropped frames between their neighbours'."""
        return Curves(self.resampled(self.fps).weights, self.fps)

    def resampled(self, fps: float) -> Recording:
        """The same movement with a row at each frame of a rate, between the rows that there are; none is dropped."""
        times = np.arange(round(self.times[-1] * fps + 1e-6) + 1) / fps if len(self.times) else self.times
        weights = _at(times, self.times, self.weights)
        motion = None if self.motion is None else _at(times, self.times, self.motion)
        return Recording(times, weights, motion, fps, self.start)


def _at(times: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Columns (rows, n) at other times, float32 (times, n)."""
    placed = [np.interp(times, rows, column) for column in columns.T] if len(rows) else columns.T
    return np.column_stack(placed).astype(np.float32)


def write_curves(curves: Curves, path: Path, start: float = 0.0) -> None:
    """Write by the file's ending: .csv (Live Link Face, 61 columns), .json or .npz. start: seconds after midnight.

    Raises InputError for another ending, before anything is made; the file appears whole or not at all.
    """
    write_recording(replace(Recording.of_curves(curves), start=start), path)


def write_recording(recording: Recording, path: Path) -> None:
    """As :func:`write_curves`, with the rows' own times and what the head and the eyes do."""
    writer = _WRITERS[checked_ending(path)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as partial:
            writer(recording, partial)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); choose another file or folder.") from error


def read_recording(path: Path, fps: float | None = None) -> Recording:
    """Read what :func:`write_recording` writes, and Live Link Face recordings.

    Columns are found by name, in any order, as Live Link (``JawOpen``) or Apple (``jawOpen``) spells them; a blendshape that
    is not there is 0, unknown columns are passed over. fps: frames a second that a CSV's timecodes count; left out, they
    tell it themselves, and 60 is taken when the file is too short for that. Raises InputError.
    """
    reader = _READERS[checked_ending(path)]
    try:
        recording = reader(path, fps)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror}): choose another file.") from error
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError, *_UNREADABLE) as error:
        raise InputError(
            f"{path.name} holds no curves that can be read: choose another file or export it anew."
        ) from error
    return _checked(recording, path)


def _checked(recording: Recording, path: Path) -> Recording:
    numbers = [recording.times, recording.weights, *([] if recording.motion is None else [recording.motion])]
    if len(recording.times) == 0:
        raise InputError(f"{path.name} holds no frames: choose another recording.")
    if not all(np.isfinite(each).all() for each in numbers) or not 0 < recording.fps < 1e4:
        raise InputError(f"{path.name} holds numbers that are not finite: export it anew.")
    if recording.times[-1] * recording.fps > _LONGEST:
        raise InputError(f"{path.name} is longer than a day by its times: cut it or export it anew.")
    if not (np.diff(recording.times) > 0).all():
        raise InputError(f"{path.name} goes back in time: sort its rows by timecode or export it anew.")
    return recording


def checked_ending(path: Path) -> str:
    """The file's ending if it is one that can be written, else InputError."""
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise InputError(
            f"{path.name} ends in neither .csv, .json nor .npz; give the output file one of these endings."
        )
    return ending


def _write_csv(recording: Recording, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        motion = recording.motion
        names = arkit.NAMES if motion is None else (*arkit.NAMES, *HEAD_AND_EYES)
        rows.writerow(["Timecode", "BlendShapeCount", *map(_pascal, names)])
        values = recording.weights if motion is None else np.hstack([recording.weights, motion])
        for time, row in zip(recording.start + recording.times, values, strict=True):
            rows.writerow([timecode.written(time, recording.fps), len(row), *(f"{value:.6f}" for value in row)])


def _read_csv(path: Path, fps: float | None) -> Recording:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)] or [[]]
    names = [cell.strip().casefold() for cell in header]
    shapes = [place for place, name in enumerate(names) if name in _SHAPES]
    if not shapes:
        raise InputError(
            f"{path.name} names no ARKit blendshapes in its first line: choose a Live Link Face recording."
        )
    # A phone that sees no face writes the time alone.
    tracked = [
        (number, row) for number, row in enumerate(rows, 2) if any("".join(row[at : at + 1]).strip() for at in shapes)
    ]
    if broken := next((number for number, row in tracked if len(row) != len(names)), None):
        raise InputError(f"{path.name} has too few or too many values in line {broken}: remove that line.")
    cells = zip(*(row for _, row in tracked), strict=True) if tracked else [()] * len(names)
    columns = dict(zip(names, cells, strict=True))
    start, times, fps = _times(columns.get("timecode"), len(tracked), fps)
    weights = _columns(columns, arkit.NAMES)
    motion = _columns(columns, HEAD_AND_EYES) if any(name.casefold() in names for name in HEAD_AND_EYES) else None
    once = np.diff(times, prepend=-1.0) != 0  # a phone says a timecode twice now and then
    return Recording(times[once], weights[once], motion if motion is None else motion[once], fps, start)


def _columns(columns: dict[str, Sequence[str]], wanted: Sequence[str]) -> np.ndarray:
    """The wanted columns as numbers, float32 (rows, wanted), in whatever case they are named; 0 where a name is not there."""
    nothing = ["0"] * len(next(iter(columns.values())))
    return np.column_stack([np.array(columns.get(name.casefold(), nothing), dtype=np.float32) for name in wanted])


def _write_json(recording: Recording, path: Path) -> None:
    document = {
        "format": "expclip-curves",
        "version": 1,
        "fps": recording.fps,
        "frames": len(recording.times),
        "names": list(arkit.NAMES),
        "weights": _rounded(recording.weights),
        "times": [round(float(time), 6) for time in recording.times],
        "start": recording.start,
    }
    if recording.motion is not None:
        document |= {"motion_names": list(HEAD_AND_EYES), "motion": _rounded(recording.motion)}
    path.write_text(json.dumps(document), encoding="utf-8")


def _rounded(values: np.ndarray) -> list[list[float]]:
    return [[round(float(value), 6) for value in row] for row in values]


def _read_json(path: Path, _: float | None) -> Recording:
    return _of_arrays(json.loads(path.read_text(encoding="utf-8")))


def _write_npz(recording: Recording, path: Path) -> None:
    motion = {} if recording.motion is None else {"motion": recording.motion, "motion_names": np.array(HEAD_AND_EYES)}
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            weights=recording.weights,
            names=np.array(arkit.NAMES),
            fps=np.float64(recording.fps),
            times=recording.times,
            start=np.float64(recording.start),
            **motion,
        )


def _read_npz(path: Path, _: float | None) -> Recording:
    with np.load(path, allow_pickle=False) as arrays:
        return _of_arrays(dict(arrays))


def _of_arrays(stored: dict) -> Recording:
    """Named arrays, as JSON or NPZ keep them; times, start and motion may be left out."""
    fps = float(stored["fps"])
    if not fps > 0:
        raise ValueError("no frame rate")
    weights = _named(stored["weights"], stored["names"], arkit.NAMES, _camel)
    times = np.asarray(stored.get("times", np.arange(len(weights)) / fps), dtype=float)
    if times.shape != (len(weights),):
        raise ValueError("times do not fit the frames")
    motion = _named(stored["motion"], stored["motion_names"], HEAD_AND_EYES, str) if "motion" in stored else None
    return Recording(times, weights, motion, fps, float(stored.get("start", 0.0)))


def _named(
    values: np.ndarray, names: Sequence[str], wanted: Sequence[str], spelled: Callable[[str], str]
) -> np.ndarray:
    columns = np.asarray(values, dtype=np.float32).reshape(len(values), len(names)).T
    found = dict(zip((spelled(str(name)) for name in names), columns, strict=True))
    if not set(wanted) & set(found):
        raise ValueError("no known names")
    return np.column_stack([found.get(name, np.zeros(len(values), np.float32)) for name in wanted])


_WRITERS: dict[str, Callable[[Recording, Path], None]] = {".csv": _write_csv, ".json": _write_json, ".npz": _write_npz}
_READERS: dict[str, Callable[[Path, float | None], Recording]] = {
    ".csv": _read_csv,
    ".json": _read_json,
    ".npz": _read_npz,
}


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _times(timecodes: Sequence[str] | None, rows: int, fps: float | None) -> tuple[float, np.ndarray, float]:
    """The first row's second of the day, the rows' seconds after it, and rows a second.

    Timecodes may count finer than rows come: an iPhone that records 30 frames a second counts 60.
    """
    if timecodes is None or rows == 0:
        fps = fps or 60.0
        return 0.0, np.arange(rows) / fps, fps
    parts = np.array([each.split(":") for each in timecodes], dtype=float)
    seconds, frames = parts[:, :3] @ [3600, 60, 1], parts[:, 3]
    seconds += _DAY * np.cumsum(np.diff(seconds, prepend=seconds[0]) < -_DAY / 2)
    within = np.diff(seconds) == 0
    step = float(np.median(np.diff(frames)[within])) if within.any() else 1.0
    counted = fps or _counted(frames, step, np.diff(seconds) == 1)
    times = seconds + frames / counted
    return float(times[0]), _on_frames(times - times[0], counted / max(step, 1e-3)), _usual(counted / max(step, 1e-3))


def _counted(frames: np.ndarray, step: float, rolls: np.ndarray) -> float:
    """Frames a second that timecodes count: from a row to the next across a second they lack a step of it, or more."""
    if not rolls.any():
        return 60.0
    return _usual(float(np.max((frames[:-1] - frames[1:])[rolls])) + step)


def _usual(rate: float) -> float:
    nearest = min(_USUAL_RATES, key=lambda usual: abs(usual - rate))
    return nearest if abs(nearest - rate) < 0.005 * nearest / 24 else rate


def _on_frames(times: np.ndarray, rate: float) -> np.ndarray:
    """Times without the rounding of a timecode, where all of them are frames of the rate."""
    rate = _usual(rate)
    numbers = np.rint(times * rate)
    return numbers / rate if np.abs(times * rate - numbers).max(initial=0) < 0.01 else times


def _head_and_eyes(curves: Curves) -> np.ndarray:
    """The nine extra columns, radians: the head, still where it is not known, and eyes turned as the look shapes turn them."""
    extra = np.zeros((len(curves), len(HEAD_AND_EYES)), dtype=np.float32)
    if curves.head is not None:
        extra[:, :3] = curves.head
    for side, plus, minus in (("Left", "In", "Out"), ("Right", "Out", "In")):
        yaw = curves.channel(f"eyeLook{plus}{side}") - curves.channel(f"eyeLook{minus}{side}")
        pitch = curves.channel(f"eyeLookDown{side}") - curves.channel(f"eyeLookUp{side}")
        extra[:, HEAD_AND_EYES.index(f"{side}EyeYaw")] = EYE_YAW * yaw
        extra[:, HEAD_AND_EYES.index(f"{side}EyePitch")] = EYE_PITCH * pitch
    return extra
