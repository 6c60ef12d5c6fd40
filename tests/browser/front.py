"""The real front door (nginx, TLS, the client's files) before an API that the test names."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.instance import Instance
from launcher.processes import certificates, front_door
from launcher.processes.components import certificate_files

_READY_WITHIN_S = 10


def new_instance(folder: Path) -> Instance:
    """An instance with certificates and a free port, nothing running."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    instance = Instance(folder, {"front-door": port}, {})
    files = certificate_files(instance)
    certificates.ensure_authority(files["ca.pem"], files["ca.key"])
    certificates.ensure_server_certificate((files["ca.pem"], files["ca.key"]), files["server.pem"], files["server.key"])
    return instance


@contextmanager
def standing(instance: Instance, api_upstream: str | None) -> Iterator[str]:
    """Run the front door; gives the web client's URL, without a slash at its end."""
    front_door.prepare(instance, api_upstream)
    with instance.log("front-door").open("wb") as log:
        process = subprocess.Popen(front_door.command(instance), stdout=log, stderr=log)
    try:
        _wait(instance, process)
        yield f"https://localhost:{instance.ports['front-door']}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(instance: Instance, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while not front_door.serves(instance):
        assert process.poll() is None, instance.log("front-door").read_text()
        assert time.monotonic() < deadline, "nginx does not answer"
