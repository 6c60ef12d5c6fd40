"""The port `Registry` in memory."""

from dataclasses import replace

from chalicelib.domain.errors import GonioError, NotFoundError, TakenError
from chalicelib.domain.registry import CertificateStatus, Registration, RegistrationPage


class FakeRegistry:
    """Registered devices in memory; raises `error` while it is set."""

    def __init__(self) -> None:
        self.registrations: dict[str, Registration] = {}
        self.error: GonioError | None = None

    def save(self, registration: Registration) -> bool:
        """See the port."""
        self._fail()
        known = self.registrations.get(registration.device_id)
        if known is not None and known.tenant_id != registration.tenant_id:
            raise TakenError(registration.device_id)
        first = known or registration
        self.registrations[registration.device_id] = replace(registration, registered_at_ms=first.registered_at_ms)
        return known is None

    def page(self, limit: int, after: str | None, tenant_id: str | None) -> RegistrationPage:
        """See the port."""
        self._fail()
        found = [it for name, it in sorted(self.registrations.items()) if name > (after or "") and tenant_id in {None, it.tenant_id}]
        return RegistrationPage(found[:limit], more=len(found) > limit)

    def find(self, device_id: str) -> Registration | None:
        """See the port."""
        self._fail()
        return self.registrations.get(device_id)

    def revoke(self, device_id: str) -> Registration:
        """See the port."""
        self._fail()
        if device_id not in self.registrations:
            raise NotFoundError(device_id)
        revoked = replace(self.registrations[device_id], status=CertificateStatus.REVOKED)
        self.registrations[device_id] = revoked
        return revoked

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error
