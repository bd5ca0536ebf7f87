# SPDX-License-Identifier: GPL-3.0-or-later
"""What files hold, as digests: for the command line and Blender to leave out what would come out the same.

Standard library only. A file that was not touched since is not read twice: a recording may hold all lines of a show.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from .errors import InputError


def digest_of(path: Path, what: str) -> str:
    """SHA-256 of a file. Raises InputError, which calls the file `what`, when it cannot be read."""
    try:
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size)
    except OSError as error:
        raise InputError(f"The {what} {path} cannot be read ({error.strerror}): check its path.") from error


def digest_of_weights(weights: Path | None, text_encoder: Path | None) -> str:
    """Of all models in these folders; without one, of those that came with the package."""
    folder = weights or Path(__file__).resolve().parent.parent / "weights"
    files = [*sorted(folder.glob("*.safetensors")), *sorted((text_encoder or Path()).glob("*.safetensors"))]
    return hashlib.sha256("".join(digest_of(file, "weights' file") for file in files).encode()).hexdigest()


@lru_cache(maxsize=4096)
def _read(path: Path, changed: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
