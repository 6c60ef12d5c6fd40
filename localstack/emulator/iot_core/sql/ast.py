"""The syntax tree of a rule's statement."""

from dataclasses import dataclass

from emulator.iot_core.sql.values import Value

type Expression = (
    Literal | Name | Member | Variable | Call | Star | Negation | Operation | Case | ArrayLiteral | ObjectLiteral | Conversion | Query
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, Boolean or Null."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A field of the payload, or of a nested query's element."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``target.name``."""

    target: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """``@name``, defined by SET."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; names of functions are not case sensitive and stand here in lower case."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Star:
    """``*`` as an argument: the payload's raw bytes."""


@dataclass(frozen=True, slots=True)
class Negation:
    """``NOT operand`` or ``-operand``."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Operation:
    """``left operator right``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Case:
    """``CASE subject WHEN test THEN result … [ELSE default] END``."""

    subject: Expression
    branches: tuple[tuple[Expression, Expression], ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """``[item, …]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ObjectLiteral:
    """``{'key': value, …}``."""

    members: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Conversion:
    """``cast(operand AS type)``; the type in lower case."""

    operand: Expression
    type: str


@dataclass(frozen=True, slots=True)
class Item:
    """One selected expression under its name in the output: a path, because ``AS a.b`` nests. ``expression`` is None for ``*``."""

    expression: Expression | None
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """What a SELECT asks for; with ``value``, the single item alone rather than an object."""

    items: tuple[Item, ...]
    value: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A nested ``SELECT … FROM source [WHERE …]``: over an array's elements, or over one object."""

    selection: Selection
    source: Expression
    where: Expression | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A rule's whole statement."""

    assignments: tuple[tuple[str, Expression], ...]
    selection: Selection
    topic_filter: str | None
    where: Expression | None
