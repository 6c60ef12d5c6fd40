"""The platform's `devices` service for provisioning's tests: its real interface over a registry in memory, failing on request."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.devices.api import RegistryApi
from chalicelib.domain.errors import NotFoundError, TakenError
from chalicelib.domain.registry import CertificateStatus, Registration, RegistrationPage
from iot.errors import ProvisioningError
from iot.provisioning.registry import Answer


class RegistryInMemory:
    """The registry's port over a dictionary."""

    def __init__(self) -> None:
        self.devices: dict[str, Registration] = {}

    def save(self, registration: Registration) -> bool:
        """Stores it unless it is another tenant's."""
        known = self.devices.get(registration.device_id)
        if known is not None and known.tenant_id != registration.tenant_id:
            raise TakenError("another tenant's")
        self.devices[registration.device_id] = registration
        return known is None

    def page(self, limit: int, after: str | None, tenant_id: str | None) -> RegistrationPage:
        """In the order of device ids."""
        found = [self.devices[key] for key in sorted(self.devices) if key > (after or "")]
        found = [device for device in found if tenant_id in {None, device.tenant_id}]
        return RegistrationPage(found[:limit], len(found) > limit)

    def find(self, device_id: str) -> Registration | None:
        """By its id."""
        return self.devices.get(device_id)

    def revoke(self, device_id: str) -> Registration:
        """Marks the certificate."""
        if device_id not in self.devices:
            raise NotFoundError(device_id)
        self.devices[device_id] = replace(self.devices[device_id], status=CertificateStatus.REVOKED)
        return self.devices[device_id]


class FrozenClock:
    """Always the same moment."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return 1_795_464_492_000


class FakeDevicesService:
    """`DevicesService` in process; requests whose method is in `broken` fail as an unreachable service does."""

    def __init__(self) -> None:
        self.registry = RegistryInMemory()
        self.broken: set[str] = set()
        self._api = RegistryApi(self.registry, FrozenClock(), lambda _: None)

    def call(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None) -> Answer:
        """One request."""
        if method in self.broken:
            raise ProvisioningError("the devices service does not answer")
        request = {"method": method, "path": path, "query": dict(query or {}), "headers": {}, "body": body}
        answer = self._api.handle(request)
        return Answer(answer["status"], answer["body"])
