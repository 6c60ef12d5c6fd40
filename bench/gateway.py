"""The device gateway's messages a second on one core, against a bare Mosquitto that relays the same messages over TLS in the same run.

The process under test (gateway, or Mosquitto with a TLS listener) is alone on one core; the generator, the AWS stub and, behind the
gateway, Mosquitto share the other. Messages are JSON of 1.2 KB with QoS 1 by MQTT 5, from many connections with a few in flight each, as
fast as they are acknowledged. The other core may be the limit: `busy` is how much of its core the process under test used.

Run: `localstack/.venv/bin/python -m bench.gateway` with `localstack` on PYTHONPATH.
"""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import uvloop

from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.packets import Connect, Publish, Version
from tests.emulator.iot_core.aws_stub import AwsState
from tests.emulator.iot_core.installation import ROOT, Installation, free_port, until

CONNECTIONS = 100
IN_FLIGHT = 4
WARM_UP_S = 1.0
SECONDS = 3.0
PAYLOAD = json.dumps(
    {
        "v": 1,
        "id": "0" * 26,
        "session": "s-2026-11-23-a",
        "series": [{"metric": "knee_flexion_left", "unit": "deg", "t0": 1795464492000, "dt": 33.333, "values": [12.345] * 140}],
    }
).encode()
RULE = "SELECT *, topic(3) AS tenant_id, topic(4) AS device_id, topic() AS topic, timestamp() AS received_at FROM 'dt/gonio/+/+/telemetry'"
TO_STREAM = {"kinesis": {"roleArn": "r", "streamName": "telemetry", "partitionKey": "${topic(4)}"}}


@dataclass(frozen=True, slots=True)
class Result:
    """One case. `busy` is the share of its core that the process under test used."""

    case: str
    messages_per_s: float
    busy: float
    ratio: float = 1.0

    @property
    def microseconds(self) -> float:
        """The tested process's CPU time for a message."""
        return self.busy / self.messages_per_s * 1e6


class RemoteStub:
    """The AWS stub in a process of its own, told its state at the start."""

    def __init__(self, folder: Path) -> None:
        self.state = AwsState(keep_records=False)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._file = folder / "aws.json"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the process."""
        kept = ("certificates", "policies", "rules")
        state = {name: value for name, value in asdict(self.state).items() if name in kept}
        state |= {name: {key: sorted(ids) for key, ids in getattr(self.state, name).items()} for name in ("attached", "things")}
        self._file.write_text(json.dumps(state))
        command = [sys.executable, "-m", "tests.emulator.iot_core.aws_stub", "--port", str(self.port), "--state", str(self._file)]
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'localstack'}:{ROOT}"}
        self._process = subprocess.Popen(command, env=environment, cwd=ROOT)

    def stop(self) -> None:
        """Ends the process."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)


class Device(asyncio.Protocol):
    """One connection of the generator: a fixed number of publishes in flight."""

    def __init__(self, client_id: str, topic: str, counter: list[int]) -> None:
        self._connect = encode(Connect(Version.V5, client_id), Version.V5)
        self._frames = [encode(Publish(topic, PAYLOAD, 1, packet_id), Version.V5) for packet_id in range(1, IN_FLIGHT + 1)]
        self._counter = counter
        self._buffer = bytearray()
        self._greeted = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._transport.write(self._connect)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        answers = bytearray()
        while len(self._buffer) >= 2 and len(self._buffer) >= 2 + self._buffer[1]:
            kind, packet_id = self._buffer[0] >> 4, self._buffer[3]
            del self._buffer[: 2 + self._buffer[1]]
            if kind == 4:
                self._counter[0] += 1
                answers += self._frames[packet_id - 1]
            elif kind == 2:
                answers += b"".join(self._frames)
            else:
                raise RuntimeError(f"packet of type {kind} from the server")
        if answers and self._transport:
            self._transport.write(answers)


async def measure(plane: Installation, port: int, topic: str, pid: int) -> tuple[float, float]:
    """Messages a second, and the share of a core that process `pid` used."""
    context = ssl.create_default_context(cafile=plane.authority.file)
    context.load_cert_chain(plane.folder / "load.pem", plane.folder / "load.key")
    loop, counter = asyncio.get_running_loop(), [0]
    transports = []
    for number in range(CONNECTIONS):
        name = f"d{number}"
        device = Device(name, topic.format(name), counter)
        connecting = loop.create_connection(partial(_itself, device), "127.0.0.1", port, ssl=context, server_hostname="localhost")
        transport, _ = await connecting
        transports.append(transport)
    await asyncio.sleep(WARM_UP_S)
    start, count, cpu = time.monotonic(), counter[0], _cpu_s(pid)
    await asyncio.sleep(SECONDS)
    elapsed = time.monotonic() - start
    rate, busy = (counter[0] - count) / elapsed, (_cpu_s(pid) - cpu) / elapsed
    for transport in transports:
        transport.abort()
    return rate, busy


def _itself(device: Device) -> Device:
    return device


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _plane(rules: dict[str, str]) -> Iterator[Installation]:
    """A data plane with the gateway on core 0, all else on core 1."""
    with tempfile.TemporaryDirectory() as folder:
        plane = Installation(Path(folder))
        stub = RemoteStub(plane.folder)
        plane.aws = stub  # type: ignore[assignment]
        plane.device("load")
        for name, sql in rules.items():
            stub.state.rule(name, sql, TO_STREAM)
        try:
            plane.start()
            assert plane.gateway
            _pin(plane.gateway.pid, 0)
            yield plane
        finally:
            plane.stop()


def _pin(pid: int, core: int) -> None:
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def _gateway(case: str, rules: dict[str, str], topic: str) -> Result:
    with _plane(rules) as plane:
        assert plane.gateway
        return Result(case, *uvloop.run(measure(plane, plane.port, topic, plane.gateway.pid)))


def _bare_mosquitto() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        plane, port = Installation(Path(folder)), free_port()
        plane.device("load")
        lines = (
            f"listener {port} 127.0.0.1",
            "allow_anonymous true",
            "user root",
            f"cafile {plane.authority.file}",
            f"certfile {plane.server.certificate}",
            f"keyfile {plane.server.key}",
            "require_certificate true",
            "max_inflight_messages 100",
        )
        (plane.folder / "bare.conf").write_text("\n".join(lines) + "\n")
        with (plane.folder / "bare.log").open("wb") as log:
            broker = subprocess.Popen(["/usr/sbin/mosquitto", "-c", str(plane.folder / "bare.conf")], stdout=log, stderr=log)
        try:
            until(lambda: "running" in (plane.folder / "bare.log").read_text(), "Mosquitto runs")
            _pin(broker.pid, 0)
            return Result("bare Mosquitto, TLS", *uvloop.run(measure(plane, port, "dt/gonio/t/{}/telemetry", broker.pid)))
        finally:
            broker.terminate()
            broker.wait(10)


def run() -> list[Result]:
    """All cases, with their ratio to the bare broker's rate."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    topic, ingest = "dt/gonio/t/{}/telemetry", "$aws/rules/telemetry/dt/gonio/t/{}/telemetry"
    try:
        bare = _bare_mosquitto()
        results = [
            bare,
            _gateway("gateway, relay only", {}, topic),
            _gateway("gateway + rule that ends at WHERE", {"telemetry": f"{RULE} WHERE v = 2"}, topic),
            _gateway("gateway + rule + Kinesis action", {"telemetry": RULE}, topic),
            _gateway("gateway + Basic Ingest + Kinesis action", {"telemetry": RULE}, ingest),
        ]
    finally:
        os.sched_setaffinity(0, cores)
    return [Result(item.case, item.messages_per_s, item.busy, item.messages_per_s / bare.messages_per_s) for item in results]


def main() -> None:
    """Prints the table."""
    print(f"{'case':42}{'msg/s':>9}{'busy':>7}{'us/msg':>8}{'ratio':>7}")
    for item in run():
        print(f"{item.case:42}{item.messages_per_s:9.0f}{item.busy:7.0%}{item.microseconds:8.0f}{item.ratio:7.2f}")


if __name__ == "__main__":
    main()
