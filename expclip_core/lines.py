# SPDX-License-Identifier: GPL-3.0-or-later
"""Many lines as a table: who says what, how and when. A CSV whose columns are found by their names.

Standard library only: the command line and Blender's side read the same tables.
"""

from __future__ import annotations

import csv
import io
import math
import os
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from . import timecode
from .errors import InputError
from .excerpt import WHOLE, Excerpt
from .plain_text import decoded
from .whole import whole

# Column → other names that tables give it.
_ALIASES = {
    "clip": "audio, audio file, sound, sound file, wav, file, filename, path",
    "prompt": "style, emotion, feeling, mood, expression",
    "prompts": "prompts file, timed prompts",
    "character": "name, face, speaker, actor, rig, who",
    "start": "start frame, first frame, frame",
    "intensity": "strength, amount",
    "seed": "random seed",
    "fps": "frame rate, frames per second",
    "transcript": "text, words, dialogue, dialog, said, subtitle",
    "language": "lang, language code",
    "from": "clip start, in, trim start",
    "to": "clip end, out, trim end",
    "speed": "playback speed",
    "timecode": "tc, start timecode, time code",
    "output": "output file, take, save as",
}
COLUMNS = tuple(_ALIASES)
_DELIMITERS = ",;\t|"
_ALIKE = 0.88  # of difflib's ratio: one wrong letter in eight
_LAST_FRAME = 1_048_574  # that Blender has, and as many before 0
_LARGEST = 2**31 - 1  # whole number in Blender


@dataclass(frozen=True)
class Line:
    """One line of a dialogue.

    clip: the sound file. prompt: how it feels; prompts: a JSON file of prompts over time, instead. character: who speaks.
    start: frame at which the clip starts. intensity: 0..2. fps: frames a second, None as the others. transcript: what is
    said or a .txt of it; "" looks for one beside the clip. language: its code, "" finds it from the text. excerpt: the
    part of the file that is the clip. timecode: of its first frame, "clip" for that of the sound file. output: the name of
    the file that is made, "" makes one up.
    """

    clip: Path
    prompt: str = ""
    prompts: Path | None = None
    character: str = ""
    start: int = 1
    intensity: float = 1.0
    seed: int = 0
    fps: float | None = None
    transcript: str = ""
    language: str = ""
    excerpt: Excerpt = WHOLE
    timecode: str = ""
    output: str = ""


@dataclass(frozen=True)
class Unusable:
    """A row that is no line, and why: a sentence."""

    problem: str


@dataclass(frozen=True)
class Table:
    """rows: number in the file, as an editor counts, and what stands there. warnings: sentences about the columns."""

    rows: tuple[tuple[int, Line | Unusable], ...]
    warnings: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(row for _, row in self.rows if isinstance(row, Line))


def read_lines(path: Path) -> Table:
    """The lines in a CSV. Paths in it are relative to its folder. A wrong row does not stop the others.

    Columns are separated by comma, semicolon, tab or bar, numbers may have a decimal comma. Raises InputError when the
    file cannot be read, holds no lines or has no column for the clip.
    """
    rows = _rows(_text(path))
    names = next(rows, (0, []))[1]
    columns, warnings = _columns(names)
    if "clip" not in columns:
        raise InputError(
            f"{path.name} has no column 'clip': name the columns in its first row, such as clip;prompt;start."
        )
    folder = path.parent.absolute()
    named = max(place for place, name in enumerate(names, 1) if name)
    read = tuple((number, _read(cells[:named], cells[named:], columns, folder)) for number, cells in rows)
    if not read:
        raise InputError(f"{path.name} holds no lines: write one below the columns' names.")
    return Table(read, warnings)


def write_lines(path: Path, lines: Sequence[Line]) -> None:
    """A CSV that :func:`read_lines` and spreadsheets read; clips below its folder are named relative to it.

    Raises InputError when it cannot be written.
    """
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    rows.writerows(_cells(line, path.parent.absolute()) for line in lines)
    try:
        with whole(path) as partial:
            partial.write_bytes(written.getvalue().encode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): choose another file or folder.") from error


def _text(path: Path) -> str:
    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        raise InputError(f"The lines' file {path} cannot be read ({error.strerror}): check its path.") from error
    if text is None:
        raise InputError(f"{path.name} is no CSV: save the table as CSV (UTF-8) and give that file.")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, with the number of the line they start on."""
    skipped, delimiter = 0, ""
    if text[:4].lower() == "sep=" and text[4:5]:  # how Excel is told the delimiter
        delimiter, skipped = text[4], 1
        text = text.partition("\n")[2]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text))
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start + skipped, [cell.strip() for cell in cells]
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"The table cannot be read after line {reader.line_num + skipped}: {error}; check its quotes."
        ) from error


def _delimiter(text: str) -> str:
    """The one that gives the first row the most names that are known."""
    first = next((row for row in text.splitlines() if row.strip()), "")
    return max(
        _DELIMITERS, key=lambda each: len(_columns(next(csv.reader([first], delimiter=each)))[0]) if first else 0
    )


def _columns(names: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Column → its place, and what should be known about those that were guessed or left aside."""
    columns: dict[str, int] = {}
    unknown: list[tuple[int, str]] = []
    for place, name in enumerate(names):
        column = _KNOWN.get(_spelling(name))
        if column is None or column in columns:
            unknown.append((place, name.strip()))
        else:
            columns[column] = place
    warnings = []
    for place, name in filter(lambda each: each[1], unknown):
        guess = [_KNOWN[each] for each in get_close_matches(_spelling(name), _KNOWN, n=1, cutoff=_ALIKE)]
        if guess and guess[0] not in columns:
            columns[guess[0]] = place
            warnings.append(f"The column '{name}' is read as {guess[0]}.")
        else:
            warnings.append(
                f"The column '{name}' is left aside: {'there are two' if guess else 'it means nothing here'}."
            )
    return columns, tuple(warnings)


def _spelling(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", name).casefold() if letter.isalnum())


_KNOWN = {_spelling(name): column for column, others in _ALIASES.items() for name in (column, *others.split(","))}


def _read(cells: Sequence[str], surplus: Sequence[str], columns: dict[str, int], folder: Path) -> Line | Unusable:
    given = {name: cells[place] for name, place in columns.items() if place < len(cells) and cells[place]}
    try:
        if any(surplus):  # which cells belong together nobody can know
            raise InputError(
                "The line has more cells than columns: quote the prompt, or the text that holds the separator."
            )
        return _line(given, folder)
    except InputError as error:
        return Unusable(str(error))


def _line(given: dict[str, str], folder: Path) -> Line:
    if "clip" not in given:
        raise InputError("The line has no clip: give the path of a sound file.")
    line = Line(folder / given["clip"])
    for name in ("prompt", "character", "transcript", "language", "output"):
        line = replace(line, **{name: given.get(name, "")})
    for name, read in _CHECKED.items():
        if name in given:
            line = replace(line, **{name: read(name, given[name])})
    if line.transcript.lower().endswith(".txt"):
        line = replace(line, transcript=str(folder / line.transcript))
    if line.prompt.lower().endswith(".json"):
        given, line = given | {"prompts": line.prompt}, replace(line, prompt="")
    if "prompts" in given:
        line = replace(line, prompts=folder / given["prompts"])
    limits = {name: _number(column, given[column]) for name, column in _LIMITS.items() if column in given}
    return replace(line, excerpt=Excerpt(**limits))


def _number(name: str, text: str, lowest: float = -math.inf, highest: float = math.inf) -> float:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and lowest <= value <= highest):
        allowed = f" from {lowest:g} to {highest:g}" if math.isfinite(highest) else ""
        raise InputError(f"The {name} '{text}' cannot be used: write a number{allowed}.")
    return value


def _whole(name: str, text: str, lowest: int, highest: int) -> int:
    value = _number(name, text)
    if value != int(value) or not lowest <= value <= highest:
        raise InputError(f"The {name} '{text}' cannot be used: write a whole number from {lowest} to {highest}.")
    return int(value)


_CHECKED: dict[str, Callable[[str, str], Any]] = {
    "start": lambda name, text: _whole(name, text, -_LAST_FRAME, _LAST_FRAME),
    "seed": lambda name, text: _whole(name, text, 0, _LARGEST),
    "intensity": lambda name, text: _number(name, text, 0, 2),
    "fps": lambda name, text: _number(name, text, 1, 1000),
    "timecode": lambda _, text: timecode.checked(text),
}
_LIMITS = {"start": "from", "end": "to", "speed": "speed"}  # of an excerpt → column


def _cells(line: Line, folder: Path) -> list[object]:
    excerpt = line.excerpt
    special = {
        "clip": _beside(line.clip, folder),
        "prompts": line.prompts and _beside(line.prompts, folder),
        "from": excerpt.start or "",
        "to": excerpt.end,
        "speed": "" if excerpt.speed == 1.0 else excerpt.speed,
    }
    cells = (special[column] if column in special else getattr(line, column) for column in COLUMNS)
    return ["" if cell is None else cell for cell in cells]


def _beside(path: Path, folder: Path) -> str:
    """As it is written in a table of that folder."""
    path = Path(os.path.abspath(path))  # noqa: PTH100  Path.resolve would follow links out of the folder
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
