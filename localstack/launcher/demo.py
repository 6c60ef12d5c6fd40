"""The demo: recordings through every device of the local stack, a steady load, then what arrived, how live it is, and where to look."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from launcher import arrival, live
from launcher.deployment import environment
from launcher.errors import LauncherError
from launcher.instance import APP_PYTHON, ROOT, Instance
from launcher.stack import Say
from launcher.stack_file import relative

SPEED = 20
_STORED_WITHIN_S = 120


def run(instance: Instance, say: Say) -> None:
    """Replay, wait until all is stored, and print the summary. Raises LauncherError."""
    folder = instance.folder("demo") / time.strftime("%Y%m%d-%H%M%S")
    say(f"replaying real recordings through every device at {SPEED} times their speed, with duplicates, disorder and malformed messages")
    _replay(instance, folder)
    report = json.loads((folder / "report.json").read_text())
    expected = [json.loads(line) for line in (folder / "expected.jsonl").read_text().splitlines()]
    say("waiting until everything that was acknowledged is stored")
    found = arrival.wait(instance, report["messages"], expected, _STORED_WITHIN_S)
    say(f"sending {live.RATE} messages a second for {live.SECONDS} s, and watching search and live events")
    liveness = live.measure(instance, folder / "live")
    print("\n".join([*_arrived(report["summary"], found), *_live(liveness), *_where_to_look(instance)]), flush=True)
    if not liveness.is_complete:
        raise LauncherError(f"demo: not every message was seen in search and live events; look at {instance.log('localstack')}")
    if found.missing_values or found.wrong_values:
        raise LauncherError(
            f"demo: {found.missing_values} values are missing and {found.wrong_values} differ; look at {instance.log('localstack')}"
        )


def _replay(instance: Instance, folder: Path) -> None:
    command = [str(APP_PYTHON), "-m", "iot.replay", "--stack-file", str(instance.stack_file), "--speed", str(SPEED)]
    command += ["--duplicates", "0.05", "--disorder", "0.1", "--malformed", "1", "--work-dir", str(folder)]
    command += ["--not-before", str(arrival.last_value_ms(instance) + 1000)]
    command += ["--report", str(folder / "report.json"), "--expected", str(folder / "expected.jsonl")]
    if subprocess.run(command, cwd=ROOT, env=environment(instance), check=False).returncode:
        raise LauncherError(f"demo: the replay did not end well; the gateway's log is {instance.log('gateway')}")


def _arrived(sent: dict[str, Any], found: arrival.Arrival) -> list[str]:
    rows = {
        "published": f"{sent['handed']} messages of {sent['devices']} devices, {sent['duplicates']} of them duplicates",
        "acknowledged": f"{sent['acknowledged']} ({sent['acknowledged_per_second']} a second)",
        "stored": f"{found.stored_messages} messages, {found.stored_values} values, each compared with its recording",
        "poison": f"{found.poison} set aside of {sent['malformed']} sent malformed on purpose",
        "delay": f"from device to row: median {found.delay_ms(50)} ms, p95 {found.delay_ms(95)} ms, p99 {found.delay_ms(99)} ms",
    }
    return _section("What arrived", rows)


def _live(found: live.Liveness) -> list[str]:
    return ["", f"How live it is, at {found.messages_a_second:.0f} messages a second", *live.table(found)]


def _where_to_look(instance: Instance) -> list[str]:
    stack = json.loads(instance.stack_file.read_text())
    therapist = next(user for user in stack["users"] if user["role"] == "therapist")
    database, file = stack["mysql"], relative(instance.stack_file)
    rows = {
        "web client": stack["web_url"],
        "sign in": f"{therapist['email']}, with the password in {file}, as all others are",
        "API": f"{stack['api_url']}/openapi.json",
        "OpenSearch": f"{stack['opensearch_url']}/gonio-sessions/_search",
        "database": f"mysql -h {database['host']} -P {database['port']} -u {database['user']} -p {database['database']}",
        "AWS": f"AWS_ENDPOINT_URL={stack['aws_endpoint_url']}",
        "MQTT": f"localhost:{stack['iot']['port']}, certificates in {relative(instance.folder('devices'))}",
        "health": f"make status, and {stack['api_url']}/health",
    }
    certificate = f"  The browser will not know the certificate; its authority is {stack['web_ca_file']}"
    return [*_section("Where to look", rows), "", certificate, "  The stack goes on running; end it with: make down"]


def _section(title: str, rows: dict[str, str]) -> list[str]:
    return ["", title, *(f"  {name:<13}{text}" for name, text in rows.items())]
