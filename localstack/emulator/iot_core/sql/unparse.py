"""From syntax tree back to text: names what has no alias, and lets tests see that nothing is lost in between."""

from collections.abc import Callable, Mapping
from typing import Any

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
from emulator.iot_core.sql.values import json_text

ATOMS = (Literal, Name, Variable, Call, ArrayLiteral, ObjectLiteral, Conversion, Member, Query)


def unparse(expression: Expression) -> str:
    """The text of an expression, with brackets around every operand that is not an atom."""
    return TEXTS[type(expression)](expression)


def unparse_statement(statement: Statement) -> str:
    """The text of a whole statement."""
    parts = [
        "SET " + ", ".join(f"@{name} = {unparse(value)}" for name, value in statement.assignments) if statement.assignments else "",
        _selection(statement.selection),
        f"FROM {_quoted(statement.topic_filter)}" if statement.topic_filter is not None else "",
        _where(statement.where),
    ]
    return " ".join(part for part in parts if part)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _bracketed(expression: Expression) -> str:
    return unparse(expression) if isinstance(expression, ATOMS) else f"({unparse(expression)})"


def _where(condition: Expression | None) -> str:
    return "" if condition is None else f"WHERE {unparse(condition)}"


def _selection(selection: Selection) -> str:
    return "SELECT " + ("VALUE " if selection.value else "") + ", ".join(map(_item, selection.items))


def _item(item: Item) -> str:
    if item.expression is None:
        return "*"
    alias = ".".join(item.path) if len(item.path) > 1 else _quoted(item.path[0])
    return f"{_bracketed(item.expression)} AS {alias}"


def _literal(node: Literal) -> str:
    return _quoted(node.value) if isinstance(node.value, str) else json_text(node.value)


def _member(node: Member) -> str:
    """A literal needs brackets, for a number would swallow the point."""
    target = f"({unparse(node.target)})" if isinstance(node.target, Literal) else _bracketed(node.target)
    return f"{target}.{node.name}"


def _query(node: Query) -> str:
    parts = (_selection(node.selection), "FROM", _bracketed(node.source), _where(node.where))
    return "(" + " ".join(part for part in parts if part) + ")"


def _case(node: Case) -> str:
    branches = " ".join(f"WHEN {unparse(test)} THEN {unparse(result)}" for test, result in node.branches)
    default = "" if node.default is None else f" ELSE {unparse(node.default)}"
    return f"CASE {unparse(node.subject)} {branches}{default} END"


def _list(expressions: tuple[Expression, ...]) -> str:
    return ", ".join(map(unparse, expressions))


TEXTS: Mapping[type, Callable[[Any], str]] = {
    Literal: _literal,
    Name: lambda node: str(node.name),
    Member: _member,
    Variable: lambda node: f"@{node.name}",
    Call: lambda node: f"{node.function}({_list(node.arguments)})",
    Star: lambda _: "*",
    Negation: lambda node: f"{node.operator} {_bracketed(node.operand)}",
    Operation: lambda node: f"{_bracketed(node.left)} {node.operator} {_bracketed(node.right)}",
    Case: _case,
    ArrayLiteral: lambda node: f"[{_list(node.items)}]",
    ObjectLiteral: lambda node: "{" + ", ".join(f"{_quoted(key)}: {unparse(value)}" for key, value in node.members) + "}",
    Conversion: lambda node: f"cast({unparse(node.operand)} AS {node.type})",
    Query: _query,
}
