# SPDX-License-Identifier: GPL-3.0-or-later
"""English as it is read out: numbers, dates, money, times, abbreviations, acronyms and symbols become words.

A token may be read in several ways ("1999", "St.", "10:30"); all are given, and the sound decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ("", "thousand", "million", "billion", "trillion", "quadrillion")
_ORDINALS: Final = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_LARGEST: Final = 10 ** (3 * len(_SCALES))

# Readings of what ends in a full stop; those without one are in the dictionary or are spelled.
_ABBREVIATIONS: Final = {
    "dr": ("doctor", "drive"), "mr": ("mister",), "mrs": ("missus",), "ms": ("miz", "miss"), "st": ("saint",
    "street"),
    "prof": ("professor",), "rev": ("reverend",), "hon": ("honourable",), "jr": ("junior",), "sr": ("senior",),
    "capt": ("captain",), "col": ("colonel",), "gen": ("general",), "lt": ("lieutenant",), "maj": ("major",),
    "sgt": ("sergeant",), "gov": ("governor",), "pres": ("president",), "sen": ("senator",),
    "rep": ("representative",),
    "etc": ("et cetera", "etcetera"), "vs": ("versus",), "no": ("no", "number"), "nos": ("numbers",),
    "vol": ("volume",),
    "ch": ("chapter",), "pp": ("pages",), "fig": ("figure",), "approx": ("approximately",), "dept": ("department",),
    "ave": ("avenue",), "blvd": ("boulevard",), "rd": ("road",), "mt": ("mount",), "ft": ("feet", "foot", "fort"),
    "inc": ("incorporated", "ink"), "ltd": ("limited",), "corp": ("corporation",), "co": ("company", "co"),
    "jan": ("january",), "feb": ("february",), "mar": ("march",), "apr": ("april",), "jun": ("june",),
    "jul": ("july",),
    "aug": ("august",), "sep": ("september",), "sept": ("september",), "oct": ("october",), "nov": ("november",),
    "dec": ("december",), "mon": ("monday",), "tue": ("tuesday",), "wed": ("wednesday",), "thu": ("thursday",),
    "fri": ("friday",), "sat": ("saturday", "sat"), "sun": ("sunday", "sun"), "e.g": ("for example", "e. g."),
    "i.e": ("that is", "i. e."), "a.m": ("a. m.",), "p.m": ("p. m.",), "a.d": ("a. d.",), "b.c": ("b. c.",),
    "ph.d": ("p. h. d.",),
}  # fmt: skip
# The same without a full stop, where the bare letters are not a word of their own.
_BARE_ABBREVIATIONS: Final = frozenset(
    (
        "dr",
        "mr",
        "mrs",
        "ms",
        "st",
        "jr",
        "sr",
        "capt",
        "lt",
        "sgt",
        "etc",
        "vs",
        "blvd",
        "ave",
        "ltd",
        "dept",
        "approx",
    )
)

_SYMBOLS: Final = {
    "&": "and", "+": "plus", "=": "equals", "%": "percent", "@": "at", "#": "number", "°": "degrees", "×": "times",
    "÷": "divided by", "<": "less than", ">": "greater than", "~": "about", "§": "section", "©": "copyright",
    "½": "a half", "¼": "a quarter", "¾": "three quarters", "€": "euros", "£": "pounds", "$": "dollars", "¥": "yen",
}  # fmt: skip
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
# Sign → whole (one, more), hundredth (one, more).
_CURRENCIES: Final = {
    "$": ("dollar", "dollars", "cent", "cents"), "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"), "¥": ("yen", "yen", "sen", "sen"), "₹": ("rupee", "rupees", "paisa",
    "paise"),
    "¢": ("cent", "cents", "", ""),
}  # fmt: skip
_UNITS: Final = {
    "%": ("percent", "percent"), "°": ("degree", "degrees"), "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"), "m": ("metre", "metres"), "kg": ("kilogram", "kilograms"), "g": ("gram",
    "grams"),
    "mg": ("milligram", "milligrams"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce",
    "ounces"),
    "ft": ("foot", "feet"), "in": ("inch", "inches"), "mph": ("mile an hour", "miles per hour"),
    "ms": ("millisecond", "milliseconds"),
    "km/h": ("kilometre per hour", "kilometres per hour"), "s": ("second", "seconds"), "h": ("hour", "hours"),
    "min": ("minute", "minutes"), "hz": ("hertz", "hertz"), "khz": ("kilohertz", "kilohertz"), "mhz": ("megahertz",
    "megahertz"),
    "ghz": ("gigahertz", "gigahertz"), "kb": ("kilobyte", "kilobytes"), "mb": ("megabyte", "megabytes"),
    "gb": ("gigabyte", "gigabytes"), "tb": ("terabyte", "terabytes"), "k": ("thousand", "thousand"),
    "bn": ("billion", "billion"),
    "am": ("a. m.", "a. m."), "pm": ("p. m.", "p. m."), "°c": ("degree celsius", "degrees celsius"),
    "°f": ("degree fahrenheit", "degrees fahrenheit"), "p": ("pence", "pence"), "x": ("times", "times"),
}  # fmt: skip

_QUOTES_AND_PAUSES: Final = "\"“”„«»()[]{}…!?,;:'‘–—*_/\\|^`"
_LONGEST_TOKEN: Final = 80  # characters; what is longer is no word

_NUMBER: Final = r"\d{1,3}(?:,\d{3})+|\d+"
_AMOUNT: Final = rf"(?P<whole>{_NUMBER})(?:\.(?P<part>\d+))?"


def cardinal(number: int) -> str:
    """``1234`` → "one thousand two hundred thirty four"; numbers beyond the quadrillions digit by digit."""
    if number >= _LARGEST:
        return digits(str(number))
    groups = []
    for scale in _SCALES:
        number, group = divmod(number, 1000)
        if group:
            groups.append(f"{_below_thousand(group)} {scale}".strip())
    return " ".join(reversed(groups)) or "zero"


def ordinal(number: int) -> str:
    """``23`` → "twenty third"."""
    *before, last = cardinal(number).split()
    regular = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return " ".join([*before, _ORDINALS.get(last, regular)])


def year(number: int) -> str:
    """``1999`` → "nineteen ninety nine", ``1905`` → "nineteen oh five", ``1900`` → "nineteen hundred"."""
    century, rest = divmod(number, 100)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {cardinal(rest) if rest > 9 else 'oh ' + cardinal(rest)}"


def spelled(letters: str) -> str:
    """``"FBI"`` → "f. b. i.", as the dictionary calls letters."""
    return " ".join(f"{letter}." for letter in letters.lower())


def digits(text: str) -> str:
    """``"007"`` → "zero zero seven"."""
    return " ".join(_ONES[int(digit)] for digit in text)


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    tens = _ONES[rest] if rest < 20 else f"{_TENS[rest // 10]} {_ONES[rest % 10] if rest % 10 else ''}"
    return " ".join(([_ONES[hundreds], "hundred"] if hundreds else []) + ([tens.strip()] if rest else []))


def prepared(text: str) -> str:
    """`text` with what needs its neighbours to be read: "May 5" → "May 5th", "1914–18" → "1914 to 18",
    shouting in capitals."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) > 20 and sum(letter.isupper() for letter in letters) > 0.7 * len(letters):
        text = text.lower()
    text = re.sub(r"(?<=\d)\s*–\s*(?=[$£€]?\d)", " to ", text)
    return re.sub(rf"\b({'|'.join(_MONTHS)})\s+(\d{{1,2}})(?![\d:.]\d|\d|\w)", _day_of_month, text, flags=re.I | re.A)


def _day_of_month(match: re.Match[str]) -> str:
    return f"{match[1]} {ordinal(int(match[2])).replace(' ', '-')}"


def readings(token: str) -> tuple[str, ...]:
    """How a token may be read out, each a string of plain lower-case words; () when it is not read out.

    Takes any string without spaces, punctuation at its ends included (a full stop may belong to an abbreviation).
    """
    if len(token) > _LONGEST_TOKEN:
        return ()
    token = token.replace("’", "'").strip(_QUOTES_AND_PAUSES).rstrip("-−")
    token = token if re.match(r"[-−]\d", token) else token.lstrip("-−")
    bare = token.rstrip(".")
    if token.endswith(".") and bare.lower() in _ABBREVIATIONS:
        return _ABBREVIATIONS[bare.lower()]
    if bare.lower() in _BARE_ABBREVIATIONS and bare != bare.upper():
        return _ABBREVIATIONS[bare.lower()]
    for pattern, read in _PATTERNS:
        match = pattern.fullmatch(bare)
        if match:
            return tuple(dict.fromkeys(" ".join(reading.lower().split()) for reading in read(match)))
    return _pieces(bare)


def _plain(match: re.Match[str]) -> tuple[str, ...]:
    text = match[0]
    number = int(text.replace(",", ""))
    if text[0] == "0" and len(text) > 1:
        return digits(text), digits(text).replace("zero", "oh"), cardinal(number)
    if len(text) > 9:
        return cardinal(number), digits(text)
    full = cardinal(number)
    spoken = [full, _with_and(full)]
    if len(text) == 4 and number % 1000:
        spoken = [year(number), *spoken]
    if len(text) == 3:
        spoken += [f"{_ONES[number // 100]} {year(number).split(' ', 1)[1]}"] if number % 100 else []
    if 3 <= len(text) <= 9 and "," not in text:
        spoken += [digits(text), digits(text).replace("zero", "oh")]
    return tuple(spoken)


def _with_and(words: str) -> str:
    """The same number with the "and" of British English: "two thousand and one"."""
    words = re.sub(r"hundred (?!thousand|million|billion|trillion|quadrillion)", "hundred and ", words)
    return re.sub(r"(thousand|million|billion) (\w+(?: \w+)?)$", r"\1 and \2", words)


def _decimal(match: re.Match[str]) -> tuple[str, ...]:
    whole = cardinal(int(match["whole"].replace(",", "") or 0)) if match["whole"] else ""
    return tuple(
        f"{start} point {digits(match['part'])}" for start in dict.fromkeys((whole, whole.replace("zero", "oh")))
    )


def _ordinal(match: re.Match[str]) -> tuple[str, ...]:
    words = ordinal(int(match[1].replace(",", "")))
    return words, _with_and(words)


def _decade(match: re.Match[str]) -> tuple[str, ...]:
    number = int(match[1])
    words = (year(number) if number >= 1000 and number % 1000 else cardinal(number)).split()
    last = words[-1]
    return (" ".join([*words[:-1], f"{last[:-1]}ies" if last.endswith("y") else f"{last}s"]),)


def _money(match: re.Match[str]) -> tuple[str, ...]:
    one, more, small, smalls = _CURRENCIES[match["sign"]]
    whole, part, scale = int(match["whole"].replace(",", "")), match["part"] or "", match["scale"]
    if scale:
        scale = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}.get(scale.lower(), scale)
        return (f"{cardinal(whole)} {'point ' + digits(part) if part else ''} {scale} {more}",)
    amount = f"{cardinal(whole)} {one if whole == 1 else more}"
    if len(part) != 2 or not small:
        return (f"{cardinal(whole)} point {digits(part)} {more}",) if part else (amount, f"{_with_and(amount)}")
    cents = int(part)
    if not cents:
        return (amount,)
    return (
        f"{amount} {cardinal(cents)}",
        f"{amount} and {cardinal(cents)} {small if cents == 1 else smalls}",
        f"{cardinal(whole)} {cardinal(cents)}",
    )


def _measure(match: re.Match[str]) -> tuple[str, ...]:
    one, more = _UNITS[match["unit"].lower()]
    number = readings(match["amount"].rstrip("-"))
    return tuple(f"{reading} {one if reading == 'one' else more}" for reading in number)


def _clock(match: re.Match[str]) -> tuple[str, ...]:
    hour, minute = int(match[1]), int(match[2])
    half = f" {spelled(match[3].replace('.', ''))}" if match[3] else ""
    spoken_hour = cardinal(hour)
    if not minute:
        return f"{spoken_hour}{half}", f"{spoken_hour} o'clock{half}", f"{spoken_hour} hundred"
    past = {15: "quarter past", 30: "half past"}.get(minute)
    after = {45: f"quarter to {cardinal(hour % 12 + 1)}"}.get(minute, f"{past} {spoken_hour}" if past else "")
    plain = f"{spoken_hour} {cardinal(minute) if minute > 9 else 'oh ' + cardinal(minute)}{half}"
    return (plain, after) if after else (plain,)


def _fraction(match: re.Match[str]) -> tuple[str, ...]:
    above, below = int(match[1]), int(match[2])
    name = {1: "over one", 2: "half", 4: "quarter"}.get(below) or ordinal(below)
    several = "halves" if below == 2 else f"{name}s"
    slash = f"{cardinal(above)} {cardinal(below)}"
    return f"{cardinal(above)} {name if above == 1 else several}", f"a {name}" if above == 1 else slash, slash


def _date(match: re.Match[str]) -> tuple[str, ...]:
    first, second, last = int(match[1]), int(match[2]), int(match[3])
    spoken_year = year(last) if last >= 1000 and last % 1000 else cardinal(last)
    ways = [f"{cardinal(first)} {cardinal(second)} {spoken_year}"]
    for month, day in ((first, second), (second, first)):
        if 1 <= month <= 12 and 1 <= day <= 31:
            ways += [
                f"{_MONTHS[month - 1]} {ordinal(day)} {spoken_year}",
                f"the {ordinal(day)} of {_MONTHS[month - 1]} {spoken_year}",
            ]
    return tuple(ways)


def _iso_date(match: re.Match[str]) -> tuple[str, ...]:
    return _date(re.fullmatch(r"(\d+)/(\d+)/(\d+)", f"{match[2]}/{match[3]}/{match[1]}"))


def _negative(match: re.Match[str]) -> tuple[str, ...]:
    return tuple(f"{sign} {reading}" for reading in readings(match[1]) for sign in ("minus", "negative"))


def _initials(match: re.Match[str]) -> tuple[str, ...]:
    return (spelled(match[0].replace(".", "")),)


def _acronym(match: re.Match[str]) -> tuple[str, ...]:
    """Spelled (FBI), or said as a word (NASA) where there is a vowel to say it with."""
    letters, ending = match[1], "'s" if match[2] else ""
    as_letters = f"{spelled(letters[:-1])} {letters[-1]}.{ending}"
    return (as_letters, f"{letters}{ending}") if re.search("[AEIOUY]", letters) else (as_letters,)


def _word(match: re.Match[str]) -> tuple[str, ...]:
    return (match[0],)


_PATTERNS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, ...]]], ...]] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), read)
    for pattern, read in (
        (_NUMBER, _plain),
        (rf"(?P<whole>{_NUMBER})?\.(?P<part>\d+)", _decimal),
        (rf"({_NUMBER})(?:st|nd|rd|th)", _ordinal),
        (r"'?(\d0|\d\d\d0)'?s", _decade),
        (rf"(?P<sign>[$£€¥₹¢]){_AMOUNT}-?(?P<scale>k|m|bn|b|thousand|million|billion)?", _money),
        (rf"{_AMOUNT}(?P<scale>)(?P<sign>[$£€¥₹¢])", _money),
        (r"([01]?\d|2[0-3]):([0-5]\d)([ap]\.?m)?", _clock),
        (r"(\d{1,3})[/⁄](\d{1,3})", _fraction),
        (r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})", _date),
        (r"(\d{4})-(\d\d)-(\d\d)", _iso_date),
        (rf"[-−]({_NUMBER}(?:\.\d+)?)", _negative),
        (rf"(?P<amount>(?:{_NUMBER})?(?:\.\d+)?(?<=\d)-?)(?P<unit>{'|'.join(map(re.escape, _UNITS))})", _measure),
        (r"(?:[a-z]\.)+[a-z]", _initials),
        (r"(?-i:([A-Z]{2,6}))('?s)?", _acronym),
        (r"[a-z]+(?:'[a-z]+)*'?", _word),
    )
)  # fmt: skip

_PIECE: Final = re.compile(rf"{_NUMBER}|[^\W\d_]+(?:'[^\W\d_]+)*|[{re.escape(''.join(_SYMBOLS))}]")


def _pieces(token: str) -> tuple[str, ...]:
    """A token of several parts ("rock&roll", "mother-in-law", "info@example.com"), read part after part."""
    address = re.fullmatch(r"(?:https?://)?[\w.@/-]*[a-z]\.[a-z]{2,}[\w./-]*", token, re.IGNORECASE | re.ASCII)
    parts = re.sub(r"\.", " dot ", token) if address else token
    words = []
    for piece in _PIECE.findall(parts):
        if piece in _SYMBOLS:
            words.append(_SYMBOLS[piece])
        elif piece[0].isdecimal():
            words.append(_plain(re.fullmatch(r"\d+", str(int(piece.replace(",", "")))))[0])
        elif piece.isascii() and piece.isupper() and 1 < len(piece) < 4:
            words.append(spelled(piece))
        else:
            words.append(piece.lower())
    return (" ".join(words),) if words else ()
