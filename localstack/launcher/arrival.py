"""What of a replay has arrived: the database's values against the recordings', and the delay from device to row."""

import datetime as dt
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pymysql

from launcher import aws, database
from launcher.instance import Instance
from launcher.percentiles import percentile

_POLL_SECONDS = 0.5
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 (the database's times are UTC without a zone)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Counts, and the sorted delays in milliseconds."""

    stored_messages: int
    stored_values: int
    missing_values: int
    wrong_values: int
    poison: int
    delays_ms: tuple[int, ...]

    def delay_ms(self, percent: int) -> int:
        """A percentile of the delay; 0 when nothing was stored."""
        return percentile(self.delays_ms, percent)


def wait(instance: Instance, messages: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]], within_s: float) -> Arrival:
    """Poll until every expected value and every poison message is there, or the time is up; what was found then."""
    deadline = time.monotonic() + within_s
    malformed = sum(message["fault"].startswith("malformed") for message in messages)
    with pymysql.connect(**database.parameters(instance), autocommit=True) as connection:
        while True:
            found = _look(instance, connection, messages, expected)
            if (not found.missing_values and found.poison >= malformed) or time.monotonic() > deadline:
                return found
            time.sleep(_POLL_SECONDS)


def last_value_ms(instance: Instance) -> int:
    """When the last value that is stored was measured, in epoch milliseconds; 0 when there is none."""
    with pymysql.connect(**database.parameters(instance)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(last_value_ms), 0) FROM sessions")
        rows = cursor.fetchall()
    return int(rows[0][0])


def _look(instance: Instance, connection: Any, messages: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]]) -> Arrival:
    devices = sorted({message["device"] for message in messages})
    handed = {(message["device"], message["id"]): message["handed_at"] for message in reversed(messages) if message["handed_at"]}
    stored = _stored_messages(connection, devices)
    delays = sorted(stored[key] - at for key, at in handed.items() if key in stored)
    values = _stored_values(connection, expected)
    wanted = {(row["device_id"], row["metric"], row["measured_at_ms"]): row["value"] for row in expected}
    present = [key for key in wanted if key in values]
    return Arrival(
        stored_messages=len(delays),
        stored_values=len(present),
        missing_values=len(wanted) - len(present),
        wrong_values=sum(values[key] != wanted[key] for key in present),
        poison=_poison(instance, {device: min(at for (d, _), at in handed.items() if d == device) for device in devices}),
        delays_ms=tuple(delays),
    )


def _stored_messages(connection: Any, devices: Sequence[str]) -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT device_id, message_id, stored_at_ms FROM messages WHERE device_id IN %s", (devices,))
        return {(device, message): stored_at for device, message, stored_at in cursor.fetchall()}


def _stored_values(connection: Any, expected: Sequence[dict[str, Any]]) -> dict[tuple[str, str, int], float]:
    """The public view's values of the expected devices and metrics."""
    found: dict[tuple[str, str, int], float] = {}
    sql = "SELECT measured_at, value FROM reading_values WHERE tenant_id = %s AND device_id = %s AND metric = %s"
    with connection.cursor() as cursor:
        for tenant, device, metric in sorted({(row["tenant_id"], row["device_id"], row["metric"]) for row in expected}):
            cursor.execute(sql, (tenant, device, metric))
            found |= {(device, metric, (at - _EPOCH) // dt.timedelta(milliseconds=1)): value for at, value in cursor.fetchall()}
    return found


def _poison(instance: Instance, since_ms: dict[str, int]) -> int:
    """Records in the quarantine that these devices sent since the replay began."""
    s3 = aws.client(instance, "s3")
    outputs = json.loads(instance.stack_file.read_text())
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=outputs["quarantine_bucket"])
    begun = min(since_ms.values(), default=0) / 1000
    return sum(entry["LastModified"].timestamp() >= int(begun) for page in pages for entry in page.get("Contents", []))
