"""The documents of the read model, as `project` writes them and the services read them: one type a table, whole documents.

A document's id is its row's primary key, tenant first, joined with `:` (no identifier holds one). Times are ISO 8601 in UTC
with milliseconds. The field `search` is there to be searched only, and no part of a document.
"""

from dataclasses import dataclass

from msgspec import Struct


class SessionDocument(Struct, frozen=True):
    """A therapy session; `device_ids` are the devices that sent to it."""

    tenant_id: str
    session_id: str
    member_id: str | None = None
    exercise: str | None = None
    device_ids: list[str] | None = None
    started_at: str | None = None
    ended_at: str | None = None
    first_value_at: str | None = None
    last_value_at: str | None = None
    value_count: int = 0


class DeviceDocument(Struct, frozen=True):
    """A device as the registry knows it."""

    tenant_id: str
    device_id: str
    status: str
    registered_at: str
    member_id: str | None = None


class ContactDocument(Struct, frozen=True):
    """What is known of a device's connection; nothing but its key before its first message."""

    tenant_id: str
    device_id: str
    last_contact_at: str | None = None
    battery_percent: float | None = None
    battery_at: str | None = None
    is_online: bool | None = None
    presence_at: str | None = None
    presence_version: int | None = None


class MemberDocument(Struct, frozen=True):
    """A person in therapy."""

    tenant_id: str
    member_id: str
    named_at: str


class RollupDocument(Struct, frozen=True):
    """Count, minimum, maximum and sum of a metric's values in one bucket."""

    tenant_id: str
    device_id: str
    metric: str
    start_at: str
    count: int
    min: float
    max: float
    sum: float


@dataclass(frozen=True, slots=True)
class DocumentType[T: Struct]:
    """One kind of documents: the alias that they stand behind, and their shape."""

    alias: str
    struct: type[T]


SESSIONS = DocumentType("gonio-sessions", SessionDocument)
DEVICES = DocumentType("gonio-devices", DeviceDocument)
CONTACTS = DocumentType("gonio-device-contacts", ContactDocument)
MEMBERS = DocumentType("gonio-members", MemberDocument)
HOUR_ROLLUPS = DocumentType("gonio-rollups-hour", RollupDocument)
DAY_ROLLUPS = DocumentType("gonio-rollups-day", RollupDocument)


def document_id(*key: str) -> str:
    """The id of the document with this primary key, tenant first."""
    return ":".join(key)
