"""Numbers: trigonometry and powers with double precision, the rest with 34 decimal digits. A result that is not real is Undefined."""

import math
import operator
import random
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation

from emulator.iot_core.sql.functions.function import Function, of_values
from emulator.iot_core.sql.operators import minus, remainder
from emulator.iot_core.sql.values import INT_DIGITS, UNDEFINED, Value, to_double, to_number, whole

PLACES_LIMIT = 34
WIDE = Context(prec=1100, traps=[InvalidOperation])  # the largest number, 1E999, with all its decimal places


def _double(compute: Callable[..., float], arity: int = 1) -> Function:
    """A function of doubles."""

    def apply(*arguments: Value) -> Value:
        numbers = [to_double(argument) for argument in arguments]
        if None in numbers:
            return UNDEFINED
        try:
            result = compute(*numbers)
        except (ValueError, OverflowError, ZeroDivisionError):
            return UNDEFINED
        return result if math.isfinite(result) else UNDEFINED

    return of_values(apply, arity)


def _rounded(rounding: str) -> Function:
    """To a whole number."""

    def apply(argument: Value) -> Value:
        number = to_number(argument)
        return UNDEFINED if number is None else whole(Decimal(number).to_integral_value(rounding))

    return of_values(apply, 1)


def _bitwise(compute: Callable[..., int], arity: int = 2) -> Function:
    """Of whole numbers; others are rounded down first."""

    def apply(*arguments: Value) -> Value:
        integers = [_rounded_down(argument) for argument in arguments]
        return UNDEFINED if None in integers else compute(*integers)

    return of_values(apply, arity)


def _rounded_down(argument: Value) -> int | None:
    number = to_number(argument)
    if number is None or isinstance(number, int):
        return number
    return math.floor(number) if number.adjusted() < INT_DIGITS else None


def _abs(argument: Value) -> Value:
    number = to_number(argument)
    return UNDEFINED if number is None else minus(number) if number < 0 else number


def _sign(argument: Value) -> Value:
    number = to_number(argument)
    return UNDEFINED if number is None else (number > 0) - (number < 0)


def _trunc(argument: Value, places: Value) -> Value:
    number, digits = to_number(argument), _rounded_down(places)
    if number is None or digits is None or isinstance(places, str):
        return UNDEFINED
    kept = min(max(digits, 0), PLACES_LIMIT)
    try:
        return whole(Decimal(number).quantize(Decimal(1).scaleb(-kept), ROUND_DOWN, WIDE))
    except InvalidOperation:  # so many digits that none of them is a decimal place
        return number


def _nanvl(argument: Value, default: Value) -> Value:
    """No value is ever NaN here: such payloads do not count as JSON."""
    return default if argument is None or argument is UNDEFINED else argument


FUNCTIONS: Mapping[str, Function] = {
    "abs": of_values(_abs, 1),
    "acos": _double(math.acos),
    "asin": _double(math.asin),
    "atan": _double(math.atan),
    "atan2": _double(math.atan2, 2),
    "bitand": _bitwise(operator.and_),
    "bitnot": _bitwise(operator.invert, 1),
    "bitor": _bitwise(operator.or_),
    "bitxor": _bitwise(operator.xor),
    "ceil": _rounded(ROUND_CEILING),
    "cos": _double(math.cos),
    "cosh": _double(math.cosh),
    "exp": _double(math.exp),
    "floor": _rounded(ROUND_FLOOR),
    "ln": _double(math.log),
    "log": _double(math.log10),
    "mod": of_values(remainder, 2),
    "nanvl": of_values(_nanvl, 2),
    "power": _double(math.pow, 2),
    "rand": _double(random.random, 0),
    "remainder": of_values(remainder, 2),
    # The page says "rounded up" and prints round(-1.5) = -2: away from zero.
    "round": _rounded(ROUND_HALF_UP),
    "sign": of_values(_sign, 1),
    "sin": _double(math.sin),
    "sinh": _double(math.sinh),
    "sqrt": _double(math.sqrt),
    "tan": _double(math.tan),
    "tanh": _double(math.tanh),
    "trunc": of_values(_trunc, 2),
}
