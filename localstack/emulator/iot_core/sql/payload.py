"""Payloads in and out: what counts as JSON, and how nothing of it is altered.

A payload counts as JSON when a double can stand for each of its numbers (so not NaN, Infinity or 1e999), it is valid UTF-8 and it is
not nested deeper than the limit. Everything else is binary: rules forward it as it is. Reading is fast first and exact on demand, because
most rules never look at a number that a double would alter.
"""

import json
from decimal import Decimal, InvalidOperation

import orjson

from emulator.iot_core.sql.values import UNDEFINED, Value, json_text

# What a double may alter: 16 digits or more (with or without their point), or an exponent of three digits. Every digit and point is
# taken as 0, so that plain searches find them: a regular expression would take longer than parsing.
SHAPES = bytes.maketrans(b"123456789.E", b"0000000000e")
INEXACT = (b"0" * 17, b"e000", b"e+000", b"e-000")
NESTING_LIMIT = 200
WHITE_SPACE = b" \t\n\r"


def read(payload: bytes) -> Value:
    """The JSON document in ``payload``, or Undefined when it is empty or not JSON. Large numbers may be off: see ``exact``."""
    try:
        document: Value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return UNDEFINED
    if payload.count(b"[") + payload.count(b"{") > NESTING_LIMIT and _deeper(document, NESTING_LIMIT):
        return UNDEFINED
    return document


def exact(document: Value, payload: bytes) -> Value:
    """``document``, as ``read`` from ``payload``, with every number exactly as sent."""
    shapes = payload.translate(SHAPES)
    if document is UNDEFINED or not any(shape in shapes for shape in INEXACT) or _says_the_same(document, payload):
        return document
    return json.loads(payload, parse_float=_decimal)


def write(value: Value) -> bytes:
    """``value`` as JSON. Undefined alone is empty."""
    if value is UNDEFINED:
        return b""
    try:
        return orjson.dumps(value, default=_fragment)
    except TypeError:  # an int of more than 64 bits
        return json_text(value).encode()


def splice(payload: bytes, added: dict[str, Value]) -> bytes:
    """``payload``, a non-empty JSON object that has none of the ``added`` keys, with them. Its own bytes stay as they are."""
    return b"%b,%b" % (payload.rstrip()[:-1], write(added)[1:])


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)


def _says_the_same(document: Value, payload: bytes) -> bool:
    """Whether the document, written, spells every number as the payload does: the usual case of what a program wrote from doubles.

    White space goes on both sides, from strings too: nothing of it stands between the digits of a number.
    """
    return orjson.dumps(document).translate(None, WHITE_SPACE) == payload.translate(None, WHITE_SPACE)


def _decimal(text: str) -> float | Decimal:
    """A float when it says the same (the usual case even in such a payload), else a Decimal."""
    number = float(text)
    try:
        exactly = Decimal(text)
    except InvalidOperation:  # an exponent beyond all sense, which a double rounds to zero
        return number
    return number if Decimal(repr(number)) == exactly else exactly


def _deeper(value: Value, limit: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    items = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_deeper(item, limit - 1) for item in items)
