"""The services on fakes, with builders of what they read."""

import json
from typing import Any

from chalicelib.domain.read_model import (
    CONTACTS,
    DEVICES,
    MEMBERS,
    SESSIONS,
    ContactDocument,
    DeviceDocument,
    MemberDocument,
    SessionDocument,
    document_id,
)
from chalicelib.ingest.batch import Ingest
from chalicelib.query.api import QueryApi, Sources
from chalicelib.service.router import Router
from tests.fakes.documents import FakeDocumentStore
from tests.fakes.ingest import FakeBackoff, FakeClock, FakeQuarantine
from tests.fakes.reading_store import FakeReadingStore
from tests.fakes.series_store import FakeSeriesStore
from tests.messages import NOW_MS, record, ruled

THERAPIST = {"x-tenant-id": "t-1", "x-role": "therapist", "x-user": "u-1"}
OPERATOR = {"x-role": "operator", "x-user": "u-2"}


class QueryWorld:
    """The service `query`, asked by a therapist of tenant t-1 unless `caller` says otherwise."""

    def __init__(self) -> None:
        self.documents = FakeDocumentStore()
        self.readings = FakeReadingStore()
        self.series = FakeSeriesStore(self.readings)
        self.clock = FakeClock(NOW_MS)
        self.failures: list[str] = []
        self.api: Router = QueryApi(Sources(self.documents, self.series, self.clock), self.failures.append)

    def ask(self, path: str, **query: str) -> tuple[int, Any]:
        """A GET by the therapist; `from_` stands for the parameter `from`."""
        return self.ask_as(THERAPIST, path, **query)

    def ask_as(self, headers: dict[str, str], path: str, **query: str) -> tuple[int, Any]:
        """A GET by somebody else."""
        named = {name.rstrip("_"): value for name, value in query.items()}
        answer = self.api.handle({"method": "GET", "path": path, "query": named, "headers": headers})
        json.dumps(answer)
        body = answer["body"]
        return answer["status"], json.loads(body) if isinstance(body, str) else body

    def every(self, path: str, **query: str) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            status, page = self.ask(path, cursor=cursor, **query)
            assert status == 200, page
            items += page["items"]
            cursor = page["next_cursor"]
        return items

    def has_session(self, session_id: str, tenant_id: str = "t-1", **fields: Any) -> None:
        """A session in the read model."""
        self.documents.put(SESSIONS, document_id(tenant_id, session_id), SessionDocument(tenant_id, session_id, **fields))

    def has_member(self, member_id: str, tenant_id: str = "t-1") -> None:
        """A member in the read model."""
        self.documents.put(MEMBERS, document_id(tenant_id, member_id), MemberDocument(tenant_id, member_id, "2026-11-24T00:00:00.000Z"))

    def has_device(self, device_id: str, tenant_id: str = "t-1", member_id: str | None = None) -> None:
        """A device in the registry and in the read model."""
        document = DeviceDocument(tenant_id, device_id, "active", "2026-11-24T00:00:00.000Z", member_id)
        self.documents.put(DEVICES, document_id(tenant_id, device_id), document)
        self.series.registered.add((tenant_id, device_id))

    def has_contact(self, device_id: str, tenant_id: str = "t-1", **fields: Any) -> None:
        """A device's contact in the read model."""
        self.documents.put(CONTACTS, document_id(tenant_id, device_id), ContactDocument(tenant_id, device_id, **fields))

    def has_telemetry(self, *payloads: dict[str, Any], **changes: Any) -> None:
        """Messages in the database, as `ingest` stores them."""
        ingest = Ingest(self.readings, FakeQuarantine(), FakeClock(NOW_MS * 2), FakeBackoff(), slice_size=100)
        report = ingest.run([record(ruled(payload, **changes)) for payload in payloads])
        assert report.stored == len(payloads), report
