"""Date and time patterns in the letters that Java has made common: ``yyyy-MM-dd'T'HH:mm:ss.SSS z``.

A run of one letter is a field, text between single quotes and every other character stand for themselves, two single quotes are one.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NUMBERS = {name: index for index, month in enumerate(MONTHS, 1) for name in (month, month[:3])}
TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']")
OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{2}):?(\d{2})")


class PatternError(ValueError):
    """A pattern, or a text for it, that cannot be used."""


def format_time(pattern: str, moment: datetime) -> str:
    """``moment`` as ``pattern`` says. Raises PatternError."""
    parts = []
    for letter, text in _tokens(pattern):
        if letter and letter not in WRITERS:
            raise PatternError(f"letter {letter} is not supported")
        parts.append(WRITERS[letter](moment, len(text)) if letter else text)
    return "".join(parts)


def read_time(pattern: str, text: str) -> datetime:
    """The moment that ``text`` names, UTC where it names no zone. Raises PatternError, or ValueError for a date that is none."""
    expression, letters = "", []
    for letter, token in _tokens(pattern):
        if letter and letter not in READERS:
            raise PatternError(f"letter {letter} is not supported")
        expression += f"({READERS[letter](len(token))})" if letter else re.escape(token)
        letters += [(letter, len(token))] if letter else []
    found = re.fullmatch(expression, text)
    if found is None:
        raise PatternError("the text does not have this pattern")
    return _assembled({letter: (value, width) for (letter, width), value in zip(letters, found.groups(), strict=True)})


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    """(letter, run) for a field, ("", text) for literal text."""
    end = 0
    for found in TOKEN.finditer(pattern):
        if found.start() != end:
            break
        end = found.end()
        if found[1] is not None:
            yield "", found[1].replace("''", "'") or "'"
        else:
            yield found[2] or "", found[0]
    if end != len(pattern):
        raise PatternError("a quote is not closed")


def _number(read: Callable[[datetime], int]) -> Callable[[datetime, int], str]:
    return lambda moment, width: str(read(moment)).zfill(width)


def _year(moment: datetime, width: int) -> str:
    return str(moment.year % 100).zfill(2) if width == 2 else str(moment.year).zfill(width)


def _name(
    names: tuple[str, ...], read: Callable[[datetime], int], number: Callable[[datetime, int], str]
) -> Callable[[datetime, int], str]:
    """A name in full from four letters on, three letters of it for three, else its number."""
    return lambda moment, width: number(moment, width) if width < 3 else names[read(moment)][: None if width > 3 else 3]


def _offset(moment: datetime, width: int) -> str:
    text = moment.strftime("%z")
    return text if width == 1 else f"{text[:3]}:{text[3:]}"


def _zone(moment: datetime, width: int) -> str:
    return str(moment.tzinfo) if width > 3 else moment.strftime("%Z")


_month = _number(lambda moment: moment.month)
_weekday = _number(lambda moment: moment.isoweekday())

WRITERS: Mapping[str, Callable[[datetime, int], str]] = {
    "G": lambda _moment, _width: "AD",
    **dict.fromkeys("yYu", _year),
    "x": _number(lambda moment: moment.isocalendar().year),
    "w": _number(lambda moment: moment.isocalendar().week),
    "M": _name(MONTHS, lambda moment: moment.month - 1, _month),
    "d": _number(lambda moment: moment.day),
    "D": _number(lambda moment: moment.timetuple().tm_yday),
    "E": _name(DAYS, lambda moment: moment.weekday(), lambda moment, _width: DAYS[moment.weekday()][:3]),
    "e": _weekday,
    "a": lambda moment, _width: "AM" if moment.hour < 12 else "PM",
    "H": _number(lambda moment: moment.hour),
    "k": _number(lambda moment: moment.hour or 24),
    "K": _number(lambda moment: moment.hour % 12),
    "h": _number(lambda moment: moment.hour % 12 or 12),
    "m": _number(lambda moment: moment.minute),
    "s": _number(lambda moment: moment.second),
    "S": lambda moment, width: f"{moment.microsecond:06}".ljust(width, "0")[:width],
    "z": _zone,
    "Z": _offset,
}


def _digits(width: int) -> str:
    return r"\d{1,9}" if width == 1 else rf"\d{{{width}}}"


def _words(width: int) -> str:
    return _digits(width) if width < 3 else "[A-Za-z]+"


READERS: Mapping[str, Callable[[int], str]] = {
    "G": lambda _: "AD",
    **dict.fromkeys("yudHhkKmsS", _digits),
    "M": _words,
    "E": lambda _: "[A-Za-z]+",
    "a": lambda _: "AM|PM|am|pm",
    **dict.fromkeys("zVZXx", lambda _: r"[A-Za-z0-9_+:/-]+"),
}


def _assembled(fields: Mapping[str, tuple[str, int]]) -> datetime:
    def number(letters: str, default: int) -> int:
        return next((int(fields[letter][0]) for letter in letters if letter in fields), default)

    year = number("yu", 1970)
    short = next((fields[letter][1] == 2 for letter in "yu" if letter in fields), False)
    fraction = fields["S"][0] if "S" in fields else ""
    zone = next((_tzinfo(fields[letter][0]) for letter in "VzZXx" if letter in fields), UTC)
    return datetime(
        year + 2000 if short else year,
        _month_number(fields.get("M", ("1", 1))[0]),
        number("d", 1),
        _hour(fields, number),
        number("m", 0),
        number("s", 0),
        int(fraction.ljust(6, "0")[:6] or 0),
        tzinfo=zone,
    )


def _month_number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if text not in MONTH_NUMBERS:
        raise PatternError(f"{text!r} is not a month")
    return MONTH_NUMBERS[text]


def _hour(fields: Mapping[str, tuple[str, int]], number: Callable[[str, int], int]) -> int:
    if "H" in fields or "k" in fields:
        return number("Hk", 0) % 24
    afternoon = 12 if fields.get("a", ("AM", 1))[0].upper() == "PM" else 0
    return number("hK", 0) % 12 + afternoon


def _tzinfo(text: str) -> tzinfo:
    if text == "Z":
        return UTC
    found = OFFSET.fullmatch(text)
    if found is None:
        return ZoneInfo(text)
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(offset if found[1] == "+" else -offset)
