# SPDX-License-Identifier: GPL-3.0-or-later
"""When something was recorded: timecodes as Live Link Face writes them, and those that recorders write into a wav.

A timecode's frames count within its second, at broken rates too. Standard library only.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .errors import InputError

OF_CLIP = "clip"  # in the place of a timecode: that of the sound file

_TIMECODE = re.compile(r"([01]?\d|2[0-3]):([0-5]\d):([0-5]\d):(\d{1,3}(?:\.\d{1,3})?)")
_TIME_REFERENCE = 338  # of a bext chunk: samples since midnight, 64 bits (EBU Tech 3285)


def checked(text: str) -> str:
    """A timecode, :data:`OF_CLIP` or nothing, without the spaces around it. Raises InputError for anything else."""
    text = text.strip()
    if text in ("", OF_CLIP) or _TIMECODE.fullmatch(text):
        return text
    raise InputError(f"The timecode '{text}' cannot be used: write HH:MM:SS:FF, or 'clip' for that of the sound file.")


def seconds(text: str, fps: float, clip: Path, start: float = 0.0) -> float:
    """Seconds after midnight. text: what :func:`checked` lets through; nothing is midnight.

    clip, start: the sound file that :data:`OF_CLIP` asks, and where in it the clip starts, in seconds. Raises InputError for a
    frame that the rate has not, and a file that tells no time.
    """
    if not text:
        return 0.0
    if text == OF_CLIP:
        return _of_clip(clip) + start
    hours, minutes, whole, frame = (float(part) for part in text.split(":"))
    if frame >= fps:
        raise InputError(
            f"The timecode '{text}' has no such frame at {fps:g} a second: write a lower one, or other --fps."
        )
    return 3600 * hours + 60 * minutes + whole + frame / fps


def written(time: float, fps: float) -> str:
    """``HH:MM:SS:FF.mmm`` as Live Link Face writes it: whole frames within the second, then thousandths of a frame."""
    whole = math.floor(time + 1e-6)
    thousandths = round(max(time - whole, 0.0) * fps * 1000)
    clock = f"{whole // 3600 % 24:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{clock}:{thousandths // 1000:02d}.{thousandths % 1000:03d}"


def _of_clip(path: Path) -> float:
    try:
        with path.open("rb") as file:
            chunks = dict(_first_chunks(file))
        (samples,) = struct.unpack_from("<Q", chunks[b"bext"], _TIME_REFERENCE)
        (rate,) = struct.unpack_from("<I", chunks[b"fmt "], 4)
        return samples / rate
    except (OSError, KeyError, struct.error, ZeroDivisionError) as error:
        raise InputError(f"{path.name} tells no time of its own: write its timecode as HH:MM:SS:FF.") from error


def _first_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Name and the first kilobyte of each chunk of a RIFF file (wav, also RF64 and BW64) up to its samples and beyond."""
    kind, _, form = struct.unpack("<4sI4s", file.read(12))
    if kind not in (b"RIFF", b"RF64", b"BW64") or form != b"WAVE":
        return
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        start = file.tell()
        yield name, file.read(min(size, 1024))
        file.seek(start + size + size % 2)
