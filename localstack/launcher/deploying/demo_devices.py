"""The devices that every local stack has: motion trackers of two clinics, with certificates under `var/devices/`."""

from collections.abc import Sequence
from dataclasses import dataclass

from iot.errors import DeviceSideError
from iot.provisioning.cli import provisioner
from iot.provisioning.files import DeviceFiles
from iot.provisioning.register import Enrolment, Provisioner
from iot.provisioning.restore import restore as put_back
from iot.stack import ControlPlane
from launcher.deploying.deployment import STAGE
from launcher.deploying.stack_file import relative
from launcher.errors import LauncherError
from launcher.instance import Instance
from launcher.processes.components import REGION, certificate_files, endpoint_url
from launcher.stack import Say


@dataclass(frozen=True, slots=True)
class DemoDevice:
    """One tracker: where it belongs and who wears it."""

    tenant: str
    device_id: str
    member: str


DEVICES = (
    DemoDevice("clinic-north", "north-tracker-1", "member-ada"),
    DemoDevice("clinic-north", "north-tracker-2", "member-ben"),
    DemoDevice("clinic-north", "north-tracker-3", "member-cleo"),
    DemoDevice("clinic-south", "south-tracker-1", "member-dora"),
    DemoDevice("clinic-south", "south-tracker-2", "member-emil"),
)


def ensure(instance: Instance, say: Say, devices: Sequence[DemoDevice] = DEVICES) -> list[dict[str, str]]:
    """Register each device that has no certificate yet, and return all as the stack file lists them. Raises LauncherError."""
    folder, authority = instance.folder("devices"), certificate_files(instance)["ca.pem"].read_bytes()
    for device in devices:
        if _has_files(instance, device):
            continue
        enrolment = Enrolment(device.tenant, device.device_id, device.member)
        try:
            _provisioner(instance).register(enrolment, DeviceFiles(folder, device.device_id), authority)
        except DeviceSideError as error:
            raise LauncherError(f"devices: {device.device_id} could not be registered: {error}") from error
        say(f"{device.device_id} of {device.tenant} is registered")
    return known(instance, devices)


def known(instance: Instance, devices: Sequence[DemoDevice] = DEVICES) -> list[dict[str, str]]:
    """The registered devices, with their certificate and key files."""
    folder = instance.folder("devices")
    return [
        {
            "tenant": device.tenant,
            "device_id": device.device_id,
            "member": device.member,
            "cert_file": relative(folder / f"{device.device_id}.pem"),
            "key_file": relative(folder / f"{device.device_id}.key"),
        }
        for device in devices
        if _has_files(instance, device)
    ]


def restore(instance: Instance, say: Say) -> None:
    """Put every registered device back that the IoT registry lacks, from the database. Raises LauncherError."""
    sides = _provisioner(instance)
    try:
        done = put_back(sides.registry, sides.control_plane)
    except DeviceSideError as error:
        raise LauncherError(f"devices: the IoT registry could not be restored: {error}") from error
    if done.failed:
        raise LauncherError(f"devices: {len(done.failed)} could not be restored, first {done.failed[0]}")
    say(f"devices: {done.restored} restored, {done.present} were there")


def _provisioner(instance: Instance) -> Provisioner:
    return provisioner(ControlPlane(REGION, endpoint_url(instance), STAGE))


def _has_files(instance: Instance, device: DemoDevice) -> bool:
    folder = instance.folder("devices")
    return all((folder / f"{device.device_id}.{suffix}").is_file() for suffix in ("pem", "key"))
