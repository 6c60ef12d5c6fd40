"""The objects of answers, made from the read model's documents. Times are ISO 8601 in UTC with milliseconds."""

from msgspec import UNSET, Struct, UnsetType

from chalicelib.domain.instants import epoch_ms, iso
from chalicelib.domain.presence import presence
from chalicelib.domain.read_model import ContactDocument, DeviceDocument, MemberDocument, SessionDocument
from chalicelib.domain.readings import LastValue


class SessionObject(Struct, frozen=True):
    """A therapy session."""

    session_id: str
    member_id: str | None
    exercise: str | None
    device_ids: list[str]
    started_at: str | None
    ended_at: str | None
    first_value_at: str | None
    last_value_at: str | None
    value_count: int


class MemberObject(Struct, frozen=True):
    """A person in therapy."""

    member_id: str
    named_at: str


class PresenceObject(Struct, frozen=True):
    """Whether a device is connected, and since when where that is known."""

    online: bool
    since: str | None


class LastValueObject(Struct, frozen=True):
    """The newest value of a metric."""

    metric: str
    unit: str
    measured_at: str
    value: float


class DeviceObject(Struct, frozen=True):
    """A device with its presence; `last_values` is left out of lists, and of what an operator sees."""

    device_id: str
    tenant_id: str
    member_id: str | None
    status: str
    registered_at: str
    last_contact_at: str | None
    battery_percent: float | None
    presence: PresenceObject
    last_values: list[LastValueObject] | UnsetType = UNSET


def session_object(document: SessionDocument) -> SessionObject:
    """The session as answers show it."""
    return SessionObject(
        session_id=document.session_id,
        member_id=document.member_id,
        exercise=document.exercise,
        device_ids=document.device_ids or [],
        started_at=document.started_at,
        ended_at=document.ended_at,
        first_value_at=document.first_value_at,
        last_value_at=document.last_value_at,
        value_count=document.value_count,
    )


def member_object(document: MemberDocument) -> MemberObject:
    """The member as answers show it."""
    return MemberObject(document.member_id, document.named_at)


def device_object(
    device: DeviceDocument, contact: ContactDocument | None, now_ms: int, last_values: list[LastValue] | None = None
) -> DeviceObject:
    """The device as answers show it; a device that was never heard of has no contact."""
    return DeviceObject(
        device_id=device.device_id,
        tenant_id=device.tenant_id,
        member_id=device.member_id,
        status=device.status,
        registered_at=device.registered_at,
        last_contact_at=contact.last_contact_at if contact else None,
        battery_percent=contact.battery_percent if contact else None,
        presence=_presence_object(contact, now_ms),
        last_values=UNSET if last_values is None else [_last_value_object(it) for it in last_values],
    )


def _presence_object(contact: ContactDocument | None, now_ms: int) -> PresenceObject:
    if contact is None:
        return PresenceObject(online=False, since=None)
    told_at_ms = None if contact.presence_at is None else epoch_ms(contact.presence_at)
    believed = presence(contact.is_online, told_at_ms, now_ms)
    return PresenceObject(believed.online, None if believed.since_ms is None else iso(believed.since_ms))


def _last_value_object(last: LastValue) -> LastValueObject:
    return LastValueObject(last.metric, last.unit, iso(last.reading.measured_at_ms), last.reading.value)
