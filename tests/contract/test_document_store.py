"""What every `DocumentStore` promises: the fake, and OpenSearch on a real server with this checkout's index templates.

Each test has a tenant of its own, so that all share one set of indices.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
import pytest
from msgspec import Struct
from opensearchpy import OpenSearch as Client

from chalicelib.adapters.opensearch_documents import OpenSearchDocumentStore
from chalicelib.domain.errors import RefusedError, UnavailableError
from chalicelib.domain.read_model import (
    CONTACTS,
    DAY_ROLLUPS,
    DEVICES,
    MEMBERS,
    SESSIONS,
    ContactDocument,
    DeviceDocument,
    DocumentType,
    MemberDocument,
    RollupDocument,
    SessionDocument,
    document_id,
)
from chalicelib.domain.searches import AnyOf, Between, Condition, Key, Missing, Search, Term
from chalicelib.ports import DocumentStore
from infra.search import apply_templates
from tests.fakes.documents import FakeDocumentStore
from tests.opensearch import OpenSearch

TIMEOUT_S = 20.0
BY_ID = (Key("session_id"),)
_tenants = itertools.count()


class Writes(Protocol):
    """Puts a document where it is found."""

    def put(self, kind: DocumentType[Any], document_id: str, document: Struct) -> None: ...


@dataclass(frozen=True, slots=True)
class RealWrites:
    """Writes that a search finds at once."""

    client: Client

    def put(self, kind: DocumentType[Any], document_id: str, document: Struct) -> None:
        self.client.index(index=kind.alias, id=document_id, body=msgspec.to_builtins(document), params={"refresh": "true"})


@dataclass(frozen=True, slots=True)
class World:
    """A store, the way to fill it, and a tenant."""

    store: DocumentStore
    writes: Writes
    tenant: str = field(default_factory=lambda: f"t-{next(_tenants)}")

    def has_session(self, session_id: str, **fields: Any) -> None:
        self.writes.put(SESSIONS, document_id(self.tenant, session_id), SessionDocument(self.tenant, session_id, **fields))

    def found(self, *conditions: Condition, order: tuple[Key, ...] = BY_ID, limit: int = 50, **more: Any) -> list[str]:
        search = Search((Term("tenant_id", (self.tenant,)), *conditions), order, limit, **more)
        return [hit.document.session_id for hit in self.store.search(SESSIONS, search, TIMEOUT_S)]


@pytest.fixture(scope="module")
def indices(opensearch: OpenSearch) -> Iterator[Client]:
    """The read model's indices, without documents."""
    opensearch.forget()
    apply_templates(opensearch.url, lambda _: None)
    yield opensearch.client
    opensearch.forget()


@pytest.fixture(params=["fake", "opensearch"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        fake = FakeDocumentStore()
        return World(fake, fake)
    client = request.getfixturevalue("indices")
    return World(OpenSearchDocumentStore(client), RealWrites(client))


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (SESSIONS, SessionDocument("t", "s", "m", "heel_slide", ["d"], value_count=3, started_at="2026-11-24T07:00:00.000Z")),
        (DEVICES, DeviceDocument("t", "d", "active", "2026-11-24T07:00:00.000Z", "m")),
        (CONTACTS, ContactDocument("t", "d", battery_percent=12.5, is_online=True, presence_at="2026-11-24T07:00:00.001Z")),
        (MEMBERS, MemberDocument("t", "m", "2026-11-24T07:00:00.000Z")),
        (DAY_ROLLUPS, RollupDocument("t", "d", "knee", "2026-11-24T00:00:00.000Z", 3, -1.5, 2.5, 1e-17)),
    ],
    ids=lambda it: it.alias if isinstance(it, DocumentType) else "",
)
def test_a_document_comes_back_whole_by_its_id(world: World, kind: DocumentType[Any], document: Struct) -> None:
    world.writes.put(kind, "t:x", document)

    assert world.store.get(kind, "t:x", TIMEOUT_S) == document
    assert world.store.get(kind, "t:y", TIMEOUT_S) is None


def test_several_documents_come_by_their_ids(world: World) -> None:
    for session_id in ("s-1", "s-2"):
        world.has_session(session_id)
    ids = {document_id(world.tenant, session_id): SessionDocument(world.tenant, session_id) for session_id in ("s-1", "s-2")}

    assert world.store.mget(SESSIONS, [*ids, document_id(world.tenant, "s-3")], TIMEOUT_S) == ids
    assert world.store.mget(SESSIONS, [], TIMEOUT_S) == {}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Term("member_id", ("m-1",)), ["s-1"]),
        (Term("device_ids", ("d-2",)), ["s-1", "s-2"]),
        (Term("session_id", ("s-3", "s-1")), ["s-1", "s-3"]),
        (Between("started_at", "2026-11-24T07:00:00.000Z", "2026-11-24T07:00:00.001Z"), ["s-1"]),
        (Between("started_at", start="2026-11-24T07:00:00.001Z"), ["s-2"]),
        (Between("started_at", end="2026-11-24T07:00:00.000Z"), []),
        (Missing("started_at"), ["s-3"]),
        (Missing("device_ids"), ["s-3"]),
        (AnyOf(((Missing("started_at"),), (Term("member_id", ("m-1",)), Term("device_ids", ("d-1",))))), ["s-1", "s-3"]),
    ],
    ids=repr,
)
def test_conditions_choose_documents(world: World, condition: Condition, expected: list[str]) -> None:
    world.has_session("s-1", member_id="m-1", device_ids=["d-1", "d-2"], started_at="2026-11-24T07:00:00.000Z")
    world.has_session("s-2", device_ids=["d-2"], started_at="2026-11-24T07:00:00.001Z")
    world.has_session("s-3", device_ids=[])

    assert world.found(condition) == expected
    assert world.store.count(SESSIONS, [Term("tenant_id", (world.tenant,)), condition], TIMEOUT_S) == len(expected)


def test_a_truth_can_be_a_condition(world: World) -> None:
    for number, is_online in enumerate((True, False, None)):
        contact = ContactDocument(world.tenant, f"d-{number}", is_online=is_online)
        world.writes.put(CONTACTS, document_id(world.tenant, contact.device_id), contact)

    tenant = Term("tenant_id", (world.tenant,))
    counts = [world.store.count(CONTACTS, [tenant, Term("is_online", (it,))], TIMEOUT_S) for it in (True, False)]

    assert counts == [1, 1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("standing", ["s-Knee-1"]),
        ("abd", ["s-Knee-1"]),
        ("SHOULDER stand", ["s-Knee-1"]),
        ("standing_shoulder", ["s-Knee-1"]),
        ("s-kn", ["s-Knee-1"]),
        ("knee", ["s-Knee-1"]),
        ("d-left", ["s-Knee-1", "s-2"]),
        ("left", ["s-Knee-1", "s-2"]),
        ("zoë", ["s-2"]),
        ("Zoe", ["s-2"]),
        ("tanding", []),
        ("_", []),
        ("standing zoe", []),
    ],
)
def test_words_are_found_by_their_beginnings_whatever_case_and_accents(world: World, words: str, expected: list[str]) -> None:
    world.has_session("s-Knee-1", exercise="standing_shoulder_abduction", device_ids=["d-left-1"])
    world.has_session("s-2", member_id="Zoë", device_ids=["d-left-2"])

    assert world.found(words=words, order=(Key("session_id", descending=True),)) == expected


@pytest.mark.parametrize("descending", [False, True])
def test_order_and_pages_even_where_the_field_is_missing(world: World, descending: bool) -> None:
    for number in range(7):
        world.has_session(f"s-{number}", started_at=None if number % 3 == 2 else f"2026-11-24T07:00:00.00{number // 2}Z")
    order = (Key("started_at", descending), Key("session_id", descending))

    found, after = [], None
    while hits := world.store.search(SESSIONS, Search((Term("tenant_id", (world.tenant,)),), order, 2, after=after), TIMEOUT_S):
        found += [hit.document.session_id for hit in hits]
        after = hits[-1].position

    dated = ["s-0", "s-1", "s-3", "s-4", "s-6"]
    assert found == ([*reversed(dated), "s-5", "s-2"] if descending else [*dated, "s-2", "s-5"])


def test_identifiers_are_ordered_by_their_bytes(world: World) -> None:
    ids = ["-", "0", "A", "Z", "_", "a", "a-", "a0", "aA", "z"]
    for session_id in reversed(ids):
        world.has_session(session_id)

    assert world.found() == ids


def test_positions_are_of_json(world: World) -> None:
    world.has_session("s-1", started_at="2026-11-24T07:00:00.123Z")
    search = Search((Term("tenant_id", (world.tenant,)),), (Key("started_at"), Key("session_id")), 1)

    (hit,) = world.store.search(SESSIONS, search, TIMEOUT_S)

    assert tuple(msgspec.json.decode(msgspec.json.encode(hit.position))) == hit.position


def test_indices_that_are_missing_are_no_empty_ones(opensearch: OpenSearch) -> None:
    store = OpenSearchDocumentStore(opensearch.client)
    nowhere = DocumentType("gonio-nowhere", SessionDocument)

    with pytest.raises(UnavailableError):
        store.search(nowhere, Search((), BY_ID, 1), TIMEOUT_S)
    with pytest.raises(UnavailableError):
        store.count(nowhere, [], TIMEOUT_S)
    with pytest.raises(UnavailableError):
        store.get(nowhere, "t:s", TIMEOUT_S)


def test_a_server_that_is_away_is_unavailable() -> None:
    with Client(["http://127.0.0.1:9"], max_retries=0) as client, pytest.raises(UnavailableError):
        OpenSearchDocumentStore(client).get(SESSIONS, "t:s", 1.0)


def test_a_query_that_cannot_be_is_no_outage(indices: Client) -> None:
    with pytest.raises(RefusedError):
        OpenSearchDocumentStore(indices).search(SESSIONS, Search((Between("started_at", "yesterday"),), BY_ID, 1), TIMEOUT_S)
