"""Lists of the read model, page by page."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from msgspec import Struct

from chalicelib.domain.read_model import DocumentType
from chalicelib.domain.searches import Hit, Search
from chalicelib.ports import DocumentStore
from chalicelib.service.cursors import cursor, fingerprint, position
from chalicelib.service.requests import Deadline
from chalicelib.service.responses import Page


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it was asked for: its search without a place in it, and the fingerprint that its cursors carry."""

    search: Search
    fingerprint: str


def listing(route: str, tenant_id: str | None, search: Search) -> Listing:
    """The list of a route. Everything that decides what it holds, and in which order, goes into the fingerprint."""
    holds = {"conditions": repr(search.conditions), "order": repr(search.order), "words": search.words}
    return Listing(search, fingerprint(route, tenant_id, holds))


def begun(wanted: Listing, cursor_text: str | None) -> Search:
    """The search for the page that the cursor leads to, or for the first. Raises `InvalidCursorError`."""
    after = position(wanted.fingerprint, cursor_text, len(wanted.search.order)) if cursor_text else None
    return replace(wanted.search, after=after)


def page[T: Struct, Item](
    documents: DocumentStore,
    kind: DocumentType[T],
    wanted: Listing,
    cursor_text: str | None,
    *,
    item: Callable[[T], Item],
    deadline: Deadline,
) -> Page[Item]:
    """One page of a list. One document more than it holds is asked for, to know whether another page follows."""
    search = begun(wanted, cursor_text)
    hits = documents.search(kind, replace(search, limit=search.limit + 1), deadline.left_s())
    shown = hits[: search.limit]
    return Page([item(hit.document) for hit in shown], next_cursor(wanted, shown) if len(hits) > len(shown) else None)


def next_cursor[T](wanted: Listing, shown: list[Hit[T]]) -> str:
    """The cursor that goes on after the last of these."""
    return cursor(wanted.fingerprint, shown[-1].position)
