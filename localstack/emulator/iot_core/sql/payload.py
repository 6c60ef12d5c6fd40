"""Payloads in and out: what counts as JSON, and how nothing of it is altered.

A payload counts as JSON when a double can stand for each of its numbers (so not NaN, Infinity or 1e999), it is valid UTF-8 and it is
not nested deeper than the limit. Everything else is binary: rules forward it as it is. Reading is fast first and exact on demand, because
most rules never look at a number that a double would alter.
"""

import json
import re
from decimal import Decimal, InvalidOperation

import orjson

from emulator.iot_core.sql.values import UNDEFINED, Value, json_text

# What a double may alter: 16 digits or more (with or without their point), or a large exponent.
INEXACT = re.compile(rb"[\d.]{17}|[eE][+-]?\d{3}")
INT_DIGITS_READ = 4000  # Python refuses to read longer ints; a Decimal holds them
NESTING_LIMIT = 200


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
    if document is UNDEFINED or not INEXACT.search(payload):
        return document
    return json.loads(payload, parse_float=_decimal, parse_int=_int)


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


def _decimal(text: str) -> float | Decimal:
    """A float when it says the same (the usual case even in such a payload), else a Decimal."""
    number = float(text)
    try:
        exactly = Decimal(text)
    except InvalidOperation:  # an exponent beyond all sense, which a double rounds to zero
        return number
    return number if Decimal(repr(number)) == exactly else exactly


def _int(text: str) -> int | Decimal:
    return int(text) if len(text) <= INT_DIGITS_READ else Decimal(text)


def _deeper(value: Value, limit: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    items = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_deeper(item, limit - 1) for item in items)
