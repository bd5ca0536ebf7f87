# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that appear whole or not at all. Standard library only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write beside a path, which takes its place in the end; nothing is left of it on failure.

    Each has a name of its own, as another process may still be writing the same path. (Those of tempfile only their owner may
    read, and others work with the files.)
    """
    partial = path.with_name(f".{path.name[:40]}.{token_hex(4)}.partial")
    try:
        yield partial
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
