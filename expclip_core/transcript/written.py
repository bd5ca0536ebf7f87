# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts as animators have them: a typed line, a text file, a script page, subtitles."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

from ..errors import InputError
from ..plain_text import decoded

LONGEST: Final = 100_000  # characters; an hour of fast speech has about 60,000
_LONGEST_FILE: Final = 8 * LONGEST  # bytes

_CUE_TIME: Final = re.compile(
    r"^\s*(?:\d+:)?\d\d:\d\d[.,]\d+\s*-->.*$|^\s*\d+\s*$(?=\n\s*(?:\d+:)?\d\d:\d\d[.,]\d+\s*-->)", re.M
)
_DIRECTION: Final = re.compile(r"\[[^\]\n]*\]|\{[^}\n]*\}|<[^<>\n]*>|\([^()\n]*\)|(?<!\w)\*[^*\n]+\*(?!\w)|♪")
_CAPITALS_LABEL: Final = re.compile(r"^[ \t>-]*[A-ZÀ-Þ][A-ZÀ-Þ0-9 .'’#-]{0,39}:(?=\s|$)", re.M)
_NAME_LABEL: Final = re.compile(r"^[ \t>-]*(\w[\w.'’-]{0,24}(?: \w[\w.'’-]{0,24}){0,2}):(?=[ \t]|$)", re.M)


def read_transcript(text_or_path: str | Path) -> str | None:
    """The transcript itself, or the text of the file it names; None when there is nothing in it.

    Raises InputError for a file that is missing or not text, and for more than :data:`LONGEST` characters.
    """
    path = _as_file(text_or_path)
    text = _file_text(path) if path else str(text_or_path)
    if len(text) > LONGEST:
        raise InputError(
            f"The transcript has {len(text):,} characters, more than an hour's speech ({LONGEST:,}); "
            "give only the words of this clip."
        )
    return text.strip() or None


def transcript_beside(clip: Path) -> str | None:
    """The text of the ``.txt`` that lies beside the clip under the clip's name, or None."""
    for ending in (".txt", ".TXT"):
        path = clip.with_suffix(ending)
        if path.is_file():
            return read_transcript(path)
    return None


def spoken_part(text: str) -> str:
    """`text` without what nobody says: stage directions in brackets, speakers' names, subtitle times.

    A name before a colon counts as a speaker's when it is in capitals or opens more than one line ("Anna: ...").
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = (
        re.sub(r"^\ufeff?WEBVTT.*$", "", text, count=1, flags=re.M)
        if text.lstrip("\ufeff").startswith("WEBVTT")
        else text
    )
    text = _DIRECTION.sub(" ", _CUE_TIME.sub("", text))
    text = _CAPITALS_LABEL.sub("", text)
    names = Counter(match[1] for match in _NAME_LABEL.finditer(text))
    return _NAME_LABEL.sub(lambda match: "" if names[match[1]] > 1 else match[0], text)


def _as_file(text_or_path: str | Path) -> Path | None:
    if isinstance(text_or_path, Path):
        return text_or_path
    if "\n" in text_or_path or len(text_or_path) > 1024:
        return None
    path = Path(text_or_path.strip() or ".")
    try:
        return path if path.is_file() or (path.suffix.lower() == ".txt" and " " not in text_or_path) else None
    except (OSError, ValueError):  # a sentence that no file system would take for a name
        return None


def _file_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise InputError(f"The transcript {path} cannot be read ({error.strerror}); check the path.") from error
    if len(data) > _LONGEST_FILE:
        raise InputError(
            f"The transcript {path.name} is far longer than an hour's speech; give only the words of this clip."
        )
    text = decoded(data)
    if text is None:
        raise InputError(f"The transcript {path.name} is not a text file; save it as plain text (UTF-8).")
    return text
