"""The provisioning commands: arguments in, one clear line out.

Exit codes: 0 done, 1 refused or failed (one sentence on standard error), 2 wrong arguments.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from iot.errors import DeviceSideError
from iot.provisioning.clients import iot_client, lambda_client
from iot.provisioning.control_plane import IotControlPlane
from iot.provisioning.files import DeviceFiles
from iot.provisioning.register import Enrolment, Provisioner
from iot.provisioning.registry import LambdaDevicesService, Registry
from iot.provisioning.restore import THREADS, restore
from iot.stack import ControlPlane, control_plane, gateway_ca


def provisioner(plane: ControlPlane) -> Provisioner:
    """Provisioning for a stage, by the names that its templates give."""
    prefix = f"gonio-{plane.stage}"
    things = IotControlPlane(iot_client(plane, connections=THREADS), f"{prefix}-device", f"{prefix}-motion-tracker")
    return Provisioner(things, Registry(LambdaDevicesService(lambda_client(plane), f"{prefix}-devices")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and answers the exit code."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, Provisioner], int] = parsed.command
    try:
        return command(parsed, provisioner(control_plane(parsed.stage)))
    except DeviceSideError as error:
        sys.stderr.write(f"provisioning: {error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m iot.provisioning", description="Registers devices with the platform.")
    parser.add_argument("--stage", help="which deployment (default: GONIO_STAGE, else local)")
    commands = parser.add_subparsers(required=True)
    register = commands.add_parser("register", help="register a device, or give it a new certificate")
    register.add_argument("--tenant", required=True)
    register.add_argument("--device", required=True, help="device id: thing name and MQTT client id")
    register.add_argument("--member", help="the member who uses it")
    register.add_argument("--out", required=True, type=Path, help="folder for D.pem, D.key and ca.pem")
    register.add_argument("--ca-file", type=Path, help="CA of the device gateway (on AWS: Amazon Root CA 1)")
    register.set_defaults(command=_register)
    revoke = commands.add_parser("revoke", help="end a device's certificate")
    revoke.add_argument("--device", required=True)
    revoke.set_defaults(command=_revoke)
    listing = commands.add_parser("list", help="the registered devices")
    listing.add_argument("--tenant", help="only this tenant's")
    listing.set_defaults(command=_list)
    commands.add_parser("restore", help="put lost things and certificates back from the registry").set_defaults(command=_restore)
    return parser


def _register(parsed: argparse.Namespace, provisioner: Provisioner) -> int:
    ca_pem = gateway_ca(parsed.ca_file)
    files = DeviceFiles(parsed.out, parsed.device)
    certificate = provisioner.register(Enrolment(parsed.tenant, parsed.device, parsed.member), files, ca_pem)
    sys.stdout.write(f"registered {parsed.device} of {parsed.tenant} with certificate {certificate.certificate_id}\n")
    return 0


def _revoke(parsed: argparse.Namespace, provisioner: Provisioner) -> int:
    ended = provisioner.revoke(parsed.device)
    sys.stdout.write(f"revoked {ended} certificate(s) of {parsed.device}\n")
    return 0


def _list(parsed: argparse.Namespace, provisioner: Provisioner) -> int:
    for device in provisioner.registry.devices(parsed.tenant):
        certificate = device.certificate_id if device.active else "(revoked)"
        sys.stdout.write(f"{device.device_id}\t{device.tenant_id}\t{device.member_id or '-'}\t{certificate}\n")
    return 0


def _restore(_: argparse.Namespace, provisioner: Provisioner) -> int:
    done = restore(provisioner.registry, provisioner.control_plane)
    sys.stdout.write(f"restored {done.restored}, present {done.present}, revoked {done.revoked_devices}\n")
    if done.failed:
        sys.stderr.write(f"provisioning: {len(done.failed)} device(s) could not be restored, first {done.failed[0]}\n")
    return 1 if done.failed else 0
