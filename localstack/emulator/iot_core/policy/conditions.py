"""The Condition element: operators, set operators (ForAllValues, ForAnyValue) and IfExists, as IAM defines them.

Every key that IoT policies know depends on the connection, never on the single request, so a condition is decided once a connection.
"""

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from emulator.iot_core.policy.context import PolicyContext
from emulator.iot_core.policy.patterns import VARIABLE, to_regex


class MalformedPolicy(ValueError):  # noqa: N818 - AWS names the error MalformedPolicyException
    """A policy document that cannot be read; the message says why."""


type Test = Callable[[str, str], bool]

ARN_PARTS = 6


def _like(value: str, pattern: str) -> bool:
    return re.match(to_regex(pattern) or "", value) is not None


def _arn_like(value: str, pattern: str) -> bool:
    """Each of an ARN's six parts for itself: a wildcard in one does not reach into the next."""
    values, patterns = value.split(":", ARN_PARTS - 1), pattern.split(":", ARN_PARTS - 1)
    return len(values) == len(patterns) and all(map(_like, values, patterns))


def _numeric(compare: Callable[[Decimal, Decimal], bool]) -> Test:
    def test(value: str, wanted: str) -> bool:
        try:
            return compare(Decimal(value), Decimal(wanted))
        except InvalidOperation:
            return False

    return test


def _ip_in(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _same_ignoring_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


# Operator → test of one value against one wanted value. "Not" before the kind negates the whole.
POSITIVE: Mapping[str, Test] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": _same_ignoring_case,
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _same_ignoring_case,
    "IpAddress": _ip_in,
    "NumericEquals": _numeric(operator.eq),
    "NumericLessThan": _numeric(operator.lt),
    "NumericLessThanEquals": _numeric(operator.le),
    "NumericGreaterThan": _numeric(operator.gt),
    "NumericGreaterThanEquals": _numeric(operator.ge),
}
NEGATIVE: Mapping[str, Test] = {
    "StringNotEquals": operator.eq,
    "StringNotEqualsIgnoreCase": _same_ignoring_case,
    "StringNotLike": _like,
    "ArnNotEquals": _arn_like,
    "ArnNotLike": _arn_like,
    "NotIpAddress": _ip_in,
    "NumericNotEquals": _numeric(operator.eq),
}
SET_OPERATORS = ("ForAllValues", "ForAnyValue")


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator. ``quantifier`` is "", ForAllValues or ForAnyValue."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    quantifier: str = ""
    if_exists: bool = False

    def holds(self, context: PolicyContext) -> bool:
        """Whether the connection fulfils the condition."""
        values = context.values(self.key)
        if self.operator == "Null":
            return any((values is None) == (text.lower() == "true") for text in self.wanted)
        if not values:
            return self._holds_without_value()
        verdicts = [self._one(value, context) for value in values]
        return any(verdicts) if self.quantifier == "ForAnyValue" else all(verdicts)

    def _holds_without_value(self) -> bool:
        """IAM: an absent key fails, unless the operator is negated, ForAllValues (nothing contradicts it), or IfExists."""
        if self.quantifier:
            return self.quantifier == "ForAllValues" or self.if_exists
        return self.if_exists or self.operator in NEGATIVE

    def _one(self, value: str, context: PolicyContext) -> bool:
        negated = self.operator in NEGATIVE
        test = NEGATIVE[self.operator] if negated else POSITIVE[self.operator]
        found = any(text is not None and test(value, text) for text in (_resolved(text, context) for text in self.wanted))
        return found != negated


def parse_conditions(element: object) -> tuple[Condition, ...]:
    """The Condition element as a flat tuple; all must hold. Raises MalformedPolicy."""
    if not isinstance(element, dict):
        raise MalformedPolicy("Condition must be a JSON object")
    return tuple(condition for name, keys in element.items() for condition in _operator(name, keys))


def _operator(name: str, keys: object) -> list[Condition]:
    quantifier, plain, if_exists = _split_operator(name)
    if plain not in POSITIVE and plain not in NEGATIVE and (plain != "Null" or quantifier or if_exists):
        raise MalformedPolicy(f"condition operator {name!r} is unknown or not supported")
    if not isinstance(keys, dict):
        raise MalformedPolicy(f"condition operator {name!r} needs an object of keys and values")
    return [Condition(plain, key, _texts(value), quantifier, if_exists) for key, value in keys.items()]


def _split_operator(name: str) -> tuple[str, str, bool]:
    quantifier, colon, rest = name.partition(":")
    if not colon:
        quantifier, rest = "", name
    elif quantifier not in SET_OPERATORS:
        raise MalformedPolicy(f"condition operator {name!r} is unknown or not supported")
    plain = rest.removesuffix("IfExists")
    return quantifier, plain, plain != rest


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(_text(item) for item in items)


def _text(item: object) -> str:
    match item:
        case bool():
            return "true" if item else "false"
        case str():
            return item
        case int() | float():
            return str(item)
        case _:
            raise MalformedPolicy("a condition's values must be strings, numbers or booleans")


def _resolved(text: str, context: PolicyContext) -> str | None:
    """``text`` with its variables replaced, or None when one has no value: such a text equals nothing."""
    names = VARIABLE.findall(text)
    if any(context.variable(name) is None for name in names):
        return None
    return VARIABLE.sub(lambda found: context.variable(found[1]) or "", text)
