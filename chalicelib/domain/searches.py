"""What one may ask of the read model: conditions on fields, words, an order, and a place in it to go on from."""

from dataclasses import dataclass

type SortValue = str | int | float | None
type Position = tuple[SortValue, ...]
"""Where a document stands in an order: its value under each key."""


@dataclass(frozen=True, slots=True)
class Term:
    """The field holds one of the values."""

    field: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The date lies in [`start`, `end`), both ISO 8601; None is no bound."""

    field: str
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """The field holds nothing."""

    field: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the lists of conditions holds."""

    choices: tuple[tuple["Condition", ...], ...]


type Condition = Term | Between | Missing | AnyOf


@dataclass(frozen=True, slots=True)
class Key:
    """A sort key; documents without the field come last."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """Documents for which every condition holds and whose `search` field has a word that begins with each word of `words`."""

    conditions: tuple[Condition, ...]
    order: tuple[Key, ...]
    limit: int
    words: str | None = None
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Hit[T]:
    """A document that was found, and where it stands in the order."""

    document: T
    position: Position
