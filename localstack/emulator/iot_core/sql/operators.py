"""The operators, one function each. What an operator cannot take is Undefined. Source: the page "Operators"."""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException

from emulator.iot_core.sql.values import DECIMAL, UNDEFINED, Number, Value, equal, to_boolean, to_number, to_text, whole

type Binary = Callable[[Value, Value], Value]
type Unary = Callable[[Value], Value]


def negate(operand: Value) -> Value:
    """``NOT operand``."""
    value = to_boolean(operand)
    return UNDEFINED if value is None else not value


def minus(operand: Value) -> Value:
    """``-operand``."""
    value = to_number(operand)
    return UNDEFINED if value is None else -value if isinstance(value, int) else value.copy_negate()


def add(left: Value, right: Value) -> Value:
    """``+``: text when either side is a String, else a sum of numbers. No String is ever read as a number here."""
    if isinstance(left, str) or isinstance(right, str):
        first, second = to_text(left), to_text(right)
        return UNDEFINED if first is None or second is None else first + second
    return _sum(left, right)


def remainder(left: Value, right: Value) -> Value:
    """``%`` and mod(): the sign is the dividend's."""
    return _remainder(left, right)


def _logical(combine: Callable[[bool, bool], bool]) -> Binary:
    def apply(left: Value, right: Value) -> Value:
        first, second = to_boolean(left), to_boolean(right)
        return UNDEFINED if first is None or second is None else combine(first, second)

    return apply


def _ordering(compare: Callable[[Number, Number], bool]) -> Binary:
    def apply(left: Value, right: Value) -> Value:
        first, second = to_number(left), to_number(right)
        return UNDEFINED if first is None or second is None else compare(first, second)

    return apply


def _equality(*, wanted: bool) -> Binary:
    def apply(left: Value, right: Value) -> Value:
        if left is UNDEFINED or right is UNDEFINED:
            return UNDEFINED
        return equal(left, right) is wanted

    return apply


def _arithmetic(compute: Callable[[Decimal, Decimal], Decimal]) -> Binary:
    """With 34 digits; a division by zero or an overflow is Undefined."""

    def apply(left: Value, right: Value) -> Value:
        first, second = to_number(left), to_number(right)
        if first is None or second is None:
            return UNDEFINED
        try:
            return whole(compute(Decimal(first), Decimal(second)))
        except DecimalException:
            return UNDEFINED

    return apply


_sum = _arithmetic(DECIMAL.add)
_remainder = _arithmetic(DECIMAL.remainder)

BINARY: Mapping[str, Binary] = {
    "AND": _logical(operator.and_),
    "OR": _logical(operator.or_),
    "=": _equality(wanted=True),
    "<>": _equality(wanted=False),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    "+": add,
    "-": _arithmetic(DECIMAL.subtract),
    "*": _arithmetic(DECIMAL.multiply),
    "/": _arithmetic(DECIMAL.divide),
    "%": remainder,
}
UNARY: Mapping[str, Unary] = {"NOT": negate, "-": minus}
