"""Bringing the control plane back after it has lost its state: things, certificates and attachments, from the registry.

The certificates come back as they were issued, so that their ids, and the devices' keys, stay valid. Three listings tell what is
there already; only what is missing costs calls.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from iot.errors import ProvisioningError
from iot.provisioning.control_plane import IotControlPlane
from iot.provisioning.registry import RegisteredDevice, Registry

THREADS = 8


@dataclass(frozen=True, slots=True)
class Restored:
    """What a run did. `failed` holds one sentence a device."""

    restored: int
    present: int
    revoked_devices: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Present:
    things: set[str]
    states: Mapping[str, str]
    with_policy: set[str]

    def has(self, device: RegisteredDevice) -> bool:
        """The policy is attached last, so a certificate that has it has its thing too, as long as that thing is there."""
        attached = device.device_id in self.things and device.certificate_id in self.with_policy
        return attached and self.states.get(device.certificate_id) == "ACTIVE"

    def is_revoked(self, device: RegisteredDevice) -> bool:
        """Whether the control plane knows the certificate as revoked: a `revoke` that has not reached the registry yet."""
        return self.states.get(device.certificate_id) == "REVOKED"


def restore(registry: Registry, control_plane: IotControlPlane) -> Restored:
    """Puts back what is missing; raises `ProvisioningError` when policy, registry or listings cannot be read."""
    control_plane.require_policy()
    present = _Present(control_plane.thing_names(), control_plane.certificate_states(), control_plane.certificates_with_policy())
    devices = list(registry.devices())
    honoured = [device for device in devices if device.active]
    missing = [device for device in honoured if not present.has(device)]
    revoked = [device for device in missing if present.is_revoked(device)]
    failed = [f"{device.device_id}: its certificate is revoked; run `revoke` again to finish that" for device in revoked]
    failed += _put_back([device for device in missing if device not in revoked], control_plane)
    return Restored(len(missing) - len(failed), len(honoured) - len(missing), len(devices) - len(honoured), tuple(failed))


def _put_back(devices: Iterable[RegisteredDevice], control_plane: IotControlPlane) -> list[str]:
    typed = control_plane.has_thing_type()

    def attempt(device: RegisteredDevice) -> str | None:
        try:
            _put_one_back(device, control_plane, typed)
        except ProvisioningError as error:
            return f"{device.device_id}: {error}"
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        return [failure for failure in pool.map(attempt, devices) if failure is not None]


def _put_one_back(device: RegisteredDevice, control_plane: IotControlPlane, typed: bool) -> None:
    control_plane.create_thing(device.device_id, device.tenant_id, typed)
    arn = control_plane.register_certificate(device.certificate_id, device.certificate_pem)
    if not arn.endswith(f"/{device.certificate_id}"):
        raise ProvisioningError(f"its certificate came back under another id than {device.certificate_id[:12]}")
    control_plane.attach(arn, device.device_id)
