"""The values of rule SQL and their standard conversions.

JSON's types are Python's own (numbers: int, float, or Decimal where a float would alter them), plus Undefined. Arithmetic is decimal with
34 digits, as on AWS, so that 0.1 + 0.2 is 0.3. Source: the page "Data types", section "Conversions".
"""

import json
import math
import re
from collections.abc import Mapping
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from enum import Enum
from typing import Final

type Value = object
type Number = int | Decimal


class Undefined(Enum):
    """Not a value: a missing field, or what a function makes of bad arguments."""

    UNDEFINED = "Undefined"


UNDEFINED: Final = Undefined.UNDEFINED

DECIMAL = Context(prec=34, Emin=-999, Emax=999, traps=[DivisionByZero, InvalidOperation, Overflow])
INT_DIGITS = 34
NUMBER = re.compile(r"-?\d+(\.\d+)?(E-?\d+)?", re.ASCII | re.IGNORECASE)
BOOLEANS = {"true": True, "false": False}
KINDS: Mapping[type, str] = {str: "string", list: "array", dict: "object"}


def to_number(value: Value) -> Number | None:
    """Conversion "To decimal"; None stands for Undefined. Whole numbers come as int, as SQL version 2016-03-23 has them."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return whole(Decimal(repr(value)))
        case Decimal():
            return whole(value)
        case str() if NUMBER.fullmatch(value):
            return parse_number(value)
        case _:
            return None


def parse_number(text: str) -> Number | None:
    """The number that ``text`` spells, or None when its magnitude is beyond all decimals."""
    try:
        return whole(Decimal(text))
    except InvalidOperation:
        return None


def whole(number: Decimal) -> Number:
    """``number`` as an int when it is a whole one of at most 34 digits. (A longer one as int could fill the memory.)"""
    if number.adjusted() < INT_DIGITS and number == number.to_integral_value():
        return int(number)
    return number


def to_int(value: Value) -> int | None:
    """Conversion "To int": decimal places are cut off. None stands for Undefined."""
    number = to_number(value)
    if number is None or isinstance(number, int):
        return number
    return int(number) if number.adjusted() < INT_DIGITS else None


def to_double(value: Value) -> float | None:
    """The number with double precision, or None, also where it is beyond all doubles."""
    number = to_number(value)
    try:
        double = math.inf if number is None else float(number)
    except OverflowError:
        return None
    return double if math.isfinite(double) else None


def to_boolean(value: Value) -> bool | None:
    """Conversion "To Boolean"; None stands for Undefined."""
    if isinstance(value, bool):
        return value
    return BOOLEANS.get(value.lower()) if isinstance(value, str) else None


def to_text(value: Value) -> str | None:
    """Conversion "To string"; None stands for Undefined, and for Null, which does not convert."""
    if isinstance(value, str):
        return value
    return None if value is None or value is UNDEFINED else json_text(value)


def json_text(value: Value) -> str:
    """``value`` as compact JSON, every number exactly as it is."""
    match value:
        case dict():
            return "{" + ",".join(f"{json_text(key)}:{json_text(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(json_text, value)) + "]"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def kind(value: Value) -> str:
    """The name of the value's type, with Int and Decimal as one: ``=`` converts between these two only."""
    if value is None or value is UNDEFINED:
        return "null" if value is None else "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    return KINDS[type(value)]


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same: numbers by value, arrays in order, objects without; never across types."""
    if kind(left) != kind(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(item, right[key]) for key, item in left.items())
    if kind(left) == "number":
        return to_number(left) == to_number(right)
    return left == right
