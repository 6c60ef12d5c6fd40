"""What a record of the telemetry stream is taken for."""

from typing import Any

import pytest

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.domain.lifecycle import Connection, PresenceEvent
from chalicelib.domain.records import StreamRecord, read
from tests.messages import NOW_MS, presence, record


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'{"v":1,"id":"a","series":[{"metric":"m","unit":"deg","t0":1,"values":[1e999]}]}', "Number out of range"),
        (b"[1, 2]", "Expected `object`"),
        (b"{}", "missing required field `v`"),
    ],
)
def test_a_payload_that_a_rule_forwarded_unread_is_refused_for_its_own_fault(data: bytes, fault: str) -> None:
    with pytest.raises(PoisonError, match=fault):
        read(StreamRecord(data, "shardId-000000000000", "1", "device", 1))


def test_a_presence_event_tells_of_a_client_and_its_connection() -> None:
    session = "00000000-0000-0000-0000-000000000007"

    assert read(record(presence("connected", "d-1", 7))) == PresenceEvent("d-1", Connection(True, NOW_MS, 7, session))
    assert read(record(presence("disconnected", "any one", 7))) == PresenceEvent("any one", Connection(False, NOW_MS, 7, session))


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "now"},
        {"timestamp": 2**60},
        {"versionNumber": -1},
        {"versionNumber": 2**63},
        {"versionNumber": None},
        {"sessionIdentifier": ""},
        {"sessionIdentifier": "s" * 65},
        {"sessionIdentifier": "\N{LEG}"},
        {"eventType": "disconnected"},
        {"eventType": "slept"},
        {"clientId": "d-2"},
        {"clientId": None},
    ],
    ids=repr,
)
def test_a_presence_event_that_aws_does_not_send(changes: dict[str, Any]) -> None:
    with pytest.raises(PoisonError) as caught:
        read(record(presence("connected", **changes)))
    assert caught.value.reason.code is ReasonCode.INVALID_PRESENCE


@pytest.mark.parametrize(
    "topic", ["$aws/events/presence/connected", "$aws/events/presence/connected/d-1/x", "$aws/events/subscriptions/x/d-1"]
)
def test_other_events_of_aws_are_unknown(topic: str) -> None:
    with pytest.raises(PoisonError) as caught:
        read(record(presence("connected", topic=topic)))
    assert caught.value.reason.code is ReasonCode.UNKNOWN_TOPIC
