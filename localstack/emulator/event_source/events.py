"""Records as the function's event shows them, and the filter in front of it."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from emulator.event_source.model import Event, MappingConfig
from emulator.kinesis.model import Record

type Matcher = Callable[[dict[str, Any], dict[str, Any]], bool]
"""Whether an event pattern (first) matches an event (second)."""

_HEAD = b'{"Records":['
_TAIL = b"]}"
PAYLOAD_OVERHEAD_BYTES = len(_HEAD) + len(_TAIL)


@dataclass(frozen=True, slots=True)
class EventFormat:
    """Builds a mapping's events from one shard's records ("Example Kinesis Data Streams record event")."""

    config: MappingConfig
    shard_id: str

    def event(self, record: Record) -> Event:
        """The record's entry in `Records`."""
        body = {
            "kinesis": _kinesis_fields(record),
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{self.shard_id}:{record.sequence_number}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self.config.role_arn,
            "awsRegion": self.config.stream.region,
            "eventSourceARN": self.config.consumer.stream_arn,
        }
        return Event(int(record.sequence_number), record.partition_key, record.arrived_at_ms, orjson.dumps(body))


def payload(events: Sequence[Event]) -> bytes:
    """The function's event for a batch, JSON."""
    return _HEAD + b",".join([event.body for event in events]) + _TAIL


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """FilterCriteria: a record passes if any pattern matches it; without patterns all pass."""

    patterns: tuple[dict[str, Any], ...]
    matches: Matcher

    def passes(self, record: Record) -> bool:
        """Whether the function gets this record.

        Patterns see `data` and the record's other fields. Data that is not JSON matches no pattern on `data`
        ("Properly filtering Kinesis messages").
        """
        if not self.patterns:
            return True
        subject = _kinesis_fields(record) | {"data": _json_or_none(record.data)}
        return any(self.matches(pattern, subject) for pattern in self.patterns if "data" not in pattern or subject["data"] is not None)


def _kinesis_fields(record: Record) -> dict[str, Any]:
    return {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": record.partition_key,
        "sequenceNumber": record.sequence_number,
        "data": base64.b64encode(record.data).decode(),
        "approximateArrivalTimestamp": record.arrived_at_ms / 1000,
    }


def _json_or_none(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
