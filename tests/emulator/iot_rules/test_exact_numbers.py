"""Numbers of a payload reach a rule exactly as they were sent, and cheaply where doubles already say the same."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.sql import Message, compile_rule
from emulator.iot_core.sql.payload import exact, read

DIGITS = st.text("0123456789", max_size=24)
FRACTION = st.just("") | st.text("0123456789", min_size=1, max_size=24).map(".{}".format)
EXPONENT = st.just("") | st.builds("{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), st.integers(0, 250))
SPELLED = st.builds("{}{}{}{}{}".format, st.sampled_from(["", "-"]), st.integers(1, 9), DIGITS, FRACTION, EXPONENT)
NUMBER = SPELLED | st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.integers(-(2**70), 2**70).map(str)
SPACE = st.text(" \t\r\n", max_size=2)
TEXT = st.text("0123456789 .e\u00e9", max_size=20).map(json.dumps)


def document(items: list[str], space: str) -> bytes:
    """A payload with these items, spelled as they are."""
    return f"{space}[{f'{space},{space}'.join(items)}{space}]".encode()


def value_of(item: Any) -> Any:
    """Numbers of whatever type by their value."""
    return Decimal(repr(item) if isinstance(item, float) else item) if isinstance(item, int | float | Decimal) else item


@given(st.lists(NUMBER | TEXT, max_size=5), SPACE)
def test_every_number_is_read_exactly(items: list[str], space: str) -> None:
    payload = document(items, space)
    as_read = read(payload)
    if not isinstance(as_read, list):
        return  # a number beyond all doubles: such a payload does not count as JSON
    found = exact(as_read, payload)
    assert isinstance(found, list)
    assert [value_of(item) for item in found] == [value_of(item) for item in json.loads(payload, parse_float=Decimal)]


@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False, width=64).filter(lambda value: 1e-4 < abs(value) < 1e15)
        | st.integers(-(2**63), 2**63 - 1)
    )
)
def test_what_doubles_and_64_bits_hold_is_read_once(numbers: list[float]) -> None:
    for payload in (json.dumps(numbers).encode(), json.dumps(numbers, indent=1).encode()):
        as_read = read(payload)
        assert exact(as_read, payload) is as_read


@pytest.mark.parametrize("number", ["0.10000000000000001", "12345678901234567890.5", "18446744073709551617", "1.00000000000000000001"])
def test_a_number_that_a_double_would_alter_is_compared_and_forwarded_as_it_is(number: str) -> None:
    payload = f'{{"label": "{number}", "near": 0.30000000000000004, "n": {number}}}'.encode()
    rule = compile_rule(f"SELECT n FROM 'a' WHERE n = {number}", "2016-03-23")
    assert rule.evaluate(Message("a", payload, "c", "p", "0", 1)) == f'{{"n":{number}}}'.encode()
