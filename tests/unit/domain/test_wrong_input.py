"""Whatever breaks the contract is poison, with a reason that names the rule."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.domain.records import MAX_RECORD_BYTES, Origin, origin_of, read
from chalicelib.domain.telemetry import MAX_LEAD_MS
from tests.messages import NOW_MS, event, record, ruled, series, telemetry

RECEIVED_MS = NOW_MS + 500


def _reason(data: bytes) -> tuple[ReasonCode, str]:
    with pytest.raises(PoisonError) as caught:
        read(record(data))
    return caught.value.reason.code, caught.value.reason.message


def _with_values(text: str) -> bytes:
    """A telemetry record whose values are this JSON text, valid or not."""
    return ruled(telemetry(series=[series(values=["here"])])).replace(b'["here"]', text.encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\x01\xfe\xff", b"\xff\xfe{\x00", b"{", b'{"v": 1,', b"not json", b'\xef\xbb\xbf{"v": 1}', b'{"a": ' + b"[" * 100_000],
    ids=["empty", "binary", "utf-16", "half", "cut", "text", "byte order mark", "nested"],
)
def test_what_is_no_json_in_utf8(data: bytes) -> None:
    assert _reason(data)[0] is ReasonCode.NOT_JSON


def test_text_that_is_no_utf8_where_it_is_read() -> None:
    assert _reason(ruled(telemetry("here")).replace(b"here", b"\xff"))[0] is ReasonCode.NOT_JSON


@pytest.mark.parametrize("text", ["[NaN]", "[Infinity]", "[-Infinity]", "[1.]", "[.5]", "[01]", "[1,]"])
def test_numbers_that_json_does_not_know(text: str) -> None:
    assert _reason(_with_values(text))[0] is ReasonCode.NOT_JSON


@pytest.mark.parametrize("text", ["[1e999]", "[-1e999]", f"[{'9' * 400}]", "[1e301]"])
def test_numbers_that_are_too_large(text: str) -> None:
    code, message = _reason(_with_values(text))
    assert code is ReasonCode.INVALID_TELEMETRY
    assert "$.series[0].values[0]" in message or "$.series[...].values[...]" in message


@pytest.mark.parametrize("text", ['["1"]', "[null]", "[true]", "[[1]]", "[{}]", "{}", "1", "null", "[]"])
def test_values_that_are_no_numbers(text: str) -> None:
    assert _reason(_with_values(text))[0] is ReasonCode.INVALID_TELEMETRY


WRONG_FIELDS: list[dict[str, Any]] = [
    {"id": ""},
    {"id": "a b"},
    {"id": "a\n"},
    {"id": "é"},
    {"id": "x" * 65},
    {"id": 1},
    {"id": None},
    {"session": ""},
    {"session": None},
    {"session": "s/1"},
    {"series": []},
    {"series": {}},
    {"series": None},
    {"series": [series()] * 65},
    {"series": [1]},
]
WRONG_SERIES: list[dict[str, Any]] = [
    {"metric": "Knee"},
    {"metric": ""},
    {"metric": "k" * 65},
    {"unit": ""},
    {"unit": "u" * 17},
    {"unit": None},
    {"t0": "1"},
    {"t0": 1.5},
    {"t0": True},
    {"t0": 10**30},
    {"t0": -(10**30)},
    {"dt": 0},
    {"dt": 0.999},
    {"dt": -1},
    {"dt": "33"},
    {"dt": None},
    {"values": []},
    {"values": [0.0] * 1025},
]


@pytest.mark.parametrize("wrong", WRONG_FIELDS, ids=repr)
def test_a_wrong_field_of_telemetry(wrong: dict[str, Any]) -> None:
    assert _reason(ruled(telemetry(**wrong)))[0] is ReasonCode.INVALID_TELEMETRY


@pytest.mark.parametrize("wrong", WRONG_SERIES, ids=lambda it: repr(it)[:40])
def test_a_wrong_field_of_a_series(wrong: dict[str, Any]) -> None:
    assert _reason(ruled(telemetry(series=[series(), series(**wrong)])))[0] is ReasonCode.INVALID_TELEMETRY


@pytest.mark.parametrize("name", ["v", "id", "series"])
def test_a_missing_field_of_telemetry(name: str) -> None:
    payload = telemetry()
    del payload[name]
    assert _reason(ruled(payload)) == (ReasonCode.INVALID_TELEMETRY, f"Object missing required field `{name}`")


def test_several_values_without_a_step() -> None:
    part = series()
    del part["dt"]
    assert _reason(ruled(telemetry(series=[part])))[0] is ReasonCode.INVALID_TELEMETRY


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None])
@pytest.mark.parametrize("payload", [telemetry(), event("battery", data={"percent": 5})], ids=["telemetry", "event"])
def test_another_version(payload: dict[str, Any], version: object) -> None:
    assert _reason(ruled({**payload, "v": version}))[0] is ReasonCode.UNSUPPORTED_VERSION


@pytest.mark.parametrize(
    "payload",
    [
        event("jumped"),
        event("session_started", session="s-1"),
        event("session_started", data={"exercise": "deep_squat", "member": "m-1"}),
        event("session_started", session="s-1", data={"exercise": "Deep squat", "member": "m-1"}),
        event("session_ended"),
        event("pain_reported", data={"score": 11}),
        event("pain_reported", data={"score": "3"}),
        event("pain_reported"),
        event("battery", data={"percent": -1}),
        event("battery", data={"percent": 101}),
        event("battery", data=None),
        event("battery", data={"percent": 5}, at="now"),
        event("battery", data={"percent": 5}, at=1.5),
        event("battery", "", data={"percent": 5}),
    ],
    ids=repr,
)
def test_a_wrong_event(payload: dict[str, Any]) -> None:
    assert _reason(ruled(payload))[0] is ReasonCode.INVALID_EVENT


def test_a_day_ahead_is_the_limit() -> None:
    step = series(t0=RECEIVED_MS + MAX_LEAD_MS - 100, dt=100.4, values=[0.0, 0.0])
    later = series(t0=RECEIVED_MS + MAX_LEAD_MS - 100, dt=100.5, values=[0.0, 0.0])

    read(record(ruled(telemetry(series=[step]))))

    assert _reason(ruled(telemetry(series=[step, later])))[0] is ReasonCode.FAR_FUTURE
    assert _reason(ruled(telemetry(series=[series(dt=1e308, values=[1, 2, 3])])))[0] is ReasonCode.FAR_FUTURE
    battery = event("battery", data={"percent": 5}, at=RECEIVED_MS + MAX_LEAD_MS)
    read(record(ruled(battery)))
    assert _reason(ruled({**battery, "at": battery["at"] + 1}))[0] is ReasonCode.FAR_FUTURE


def test_any_age_is_welcome() -> None:
    read(record(ruled(telemetry(series=[series(t0=0), series(t0=-1)]))))


def test_a_record_larger_than_a_payload_may_be() -> None:
    padding = " " * (MAX_RECORD_BYTES - len(ruled(telemetry())))
    full = ruled(telemetry()) + padding.encode()

    read(record(full))

    assert _reason(full + b" ")[0] is ReasonCode.TOO_LARGE


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": None},
        {"device_id": "D!"},
        {"received_at": "now"},
        {"received_at": -1},
        {"topic": 1},
        {"topic": "dt/gonio/t-2/d-1/telemetry"},
    ],
    ids=repr,
)
def test_an_envelope_that_the_rule_does_not_make(changes: dict[str, Any]) -> None:
    assert _reason(ruled(telemetry(), **changes))[0] is ReasonCode.INVALID_ENVELOPE


@pytest.mark.parametrize("name", ["topic", "tenant_id", "device_id", "received_at"])
def test_an_envelope_that_lacks_something(name: str) -> None:
    payload = json.loads(ruled(telemetry()))
    del payload[name]
    assert _reason(json.dumps(payload).encode())[0] is ReasonCode.INVALID_ENVELOPE


@pytest.mark.parametrize(
    "topic", ["", "a", "dt/gonio/t-1/d-1", "dt/gonio/t-1/d-1/status", "dt/other/t-1/d-1/telemetry", "dt/gonio/t-1/d-1/telemetry/x"]
)
def test_a_topic_that_no_device_publishes_on(topic: str) -> None:
    assert _reason(ruled(telemetry(), topic=topic))[0] is ReasonCode.UNKNOWN_TOPIC


def test_what_a_poison_record_tells_of_its_origin() -> None:
    known = Origin("dt/gonio/t-1/d-1/telemetry", "t-1", "d-1", RECEIVED_MS)

    assert origin_of(record(ruled(telemetry(v=2)))) == known
    assert origin_of(record(b'{"topic": 1, "device_id": "d-1"}')) == Origin(device_id="d-1")
    assert origin_of(record(b"\x00")) == Origin()
    assert origin_of(record(b"[1]")) == Origin()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.sampled_from(["v", "id", "session", "series", "topic", "received_at", "type", "at", "data"]), json_values)
def test_no_json_value_in_any_field_is_anything_but_read_or_poison(name: str, value: object) -> None:
    assert _outcome(ruled({**telemetry(), **event("battery", data={"percent": 5}), name: value})) in {"read", *ReasonCode}


def _outcome(data: bytes) -> str:
    try:
        read(record(data))
    except PoisonError as error:
        return error.reason.code
    return "read"


@given(st.binary(max_size=200))
def test_no_bytes_are_anything_but_read_or_poison(data: bytes) -> None:
    with pytest.raises(PoisonError):
        read(record(data))
