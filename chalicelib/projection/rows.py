"""Rows of the replicated tables, and the whole document that each becomes.

Columns that are not named here stay out of the read model, certificates above all. A column that an older row lacks is empty.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

import msgspec
from msgspec import Struct

from chalicelib.domain.identifiers import DeviceId, Exercise, MemberId
from chalicelib.domain.read_model import ContactDocument, DeviceDocument, MemberDocument, RollupDocument, SessionDocument
from chalicelib.domain.telemetry import Instant
from chalicelib.projection.keys import ContactKey, DayKey, DeviceKey, HourKey, Key, MemberKey, SessionKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_device_lists = msgspec.json.Decoder(list[DeviceId])


class Row(Protocol):
    """A row: its key, and the document that it becomes."""

    @property
    def alias(self) -> str:
        """Where its document is."""
        ...

    @property
    def document_id(self) -> str:
        """The document's id there."""
        ...

    def document(self) -> Struct:
        """The document, whole. Raises `msgspec.DecodeError` when a column of JSON holds none."""
        ...


class SessionRow(SessionKey, frozen=True, kw_only=True):
    """A row of `sessions`."""

    member_id: MemberId | None = None
    exercise: Exercise | None = None
    device_ids: str | None = None
    """A JSON array, as text."""
    started_at_ms: Instant | None = None
    ended_at_ms: Instant | None = None
    first_value_ms: Instant | None = None
    last_value_ms: Instant | None = None
    value_count: int

    def document(self) -> SessionDocument:
        """See `Row`."""
        return SessionDocument(
            tenant_id=self.tenant_id,
            session_id=self.session_id,
            member_id=self.member_id,
            exercise=self.exercise,
            device_ids=_device_lists.decode(self.device_ids or "[]"),
            started_at=_iso_if_known(self.started_at_ms),
            ended_at=_iso_if_known(self.ended_at_ms),
            first_value_at=_iso_if_known(self.first_value_ms),
            last_value_at=_iso_if_known(self.last_value_ms),
            value_count=self.value_count,
        )


class DeviceRow(DeviceKey, frozen=True, kw_only=True):
    """A row of `devices`."""

    member_id: MemberId | None = None
    status: str
    registered_at_ms: Instant

    def document(self) -> DeviceDocument:
        """See `Row`."""
        return DeviceDocument(
            tenant_id=self.tenant_id,
            device_id=self.device_id,
            member_id=self.member_id,
            status=self.status,
            registered_at=iso(self.registered_at_ms),
        )


class ContactRow(ContactKey, frozen=True, kw_only=True):
    """A row of `device_contacts`."""

    last_contact_ms: Instant | None = None
    battery_percent: float | None = None
    battery_at_ms: Instant | None = None
    is_online: bool | int | None = None
    """BOOLEAN is a small number in MySQL."""
    presence_at_ms: Instant | None = None
    presence_version: int | None = None

    def document(self) -> ContactDocument:
        """See `Row`."""
        return ContactDocument(
            tenant_id=self.tenant_id,
            device_id=self.device_id,
            last_contact_at=_iso_if_known(self.last_contact_ms),
            battery_percent=self.battery_percent,
            battery_at=_iso_if_known(self.battery_at_ms),
            is_online=None if self.is_online is None else bool(self.is_online),
            presence_at=_iso_if_known(self.presence_at_ms),
            presence_version=self.presence_version,
        )


class MemberRow(MemberKey, frozen=True, kw_only=True):
    """A row of `members`."""

    named_at_ms: Instant

    def document(self) -> MemberDocument:
        """See `Row`."""
        return MemberDocument(tenant_id=self.tenant_id, member_id=self.member_id, named_at=iso(self.named_at_ms))


class HourRow(HourKey, frozen=True, kw_only=True):
    """A row of `hour_rollups`."""

    value_count: int
    value_min: float
    value_max: float
    value_sum: float

    def document(self) -> RollupDocument:
        """See `Row`."""
        return RollupDocument(
            tenant_id=self.tenant_id,
            device_id=self.device_id,
            metric=self.metric,
            start_at=iso(self.start_ms),
            count=self.value_count,
            min=self.value_min,
            max=self.value_max,
            sum=self.value_sum,
        )


class DayRow(DayKey, HourRow, frozen=True, kw_only=True):
    """A row of `day_rollups`."""


TABLES: dict[str, tuple[type[Key], type[Row]]] = {
    "sessions": (SessionKey, SessionRow),
    "devices": (DeviceKey, DeviceRow),
    "device_contacts": (ContactKey, ContactRow),
    "members": (MemberKey, MemberRow),
    "hour_rollups": (HourKey, HourRow),
    "day_rollups": (DayKey, DayRow),
}
"""Key and row of each table that the read model shows."""


@lru_cache(4096)  # A batch's rollups share their buckets' starts.
def iso(at_ms: int) -> str:
    """Epoch milliseconds as ISO 8601 in UTC, always with milliseconds: `2026-11-24T07:00:00.000Z`."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _iso_if_known(at_ms: int | None) -> str | None:
    return None if at_ms is None else iso(at_ms)
