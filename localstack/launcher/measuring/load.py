"""A load to measure by: synthetic sessions of a tenant of their own, so that no clinic's patients get values that nobody moved for.

Its devices and its therapist are made when they are first needed. The stack file does not list them.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.users import User
from launcher import stack_content
from launcher.deploying import demo_devices, demo_users
from launcher.deploying.demo_devices import DemoDevice
from launcher.deploying.deployment import environment
from launcher.errors import LauncherError
from launcher.instance import APP_PYTHON, ROOT, Instance
from launcher.stack import Say

TENANT = "load-test"
THERAPIST = User("therapist@load-test.example", "therapist", TENANT)


@dataclass(frozen=True, slots=True)
class Load:
    """So many messages a second of 240 values, for so long, by so many devices."""

    rate: float
    seconds: float
    devices: int = 5
    shows_progress: bool = True


def prepare(instance: Instance, load: Load, say: Say) -> dict[str, Any]:
    """Make devices and therapist; the stack file's content as it is for this tenant. Raises LauncherError."""
    devices = tuple(DemoDevice(TENANT, f"load-tracker-{number}", f"load-member-{number}") for number in range(1, load.devices + 1))
    known = demo_devices.ensure(instance, say, devices)
    demo_users.ensure(instance, say, (THERAPIST,))
    return stack_content.read(instance) | {"devices": known, "users": demo_users.known(instance, (THERAPIST,))}


def send(instance: Instance, stack: dict[str, Any], load: Load, *, folder: Path, not_before_ms: int) -> list[dict[str, Any]]:
    """Send it; the fleet's report of each message. `folder` keeps outboxes and report. Raises LauncherError."""
    folder.mkdir(parents=True, exist_ok=True)
    devices_file, report = folder / "devices.json", folder / "report.json"
    devices_file.write_text(json.dumps({name: stack[name] for name in ("iot", "devices")}))
    command = [str(APP_PYTHON), "-m", "iot.fleet", "--stack-file", str(devices_file), "--sessions", "--rate", str(load.rate)]
    command += ["--seconds", str(load.seconds), "--not-before", str(not_before_ms), "--work-dir", str(folder), "--report", str(report)]
    output = None if load.shows_progress else subprocess.DEVNULL
    if subprocess.run(command, cwd=ROOT, env=environment(instance), stdout=output, check=False, process_group=0).returncode:
        raise LauncherError(f"load: it was not sent whole; the gateway's log is {instance.log('gateway')}")
    return list(json.loads(report.read_text())["messages"])
