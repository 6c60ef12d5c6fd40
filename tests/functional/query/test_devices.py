"""Devices as people see them, through the interface of the service `devices`."""

import pytest

from chalicelib.domain.errors import UnavailableError
from tests.fakes.fleet_world import FleetWorld
from tests.fakes.query_world import OPERATOR
from tests.messages import NOW_MS, telemetry


@pytest.fixture
def fleet() -> FleetWorld:
    return FleetWorld()


def test_a_device_is_told_with_presence_and_last_values(fleet: FleetWorld) -> None:
    fleet.has_device("d-1", member_id="m-1")
    fleet.has_contact(
        "d-1",
        is_online=True,
        presence_at="2026-11-23T20:00:00.000Z",
        last_contact_at="2026-11-23T20:08:00.000Z",
        battery_percent=87.5,
    )
    fleet.has_telemetry(telemetry())

    assert fleet.ask("/devices/d-1") == (
        200,
        {
            "device_id": "d-1",
            "tenant_id": "t-1",
            "member_id": "m-1",
            "status": "active",
            "registered_at": "2026-11-24T00:00:00.000Z",
            "last_contact_at": "2026-11-23T20:08:00.000Z",
            "battery_percent": 87.5,
            "presence": {"online": True, "since": "2026-11-23T20:00:00.000Z"},
            "last_values": [{"metric": "knee_flexion_left", "unit": "deg", "measured_at": "2026-11-23T20:08:12.067Z", "value": 1.1}],
        },
    )


def test_a_device_that_was_never_heard_of(fleet: FleetWorld) -> None:
    fleet.has_device("d-1")

    _, device = fleet.ask("/devices/d-1")

    assert device["presence"] == {"online": False, "since": None}
    assert (device["last_contact_at"], device["battery_percent"], device["last_values"]) == (None, None, [])


def test_a_disconnect_is_believed_after_some_seconds(fleet: FleetWorld) -> None:
    fleet.has_device("d-1")
    fleet.has_contact("d-1", is_online=False, presence_at="2026-11-23T20:08:12.000Z")

    fleet.clock.time_ms = NOW_MS + 4_999
    assert fleet.ask("/devices/d-1")[1]["presence"] == {"online": True, "since": None}
    fleet.clock.time_ms = NOW_MS + 5_000
    assert fleet.ask("/devices/d-1")[1]["presence"] == {"online": False, "since": "2026-11-23T20:08:12.000Z"}


@pytest.mark.parametrize("path", ["/devices/d-2", "/devices/D-1", "/devices/d-3"])
def test_what_is_no_device_of_the_tenant(fleet: FleetWorld, path: str) -> None:
    fleet.has_device("d-1")
    fleet.has_device("d-2", tenant_id="t-2")

    assert fleet.ask(path)[0] == 404
    assert fleet.put(f"{path}/settings", {})[0] == 404


def test_pages_follow_device_ids(fleet: FleetWorld) -> None:
    for number in (3, 1, 4, 0, 2):
        fleet.has_device(f"d-{number}", member_id=f"m-{number}")

    assert [it["device_id"] for it in fleet.every("/devices", limit="2")] == [f"d-{number}" for number in range(5)]
    assert [it["device_id"] for it in fleet.every("/devices", q="m-3")] == ["d-3"]


@pytest.mark.parametrize(("limit", "count"), [("1", 450), ("7", 450), ("200", 450), ("50", 2_100)])
def test_a_filter_on_presence_finds_every_device_once(fleet: FleetWorld, limit: str, count: int) -> None:
    ids = [f"d-{number:04}" for number in range(count)]
    for number, device_id in enumerate(ids):
        fleet.has_device(device_id)
        fleet.has_contact(device_id, is_online=number % 50 == 0, presence_at="2026-11-23T20:00:00.000Z")

    online = [it["device_id"] for it in fleet.every("/devices", limit=limit, online="true")]

    assert online == ids[::50]


def test_a_filter_that_finds_nothing_for_long_goes_on_in_another_page(fleet: FleetWorld) -> None:
    for number in range(2_001):
        fleet.has_device(f"d-{number:04}")

    _, page = fleet.ask("/devices", online="true")

    assert page["items"] == []
    assert fleet.ask("/devices", online="true", cursor=page["next_cursor"])[1] == {"items": [], "next_cursor": None}


def test_an_operator_sees_all_devices_and_nothing_clinical(fleet: FleetWorld) -> None:
    fleet.has_device("d-1", member_id="m-1")
    fleet.has_device("d-2", tenant_id="t-2", member_id="m-2")
    fleet.has_telemetry(telemetry())

    _, page = fleet.ask_as(OPERATOR, "/devices")
    _, device = fleet.ask_as(OPERATOR, "/devices/d-2")

    assert [(it["device_id"], it["member_id"]) for it in page["items"]] == [("d-1", None), ("d-2", None)]
    assert (device["tenant_id"], device["member_id"]) == ("t-2", None)
    assert "last_values" not in device
    assert fleet.ask_as(OPERATOR, "/devices/d-3")[0] == 404


def test_an_operator_may_look_at_one_tenant(fleet: FleetWorld) -> None:
    fleet.has_device("d-1")
    fleet.has_device("d-2", tenant_id="t-2")

    _, page = fleet.ask_as({**OPERATOR, "x-tenant-id": "t-2"}, "/devices")

    assert [it["device_id"] for it in page["items"]] == ["d-2"]
    assert fleet.ask_as({**OPERATOR, "x-tenant-id": "t-2"}, "/devices/d-1")[0] == 404


def test_settings_wait_for_shadows(fleet: FleetWorld) -> None:
    fleet.has_device("d-1")

    status, answer = fleet.put("/devices/d-1/settings", {"sample_rate": 30})

    assert (status, answer["error"]["code"]) == (501, "not_implemented")
    assert "shadow" in answer["error"]["message"]


@pytest.mark.parametrize(
    "headers", [{}, {"x-role": "therapist"}, {"x-tenant-id": "t-1"}, {"x-tenant-id": "t-1", "x-role": "nurse"}], ids=repr
)
@pytest.mark.parametrize("path", ["/devices", "/devices/d-1"])
def test_who_is_nobody_sees_nothing(fleet: FleetWorld, headers: dict[str, str], path: str) -> None:
    fleet.has_device("d-1")

    assert fleet.ask_as(headers, path)[0] == 403
    assert fleet.put("/devices/d-1/settings", {}, headers)[0] == 403


def test_a_wrong_filter_is_named(fleet: FleetWorld) -> None:
    status, answer = fleet.ask("/devices", online="yes")

    assert (status, answer["error"]["code"]) == (400, "invalid_request")
    assert "`online`" in answer["error"]["message"]


def test_a_database_that_is_away_fails_the_detail_and_not_the_list(fleet: FleetWorld) -> None:
    fleet.has_device("d-1")
    fleet.series.error = UnavailableError("2003 db.internal")

    assert fleet.ask("/devices/d-1")[0] == 503
    assert fleet.ask("/devices")[0] == 200
