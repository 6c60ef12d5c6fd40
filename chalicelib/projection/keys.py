"""The primary keys of the replicated tables, which are all that a deleted row must still tell, and the documents' ids.

An id is the primary key's values joined by `:`, the tenant first, so that no two tenants share one.
"""

from typing import ClassVar

from msgspec import Struct

from chalicelib.domain.identifiers import DeviceId, MemberId, Metric, SessionId, TenantId
from chalicelib.domain.read_model import CONTACTS, DAY_ROLLUPS, DEVICES, HOUR_ROLLUPS, MEMBERS, SESSIONS, document_id
from chalicelib.domain.telemetry import Instant


class Key(Struct, frozen=True, kw_only=True):
    """What every row has: a tenant. `alias` is where its documents are."""

    alias: ClassVar[str]
    tenant_id: TenantId

    @property
    def document_id(self) -> str:
        """The document's id behind the alias."""
        raise NotImplementedError


class SessionKey(Key, frozen=True, kw_only=True):
    """Key of `sessions`."""

    alias = SESSIONS.alias
    session_id: SessionId

    @property
    def document_id(self) -> str:
        """`<tenant>:<session>`."""
        return document_id(self.tenant_id, self.session_id)


class MemberKey(Key, frozen=True, kw_only=True):
    """Key of `members`."""

    alias = MEMBERS.alias
    member_id: MemberId

    @property
    def document_id(self) -> str:
        """`<tenant>:<member>`."""
        return document_id(self.tenant_id, self.member_id)


class DeviceKey(Key, frozen=True, kw_only=True):
    """Key of `devices`. The tenant is not part of it in the database, but no device changes its tenant."""

    alias = DEVICES.alias
    device_id: DeviceId

    @property
    def document_id(self) -> str:
        """`<tenant>:<device>`."""
        return document_id(self.tenant_id, self.device_id)


class ContactKey(DeviceKey, frozen=True, kw_only=True):
    """Key of `device_contacts`."""

    alias = CONTACTS.alias


class HourKey(DeviceKey, frozen=True, kw_only=True):
    """Key of `hour_rollups`."""

    alias = HOUR_ROLLUPS.alias
    metric: Metric
    start_ms: Instant

    @property
    def document_id(self) -> str:
        """`<tenant>:<device>:<metric>:<start in epoch milliseconds>`."""
        return document_id(self.tenant_id, self.device_id, self.metric, str(self.start_ms))


class DayKey(HourKey, frozen=True, kw_only=True):
    """Key of `day_rollups`."""

    alias = DAY_ROLLUPS.alias
