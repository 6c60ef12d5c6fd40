"""What a column's value is in a record. A row of the log and the same row of a query give the same.

Integers and doubles are JSON numbers, decimals numbers with all their digits, text is text, JSON columns are text, bytes are
hexadecimal, times of day are `hh:mm:ss[.ffffff]`, dates and times ISO 8601 in UTC, SETs their members joined by commas, NULL and impossible
dates null.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
from pymysqlreplication.constants import FIELD_TYPE

from emulator.replication.shapes import Column

type Row = dict[str, Any]
type Conversion = Callable[[Any], Any]

_LARGEST_PLAIN = 10**16
"""Integers of more digits come in scientific notation, unless the endpoint's UseLargeIntegerValue asks for plain ones."""
_MICROSECOND = timedelta(microseconds=1)
_SECOND_US, _MINUTE_US, _HOUR_US = 10**6, 60 * 10**6, 3600 * 10**6


def conversions(columns: Iterable[Column], *, large_integers: bool, hex_prefix: bool) -> list[tuple[str, Conversion]]:
    """What has to be applied to which columns of a row; the other columns' values are as they should be."""
    found = ((column.name, _conversion(column, large_integers, hex_prefix)) for column in columns)
    return [(name, conversion) for name, conversion in found if conversion is not None]


def convert(row: Row, wanted: list[tuple[str, Conversion]]) -> None:
    """Apply conversions to a row in place; NULL stays."""
    for name, conversion in wanted:
        value = row[name]
        if value is not None:
            row[name] = conversion(value)


def _conversion(column: Column, large_integers: bool, hex_prefix: bool) -> Conversion | None:
    if column.code == FIELD_TYPE.LONGLONG:
        return None if large_integers else _integer
    if column.code == FIELD_TYPE.SET:
        return _set_of(column.members)
    if column.code in _SIMPLE:
        return _SIMPLE[column.code]
    return _binary("0x" if hex_prefix else "", column.code) if column.is_binary else None


def _integer(value: int) -> Any:
    return value if -_LARGEST_PLAIN < value < _LARGEST_PLAIN else orjson.Fragment(f"{float(value):.15e}".encode())


def _single(value: float) -> float:
    """As many digits as the server prints of a FLOAT."""
    return float(f"{value:.6g}")


def _decimal(value: Decimal) -> Any:
    return orjson.Fragment(format(value, "f").encode())


def _moment(value: date | str) -> date | None:
    """A query gives a date that no calendar has as text, the log as nothing."""
    return None if isinstance(value, str) else value


def _time_of_day(value: timedelta) -> str:
    total = abs(value) // _MICROSECOND
    hours, rest = divmod(total, _HOUR_US)
    minutes, rest = divmod(rest, _MINUTE_US)
    seconds, fraction = divmod(rest, _SECOND_US)
    text = f"{'-' if value < timedelta(0) else ''}{hours:02d}:{minutes:02d}:{seconds:02d}"
    return f"{text}.{fraction:06d}" if fraction else text


def _year(value: int) -> int:
    """The log's reader adds 1900 to the year 0 as well; 1900 itself is no value of the type."""
    return 0 if value == 1900 else value


def _document(value: Any) -> str:
    """MySQL's log gives JSON as a structure, its queries as text."""
    return json.dumps(_texts(json.loads(value) if isinstance(value, (str, bytes)) else value), ensure_ascii=False)


def _texts(value: Any) -> Any:
    """The log's reader leaves the strings of a document bytes."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {_texts(key): _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return value


def _set_of(members: tuple[str, ...]) -> Conversion:
    def conversion(value: Any) -> str:
        return value if isinstance(value, str) else ",".join(member for member in members if member in value)

    return conversion


def _binary(prefix: str, code: int) -> Conversion:
    def conversion(value: Any) -> Any:
        if not value:
            return ""  # empty bytes, which the log's reader gives as empty text
        if isinstance(value, bytes):
            return prefix + value.hex().upper()
        if code == FIELD_TYPE.BIT:  # the log's reader writes bits as text
            return prefix + int(value, 2).to_bytes((len(value) + 7) // 8).hex().upper()
        return value

    return conversion


_SIMPLE: dict[int, Conversion | None] = {
    **dict.fromkeys((FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.DOUBLE, FIELD_TYPE.ENUM), None),
    FIELD_TYPE.FLOAT: _single,
    FIELD_TYPE.DECIMAL: _decimal,
    FIELD_TYPE.NEWDECIMAL: _decimal,
    FIELD_TYPE.YEAR: _year,
    FIELD_TYPE.JSON: _document,
    **dict.fromkeys((FIELD_TYPE.TIME, FIELD_TYPE.TIME2), _time_of_day),
    **dict.fromkeys((FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.DATETIME2, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIMESTAMP2), _moment),
}
