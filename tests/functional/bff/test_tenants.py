"""What one clinic may know of another: nothing. Asked through the front end of the services' own code, on every route there is."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.bff.resources import document
from tests.fakes.front_end import NEIGHBOUR, THERAPIST, Browser, Reply, World
from tests.fakes.platform import front_end_of
from tests.fakes.query_world import QueryWorld
from tests.messages import telemetry

VALUES = {
    "device_id": "south-device",
    "member_id": "south-member",
    "session_id": "south-session",
    "metric": "knee_flexion_left",
    "q": "south-device",
}
"""What a path's or a query's parameter stands for, of clinic-south. A route with another parameter must be given its own here."""
OPERATIONS = {
    f"{method.upper()} {path}": operation for path, methods in document()["paths"].items() for method, operation in methods.items()
}
OF_OBJECTS = [name for name in OPERATIONS if "{" in name]
LISTS = {"GET /home", "GET /devices", "GET /members", "GET /sessions", "GET /search"}


@pytest.fixture
def clinics() -> Iterator[World]:
    """Two clinics; only the one in the south has anything."""
    behind = QueryWorld()
    behind.has_device("south-device", "clinic-south", "south-member")
    behind.has_member("south-member", "clinic-south")
    times = dict.fromkeys(("started_at", "first_value_at", "last_value_at"), "2026-11-23T20:08:12.000Z")
    behind.has_session("south-session", "clinic-south", member_id="south-member", device_ids=["south-device"], **times)
    behind.has_telemetry(telemetry(session="south-session"), tenant_id="clinic-south", device_id="south-device")
    with closing(front_end_of(behind)) as world:
        yield world


def _therapist(world: World, email: str) -> Browser:
    browser = world.browser()
    browser.sign_in(email)
    return browser


def _ask(browser: Browser, name: str) -> Reply:
    """Sends a request of that route with all that it requires."""
    method, path = name.split(" ")
    required = [it["name"] for it in OPERATIONS[name]["parameters"] if it["in"] == "query" and it["required"]]
    query = urlencode({it: VALUES[it] for it in required})
    body: dict[str, Any] | None = {} if "requestBody" in OPERATIONS[name] else None
    return browser.ask(method, re.sub(r"{(\w+)}", lambda it: VALUES[it[1]], path) + (f"?{query}" if query else ""), body)


@pytest.mark.parametrize("name", OF_OBJECTS)
def test_an_object_is_there_for_its_own_clinic_alone(clinics: World, name: str) -> None:
    theirs = _ask(_therapist(clinics, NEIGHBOUR), name)
    ours = _ask(_therapist(clinics, THERAPIST), name)

    assert theirs.status in {200, 501}
    assert (ours.status, ours.error) == (404, "not_found")


def test_no_list_tells_of_another_clinics_objects(clinics: World) -> None:
    theirs, ours = _therapist(clinics, NEIGHBOUR), _therapist(clinics, THERAPIST)
    whole = [name for name in OPERATIONS if name.startswith("GET ") and name not in OF_OBJECTS]

    assert {name for name in whole if "south-" in _ask(theirs, name).text} == LISTS
    assert [name for name in whole if "south-" in _ask(ours, name).text] == []
