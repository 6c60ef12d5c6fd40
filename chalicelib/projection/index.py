"""What projection needs of a search index: whole documents written and deleted by external version, many at once.

The index keeps a version beside each document, and for a while beside each deleted one. An operation takes effect only when
its version is greater; so the same operations leave the same documents in any order, and a repetition does nothing.
Source: OpenSearch, "Index document", query parameter `version_type`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, Protocol


class DocumentKey(NamedTuple):
    """A document: the alias of its index and its id there."""

    alias: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Writes a whole document (JSON), or deletes it where there is none to write."""

    key: DocumentKey
    version: int
    """0 to 2^63 - 1; greater is later."""
    document: bytes | None
    is_load: bool = False
    """From a full load: takes effect at an equal version too, so that a load can be repeated over itself."""


class Result(Enum):
    """What became of an operation."""

    DONE = auto()
    SUPERSEDED = auto()
    """The index has that version or a later one: nothing is to be done."""
    REFUSED = auto()
    """The document breaks its index's mapping, now and always."""
    UNAVAILABLE = auto()
    """Not now; the same operation may succeed later."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One operation's result, with the index's words where it did not succeed."""

    result: Result
    detail: str = ""


class DocumentIndex(Protocol):
    """The read model."""

    def bulk(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Carries out the operations, each for itself, at most one a document; one outcome each, in their order.

        Raises `UnavailableError` when the index as a whole does not answer; some may have taken effect then.
        """
        ...
