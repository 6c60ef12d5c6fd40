"""Everything on this machine, from device to database: how many messages it sustains, and how long one takes.

An instance of its own is brought up, twelve devices are registered, and a fleet sends messages of 240 values at a steady rate. The
delay runs from the hand-over to the device's outbox to the row's transaction. A sustained rate has bounded delay: the last third
of the run is no slower than the first. Ratios: stored to sent, last third to first third, warm start to the allowed 30 s.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pymysql

from bench.own_instance import ROOT, VAR, launch

FLEET_FILE = VAR / "fleet.json"
DEVICES = 12
VALUES = 240
WARM_START_ALLOWED_S = 30.0
WARM_UP = (50, 5)
LOADS = ((50, 20, "p95 <= 1000 ms"), (300, 60, "bounded delay"))
HEADER = " messages/s  values/s    sent  stored/sent  median ms  p95 ms  last/first third  wanted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One load's figures; delays in milliseconds."""

    rate: float
    sent: int
    stored: int
    sending_s: float
    median_ms: int
    p95_ms: int
    first_third_p95_ms: int
    last_third_p95_ms: int


def main() -> int:
    """Bring up, measure, print, take down."""
    shutil.rmtree(VAR, ignore_errors=True)
    try:
        launch("up")
        devices = [_register(f"bench-{number}") for number in range(DEVICES)]
        warm = _warm_start()
        _write_fleet_file(devices)
        _measure(*WARM_UP)
        print(HEADER)
        for rate, seconds, wanted in LOADS:
            _print(_measure(rate, seconds), wanted)
        print(f"warm start {warm:.1f} s, {warm / WARM_START_ALLOWED_S:.2f} of the allowed {WARM_START_ALLOWED_S:.0f} s")
    finally:
        launch("down")
    return 0


def _print(outcome: Outcome, wanted: str) -> None:
    achieved = outcome.sent / outcome.sending_s
    print(
        f"{achieved:>11.0f} {achieved * VALUES:>9.0f} {outcome.sent:>7} {outcome.stored / outcome.sent:>12.3f} {outcome.median_ms:>10}"
        f" {outcome.p95_ms:>7} {outcome.last_third_p95_ms / max(1, outcome.first_third_p95_ms):>17.2f}  {wanted}",
        flush=True,
    )


def _measure(rate: int, seconds: int) -> Outcome:
    folder = VAR / f"fleet-{rate}-{seconds}"
    command = [sys.executable, "-m", "iot.fleet", "--stack-file", str(FLEET_FILE), "--rate", str(rate), "--seconds", str(seconds)]
    command += [
        "--devices",
        ",".join(f"bench-{n}" for n in range(DEVICES)),
        "--work-dir",
        str(folder),
        "--report",
        str(folder / "report.json"),
    ]
    with (VAR / "fleet.log").open("a") as log:
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=True)
    messages = json.loads((folder / "report.json").read_text())["messages"]
    return _outcome(rate, messages, _stored(messages))


def _outcome(rate: int, messages: list[dict[str, Any]], stored: dict[tuple[str, str], int]) -> Outcome:
    handed = sorted((m["handed_at"], m["device"], m["id"]) for m in messages)
    delays = [stored[device, message] - at for at, device, message in handed if (device, message) in stored]
    third = len(delays) // 3
    return Outcome(
        rate=rate,
        sent=len(handed),
        stored=len(delays),
        sending_s=(handed[-1][0] - handed[0][0]) / 1000,
        median_ms=_percentile(delays, 50),
        p95_ms=_percentile(delays, 95),
        first_third_p95_ms=_percentile(delays[:third], 95),
        last_third_p95_ms=_percentile(delays[-third:], 95),
    )


def _percentile(values: list[int], percent: int) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def _stored(messages: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    """When each message was stored; waits until all are, or nothing more comes for ten seconds."""
    wanted, since = {(m["device"], m["id"]) for m in messages}, time.monotonic()
    found: dict[tuple[str, str], int] = {}
    with pymysql.connect(**_stack()["mysql"], autocommit=True) as connection, connection.cursor() as cursor:
        while wanted - found.keys() and time.monotonic() - since < 10:
            cursor.execute("SELECT device_id, message_id, stored_at_ms FROM messages WHERE device_id LIKE 'bench-%'")
            rows = {(device, message): at for device, message, at in cursor.fetchall() if (device, message) in wanted}
            since = time.monotonic() if len(rows) > len(found) else since
            found = rows
            time.sleep(0.5)
    return found


def _warm_start() -> float:
    launch("down")
    began = time.monotonic()
    launch("up")
    return time.monotonic() - began


def _register(device: str) -> dict[str, str]:
    environment = {**os.environ, "GONIO_STACK_FILE": str(VAR / "stack.json"), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    command = [
        sys.executable,
        "-m",
        "iot.provisioning",
        "register",
        "--tenant",
        "bench",
        "--device",
        device,
        "--out",
        str(VAR / "bench-devices"),
    ]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    folder = VAR / "bench-devices"
    return {"tenant": "bench", "device_id": device, "cert_file": str(folder / f"{device}.pem"), "key_file": str(folder / f"{device}.key")}


def _stack() -> dict[str, Any]:
    return dict(json.loads((VAR / "stack.json").read_text()))


def _write_fleet_file(devices: list[dict[str, str]]) -> None:
    """The stack file with the fleet's devices, beside the stack's own, which the watcher keeps."""
    FLEET_FILE.write_text(json.dumps({**_stack(), "devices": devices}))


if __name__ == "__main__":
    sys.exit(main())
