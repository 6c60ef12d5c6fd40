"""The demo: recordings through the clinics' devices, a steady load of a tenant of its own, then what arrived and where to look."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from launcher import stack_content
from launcher.deploying.deployment import environment
from launcher.deploying.stack_file import relative
from launcher.errors import LauncherError
from launcher.instance import APP_PYTHON, ROOT, Instance
from launcher.measuring import arrival, live
from launcher.measuring.delays import delays, sessions_sent
from launcher.measuring.percentiles import percentile
from launcher.measuring.readings import readings
from launcher.measuring.row_reader import RowReader
from launcher.stack import Say

SPEED = 3
TAKES = 3
"""Recordings that each device plays. Together, the five devices play every recording that the project has."""
_STORED_WITHIN_S = 120


def run(instance: Instance, say: Say) -> None:
    """Replay, wait until all is stored, measure, and print the summary. Raises LauncherError, also when something did not arrive."""
    folder, stack = instance.folder("demo") / time.strftime("%Y%m%d-%H%M%S"), stack_content.read(instance)
    therapist = next(user for user in stack["users"] if user["role"] == "therapist")
    password = f"the password in {relative(instance.stack_file)}"
    say(f"to watch joint angles grow meanwhile, sign in at {stack['web_url']} as {therapist['email']} with {password}")
    say(f"every device plays {TAKES} real recordings at {SPEED} times their speed, with duplicates, disorder and malformed messages")
    summary, found, delays_ms = _replayed(instance, folder, stack, say)
    liveness = live.measure(instance, live.STEADY, folder / "live", say)
    where = _where_to_look(instance, stack, therapist["email"], password)
    print("\n".join([*_arrived(summary, found, delays_ms), *_live(liveness), *where]), flush=True)
    require_all(found, liveness, instance.log("localstack"))


def require_all(found: arrival.Arrival, liveness: live.Liveness, log: Path) -> None:
    """Raises LauncherError, with all that did not arrive, unless everything did."""
    unseen = [] if liveness.is_complete else ["not every message of the load was seen in rows, search and live events"]
    if shortfalls := [*found.shortfalls, *unseen]:
        raise LauncherError(f"demo: {', '.join(shortfalls)}; look at {log}")


def _replayed(instance: Instance, folder: Path, stack: dict[str, Any], say: Say) -> tuple[dict[str, Any], arrival.Arrival, list[int]]:
    """The replay's own summary, what of it arrived, and how long each of its messages took to its row, in milliseconds."""
    with readings(instance) as known:
        not_before_ms = known.last_value_ms(sorted({device["tenant"] for device in stack["devices"]})) + 1000
    with RowReader(instance, not_before_ms) as rows:
        _replay(instance, folder, not_before_ms)
        report = json.loads((folder / "report.json").read_text())
        expected = [json.loads(line) for line in (folder / "expected.jsonl").read_text().splitlines()]
        found = arrival.wait(instance, arrival.sent_by(report["messages"]), expected, within_s=_STORED_WITHIN_S, say=say)
        taken = delays(sessions_sent(report["messages"]), rows.sightings())
    return report["summary"], found, [delay.ms for delay in taken]


def _replay(instance: Instance, folder: Path, not_before_ms: int) -> None:
    command = [str(APP_PYTHON), "-m", "iot.replay", "--stack-file", str(instance.stack_file), "--speed", str(SPEED), "--takes", str(TAKES)]
    command += ["--duplicates", "0.05", "--disorder", "0.1", "--malformed", "1", "--not-before", str(not_before_ms)]
    command += ["--work-dir", str(folder), "--report", str(folder / "report.json"), "--expected", str(folder / "expected.jsonl")]
    if subprocess.run(command, cwd=ROOT, env=environment(instance), check=False, process_group=0).returncode:
        raise LauncherError(f"demo: the replay did not end well; the gateway's log is {instance.log('gateway')}")


def _arrived(sent: dict[str, Any], found: arrival.Arrival, delays_ms: list[int]) -> list[str]:
    p50, p95, p99 = (percentile(delays_ms, percent) for percent in (50, 95, 99))
    rows = {
        "published": f"{sent['handed']} messages of {sent['devices']} devices, {sent['duplicates']} of them duplicates",
        "acknowledged": f"{sent['acknowledged']} ({sent['acknowledged_per_second']} a second)",
        "stored": f"{found.stored_messages} messages, {found.values - found.missing_values} values, each compared with its recording",
        "poison": f"{found.set_aside} set aside of {sent['malformed']} sent malformed on purpose",
        "delay": f"from device until a query finds the row: median {p50} ms, p95 {p95} ms, p99 {p99} ms",
    }
    return _section("What arrived", rows)


def _live(found: live.Liveness) -> list[str]:
    return [
        "",
        f"How live it is, at {found.messages_a_second:.0f} messages a second",
        *live.table(found),
    ]


def _where_to_look(instance: Instance, stack: dict[str, Any], email: str, password: str) -> list[str]:
    database = stack["mysql"]
    rows = {
        "web client": stack["web_url"],
        "sign in": f"{email}, with {password}, as all others are",
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
