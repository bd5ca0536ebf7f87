# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages between Blender and the worker: one JSON object a line. Described in docs/protocol.md.

Standard library only: this file is read on both sides of the pipe.
"""

from __future__ import annotations

import base64
import json
import sys
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

VERSION = 2
LINE_LIMIT = 1 << 20  # bytes, the line's end included
_VALUES_PER_PART = 106_496  # 2048 frames of 52 channels; float32 in base64: 568 kB, well inside a line

METHODS = ("hello", "load", "animate", "express", "describe", "unload", "cancel", "shutdown")

Json = dict[str, Any]


class ProtocolError(ValueError):
    """A line that is no message. `request_id` names the request it belongs to, where that much can be read."""

    def __init__(self, message: str, request_id: int | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


@dataclass(frozen=True)
class Request:
    id: int
    method: str
    params: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far a request is: `fraction` 0..1, `stage` in words an animator understands."""

    id: int
    fraction: float
    stage: str


@dataclass(frozen=True)
class Part:
    """The next frames of a request's curves or layers: `values` float32, frame after frame."""

    id: int
    values: array


@dataclass(frozen=True)
class Done:
    id: int
    result: Json


@dataclass(frozen=True)
class Failure:
    """Why a request failed. `code` is for programs, `message` and `hint` are sentences for the animator."""

    id: int | None
    code: str
    message: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.message} {self.hint}".strip()


Reply = Progress | Part | Done | Failure


def encode_request(request: Request) -> bytes:
    return _encode(asdict(request))


def encode_reply(reply: Reply) -> bytes:
    match reply:
        case Progress(id=number, fraction=fraction, stage=stage):
            return _encode({"id": number, "progress": {"fraction": fraction, "stage": stage}})
        case Part(id=number, values=values):
            return _encode({"id": number, "part": _to_base64(values)})
        case Done(id=number, result=result):
            return _encode({"id": number, "result": result})
        case Failure(id=number, code=code, message=message, hint=hint):
            return _encode({"id": number, "error": {"code": code, "message": message, "hint": hint}})
    raise TypeError(f"not a reply: {reply!r}")


def decode_request(line: bytes) -> Request:
    """The request in a line. Raises :class:`ProtocolError`."""
    message = _decode(line)
    number = _identifier(message)
    method = message.get("method")
    params = message.get("params", {})
    if method not in METHODS:
        raise ProtocolError(f"unknown method {method!r}; known are {', '.join(METHODS)}", number)
    if not isinstance(params, dict):
        raise ProtocolError("params must be an object", number)
    return Request(number, method, params)


def decode_reply(line: bytes) -> Reply:
    """The reply in a line. Raises :class:`ProtocolError`."""
    message = _decode(line)
    if "error" in message:
        return _failure(message)
    number = _identifier(message)
    if isinstance(result := message.get("result"), dict):
        return Done(number, result)
    if isinstance(progress := message.get("progress"), dict):
        return Progress(number, _number(progress, "fraction", number), str(progress.get("stage", "")))
    if isinstance(part := message.get("part"), str):
        return Part(number, _from_base64(part, number))
    raise ProtocolError("a reply needs result, progress, part or error", number)


def parts(request_id: int, values: array, channels: int) -> Iterator[Part]:
    """Cut curves (frames × channels, row after row) into parts of whole frames that fit a line."""
    step = _VALUES_PER_PART // channels * channels
    for start in range(0, len(values), step):
        yield Part(request_id, values[start : start + step])


def read_line(stream: BinaryIO) -> bytes | None:
    """The next line, None at the end of the stream. An over-long line is skipped and raises ProtocolError."""
    line = stream.readline(LINE_LIMIT)
    if not line:
        return None
    if line.endswith(b"\n") or len(line) < LINE_LIMIT:
        return line
    while (rest := stream.readline(LINE_LIMIT)) and not rest.endswith(b"\n"):
        pass
    raise ProtocolError(f"a line is longer than {LINE_LIMIT} bytes")


def _encode(message: Json) -> bytes:
    line = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    if len(line) > LINE_LIMIT:
        raise ProtocolError(f"a message of {len(line)} bytes does not fit a line of {LINE_LIMIT}", message.get("id"))
    return line


def _decode(line: bytes) -> Json:
    try:
        message = json.loads(line.decode(), parse_constant=_refuse_constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ProtocolError(f"a line is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise ProtocolError("a line must hold one JSON object")
    return message


def _refuse_constant(name: str) -> None:
    raise ProtocolError(f"{name} is not JSON")


def _identifier(message: Json) -> int:
    number = message.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ProtocolError("id must be a whole number from 0")
    return number


def _failure(message: Json) -> Failure:
    error = message["error"]
    if not isinstance(error, dict):
        raise ProtocolError("error must be an object")
    number = None if message.get("id") is None else _identifier(message)
    return Failure(number, *(str(error.get(name, "")) for name in ("code", "message", "hint")))


def _number(message: Json, name: str, request_id: int) -> float:
    value = message.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise ProtocolError(f"{name} must be a number", request_id)
    return value


def _to_base64(values: array) -> str:
    return base64.b64encode(_little_endian(values).tobytes()).decode("ascii")


def _from_base64(text: str, request_id: int) -> array:
    values = array("f")
    try:
        values.frombytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise ProtocolError(f"a part is not float32 in base64: {error}", request_id) from error
    return _little_endian(values)


def _little_endian(values: array) -> array:
    if sys.byteorder == "little":
        return values
    swapped = array("f", values)
    swapped.byteswap()
    return swapped
