"""Registering a device, anew or again, and ending its certificate.

The order makes every interruption harmless and every repetition a repair:

1. Ownership is checked before anything changes.
2. The new certificate is made inactive, tied to thing and policy, and put into the registry; its files are staged.
3. It is activated, the files move into place, and every other certificate of the thing is revoked.

Up to step 3 the device's old certificate works. What a crash leaves is an inactive certificate, which opens nothing; the next run
revokes it if it hangs on the thing.
"""

from contextlib import suppress
from dataclasses import dataclass

from chalicelib.domain.identifiers import is_device_id, is_tenant_id
from iot.errors import DeviceSideError, NotFound, ProvisioningError
from iot.provisioning.control_plane import Certificate, IotControlPlane
from iot.provisioning.files import DeviceFiles
from iot.provisioning.keys import make_key
from iot.provisioning.registry import RegisteredDevice, Registry


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Who the device is to be."""

    tenant_id: str
    device_id: str
    member_id: str | None = None

    def check(self) -> None:
        """Raises `ProvisioningError` for an id that the contract does not allow."""
        require_device_id(self.device_id)
        if not is_tenant_id(self.tenant_id):
            raise ProvisioningError(f"{self.tenant_id!r} is not a tenant id: 1 to 64 of letters, digits, '_' and '-'")
        if self.member_id is not None and not is_tenant_id(self.member_id):
            raise ProvisioningError(f"{self.member_id!r} is not a member id: 1 to 64 of letters, digits, '_' and '-'")


def require_device_id(device_id: str) -> None:
    """Raises `ProvisioningError` for what cannot name a device."""
    if not is_device_id(device_id):
        raise ProvisioningError(f"{device_id!r} is not a device id: 1 to 64 of lower-case letters, digits and '-'")


@dataclass(frozen=True, slots=True)
class Provisioner:
    """Provisioning against one control plane and one registry."""

    control_plane: IotControlPlane
    registry: Registry

    def register(self, enrolment: Enrolment, files: DeviceFiles, ca_pem: bytes) -> Certificate:
        """Registers the device, or gives it a new certificate, and writes its files; raises `ProvisioningError`."""
        enrolment.check()
        known = self._own_or_new(enrolment)
        self.control_plane.require_policy()
        files.require_writable()
        device_id = enrolment.device_id
        self.control_plane.create_thing(device_id, enrolment.tenant_id, self.control_plane.has_thing_type())
        key = make_key(device_id)
        certificate = self.control_plane.create_certificate(key.request_pem)
        try:
            self.control_plane.attach(certificate.arn, device_id)
            self.registry.put(_registration(enrolment, certificate, known))
            files.stage(certificate.pem, key.key_pem, ca_pem)
            self.control_plane.activate(certificate.certificate_id)
        except BaseException:
            files.discard()
            self._withdraw(certificate, device_id, known)
            raise
        files.publish()
        self._end_others(device_id, certificate.arn)
        return certificate

    def revoke(self, device_id: str) -> int:
        """Ends the device's certificates and answers how many there were; raises `NotFound` for a device that nobody knows.

        The control plane first, since that closes the door; then the registry, from which a certificate would come back.
        """
        require_device_id(device_id)
        ending = self.control_plane.certificates_of(device_id)
        for arn in ending:
            self.control_plane.end_certificate(arn, device_id)
        known = self.registry.end_certificate(device_id)
        if known is None and not ending:
            raise NotFound(f"device {device_id} is not registered")
        return len(ending) + (0 if known is None else self._end_unattached(known))

    def _own_or_new(self, enrolment: Enrolment) -> RegisteredDevice | None:
        """What the registry knows of the device; raises `ProvisioningError` when it is another tenant's."""
        known = self.registry.find(enrolment.device_id)
        owner = known.tenant_id if known is not None else self.control_plane.tenant_of(enrolment.device_id)
        if owner is not None and owner != enrolment.tenant_id:
            raise ProvisioningError(f"device {enrolment.device_id} belongs to another tenant; nothing was changed")
        return known

    def _withdraw(self, certificate: Certificate, device_id: str, known: RegisteredDevice | None) -> None:
        """Best effort: the error that led here is the one to report, and an inactive certificate does no harm."""
        with suppress(DeviceSideError):
            self.control_plane.end_certificate(certificate.arn, device_id)
        with suppress(DeviceSideError):
            if known is None or not known.active:
                self.registry.end_certificate(device_id)
            else:
                self.registry.put(known)

    def _end_others(self, device_id: str, keep_arn: str) -> None:
        for arn in self.control_plane.certificates_of(device_id):
            if arn != keep_arn:
                self.control_plane.end_certificate(arn, device_id)

    def _end_unattached(self, known: RegisteredDevice) -> int:
        """The registry's certificate where it still works without being attached: an earlier run may have stopped half-way."""
        arn = self.control_plane.unrevoked_arn(known.certificate_id)
        if arn is None:
            return 0
        self.control_plane.end_certificate(arn, known.device_id)
        return 1


def _registration(enrolment: Enrolment, certificate: Certificate, known: RegisteredDevice | None) -> RegisteredDevice:
    """A new certificate without a word about the member leaves the member as it is."""
    member_id = enrolment.member_id or (known.member_id if known is not None else None)
    return RegisteredDevice(enrolment.device_id, enrolment.tenant_id, certificate.certificate_id, certificate.pem, member_id=member_id)
