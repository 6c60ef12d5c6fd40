"""The devices that every local stack has: motion trackers of two clinics, with certificates under `var/devices/`."""

from dataclasses import dataclass

from launcher.deployment import STAGE, run
from launcher.instance import APP_PYTHON, Instance
from launcher.stack import Say
from launcher.stack_file import relative


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


def ensure(instance: Instance, say: Say) -> list[dict[str, str]]:
    """Register each device that has no certificate yet, and return all as the stack file lists them. Raises LauncherError."""
    for device in DEVICES:
        if not _has_files(instance, device):
            command = [str(APP_PYTHON), "-m", "iot.provisioning", "--stage", STAGE, "register"]
            command += ["--tenant", device.tenant, "--device", device.device_id, "--member", device.member]
            command += ["--out", str(instance.folder("devices"))]
            run(instance, command, say, "provisioning")
    return known(instance)


def known(instance: Instance) -> list[dict[str, str]]:
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
        for device in DEVICES
        if _has_files(instance, device)
    ]


def restore(instance: Instance, say: Say) -> None:
    """Put every registered device back into the IoT registry, from the database. Raises LauncherError."""
    run(instance, [str(APP_PYTHON), "-m", "iot.provisioning", "--stage", STAGE, "restore"], say, "provisioning")


def _has_files(instance: Instance, device: DemoDevice) -> bool:
    folder = instance.folder("devices")
    return all((folder / f"{device.device_id}.{suffix}").is_file() for suffix in ("pem", "key"))
