"""Replays as separate processes, as a device fleet would be, and their outcome against the database."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.local_stack import ROOT, LocalStack, until

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 (the database's times are UTC without a zone)

type Value = tuple[str, str, str, int, str, float]


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay under way, or over; its folder holds outboxes, journal and report."""

    folder: Path
    command: tuple[str, ...]
    environment: dict[str, str]

    def begin(self) -> subprocess.Popen[str]:
        """Start it without waiting."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "output.log").open("a") as log:
            return subprocess.Popen(self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True)

    def run(self) -> None:
        """Play it to its end."""
        assert self.begin().wait(240) == 0, (self.folder / "output.log").read_text()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every message with what was done to it and when."""
        return list(json.loads((self.folder / "report.json").read_text())["messages"])

    @property
    def expected(self) -> list[Value]:
        """Every value that the platform must hold, sorted: tenant, device, metric, measured at, session, value."""
        rows = [json.loads(line) for line in (self.folder / "expected.jsonl").read_text().splitlines()]
        keys = ("tenant_id", "device_id", "metric", "measured_at_ms", "session_id", "value")
        return sorted(tuple(row[key] for key in keys) for row in rows)


def replay(stack: LocalStack, folder: Path, devices: list[str], *options: str, speed: float = 20) -> Replay:
    """A replay of the default recordings through these devices."""
    command = [sys.executable, "-m", "iot.replay", "--stack-file", str(stack.file), "--devices", ",".join(devices)]
    # A device measures one thing at a time: its sessions do not overlap, however fast they are replayed.
    ((ended,),) = stack.query("SELECT COALESCE(MAX(last_value_ms), 0) FROM sessions")
    command += ["--not-before", str(ended + 1000), "--speed", str(speed), "--work-dir", str(folder / "work"), "--drain-timeout", "200"]
    command += ["--report", str(folder / "report.json"), "--expected", str(folder / "expected.jsonl"), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GONIO_STACK_FILE": str(stack.file)}
    return Replay(folder, tuple(command), environment)


def stored_values(stack: LocalStack, expected: list[Value]) -> list[Value]:
    """What `reading_values` holds of the sessions that are expected, sorted."""
    sessions = sorted({value[4] for value in expected})
    sql = "SELECT tenant_id, device_id, metric, measured_at, session_id, value FROM reading_values WHERE session_id IN %s"
    rows = stack.query(sql, sessions)
    return sorted((t, d, m, (at - _EPOCH) // dt.timedelta(milliseconds=1), s, v) for t, d, m, at, s, v in rows)


def wait_until_stored(stack: LocalStack, played: Replay, within_s: float = 120) -> None:
    """Until every expected value is there exactly once and nothing else is. Fails with the first difference."""
    expected = played.expected
    sessions = sorted({value[4] for value in expected})
    counting = "SELECT COALESCE(SUM(value_count), 0) FROM messages WHERE session_id IN %s"
    known = sum(message["values"] for message in played.messages if message["fault"] in ("", "late"))
    until(lambda: stack.query(counting, sessions)[0][0] >= known, within_s, f"{known} values of {len(sessions)} sessions to be stored")
    stored = stored_values(stack, expected)
    assert [row for row, times in Counter(stored).items() if times > 1] == []
    assert sorted(set(expected) - set(stored))[:3] == []
    assert sorted(set(stored) - set(expected))[:3] == []
