"""Builders of what travels, for tests: payloads, stream records as the topic rule makes them, Lambda events."""

import base64
import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.domain.records import StreamRecord

NOW_MS = 1_795_464_492_000
_sequence = itertools.count(49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898)


def telemetry(message_id: str = "m-1", **changes: Any) -> dict[str, Any]:
    """A telemetry payload of three values; keyword arguments replace fields."""
    series = {"metric": "knee_flexion_left", "unit": "deg", "t0": NOW_MS, "dt": 33.333, "values": [0.9, 0.8, 1.1]}
    return {"v": 1, "id": message_id, "series": [series], **changes}


def series(**changes: Any) -> dict[str, Any]:
    """The series of `telemetry`, with fields replaced."""
    return {**telemetry()["series"][0], **changes}


def event(kind: str, message_id: str = "e-1", **changes: Any) -> dict[str, Any]:
    """An event payload."""
    return {"v": 1, "id": message_id, "type": kind, "at": NOW_MS, **changes}


def presence(event_type: str, client_id: str = "d-1", version: int = 0, **changes: Any) -> bytes:
    """A presence event as the topic rule passes it on, with the fields of the developer guide; keyword arguments replace some."""
    payload = {
        "clientId": client_id,
        "timestamp": NOW_MS,
        "eventType": event_type,
        "sessionIdentifier": f"00000000-0000-0000-0000-{version:012d}",
        "principalIdentifier": "12345678901234567890123456789012",
        "versionNumber": version,
    }
    ending = {"clientInitiatedDisconnect": True, "disconnectReason": "CLIENT_INITIATED_DISCONNECT"}
    own = {"ipAddress": "192.0.2.0"} if event_type == "connected" else ending
    topic = f"$aws/events/presence/{event_type}/{client_id}"
    return json.dumps({**payload, **own, "topic": topic, "received_at": NOW_MS + 500, **changes}).encode()


def ruled(payload: Mapping[str, Any], **changes: Any) -> bytes:
    """The payload as the topic rule passes it on; keyword arguments replace what the rule adds."""
    kind = "event" if "type" in payload else "telemetry"
    added = {"tenant_id": "t-1", "device_id": "d-1", "received_at": NOW_MS + 500} | changes
    topic = f"dt/gonio/{added['tenant_id']}/{added['device_id']}/{kind}"
    return json.dumps({**payload, "topic": topic, **added}).encode()


def ruled_bytes(payload: bytes, **changes: Any) -> bytes:
    """`ruled` for a payload that is encoded already."""
    return ruled(json.loads(payload), **changes)


def record(data: bytes, **changes: Any) -> StreamRecord:
    """A stream record with a sequence number of its own."""
    fields = {
        "shard_id": "shardId-000000000000",
        "sequence_number": str(next(_sequence)),
        "partition_key": "d-1",
        "arrived_at_ms": NOW_MS + 600,
    }
    return StreamRecord(data=data, **{**fields, **changes})


def lambda_event(records: Iterable[StreamRecord]) -> dict[str, Any]:
    """The event that an event source mapping sends for these records."""
    return {"Records": [_lambda_record(it) for it in records]}


def _lambda_record(it: StreamRecord) -> dict[str, Any]:
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": it.partition_key,
            "sequenceNumber": it.sequence_number,
            "data": base64.b64encode(it.data).decode(),
            "approximateArrivalTimestamp": it.arrived_at_ms / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{it.shard_id}:{it.sequence_number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::000000000000:role/ingest",
        "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:kinesis:eu-west-1:000000000000:stream/telemetry",
    }
