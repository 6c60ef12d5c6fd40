"""The read model on a real server: what a change record looks like there, how it is found, and that a crash loses nothing."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest

from chalicelib.adapters.opensearch import connect
from chalicelib.adapters.opensearch_index import OpenSearchDocumentIndex
from chalicelib.projection.project import Project
from infra.search import apply_templates
from tests.changes import ROWS, change_record, row
from tests.fakes.ingest import FakeClock, FakeQuarantine
from tests.opensearch import OpenSearch

_numbers = count()


@pytest.fixture
def tenant() -> str:
    """A tenant that no test has used."""
    return f"tenant-{next(_numbers)}"


@pytest.fixture
def project(opensearch: OpenSearch) -> Iterator[Project]:
    apply_templates(opensearch.url, lambda _: None)
    with closing(connect(opensearch.url)) as client:
        yield Project(OpenSearchDocumentIndex(client), FakeQuarantine(), FakeClock())


def _found(opensearch: OpenSearch, tenant: str, words: str, alias: str = "gonio-sessions") -> list[str]:
    opensearch.client.indices.refresh(index=alias)
    matches = {"match": {"search": {"query": words, "operator": "and"}}}
    query = {"bool": {"filter": [{"term": {"tenant_id": tenant}}, matches]}}
    hits: list[dict[str, Any]] = opensearch.client.search(index=alias, body={"query": query})["hits"]["hits"]
    return sorted(it["_id"].partition(":")[2] for it in hits)


@pytest.mark.parametrize("table", ROWS)
def test_every_table_s_rows_are_documents_that_the_mappings_take(project: Project, tenant: str, table: str) -> None:
    values = row(table, tenant_id=tenant)
    inserted = project.run([change_record(table, "insert", values)])
    deleted = project.run([change_record(table, "delete", values, stream_position="gonio.000004.4.0")])
    assert (inserted.written, deleted.written, inserted.poison, inserted.failed) == (1, 1, [], None)


def test_a_document_is_the_row_whole(project: Project, opensearch: OpenSearch, tenant: str) -> None:
    project.run([change_record("sessions", "insert", row("sessions", tenant_id=tenant))])
    document = opensearch.client.get(index="gonio-sessions", id=f"{tenant}:s-1")
    assert document["_version"] == 3 << 43 | 4711 << 13 | 2
    assert document["_source"] == {
        "tenant_id": tenant,
        "session_id": "s-1",
        "member_id": "m-1",
        "exercise": "standing_shoulder_abduction",
        "device_ids": ["d-1", "d-2"],
        "started_at": "2026-11-23T20:08:12.000Z",
        "ended_at": None,
        "first_value_at": "2026-11-23T20:08:12.001Z",
        "last_value_at": "2026-11-23T20:08:13.999Z",
        "value_count": 3,
    }


@pytest.mark.parametrize(
    "words",
    [
        "s",
        "sh",
        "shoulder",
        "SHOULDER abd",
        "abduction standing",
        "standing_shoulder_abd",
        "Shöulder",
        "m-1",
        "kit-l",
        "left",
        "2026-11-24-a",
    ],
)
def test_sessions_are_found_by_prefixes_of_words_and_identifiers(project: Project, opensearch: OpenSearch, tenant: str, words: str) -> None:
    values = {"tenant_id": tenant, "session_id": "2026-11-24-a", "device_ids": '["kit-left"]'}
    other = {"tenant_id": tenant, "session_id": "x-2", "exercise": "knee_flexion", "member_id": "x-2", "device_ids": "[]"}
    project.run([change_record("sessions", "insert", row("sessions", **it)) for it in (values, other)])

    assert _found(opensearch, tenant, words) == ["2026-11-24-a"]


@pytest.mark.parametrize("words", ["houlder", "shoulder knee", "clinic", "1", "value"])
def test_what_no_word_begins_with_is_not_found(project: Project, opensearch: OpenSearch, tenant: str, words: str) -> None:
    values = row("sessions", tenant_id=tenant, session_id="s-x", member_id="m-x", device_ids='["d-x"]')
    project.run([change_record("sessions", "insert", values)])

    assert _found(opensearch, tenant, words) == []


@pytest.mark.parametrize("words", ["café", "cafe", "CAFÉ", "caf", "Cafe\u0301"])
def test_accents_and_case_make_no_difference_on_either_side(project: Project, opensearch: OpenSearch, tenant: str, words: str) -> None:
    """Identifiers have no accents today; what people type may have, and names will."""
    documents = [{"tenant_id": tenant, "member_id": it, "named_at": "2026-11-24T07:00:00.000Z"} for it in ("café", "Cafe", "tea")]
    for document in documents:
        opensearch.client.index(index="gonio-members", id=f"{tenant}:{document['member_id']}", body=document)

    assert _found(opensearch, tenant, words, "gonio-members") == ["Cafe", "café"]


def test_a_crash_loses_no_document_and_no_version(project: Project, opensearch: OpenSearch, tenant: str) -> None:
    kept, gone = (row("members", tenant_id=tenant, member_id=it) for it in ("kept", "gone"))
    project.run([change_record("members", "insert", it) for it in (kept, gone)])
    project.run([change_record("members", "delete", gone, stream_position="gonio.000003.5000.0")])

    opensearch.kill_and_start_again()

    assert opensearch.client.get(index="gonio-members", id=f"{tenant}:kept")["_source"]["member_id"] == "kept"
    report = project.run([change_record("members", "insert", it) for it in (kept, gone)])
    assert (report.written, report.superseded, report.failed) == (0, 2, None)
