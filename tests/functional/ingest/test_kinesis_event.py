"""Lambda's event for a Kinesis batch, as the developer guide shows it, and the response that its mapping understands."""

import json
from pathlib import Path

from chalicelib.adapters.kinesis_event import records_of, response_to

EVENTS = Path(__file__).parents[2] / "events"


def test_records_keep_their_order_and_position() -> None:
    records = records_of(json.loads((EVENTS / "kinesis_batch.json").read_text()))

    assert [(it.shard_id, it.sequence_number[-8:], it.partition_key, it.arrived_at_ms) for it in records] == [
        ("shardId-000000000000", "36588898", "d-1", 1_795_464_492_600),
        ("shardId-000000000000", "37515618", "d-1", 1_795_464_492_600),
        ("shardId-000000000000", "38442338", "d-1", 1_795_464_492_600),
    ]
    assert records[2].data == b"\x00\x01 not JSON"


def test_the_response_names_the_first_failed_record_or_none() -> None:
    first, *_ = records_of(json.loads((EVENTS / "kinesis_batch.json").read_text()))

    assert response_to(None) == {"batchItemFailures": []}
    assert response_to(first) == {"batchItemFailures": [{"itemIdentifier": first.sequence_number}]}
