"""Registered devices: who owns a device, and which certificate speaks for it."""

from dataclasses import dataclass
from enum import StrEnum


class CertificateStatus(StrEnum):
    """Whether a device's certificate is honoured."""

    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Registration:
    """A device as it was registered; instants in epoch milliseconds."""

    tenant_id: str
    device_id: str
    member_id: str | None
    certificate_id: str
    certificate_pem: str
    status: CertificateStatus
    registered_at_ms: int
    last_contact_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RegistrationPage:
    """A part of the registry in the order of device ids; `more` when others follow."""

    items: list[Registration]
    more: bool
