"""From text to syntax tree."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedInput

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
from emulator.iot_core.sql.errors import SqlError
from emulator.iot_core.sql.grammar import GRAMMAR
from emulator.iot_core.sql.unparse import unparse
from emulator.iot_core.sql.values import parse_number

WORDS = {"true": True, "false": False, "null": None}

type Children = Sequence[Any]


def parse_statement(text: str) -> Statement:
    """The syntax tree of a rule's statement. Raises SqlError with the place of what is wrong."""
    statement: Statement = _parse(text, "statement")
    return statement


def parse_expression(text: str) -> Expression:
    """The syntax tree of one expression, as in a substitution template. Raises SqlError."""
    expression: Expression = _parse(text, "disjunction")
    return expression


def _parse(text: str, start: str) -> Any:
    try:
        text.encode()
        return _parser().parse(text, start=start)
    except UnicodeEncodeError as error:
        raise SqlError("the statement is not valid UTF-8") from error
    except UnexpectedInput as error:
        raise SqlError(f"syntax error at line {error.line}, column {error.column}: {error.get_context(text).rstrip()}") from error
    except RecursionError as error:
        raise SqlError("the statement is nested too deeply") from error


@cache
def _parser() -> Any:
    """Built at first use, because it takes some tens of milliseconds."""
    return Lark(GRAMMAR, parser="lalr", start=["statement", "disjunction"], maybe_placeholders=True, transformer=_Builder())


class _Assignments(tuple[tuple[str, Expression], ...]):
    """What SET defines."""

    __slots__ = ()


class _Filter(str):
    """A topic filter."""

    __slots__ = ()


class _Where(tuple[Expression]):
    """A condition."""

    __slots__ = ()


class _Branch(tuple[Expression, Expression]):
    """One WHEN … THEN …."""

    __slots__ = ()


class _Typed(tuple[Expression, str]):
    """``expression AS type``, which only cast() may hold."""

    __slots__ = ()


class _Builder:
    """Makes nodes while lark reduces: each method is named after a rule (or alias) of the grammar and gets its children."""

    def statement(self, children: Children) -> Statement:
        """The clauses are told apart by their types, because each may be missing."""
        return Statement(
            assignments=next((tuple(child) for child in children if isinstance(child, _Assignments)), ()),
            selection=next(child for child in children if isinstance(child, Selection)),
            topic_filter=next((str(child) for child in children if isinstance(child, _Filter)), None),
            where=next((child[0] for child in children if isinstance(child, _Where)), None),
        )

    def set_clause(self, children: Children) -> _Assignments:
        return _Assignments(children)

    def assignment(self, children: Children) -> tuple[str, Expression]:
        return children[0][1:], children[1]

    def from_clause(self, children: Children) -> _Filter:
        return _Filter(_unquote(children[0]))

    def where_clause(self, children: Children) -> _Where:
        return _Where(children)

    def selection(self, children: Children) -> Selection:
        return Selection(tuple(children))

    def value_selection(self, children: Children) -> Selection:
        return Selection(tuple(children), value=True)

    def star_item(self, _: Children) -> Item:
        return Item(None)

    def item(self, children: Children) -> Item:
        expression, alias = children
        return Item(expression, alias or (_default_name(expression),))

    def alias(self, children: Children) -> tuple[str, ...]:
        return tuple(_unquote(part) if part[0] in "'\"" else str(part) for part in children)

    def name(self, children: Children) -> str:
        return str(children[0])

    def operation(self, children: Children) -> Operation:
        left, operator, right = children
        return Operation(operator.upper(), left, right)

    def negation(self, children: Children) -> Negation:
        operator, operand = children
        return Negation(operator.upper(), operand)

    def member(self, children: Children) -> Member:
        return Member(*children)

    def number(self, children: Children) -> Literal:
        value = parse_number(children[0])
        if value is None:
            raise SqlError(f"{children[0]} is beyond all numbers")
        return Literal(value)

    def string(self, children: Children) -> Literal:
        return Literal(_unquote(children[0]))

    def variable(self, children: Children) -> Variable:
        return Variable(children[0][1:])

    def bare_name(self, children: Children) -> Expression:
        word = children[0].lower()
        return Literal(WORDS[word]) if word in WORDS else Name(children[0])

    def call(self, children: Children) -> Expression:
        function, *arguments = [child for child in children if child is not None]
        if function.lower() == "cast":
            if len(arguments) != 1 or not isinstance(arguments[0], _Typed):
                raise SqlError("cast() is written cast(<expression> AS <type>)")
            return Conversion(*arguments[0])
        if any(isinstance(argument, _Typed) for argument in arguments):
            raise SqlError(f"AS has no meaning among the arguments of {function}()")
        return Call(function.lower(), tuple(arguments))

    def typed_argument(self, children: Children) -> _Typed:
        return _Typed((children[0], children[1].lower()))

    def star(self, _: Children) -> Star:
        return Star()

    def array(self, children: Children) -> ArrayLiteral:
        return ArrayLiteral(tuple(child for child in children if child is not None))

    def pair(self, children: Children) -> tuple[str, Expression]:
        return _unquote(children[0]), children[1]

    def object(self, children: Children) -> ObjectLiteral:
        return ObjectLiteral(tuple(child for child in children if child is not None))

    def branch(self, children: Children) -> _Branch:
        return _Branch(children)

    def case(self, children: Children) -> Case:
        subject, *rest = [child for child in children if child is not None]
        default = None if isinstance(rest[-1], _Branch) else rest.pop()
        return Case(subject, tuple((branch[0], branch[1]) for branch in rest), default)

    def query(self, children: Children) -> Query:
        selection, source, where = children
        return Query(selection, source, where[0] if where else None)


def _unquote(token: str) -> str:
    quote = token[0]
    return token[1:-1].replace(quote * 2, quote)


def _default_name(expression: Expression) -> str:
    """A field keeps its name; anything else is known by its own text."""
    match expression:
        case Name(name) | Member(name=name):
            return name
        case _:
            return unparse(expression)
