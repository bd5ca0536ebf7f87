# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of slowly changing whole numbers in few bytes: what a take remembers on its action."""

from __future__ import annotations

import json
import zlib

import numpy as np


def packed(header: dict, table: np.ndarray) -> bytes:
    """A header of JSON values and a table (rows, columns) of whole numbers as changes from row to row, zlib."""
    kind = table.dtype.newbyteorder("<")
    changes = np.diff(table.astype(kind), axis=0, prepend=np.zeros((1, table.shape[1]), kind))
    # Column after column, the low bytes of all apart from the high ones, which are nearly always 0 or 255.
    planes = np.ascontiguousarray(changes.T).view(np.uint8).reshape(-1, kind.itemsize).T.tobytes()
    head = header | {"rows": table.shape[0], "columns": table.shape[1], "kind": kind.str}
    return zlib.compress(json.dumps(head).encode() + b"\n" + planes, 6)


def unpacked(blob: bytes) -> tuple[dict, np.ndarray]:
    """What :func:`packed` was given."""
    line, _, planes = zlib.decompress(blob).partition(b"\n")
    header = json.loads(line)
    rows, columns, kind = header.pop("rows"), header.pop("columns"), np.dtype(header.pop("kind"))
    numbers = np.ascontiguousarray(np.frombuffer(planes, np.uint8).reshape(kind.itemsize, -1).T).view(kind)
    return header, np.cumsum(numbers.reshape(columns, rows), axis=1, dtype=kind).T
