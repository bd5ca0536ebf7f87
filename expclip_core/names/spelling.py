# SPDX-License-Identifier: GPL-3.0-or-later
"""One spelling for all spellings: ``JawOpen``, ``jaw_open``, ``blendShape2.JAW_OPEN`` → ``jawopen``."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NAMESPACE = re.compile(r"^.*[.|:](?=[^.|:])")
_SIDES = {"l": "left", "r": "right"}


def normalised(name: str) -> str:
    """The name without namespace, case and separators; a last word ``L`` or ``R`` becomes ``left`` or ``right``."""
    words = [word.lower() for word in _WORDS.findall(_NAMESPACE.sub("", name))]
    if words:
        words[-1] = _SIDES.get(words[-1], words[-1])
    return "".join(words)


def shared_prefixes(names: tuple[str, ...], at_least: int = 5) -> tuple[str, ...]:
    """First words that many names share, with their separator: ``Hero_jawOpen``, ``Hero_eyeBlink_L``... → ``Hero_``."""
    heads = [match[0] for name in names if (match := re.match(r"[^_\-. ]+[_\-. ]", name))]
    return tuple(sorted({head for head in heads if heads.count(head) >= at_least}))
