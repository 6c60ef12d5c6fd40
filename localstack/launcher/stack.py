"""The local stack as a whole: brings it up, sees that it serves, takes it down. The caller holds the instance's lock."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from launcher import exclusion
from launcher.errors import LauncherError
from launcher.instance import EMULATOR_PYTHON, Instance, free_ports
from launcher.processes import certificates, database, disk, front_door, health
from launcher.processes.components import Component, broker_socket, certificate_files, watcher
from launcher.processes.last_line import last_line
from launcher.processes.programs import programs
from launcher.processes.supervisor import Supervisor

_POLL_SECONDS = 0.1
_SERVES_WITHIN_S = 30.0

type Say = Callable[[str], None]


def start(instance: Instance, say: Say) -> bool:
    """Start every process that does not run, and wait until each is ready. Returns whether any had to be started.

    Raises LauncherError with the component, the cause and its log.
    """
    supervisor = Supervisor(instance)
    if supervisor.runs() and not any(health.silent(programs(instance), supervisor.processes())):
        return False
    # Until its servers listen, two instances would choose the same ports.
    machine = Path(tempfile.gettempdir()) / f"gonio-{os.getuid()}.lock"
    with exclusion.held(machine, lambda: say("another instance is starting; waiting until it stands")):
        _start_all(instance, supervisor, say)
    return True


def require_health(instance: Instance) -> None:
    """See that every component serves, now or soon: one that died a moment ago is on its way back. Raises LauncherError."""
    found = health.first_silent(programs(instance), Supervisor(instance).processes, _SERVES_WITHIN_S)
    if found:
        log = instance.log(found.name)
        raise LauncherError(f"{found.name}: it does not answer ({last_line(log)}); its log is {log}")


def _start_all(instance: Instance, supervisor: Supervisor, say: Say) -> None:
    if ended := supervisor.stop():
        say(f"ended {ended} processes that an earlier run had left")
    if short := disk.shortage(instance.var):
        raise LauncherError(f"launcher: {short}")
    for name, (old, new) in free_ports(instance).items():
        say(f"{name}: port {old} is taken by another program, so {new} it is")
    _prepare(instance)
    wanted = programs(instance)
    supervisor.start([*wanted, watcher(instance)])
    supervisor.start_program("opensearch")  # it takes longest, so it begins first
    for program in wanted:
        _start(instance, supervisor, program, say)
        if program.name == "mariadb":
            database.ensure_owner(instance)


def stop(instance: Instance) -> int:
    """End every process of this instance; returns how many had to be ended by hand."""
    instance.stack_file.unlink(missing_ok=True)
    return Supervisor(instance).stop()


def _prepare(instance: Instance) -> None:
    """Folders, certificates, settings files: all that processes need before they start."""
    files = certificate_files(instance)
    certificates.ensure_authority(files["ca.pem"], files["ca.key"])
    certificates.ensure_server_certificate((files["ca.pem"], files["ca.key"]), files["server.pem"], files["server.key"])
    # LocalStack forgets everything at a restart; what it left in its temporary folder is of no use to the next.
    shutil.rmtree(instance.folder("localstack") / "tmp", ignore_errors=True)
    database.prepare(instance)
    _write_broker_settings(instance)
    front_door.prepare(instance, None)


def _write_broker_settings(instance: Instance) -> None:
    data = instance.folder("mosquitto")
    command = [
        str(EMULATOR_PYTHON),
        "-m",
        "emulator.iot_core.broker_config",
        "--socket",
        str(broker_socket(instance)),
        "--data-dir",
        str(data),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LauncherError(f"mosquitto: its settings could not be written: {done.stderr.strip()}")
    (instance.folder("run") / "mosquitto.conf").write_text(done.stdout)
    broker_socket(instance).unlink(missing_ok=True)


def _start(instance: Instance, supervisor: Supervisor, program: Component, say: Say) -> None:
    began = time.monotonic()
    supervisor.start_program(program.name)
    while not program.is_ready():
        state = next((p["statename"] for p in supervisor.processes() if p["name"] == program.name), "UNKNOWN")
        if state == "FATAL" or time.monotonic() - began > program.ready_within_s:
            log = instance.log(program.name)
            supervisor.stop()
            raise LauncherError(f"{program.name}: not ready after {time.monotonic() - began:.0f} s ({last_line(log)}); its log is {log}")
        time.sleep(_POLL_SECONDS)
    say(f"{program.name} is ready after {time.monotonic() - began:.1f} s")
