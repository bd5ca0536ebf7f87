# SPDX-License-Identifier: GPL-3.0-or-later
"""Text files as people save them. Standard library only."""

from __future__ import annotations

import codecs


def decoded(data: bytes) -> str | None:
    """UTF-8 with or without its mark, UTF-16 with it, else Western Windows; None when the bytes are no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
