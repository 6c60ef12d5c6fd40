"""Registering a device, listing the registry, finding a device in it, revoking a certificate."""

import base64
import binascii

from chalicelib.devices.messages import DeviceItem, DevicePage, device_item, device_page, read_registration
from chalicelib.domain.errors import InvalidRequestError, NotFoundError
from chalicelib.domain.identifiers import is_device_id
from chalicelib.domain.registry import CertificateStatus, Registration
from chalicelib.ports import Clock, Registry
from chalicelib.service.parameters import Parameters

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


def register(registry: Registry, clock: Clock, device_id: str, body: object) -> bool:
    """Registers a device or renews its certificate; True when it is new.

    Raises `InvalidRequestError`, and `TakenError` when the device belongs to another tenant.
    """
    if not is_device_id(device_id):
        raise InvalidRequestError("A device id is 1 to 64 of [a-z0-9-]")
    wanted = read_registration(body)
    registration = Registration(
        tenant_id=wanted.tenant_id,
        device_id=device_id,
        member_id=wanted.member_id,
        certificate_id=wanted.certificate_id,
        certificate_pem=wanted.certificate_pem,
        status=CertificateStatus.ACTIVE,
        registered_at_ms=clock.now_ms(),
    )
    return registry.save(registration)


def list_registrations(registry: Registry, query: Parameters) -> DevicePage:
    """A page of the registry in the order of device ids. Raises `InvalidRequestError`."""
    cursor = query.text("cursor")
    page = registry.page(_limit(query.text("limit")), _device_after(cursor) if cursor else None, query.text("tenant_id"))
    return device_page(page, _cursor(page.items[-1].device_id) if page.more else None)


def find_registration(registry: Registry, device_id: str) -> DeviceItem:
    """One device of the registry. Raises `NotFoundError`."""
    found = registry.find(device_id)
    if found is None:
        raise NotFoundError(f"No device {device_id[:64]} is registered")
    return device_item(found)


def revoke_certificate(registry: Registry, device_id: str) -> DeviceItem:
    """Marks a device's certificate as revoked; safe to repeat. Raises `NotFoundError`."""
    return device_item(registry.revoke(device_id))


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_LIMIT):
        raise InvalidRequestError(f"`limit` is a whole number between 1 and {MAX_LIMIT}")
    return int(text)


def _cursor(device_id: str) -> str:
    return base64.urlsafe_b64encode(device_id.encode()).decode()


def _device_after(cursor: str) -> str:
    try:
        device_id = base64.b64decode(cursor, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise InvalidRequestError("`cursor` is not one that a page gave") from error
    if not is_device_id(device_id):
        raise InvalidRequestError("`cursor` is not one that a page gave")
    return device_id
