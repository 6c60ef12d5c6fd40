"""What a change means to a browser: the name of an event and the object's new state, for those who may know of it."""

from dataclasses import dataclass

import msgspec
from msgspec import Struct

from chalicelib.domain.errors import PoisonError
from chalicelib.domain.read_model import CONTACTS, HOUR_ROLLUPS, SESSIONS, ContactDocument, RollupDocument, SessionDocument
from chalicelib.feed.change_feed import Told
from chalicelib.projection import changes
from chalicelib.security.principal import Principal, Role
from chalicelib.service.objects import PresenceObject, session_object


class ContactObject(Struct, frozen=True):
    """What is known of a device's connection, as its last presence event told."""

    tenant_id: str
    device_id: str
    last_contact_at: str | None
    battery_percent: float | None
    battery_at: str | None
    presence: PresenceObject


class RollupObject(Struct, frozen=True):
    """The rollup of a metric's values in one hour."""

    device_id: str
    metric: str
    bucket_start: str
    count: int
    min: float
    max: float
    sum: float
    mean: float | None


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """An event: its name, the object's new state, and whose it is."""

    name: str
    tenant_id: str
    state: Struct
    object_id: str
    """The document's: of an object that changes quickly a browser needs the newest state alone."""
    is_clinical: bool = True

    def is_for(self, principal: Principal) -> bool:
        """Whether the principal may know: therapists what is their tenant's, operators what is not clinical."""
        if principal.role is Role.OPERATOR:
            return not self.is_clinical
        return principal.role is Role.THERAPIST and principal.tenant_id == self.tenant_id


_sessions = msgspec.json.Decoder(SessionDocument)
_contacts = msgspec.json.Decoder(ContactDocument)
_rollups = msgspec.json.Decoder(RollupDocument)


def told(principal: Principal, data: bytes) -> Told | None:
    """What a principal is told of a change record."""
    event = event_of(data)
    return Told(event.name, event.state, event.object_id) if event is not None and event.is_for(principal) else None


def event_of(data: bytes) -> ChangeEvent | None:
    """The event that a change record makes; None where it makes none. What breaks the contract is the projection's to keep."""
    try:
        change = changes.read(data)
    except PoisonError:
        return None
    if isinstance(change, changes.Ignored) or change.operation.document is None:
        return None
    alias, object_id, document = change.operation.key.alias, change.operation.key.document_id, change.operation.document
    if alias == SESSIONS.alias:
        session = _sessions.decode(document)
        return ChangeEvent("session.updated", session.tenant_id, session_object(session), object_id)
    if alias == CONTACTS.alias:
        contact = _contacts.decode(document)
        return ChangeEvent("device.presence", contact.tenant_id, _contact_object(contact), object_id, is_clinical=False)
    if alias == HOUR_ROLLUPS.alias:
        rollup = _rollups.decode(document)
        return ChangeEvent("reading.rolled_up", rollup.tenant_id, _rollup_object(rollup), object_id)
    return None


def _contact_object(it: ContactDocument) -> ContactObject:
    presence = PresenceObject(online=bool(it.is_online), since=it.presence_at)
    return ContactObject(it.tenant_id, it.device_id, it.last_contact_at, it.battery_percent, it.battery_at, presence)


def _rollup_object(it: RollupDocument) -> RollupObject:
    mean = it.sum / it.count if it.count else None
    return RollupObject(it.device_id, it.metric, it.start_at, it.count, it.min, it.max, it.sum, mean)
