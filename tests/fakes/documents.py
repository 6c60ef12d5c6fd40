"""The port `DocumentStore` in memory, with the analysis, orders and answers of the real one."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from chalicelib.domain.errors import GonioError
from chalicelib.domain.read_model import DocumentType
from chalicelib.domain.searches import AnyOf, Condition, Hit, Key, Missing, Search, SortValue, Term

SEARCHED = {
    "gonio-sessions": ("session_id", "exercise", "member_id", "device_ids"),
    "gonio-devices": ("device_id", "member_id"),
    "gonio-members": ("member_id",),
}
"""The fields that go into `search`."""


class FakeDocumentStore:
    """Documents in memory; raises `error` while it is set. `before_search` runs before every search: other people's writes."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, dict[str, Any]]] = {}
        self.error: GonioError | None = None
        self.before_search: Callable[[], None] = lambda: None

    def put(self, kind: DocumentType[Any], document_id: str, document: Struct) -> None:
        """Writes a document, as `project` does."""
        self.documents.setdefault(kind.alias, {})[document_id] = msgspec.to_builtins(document)

    def search[T: Struct](self, kind: DocumentType[T], wanted: Search, timeout_s: float) -> list[Hit[T]]:
        """See the port."""
        self._fail()
        self.before_search()
        found = [it for it in self._sources(kind) if _holds_all(wanted.conditions, it) and _has_words(kind.alias, it, wanted.words)]
        for key in reversed(wanted.order):
            found.sort(key=_sort_key(key), reverse=key.descending)
        hits = [Hit(msgspec.convert(it, kind.struct), tuple(it.get(key.field) for key in wanted.order)) for it in found]
        return [hit for hit in hits if wanted.after is None or _follows(hit.position, wanted.after, wanted.order)][: wanted.limit]

    def count(self, kind: DocumentType[Any], conditions: Sequence[Condition], timeout_s: float) -> int:
        """See the port."""
        self._fail()
        return sum(_holds_all(conditions, it) for it in self._sources(kind))

    def get[T: Struct](self, kind: DocumentType[T], document_id: str, timeout_s: float) -> T | None:
        """See the port."""
        return self.mget(kind, [document_id], timeout_s).get(document_id)

    def mget[T: Struct](self, kind: DocumentType[T], document_ids: Sequence[str], timeout_s: float) -> dict[str, T]:
        """See the port."""
        self._fail()
        known = self.documents.get(kind.alias, {})
        return {it: msgspec.convert(known[it], kind.struct) for it in document_ids if it in known}

    def _sources(self, kind: DocumentType[Any]) -> list[dict[str, Any]]:
        return list(self.documents.get(kind.alias, {}).values())

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def _holds_all(conditions: Sequence[Condition], source: dict[str, Any]) -> bool:
    return all(_holds(condition, source) for condition in conditions)


def _holds(condition: Condition, source: dict[str, Any]) -> bool:
    if isinstance(condition, AnyOf):
        return any(_holds_all(choice, source) for choice in condition.choices)
    value = source.get(condition.field)
    if isinstance(condition, Missing):
        return value is None or value == []
    if isinstance(condition, Term):
        return any(it in condition.values for it in (value if isinstance(value, list) else [value]))
    return value is not None and (condition.start or "") <= value < (condition.end or "~")


def _has_words(alias: str, source: dict[str, Any], words: str | None) -> bool:
    if words is None:
        return True
    text = " ".join(_texts(source.get(field)) for field in SEARCHED[alias])
    tokens = {*text.split(), *re.split(r"[^\w]|_", text)}
    wanted = [word for word in re.split(r"[\s_]+", _folded(words)) if word]
    return bool(wanted) and all(any(_folded(token).startswith(word) for token in tokens) for word in wanted)


def _texts(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else value or ""


def _folded(text: str) -> str:
    return "".join(it for it in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(it))


def _sort_key(key: Key) -> Callable[[dict[str, Any]], tuple[bool, Any]]:
    return lambda source: (
        source.get(key.field) is not None if key.descending else source.get(key.field) is None,
        source.get(key.field) or "",
    )


def _follows(position: tuple[SortValue, ...], after: tuple[SortValue, ...], order: Sequence[Key]) -> bool:
    for one, other, key in zip(position, after, order, strict=True):
        if one != other:
            if one is None or other is None:
                return one is None
            return (str(one) < str(other)) if key.descending else (str(one) > str(other))
    return False
