"""A whole data plane for tests: authority, broker and gateway processes, and the AWS stub."""

import itertools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.emulator.iot_core.aws_stub import AwsStub, arn
from tests.emulator.iot_core.pki import Authority, Identity

ROOT = Path(__file__).parents[3]
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = itertools.cycle(range(21410 + 90 * _WORKER, 21500 + 90 * _WORKER))
"""Of this worker alone: another could take a port between the look at it and its use."""
DEADLINE_S = 60.0


def until(holds: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> Any:
    """Polls until `holds()` is true, and answers it; fails with `what` after the deadline."""
    end = time.monotonic() + deadline_s
    while not (value := holds()):
        assert time.monotonic() < end, f"not in {deadline_s} s: {what}"
        time.sleep(0.01)
    return value


def free_port() -> int:
    """A port of the tests' own range that nobody listens on."""
    for port in itertools.islice(_PORTS, 90):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def statement(effect: str, action: str | list[str], *resources: str) -> dict[str, Any]:
    """A policy's statement; resources like `topic/dt/x`."""
    return {
        "Effect": effect,
        "Action": action,
        "Resource": [arn(*resource.split("/", 1)) if resource != "*" else "*" for resource in resources],
    }


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


ALLOW_ALL = policy(statement("Allow", "iot:*", "*"))


class Installation:
    """Processes and files below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder)
        self.server = self.authority.server()
        self.aws = AwsStub(free_port())
        self.port = free_port()
        self.broker: subprocess.Popen[bytes] | None = None
        self.gateway: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "PYTHONPATH": str(ROOT / "localstack"),
        }
        for name in ("broker", "state"):
            (folder / name).mkdir()

    @property
    def log(self) -> str:
        """What the gateway has logged."""
        return (self.folder / "gateway.log").read_text()

    def start(self, *arguments: str) -> None:
        """Starts everything."""
        self.aws.start()
        self.start_broker()
        self.start_gateway(*arguments)

    def start_broker(self) -> None:
        """Starts the broker by the configuration that the gateway wants."""
        configuration = self.folder / "mosquitto.conf"
        command = [sys.executable, "-m", "emulator.iot_core.broker_config", "--socket", self._socket, "--data-dir", self.folder / "broker"]
        configuration.write_bytes(subprocess.check_output([str(part) for part in command], env=self._environment))
        with (self.folder / "broker.log").open("ab") as log:
            self.broker = subprocess.Popen(["/usr/sbin/mosquitto", "-c", str(configuration)], stdout=log, stderr=log)

    def start_gateway(self, *arguments: str, wait: bool = True) -> None:
        """Starts the gateway, and waits for its port."""
        options = {
            "--port": self.port,
            "--server-certificate": self.server.certificate,
            "--server-key": self.server.key,
            "--ca-file": self.authority.file,
            "--broker-socket": self._socket,
            "--state-dir": self.folder / "state",
            "--aws-endpoint-url": self.aws.url,
            "--region": "eu-west-1",
            "--account": "000000000000",
            "--refresh-seconds": 0.25,
        }
        flat = [str(item) for pair in options.items() for item in pair]
        with (self.folder / "gateway.log").open("ab") as log:
            command = [sys.executable, "-m", "emulator.iot_core", *flat, *arguments]
            self.gateway = subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)
        if wait:
            until(self.listening, "the gateway's port")

    def stop(self) -> None:
        """Stops everything."""
        for process in (self.gateway, self.broker):
            if process and process.poll() is None:
                process.terminate()
                process.wait(15)
        self.aws.stop()

    def kill_gateway(self) -> None:
        """SIGKILL."""
        assert self.gateway
        self.gateway.kill()
        self.gateway.wait(10)

    def kill_broker(self) -> None:
        """SIGKILL."""
        assert self.broker
        self.broker.kill()
        self.broker.wait(10)

    def device(self, name: str, document: str = ALLOW_ALL) -> Identity:
        """A device with an active certificate, a policy of its own, and a thing of its name."""
        identity = self.authority.device(name)
        state = self.aws.state
        state.certificates[identity.id] = "ACTIVE"
        state.policies[f"policy-{name}"] = document
        state.attached[f"policy-{name}"] = {identity.id}
        state.things[name] = {identity.id}
        return identity

    def until_rules(self) -> None:
        """Waits until the gateway has read the rules after their definition."""
        calls = self.aws.state.calls
        seen = calls["GET /rules"]
        until(lambda: calls["GET /rules"] >= seen + 2, "the rules are read")

    def until_identities(self) -> None:
        """Waits until live connections have what the control plane now says of their certificates."""
        calls = self.aws.state.calls
        seen = calls["GET /policies"]
        until(lambda: calls["GET /policies"] >= seen + 2, "identities are read")

    @property
    def _socket(self) -> Path:
        return self.folder / "broker" / "mqtt"

    def listening(self) -> bool:
        """Whether the gateway takes connections; fails when it has died."""
        assert self.gateway
        assert self.gateway.poll() is None, self.log
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
