"""Telemetry and topics as devices write them and functions read them; series cut into chunks."""

import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from chalicelib.domain import events, telemetry, topics
from chalicelib.domain.chunks import chunks_of
from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.domain.records import Arrival, read
from chalicelib.domain.rollups import Resolution
from chalicelib.domain.telemetry import Series, Telemetry, measured_at
from chalicelib.domain.topics import DeviceTopic, MessageKind, parse_device_topic
from tests.messages import NOW_MS, record, ruled_bytes
from tests.strategies import event_payloads, series, telemetry_payloads

tenants = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
devices = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)


@given(tenants, devices, st.sampled_from(MessageKind))
def test_a_topic_survives_being_written_and_read(tenant_id: str, device_id: str, kind: MessageKind) -> None:
    topic = DeviceTopic(tenant_id, device_id, kind)
    assert parse_device_topic(str(topic)) == topic


def test_the_topics_of_the_contract() -> None:
    assert topics.telemetry_topic("t", "d") == "dt/gonio/t/d/telemetry"
    assert topics.event_topic("t", "d") == "dt/gonio/t/d/event"
    assert topics.command_filter("t", "d") == "cmd/gonio/t/d/#"
    assert topics.basic_ingest_topic("r", "dt/gonio/t/d/event") == "$aws/rules/r/dt/gonio/t/d/event"


@pytest.mark.parametrize("topic", ["dt/gonio/t/D/telemetry", "dt/gonio/t//telemetry", "dt/gonio/a+b/d/event", "dt/gonio/t/d/telemetry\n"])
def test_a_topic_with_a_bad_name_is_none(topic: str) -> None:
    assert parse_device_topic(topic) is None


@given(telemetry_payloads("m-1"))
def test_telemetry_survives_being_written_and_read(payload: bytes) -> None:
    assert telemetry.encode(telemetry.decode(payload)) == payload


@given(event_payloads("e-1"))
def test_events_survive_being_written_and_read(payload: bytes) -> None:
    event = events.decode(payload)
    assert events.decode(events.encode(event)) == event


@pytest.mark.parametrize("payload", [b"", b"\xff", b"{", b'{"a": ' + b"[" * 100_000], ids=["empty", "binary", "half", "nested"])
@pytest.mark.parametrize("decode", [telemetry.decode, events.decode])
def test_what_is_no_json_is_poison(decode: Callable[[bytes], object], payload: bytes) -> None:
    with pytest.raises(PoisonError) as caught:
        decode(payload)
    assert caught.value.reason.code is ReasonCode.NOT_JSON


def test_what_is_optional_is_left_out() -> None:
    message = Telemetry(v=1, id="m-1", series=[Series(metric="knee", unit="deg", t0=5, values=[1.5])])

    assert json.loads(telemetry.encode(message)) == {
        "v": 1,
        "id": "m-1",
        "series": [{"metric": "knee", "unit": "deg", "t0": 5, "values": [1.5]}],
    }
    assert message.session is UNSET


@given(st.integers(0, 1023), st.floats(1, 1e9))
def test_no_two_positions_share_an_instant(position: int, dt_ms: float) -> None:
    assert measured_at(NOW_MS, dt_ms, position) < measured_at(NOW_MS, dt_ms, position + 1)


@given(series)
def test_chunks_hold_every_value_once_and_lie_within_one_minute(part: Series) -> None:
    payload = telemetry.encode(Telemetry(v=1, id="m-1", series=[part]))
    arrival = read(record(ruled_bytes(payload, received_at=part.last_ms + 10**9)))
    assert isinstance(arrival, Arrival)
    assert isinstance(arrival.message, Telemetry)

    chunks = chunks_of(arrival, arrival.message)

    assert [value for chunk in chunks for value in chunk.values] == part.values
    instants = [at_ms for chunk in chunks for at_ms in chunk.instants()]
    assert instants == [measured_at(part.t0, part.dt_ms, position) for position in range(len(part.values))]
    for chunk in chunks:
        assert (chunk.first_ms, chunk.last_ms) == (chunk.instants()[0], chunk.instants()[-1])
        assert {at_ms - at_ms % Resolution.MINUTE for at_ms in chunk.instants()} == {chunk.bucket.start_ms}
        assert (chunk.rollup.count, chunk.rollup.minimum, chunk.rollup.maximum) == (len(chunk.values), min(chunk.values), max(chunk.values))  # type: ignore[type-var]
    assert all(earlier.bucket < later.bucket for earlier, later in pairwise(chunks))
