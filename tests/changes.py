"""Builders of the stream `changes`, for tests: rows of the replicated tables, and DMS's records of their changes."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.domain.records import StreamRecord
from tests.messages import NOW_MS, record

KEYS = {
    "sessions": ("tenant_id", "session_id"),
    "devices": ("device_id",),
    "device_contacts": ("tenant_id", "device_id"),
    "members": ("tenant_id", "member_id"),
    "hour_rollups": ("tenant_id", "device_id", "metric", "start_ms"),
    "day_rollups": ("tenant_id", "device_id", "metric", "start_ms"),
}
_ROLLUP = {
    "tenant_id": "t-1",
    "device_id": "d-1",
    "metric": "knee_flexion_left",
    "start_ms": 1_795_464_000_000,
    "value_count": 3,
    "value_min": 0.8,
    "value_max": 1.1,
    "value_sum": 2.8,
}
ROWS: dict[str, dict[str, Any]] = {
    "sessions": {
        "tenant_id": "t-1",
        "session_id": "s-1",
        "member_id": "m-1",
        "exercise": "standing_shoulder_abduction",
        "device_ids": '["d-1", "d-2"]',
        "started_at_ms": NOW_MS,
        "started_by": "d-1/e-1",
        "ended_at_ms": None,
        "first_value_ms": NOW_MS + 1,
        "last_value_ms": NOW_MS + 1999,
        "value_count": 3,
    },
    "devices": {
        "device_id": "d-1",
        "tenant_id": "t-1",
        "member_id": None,
        "certificate_id": "0" * 64,
        "certificate_pem": "-----BEGIN CERTIFICATE-----",
        "status": "active",
        "registered_at_ms": NOW_MS,
    },
    "device_contacts": {
        "tenant_id": "t-1",
        "device_id": "d-1",
        "last_contact_ms": NOW_MS + 500,
        "battery_percent": 87.5,
        "battery_at_ms": NOW_MS,
        "battery_message_id": "b-1",
        "is_online": 1,
        "presence_at_ms": NOW_MS,
        "presence_version": 4,
        "presence_session": "a1",
    },
    "members": {"tenant_id": "t-1", "member_id": "m-1", "named_at_ms": NOW_MS},
    "hour_rollups": _ROLLUP,
    "day_rollups": _ROLLUP,
}
"""A row of each table, with all its columns."""


def row(table: str, **columns: Any) -> dict[str, Any]:
    """A row; keyword arguments replace columns."""
    return {**ROWS[table], **columns}


def change(table: str, operation: str = "insert", data: Mapping[str, Any] | None = None, **metadata: Any) -> bytes:
    """DMS's record of a change; keyword arguments replace metadata (`_` for `-`), and None takes it away."""
    values = ROWS[table] if data is None else data
    told = {
        "timestamp": "2026-11-24T07:00:01.000000Z",
        "record-type": "data",
        "operation": operation,
        "partition-key-type": "primary-key",
        "partition-key-value": ".".join(["gonio", table, *(str(values.get(it)) for it in KEYS.get(table, ()))]),
        "schema-name": "gonio",
        "table-name": table,
        "transaction-id": 12,
        "transaction-record-id": 1,
        "commit-timestamp": "2026-11-24T07:00:00.250Z",
        "stream-position": "gonio.000003.4711.2",
    } | {name.replace("_", "-"): it for name, it in metadata.items()}
    return json.dumps({"data": values, "metadata": {name: it for name, it in told.items() if it is not None}}).encode()


def change_record(table: str, operation: str = "insert", data: Mapping[str, Any] | None = None, **metadata: Any) -> StreamRecord:
    """The same as a record of the stream, with a sequence number of its own."""
    return record(change(table, operation, data, **metadata))
