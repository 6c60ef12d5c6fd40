"""The primary keys of the replicated tables, which are all that a deleted row must still tell, and the documents' ids.

An id is the primary key's values joined by `:`, the tenant first, so that no two tenants share one.
"""

from typing import ClassVar

from msgspec import Struct

from chalicelib.domain.identifiers import DeviceId, MemberId, Metric, SessionId, TenantId
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

    alias = "gonio-sessions"
    session_id: SessionId

    @property
    def document_id(self) -> str:
        """`<tenant>:<session>`."""
        return f"{self.tenant_id}:{self.session_id}"


class MemberKey(Key, frozen=True, kw_only=True):
    """Key of `members`."""

    alias = "gonio-members"
    member_id: MemberId

    @property
    def document_id(self) -> str:
        """`<tenant>:<member>`."""
        return f"{self.tenant_id}:{self.member_id}"


class DeviceKey(Key, frozen=True, kw_only=True):
    """Key of `devices`. The tenant is not part of it in the database, but no device changes its tenant."""

    alias = "gonio-devices"
    device_id: DeviceId

    @property
    def document_id(self) -> str:
        """`<tenant>:<device>`."""
        return f"{self.tenant_id}:{self.device_id}"


class ContactKey(DeviceKey, frozen=True, kw_only=True):
    """Key of `device_contacts`."""

    alias = "gonio-device-contacts"


class HourKey(DeviceKey, frozen=True, kw_only=True):
    """Key of `hour_rollups`."""

    alias = "gonio-rollups-hour"
    metric: Metric
    start_ms: Instant

    @property
    def document_id(self) -> str:
        """`<tenant>:<device>:<metric>:<start in epoch milliseconds>`."""
        return f"{self.tenant_id}:{self.device_id}:{self.metric}:{self.start_ms}"


class DayKey(HourKey, frozen=True, kw_only=True):
    """Key of `day_rollups`."""

    alias = "gonio-rollups-day"
