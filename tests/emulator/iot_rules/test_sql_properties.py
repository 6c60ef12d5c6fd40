"""What must hold for any statement and any payload: nothing is lost in parsing, and nothing but SqlError is raised, ever."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.sql import Message, SqlError, compile_rule
from emulator.iot_core.sql.ast import (
    ArrayLiteral,
    Call,
    Case,
    Conversion,
    Expression,
    Item,
    Literal,
    Member,
    Name,
    Negation,
    ObjectLiteral,
    Operation,
    Query,
    Selection,
    Star,
    Statement,
    Variable,
)
from emulator.iot_core.sql.functions import FUNCTIONS
from emulator.iot_core.sql.operators import BINARY
from emulator.iot_core.sql.parser import parse_statement
from emulator.iot_core.sql.unparse import unparse_statement
from emulator.iot_core.sql.values import whole

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
NAME = st.sampled_from(["a", "value", "Value2", "_x", "from_", "b1", "sets"])
FUNCTION = st.sampled_from(["topic", "upper", "get", "anything"])
LITERAL = st.builds(
    Literal,
    st.none() | st.booleans() | TEXT | st.integers(0, 10**30) | st.decimals(0, 10**6, places=4).map(lambda number: whole(Decimal(number))),
)
ATOM = LITERAL | st.builds(Name, NAME) | st.builds(Variable, NAME)


def selections(expressions: st.SearchStrategy[Any]) -> st.SearchStrategy[Selection]:
    path = st.tuples(TEXT.filter(bool)) | st.tuples(NAME, NAME)
    items = st.lists(st.just(Item(None)) | st.builds(Item, expressions, path), min_size=1, max_size=3).map(tuple)
    single = st.tuples(st.just(Item(None)) | st.builds(Item, expressions, path))
    return st.builds(Selection, items) | st.builds(Selection, single, st.just(value=True))


def compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, max_size=3).map(tuple)
    branches = st.lists(st.tuples(inner, inner), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Member, inner, st.sampled_from(["a", "select", "end", "value"])),
        st.builds(Call, FUNCTION, several | st.tuples(st.just(Star()), inner)),
        st.builds(Negation, st.sampled_from(["NOT", "-"]), inner),
        st.builds(Operation, st.sampled_from(sorted(BINARY)), inner, inner),
        st.builds(Case, inner, branches, st.none() | inner),
        st.builds(ArrayLiteral, several),
        st.builds(ObjectLiteral, st.lists(st.tuples(TEXT, inner), max_size=2).map(tuple)),
        st.builds(Conversion, inner, st.sampled_from(["int", "string"])),
        st.builds(Query, selections(inner), inner, st.none() | inner),
    )


EXPRESSION: st.SearchStrategy[Expression] = st.recursive(ATOM, compound, max_leaves=6)
STATEMENT = st.builds(
    Statement,
    st.lists(st.tuples(NAME, EXPRESSION), max_size=2).map(tuple),
    selections(EXPRESSION),
    st.none() | TEXT,
    st.none() | EXPRESSION,
)

WORDS = [
    "SELECT",
    "VALUE",
    "FROM",
    "WHERE",
    "AS",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "NOT",
    "*",
    ",",
    "(",
    ")",
    "'a'",
    "a",
    ".",
    "=",
    "+",
    "-",
    "1",
    "topic",
    "{",
    "}",
    "@a",
    "SET",
]
VALUE = st.sampled_from(
    [
        "a",
        "n",
        "missing",
        "''",
        "'x'",
        "'5'",
        "'base64'",
        "0",
        "-1",
        "2.5",
        "1E30",
        "1E998",
        "-1E998",
        "'1E99999'",
        "[]",
        "[1]",
        "{}",
        "{'a': 1}",
        "true",
        "'UTC'",
        "'yyyy'",
        "'('",
        "'$1'",
    ]
)
CALL = st.builds(lambda name, arguments: f"{name}({', '.join(arguments)})", st.sampled_from(sorted(FUNCTIONS)), st.lists(VALUE, max_size=3))
OPERATION = st.builds(lambda left, operator, right: f"{left} {operator} {right}", VALUE, st.sampled_from(sorted(BINARY)), VALUE)
CAST = st.builds(
    lambda operand, kind: f"cast({operand} AS {kind})", VALUE, st.sampled_from(["String", "Int", "Decimal", "Double", "Boolean"])
)


def message(payload: bytes) -> Message:
    return Message("a/b", payload, "c", "p", "0", 1)


@given(STATEMENT)
def test_a_statement_reads_back_as_it_was_written(statement: Statement) -> None:
    assert parse_statement(unparse_statement(statement)) == statement


@given(st.text() | st.lists(st.sampled_from(WORDS), max_size=15).map(" ".join).map("SELECT {}".format))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        rule = compile_rule(text, "2016-03-23")
    except SqlError:
        return
    assert isinstance(rule.evaluate(message(b'{"a": 1}')), bytes | None)


@given(STATEMENT, st.binary() | st.sampled_from([b'{"a": [{"b": 1}], "value": "x"}', b"", b"[1]"]))
def test_any_rule_evaluates_any_payload(statement: Statement, payload: bytes) -> None:
    try:
        rule = compile_rule(unparse_statement(statement), "2016-03-23")
    except SqlError:
        return
    assert isinstance(rule.evaluate(message(payload)), bytes | None)


@given(CALL | OPERATION | CAST, st.sampled_from([b'{"a": 1, "n": null}', b'{"a": 123456789012345678901234567890123456789.5}', b"\xff"]))
def test_any_function_and_operator_takes_any_values(expression: str, payload: bytes) -> None:
    outgoing = compile_rule(f"SELECT {expression} AS v, 1 AS w", "2016-03-23").evaluate(message(payload))

    assert outgoing is not None
    assert outgoing.endswith(b'"w":1}')
