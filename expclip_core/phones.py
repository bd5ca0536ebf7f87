# SPDX-License-Identifier: GPL-3.0-or-later
"""One articulatory description for the phones of all languages, so that a language is data, not code.

The inventory is ARPAbet in lower case plus the phones other languages need. What the lips do is described by four
numbers and a contact; the articulation model and the seal pass read nothing else of a phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SILENCE: Final = "sil"


@dataclass(frozen=True)
class Phone:
    """A speech sound as the face shows it.

    manner: silence, stop, nasal, fricative, affricate, liquid, glide or vowel.
    contact: "lips" (p b m: a seal), "teeth" (f v: lower lip under the upper teeth) or "".
    opening, rounding, spreading: 0..1, of the lips, at the phone's target. A diphthong's `glide_to` names its end.
    """

    symbol: str
    manner: str
    contact: str = ""
    opening: float = 0.3
    rounding: float = 0.0
    spreading: float = 0.0
    glide_to: str = ""

    @property
    def is_vowel(self) -> bool:
        return self.manner == "vowel"


_TABLE: Final = (
    Phone(SILENCE, "silence", opening=0.0),
    Phone("p", "stop", "lips", 0.0), Phone("b", "stop", "lips", 0.0), Phone("m", "nasal", "lips", 0.0),
    Phone("f", "fricative", "teeth", 0.1), Phone("v", "fricative", "teeth", 0.1),
    Phone("th", "fricative", opening=0.25), Phone("dh", "fricative", opening=0.25),
    Phone("t", "stop", opening=0.2), Phone("d", "stop", opening=0.22), Phone("n", "nasal", opening=0.22),
    Phone("l", "liquid", opening=0.3),
    Phone("s", "fricative", opening=0.12, spreading=0.3), Phone("z", "fricative", opening=0.12, spreading=0.3),
    Phone("sh", "fricative", opening=0.18, rounding=0.5), Phone("zh", "fricative", opening=0.18, rounding=0.5),
    Phone("ch", "affricate", opening=0.18, rounding=0.5), Phone("jh", "affricate", opening=0.18, rounding=0.5),
    Phone("k", "stop", opening=0.28), Phone("g", "stop", opening=0.28), Phone("ng", "nasal", opening=0.28),
    Phone("hh", "fricative", opening=0.35), Phone("r", "liquid", opening=0.22, rounding=0.4),
    Phone("y", "glide", opening=0.18, spreading=0.4), Phone("w", "glide", opening=0.12, rounding=0.9),
    Phone("aa", "vowel", opening=0.85), Phone("ae", "vowel", opening=0.75, spreading=0.35),
    Phone("ah", "vowel", opening=0.6), Phone("ax", "vowel", opening=0.4), Phone("ao", "vowel", opening=0.7, rounding=0.5),
    Phone("eh", "vowel", opening=0.55, spreading=0.35), Phone("er", "vowel", opening=0.35, rounding=0.35),
    Phone("ih", "vowel", opening=0.38, spreading=0.4), Phone("iy", "vowel", opening=0.28, spreading=0.7),
    Phone("uh", "vowel", opening=0.35, rounding=0.5), Phone("uw", "vowel", opening=0.22, rounding=0.9),
    Phone("aw", "vowel", opening=0.85, glide_to="uw"), Phone("ay", "vowel", opening=0.85, glide_to="ih"),
    Phone("ey", "vowel", opening=0.5, spreading=0.45, glide_to="ih"), Phone("ow", "vowel", opening=0.5, rounding=0.6, glide_to="uw"),
    Phone("oy", "vowel", opening=0.55, rounding=0.65, glide_to="ih"),
    # Beyond English: ich and ach, front rounded vowels (über, schön), tapped or trilled r.
    Phone("c", "fricative", opening=0.2, spreading=0.35), Phone("x", "fricative", opening=0.3),
    Phone("ue", "vowel", opening=0.22, rounding=0.85), Phone("oe", "vowel", opening=0.45, rounding=0.7),
    Phone("rr", "liquid", opening=0.28),
)  # fmt: skip

PHONES: Final[dict[str, Phone]] = {phone.symbol: phone for phone in _TABLE}
SYMBOLS: Final[tuple[str, ...]] = tuple(PHONES)
INDEX: Final[dict[str, int]] = {symbol: index for index, symbol in enumerate(SYMBOLS)}
SEALS: Final[tuple[str, ...]] = tuple(phone.symbol for phone in _TABLE if phone.contact == "lips")
LABIODENTALS: Final[tuple[str, ...]] = tuple(phone.symbol for phone in _TABLE if phone.contact == "teeth")


@dataclass(frozen=True)
class Segment:
    """A phone from `start` to `end` seconds; `stress` is 1 for a stressed vowel, else 0."""

    symbol: str
    start: float
    end: float
    stress: int = 0
