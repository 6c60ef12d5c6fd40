"""What the function gets of a record, and which records it gets."""

import json
from typing import Any

import pytest
from localstack.utils.event_matcher import matches_event

from emulator.event_source.events import EventFormat, RecordFilter, payload
from emulator.kinesis.model import Record
from tests.emulator.event_source.fakes import ROLE_ARN, STREAM_ARN, mapping

RECORD = Record("49590338271490256608559692538361571095921575989136588898", "key-1", b'{"metric": "knee"}', 1_545_084_650_987)


def test_the_event_is_the_developer_guides_example() -> None:
    event = EventFormat(mapping(), "shardId-000000000006").event(RECORD)
    assert json.loads(payload([event])) == {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "key-1",
                    "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
                    "data": "eyJtZXRyaWMiOiAia25lZSJ9",
                    "approximateArrivalTimestamp": 1545084650.987,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": ROLE_ARN,
                "awsRegion": "eu-west-1",
                "eventSourceARN": STREAM_ARN,
            }
        ]
    }


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ({"data": {"metric": ["knee"]}}, True),
        ({"data": {"metric": ["hip"]}}, False),
        ({"partitionKey": ["key-1"]}, True),
        ({"partitionKey": ["key-2"]}, False),
    ],
)
def test_a_pattern_decides(pattern: dict[str, Any], passes: bool) -> None:
    assert RecordFilter((pattern,), matches_event).passes(RECORD) is passes


def test_one_matching_pattern_is_enough() -> None:
    assert RecordFilter(({"partitionKey": ["key-2"]}, {"partitionKey": ["key-1"]}), matches_event).passes(RECORD)


def test_without_patterns_all_pass() -> None:
    assert RecordFilter((), matches_event).passes(RECORD)


def test_data_that_is_not_json_matches_no_pattern_on_data() -> None:
    binary = Record("1", "key-1", b"\xff\x00", 0)
    assert not RecordFilter(({"data": {"metric": [{"exists": False}]}},), matches_event).passes(binary)
    assert RecordFilter(({"partitionKey": ["key-1"]},), matches_event).passes(binary)
