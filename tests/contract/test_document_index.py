"""What every `DocumentIndex` promises, in memory and on a real OpenSearch server."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters.opensearch import connect
from chalicelib.adapters.opensearch_index import OpenSearchDocumentIndex
from chalicelib.domain.errors import UnavailableError
from chalicelib.projection.index import DocumentIndex, DocumentKey, Operation, Result
from infra.search import apply_templates
from tests.fakes.document_index import FakeDocumentIndex
from tests.opensearch import OpenSearch

type Shown = Callable[[DocumentKey], Any]

_numbers = itertools.count()
VERSIONS = st.integers(0, 5)


@pytest.fixture(params=["fake", "opensearch"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def real(opensearch: OpenSearch) -> Iterator[OpenSearchDocumentIndex]:
    apply_templates(opensearch.url, lambda _: None)
    with closing(connect(opensearch.url)) as client:
        yield OpenSearchDocumentIndex(client)


@pytest.fixture
def index(name: str, request: pytest.FixtureRequest) -> DocumentIndex:
    index: DocumentIndex = FakeDocumentIndex() if name == "fake" else request.getfixturevalue("real")
    return index


@pytest.fixture
def shown(name: str, index: DocumentIndex, request: pytest.FixtureRequest) -> Shown:
    """Reads a document; None when there is none."""
    if isinstance(index, FakeDocumentIndex):
        return index.documents.get
    client = request.getfixturevalue("opensearch").client
    return lambda key: client.get(index=key.alias, id=key.document_id, ignore=[404]).get("_source")


def _key(alias: str = "gonio-members") -> DocumentKey:
    """A document that no test has touched."""
    return DocumentKey(alias, f"t-1:m-{next(_numbers)}")


def _member(key: DocumentKey, version: int, *, is_load: bool = False, **fields: object) -> Operation:
    """Writes a member that carries its version as its name, so that it can be told which one stands."""
    document = {"tenant_id": "t-1", "member_id": str(version), "named_at": "2026-11-24T07:00:00.000Z", **fields}
    return Operation(key, version, json.dumps(document).encode(), is_load)


def _results(index: DocumentIndex, *operations: Operation) -> list[Result]:
    """Of operations one after the other."""
    return [index.bulk([it])[0].result for it in operations]


def test_a_later_version_replaces_an_earlier_one_and_never_the_other_way_round(index: DocumentIndex, shown: Shown) -> None:
    key = _key()
    results = _results(index, _member(key, 5), _member(key, 7), _member(key, 6), _member(key, 7))
    assert results == [Result.DONE, Result.DONE, Result.SUPERSEDED, Result.SUPERSEDED]
    assert shown(key)["member_id"] == "7"


def test_a_load_replaces_an_equal_version_too(index: DocumentIndex, shown: Shown) -> None:
    key = _key()
    results = _results(index, _member(key, 5), _member(key, 5, is_load=True, member_id="loaded"), _member(key, 4, is_load=True))
    assert results == [Result.DONE, Result.DONE, Result.SUPERSEDED]
    assert shown(key)["member_id"] == "loaded"


def test_a_delete_holds_against_what_was_before_it(index: DocumentIndex, shown: Shown) -> None:
    key = _key()
    results = _results(index, _member(key, 5), Operation(key, 8, None), _member(key, 7), _member(key, 8))
    assert results == [Result.DONE, Result.DONE, Result.SUPERSEDED, Result.SUPERSEDED]
    assert shown(key) is None


def test_a_delete_that_comes_before_the_document_holds_as_well(index: DocumentIndex, shown: Shown) -> None:
    key = _key()
    results = _results(index, Operation(key, 8, None), _member(key, 7, is_load=True), _member(key, 9))
    assert results == [Result.DONE, Result.SUPERSEDED, Result.DONE]
    assert shown(key)["member_id"] == "9"


def test_a_repeated_or_late_delete_is_superseded(index: DocumentIndex, shown: Shown) -> None:
    key = _key()
    results = _results(index, Operation(key, 3, None), Operation(key, 3, None), _member(key, 4), Operation(key, 2, None))
    assert results == [Result.DONE, Result.SUPERSEDED, Result.DONE, Result.SUPERSEDED]
    assert shown(key)["member_id"] == "4"


def test_versions_have_63_bits(index: DocumentIndex) -> None:
    key = _key()
    greatest = (1 << 63) - 1
    assert _results(index, _member(key, 0), _member(key, greatest - 1), _member(key, greatest)) == [Result.DONE] * 3


def test_each_operation_stands_for_itself(index: DocumentIndex, shown: Shown) -> None:
    first, second, last = _key(), _key(), _key()
    operations = [_member(first, 1), _member(second, 1, colour="blue"), _member(last, 1)]

    outcomes = index.bulk(operations)

    assert [it.result for it in outcomes] == [Result.DONE, Result.REFUSED, Result.DONE]
    assert (bool(shown(first)), shown(second), bool(shown(last)), bool(outcomes[1].detail)) == (True, None, True, True)


def test_a_document_that_breaks_the_mapping_is_refused_at_whatever_version(index: DocumentIndex) -> None:
    key = _key()
    assert _results(index, _member(key, 5), _member(key, 4, colour="blue"), _member(key, 6, colour="blue")) == [
        Result.DONE,
        Result.REFUSED,
        Result.REFUSED,
    ]


def test_an_alias_that_is_missing_is_no_fault_of_the_document_and_is_not_made_up(index: DocumentIndex) -> None:
    key = _key("gonio-nothing")
    assert _results(index, _member(key, 1), Operation(key, 2, None), _member(key, 1)) == [Result.UNAVAILABLE] * 3


def test_nothing_to_do_is_nothing_done(index: DocumentIndex) -> None:
    assert index.bulk([]) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(VERSIONS, st.sampled_from(["write", "load", "delete"])), max_size=8))
def test_the_fake_does_what_opensearch_does(real: OpenSearchDocumentIndex, opensearch: OpenSearch, steps: list[tuple[int, str]]) -> None:
    fake, key = FakeDocumentIndex(), _key()
    operations = [Operation(key, it, None) if kind == "delete" else _member(key, it, is_load=kind == "load") for it, kind in steps]

    assert _results(fake, *operations) == _results(real, *operations)
    assert fake.documents.get(key) == opensearch.client.get(index=key.alias, id=key.document_id, ignore=[404]).get("_source")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with closing(connect("http://127.0.0.1:1", timeout_s=1)) as client, pytest.raises(UnavailableError):
        OpenSearchDocumentIndex(client).bulk([_member(_key(), 1)])


def test_a_block_is_unavailable_and_not_the_documents_fault(real: OpenSearchDocumentIndex, opensearch: OpenSearch) -> None:
    block = "index.blocks.read_only_allow_delete"
    opensearch.client.indices.put_settings(index="gonio-members", body={block: True})
    try:
        assert _results(real, _member(_key(), 1)) == [Result.UNAVAILABLE]
    finally:
        opensearch.client.indices.put_settings(index="gonio-members", body={block: None})
