"""The change feed as people see it: their tenant's, their role's, as it is now."""

import json
from typing import Any

import pytest

from tests.fakes.front_end import NEIGHBOUR, OPERATOR, THERAPIST, Browser, World

KEYS = {"sessions": ["session_id"], "device_contacts": ["device_id"], "hour_rollups": ["device_id", "metric", "start_ms"]}


def _record(table: str, operation: str = "update", **row: Any) -> bytes:
    metadata = {
        "timestamp": "2026-11-24T07:00:00.000000Z",
        "record-type": "data",
        "operation": operation,
        "partition-key-type": "primary-key",
        "partition-key-value": f"gonio.{table}.x",
        "schema-name": "gonio",
        "table-name": table,
        "transaction-id": 1,
        "transaction-record-id": 1,
        "commit-timestamp": "2026-11-24T07:00:00.000Z",
        "stream-position": "gonio.000001.4.0",
    }
    return json.dumps({"data": {"tenant_id": "clinic-north", **row}, "metadata": metadata}).encode()


SESSION = _record("sessions", session_id="s-1", member_id="m-1", exercise="knee_extension", device_ids='["d-1"]', value_count=3)
CONTACT = _record("device_contacts", device_id="d-1", last_contact_ms=1000, is_online=1, presence_at_ms=500, battery_percent=80.0)
ROLLUP = _record("hour_rollups", device_id="d-1", metric="knee", start_ms=0, value_count=2, value_min=1.0, value_max=3.0, value_sum=4.0)


def _events(browser: Browser, records: list[bytes], world: World) -> list[tuple[str, Any]]:
    """What a browser hears of records that come after its first connection."""
    position = browser.ask("GET", "/events").text.split("id: ")[1].strip()
    for record in records:
        world.stream.put("k", record)
    reply = browser.ask("GET", "/events", headers={"last-event-id": position})
    assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream")
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in reply.text.split("\n\n") if "data: " in block]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_events_carry_the_objects_new_state(world: World) -> None:
    browser = world.browser()
    browser.sign_in()

    session, contact, rollup = _events(browser, [SESSION, CONTACT, ROLLUP], world)

    assert session == (
        "session.updated",
        {
            "session_id": "s-1",
            "member_id": "m-1",
            "exercise": "knee_extension",
            "device_ids": ["d-1"],
            "started_at": None,
            "ended_at": None,
            "first_value_at": None,
            "last_value_at": None,
            "value_count": 3,
        },
    )
    assert contact == (
        "device.presence",
        {
            "tenant_id": "clinic-north",
            "device_id": "d-1",
            "last_contact_at": "1970-01-01T00:00:01.000Z",
            "battery_percent": 80.0,
            "battery_at": None,
            "presence": {"online": True, "since": "1970-01-01T00:00:00.500Z"},
        },
    )
    assert rollup == (
        "reading.rolled_up",
        {
            "device_id": "d-1",
            "metric": "knee",
            "bucket_start": "1970-01-01T00:00:00.000Z",
            "count": 2,
            "min": 1.0,
            "max": 3.0,
            "sum": 4.0,
            "mean": 2.0,
        },
    )


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        (THERAPIST, ["session.updated", "device.presence", "reading.rolled_up"]),
        (NEIGHBOUR, []),
        (OPERATOR, ["device.presence"]),
    ],
)
def test_tenant_and_role_decide_what_passes(world: World, email: str, expected: list[str]) -> None:
    world.stream = type(world.stream)(world.clock, limit=10)
    browser = world.browser()
    browser.sign_in(email)

    assert [name for name, _ in _events(browser, [SESSION, CONTACT, ROLLUP], world)] == expected


@pytest.mark.parametrize(
    "record",
    [
        _record("sessions", "delete", session_id="s-1"),
        _record("members", member_id="m-1", named_at_ms=1),
        _record("day_rollups", device_id="d-1", metric="k", start_ms=0, value_count=1, value_min=1, value_max=1, value_sum=1),
        _record("alerts"),
        _record("sessions", session_id=7),
        b"{",
    ],
    ids=lambda it: it[:40],
)
def test_what_makes_no_event_is_passed_by(world: World, record: bytes) -> None:
    browser = world.browser()
    browser.sign_in()

    assert [name for name, _ in _events(browser, [record, SESSION], world)] == ["session.updated"]


def test_a_position_that_was_made_up_leads_to_a_reset(world: World) -> None:
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("GET", "/events", headers={"last-event-id": "x"})

    assert "event: reset\ndata: {}\n" in reply.text
