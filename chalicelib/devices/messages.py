"""What the registry's registrations look like in requests and answers, and how they are read and written."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.identifiers import CertificateId, MemberId, TenantId
from chalicelib.domain.instants import iso
from chalicelib.domain.registry import Registration, RegistrationPage

MAX_PEM_CHARACTERS = 16 * 1024
CertificatePem = Annotated[str, Meta(pattern=r"\A-----BEGIN CERTIFICATE-----[\x20-\x7e\r\n]+\Z", max_length=MAX_PEM_CHARACTERS)]


class RegistrationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a registration."""

    tenant_id: TenantId
    certificate_id: CertificateId
    certificate_pem: CertificatePem
    member_id: MemberId | None = None


class DeviceItem(Struct, frozen=True):
    """A device as the registry tells of it; times in ISO 8601, UTC."""

    tenant_id: str
    device_id: str
    member_id: str | None
    certificate_id: str
    certificate_pem: str
    status: str
    registered_at: str
    last_contact_at: str | None


class DevicePage(Struct, frozen=True):
    """A page of the registry; `next_cursor` is None on the last."""

    items: list[DeviceItem]
    next_cursor: str | None


def read_registration(body: object) -> RegistrationBody:
    """The registration in a body. Raises `InvalidRequestError` with the field and the reason."""
    try:
        if isinstance(body, str | bytes):
            return msgspec.json.decode(body, type=RegistrationBody)
        return msgspec.convert(body, RegistrationBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"The registration is not valid: {error}") from error


def device_item(registration: Registration) -> DeviceItem:
    """The registration as the interface shows it."""
    return DeviceItem(
        tenant_id=registration.tenant_id,
        device_id=registration.device_id,
        member_id=registration.member_id,
        certificate_id=registration.certificate_id,
        certificate_pem=registration.certificate_pem,
        status=registration.status.value,
        registered_at=iso(registration.registered_at_ms),
        last_contact_at=None if registration.last_contact_at_ms is None else iso(registration.last_contact_at_ms),
    )


def device_page(page: RegistrationPage, cursor: str | None) -> DevicePage:
    """A page of the registry as the interface shows it."""
    return DevicePage([device_item(registration) for registration in page.items], cursor)
