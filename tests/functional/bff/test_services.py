"""Pages made of what the services answer."""

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from chalicelib.devices.api import FleetApi
from chalicelib.devices.fleet import Fleet
from tests.fakes.front_end import OPERATOR, World
from tests.fakes.query_world import QueryWorld

DEVICE = {
    "device_id": "d-1",
    "tenant_id": "clinic-north",
    "member_id": "m-1",
    "status": "active",
    "registered_at": "2026-11-24T07:00:00.000Z",
    "last_contact_at": None,
    "battery_percent": 81.0,
    "presence": {"online": True, "since": None},
    "last_values": [{"metric": "knee_flexion_left", "unit": "deg", "measured_at": "2026-11-24T07:00:00.000Z", "value": 1.5}],
}


def test_devices_come_from_their_service_with_who_asks(world: World) -> None:
    world.services.answers["/devices"] = {"items": [DEVICE], "next_cursor": None}
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("GET", "/devices?limit=5&q=knee&unknown=1", headers={"x-correlation-id": "c-1"})

    assert (reply.status, reply.json) == (200, {"items": [DEVICE], "next_cursor": None})
    ((service, event),) = world.services.asked
    assert (service, event["path"], event["query"]) == ("devices", "/devices", {"limit": "5", "q": "knee"})
    assert event["headers"] == {
        "x-correlation-id": "c-1",
        "x-deadline-ms": str(world.clock.now_ms() + 5000),
        "x-role": "therapist",
        "x-tenant-id": "clinic-north",
        "x-user": "therapist",
    }
    assert reply.headers["x-correlation-id"] == "c-1"


def test_an_operator_sees_devices_without_what_is_clinical(world: World) -> None:
    world.services.answers |= {"/devices": {"items": [DEVICE], "next_cursor": "c"}, "/devices/d-1": DEVICE}
    browser = world.browser()
    browser.sign_in(OPERATOR)
    seen = {name: value for name, value in DEVICE.items() if name != "last_values"} | {"member_id": None}

    assert browser.ask("GET", "/devices").json == {"items": [seen], "next_cursor": "c"}
    assert browser.ask("GET", "/devices/d-1").json == seen
    assert "x-tenant-id" not in world.services.asked[0][1]["headers"]


def test_what_a_service_tells_beyond_its_type_stays_here(world: World) -> None:
    world.services.answers["/devices/d-1"] = {**DEVICE, "certificate_pem": "-----BEGIN"}
    browser = world.browser()
    browser.sign_in()

    assert browser.ask("GET", "/devices/d-1").json == DEVICE


@pytest.mark.parametrize(
    "path",
    [
        "/devices?limit=0",
        "/devices?limit=201",
        "/devices?limit=many",
        "/devices?online=perhaps",
        "/sessions?member_id=a%20b",
        "/sessions?q=",
        "/search",
        "/devices/d-1/series",
        "/devices/d-1/series?metric=KNEE",
        "/devices/d-1/series?metric=knee&resolution=second",
    ],
)
def test_a_query_that_breaks_the_description_reaches_no_service(world: World, path: str) -> None:
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("GET", path)

    assert (reply.status, reply.error) == (400, "invalid_request")
    assert world.services.asked == []


@pytest.mark.parametrize("name", ["a%20b", "..", "a%2Fb", "%7Bx%7D", "x" * 65, "{x.__class__}"])
def test_a_name_that_nothing_has_reaches_no_service(world: World, name: str) -> None:
    browser = world.browser()
    browser.sign_in()

    assert browser.ask("GET", f"/members/{name}").status == 404
    assert world.services.asked == []


def test_settings_are_passed_on_with_their_refusal(world: World) -> None:
    error = {"code": "not_implemented", "message": "Settings come with shadows.", "correlation_id": None}
    world.services.answers["/devices/d-1/settings"] = {"error": error}
    world.services.status = 501
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("PUT", "/devices/d-1/settings", {"interval_s": 5}, headers={"x-correlation-id": "c-1"})

    assert (reply.status, reply.json) == (501, {"error": {**error, "correlation_id": "c-1"}})
    assert world.services.asked[0][1]["body"] == {"interval_s": 5}


@pytest.mark.parametrize("written", [dict, json.dumps], ids=["as a value", "written out"])
def test_a_series_keeps_its_points_as_they_are(world: World, written: Callable[[Any], Any]) -> None:
    series = {
        "device_id": "d-1",
        "metric": "knee",
        "unit": "deg",
        "resolution": "raw",
        "from": "2026-11-24T07:00:00.000Z",
        "to": "2026-11-24T08:00:00.000Z",
        "points": [{"at": "2026-11-24T07:00:00.000Z", "value": 0.1}],
        "truncated": False,
        "next_from": None,
    }
    world.services.answers["/devices/d-1/series"] = written(series)
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("GET", "/devices/d-1/series?metric=knee&from=1795500000000&to=1795503600000")

    assert reply.json == series
    assert world.services.asked[0][1]["query"] == {"metric": "knee", "from": "1795500000000", "to": "1795503600000"}


RECENT = {"sessions": [], "counts": {"devices": 2, "devices_online": 1, "sessions_today": 0}}


def test_the_first_page_is_made_of_two_services(world: World) -> None:
    world.services.answers |= {"/devices": {"items": [], "next_cursor": None}, "/home/recent": RECENT}
    browser = world.browser()
    browser.sign_in()

    home = browser.ask("GET", "/home").json

    assert home == {"recent": RECENT, "devices": {"items": [], "next_cursor": None}, "missing": []}


@pytest.mark.parametrize(
    ("down", "missing"), [({"devices"}, ["devices"]), ({"query"}, ["recent"]), ({"query", "devices"}, ["recent", "devices"])]
)
def test_the_first_page_says_what_is_missing(world: World, down: set[str], missing: list[str]) -> None:
    world.services.answers |= {"/devices": {"items": [], "next_cursor": None}, "/home/recent": RECENT}
    world.services.down = down
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("GET", "/home")

    assert (reply.status, reply.json["missing"]) == (200, missing)
    assert [reply.json[part] for part in missing] == [None] * len(missing)
    assert len([part for part in ("recent", "devices") if reply.json[part] is not None]) == 2 - len(missing)


def test_the_services_themselves_answer_in_process() -> None:
    real = QueryWorld()
    fleet = FleetApi(Fleet(real.documents, real.series, real.clock), real.failures.append)
    for tenant_id in ("clinic-north", "clinic-south"):
        real.has_device(f"tracker-{tenant_id}", tenant_id)
        real.has_session(f"session-{tenant_id}", tenant_id, exercise="knee_extension")
    with closing(World({"devices": fleet.handle, "query": real.api.handle})) as world:
        browser = world.browser()
        browser.sign_in()

        home = browser.ask("GET", "/home").json
        (device,) = browser.ask("GET", "/devices").json["items"]
        found = browser.ask("GET", "/search?q=session").json

    assert (home["missing"], home["recent"]["counts"]["devices"]) == ([], 1)
    assert (device["device_id"], device["presence"]["online"]) == ("tracker-clinic-north", False)
    assert [it["session_id"] for it in found["sessions"]] == ["session-clinic-north"]
    assert real.failures == []
