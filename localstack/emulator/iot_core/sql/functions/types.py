"""Types and structure: cast, tests for Null and Undefined, and ways into arrays and objects."""

import math
from collections.abc import Callable, Mapping

from emulator.iot_core.sql.functions.function import Function, of_values
from emulator.iot_core.sql.functions.strings import character
from emulator.iot_core.sql.values import INT_DIGITS, UNDEFINED, Value, to_boolean, to_double, to_int, to_number, to_text


def _as_text(value: Value) -> Value:
    """A String stays as it is: the page's row for it is a copy of the Boolean one."""
    text = to_text(value)
    return UNDEFINED if text is None else text


def _as_decimal(value: Value) -> Value:
    if isinstance(value, bool):
        return int(value)
    number = to_number(value)
    return UNDEFINED if number is None else number


def _as_double(value: Value) -> Value:
    number = to_double(_as_decimal(value))
    return UNDEFINED if number is None else number


def _as_int(value: Value) -> Value:
    """Rounded down."""
    number = to_number(_as_decimal(value))
    if number is None or (not isinstance(number, int) and number.adjusted() >= INT_DIGITS):
        return UNDEFINED
    return math.floor(number)


def _as_boolean(value: Value) -> Value:
    """Every number but 0 is true; of Strings, only the words."""
    number = None if isinstance(value, str) else to_number(value)
    boolean = to_boolean(value) if number is None else number != 0
    return UNDEFINED if boolean is None else boolean


# The keywords after AS. Decimal, Bool and Boolean came with 2016-03-23; the older version takes them here too.
CASTS: Mapping[str, Callable[[Value], Value]] = {
    **dict.fromkeys(("string", "nvarchar", "text", "ntext", "varchar"), _as_text),
    **dict.fromkeys(("int", "integer"), _as_int),
    **dict.fromkeys(("bool", "boolean"), _as_boolean),
    "decimal": _as_decimal,
    "double": _as_double,
}


def _get(collection: Value, key: Value) -> Value:
    match collection:
        case str():
            return character(collection, key)
        case list():
            index = to_int(key)
            return collection[index] if index is not None and 0 <= index < len(collection) else UNDEFINED
        case dict() if isinstance(key, str):
            return collection.get(key, UNDEFINED)
        case _:
            return UNDEFINED


def _get_or_default(value: Value, default: Value = UNDEFINED) -> Value:
    return default if value is None or value is UNDEFINED else value


def _transform(mode: Value, attributes: Value, elements: Value) -> Value:
    """``enrichArray``: every object of an array, with the attributes of one object."""
    if mode != "enrichArray" or not isinstance(attributes, dict) or not isinstance(elements, list):
        return UNDEFINED
    if not all(isinstance(element, dict) for element in elements):
        return UNDEFINED
    return [{**element, **attributes} for element in elements]


FUNCTIONS: Mapping[str, Function] = {
    "get": of_values(_get, 2),
    "get_or_default": of_values(_get_or_default, 1, 2, since_v2=True),
    "isnull": of_values(lambda value: value is None, 1),
    "isundefined": of_values(lambda value: value is UNDEFINED, 1, since_v2=True),
    "transform": of_values(_transform, 3, since_v2=True),
}
