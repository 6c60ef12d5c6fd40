"""The registry's REST-shaped interface."""

import json
from typing import Any

import pytest

from chalicelib.devices.api import RegistryApi
from chalicelib.domain.errors import UnavailableError
from tests.fakes.ingest import FakeClock
from tests.fakes.registry import FakeRegistry

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
BODY = {"tenant_id": "t-1", "member_id": "m-1", "certificate_id": "ab" * 32, "certificate_pem": PEM}


class World:
    """The interface on fakes."""

    def __init__(self) -> None:
        self.registry = FakeRegistry()
        self.failures: list[str] = []
        self.api = RegistryApi(self.registry, FakeClock(0), self.failures.append)

    def ask(self, method: str, path: str, **parts: Any) -> tuple[int, Any]:
        answer = self.api.handle({"method": method, "path": path, **parts})
        assert answer["headers"] == {"content-type": "application/json"}
        json.dumps(answer)
        return answer["status"], answer["body"]

    def put(self, device_id: str = "d-1", **changes: Any) -> tuple[int, Any]:
        return self.ask("PUT", f"/registry/devices/{device_id}", body={**BODY, **changes})


@pytest.fixture
def world() -> World:
    return World()


def test_a_device_is_registered_once_and_renewed_after(world: World) -> None:
    assert world.put()[0] == 201
    assert world.put(certificate_id="cd" * 32)[0] == 200

    status, page = world.ask("GET", "/registry/devices")

    device = {
        "tenant_id": "t-1",
        "device_id": "d-1",
        "member_id": "m-1",
        "certificate_id": "cd" * 32,
        "certificate_pem": PEM,
        "status": "active",
        "registered_at": "1970-01-01T00:00:00.000Z",
        "last_contact_at": None,
    }
    assert (status, page) == (200, {"items": [device], "next_cursor": None})


def test_the_body_may_be_json_text(world: World) -> None:
    status, answer = world.ask("PUT", "/registry/devices/d-1", body=json.dumps(BODY))

    assert (status, answer["device_id"]) == (201, "d-1")


def test_a_device_of_another_tenant_stays_theirs(world: World) -> None:
    world.put()

    status, answer = world.put(tenant_id="t-2")

    assert (status, answer["error"]["code"]) == (409, "taken")


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": ""},
        {"tenant_id": None},
        {"member_id": "a b"},
        {"certificate_id": "AB" * 32},
        {"certificate_id": "ab"},
        {"certificate_pem": ""},
        {"certificate_pem": "-----BEGIN PRIVATE KEY-----"},
        {"more": 1},
    ],
    ids=repr,
)
def test_a_wrong_registration_is_told_why(world: World, changes: dict[str, Any]) -> None:
    status, answer = world.put(**changes)

    assert (status, answer["error"]["code"]) == (400, "invalid_request")
    assert next(iter(changes)) in answer["error"]["message"]
    assert world.registry.registrations == {}


@pytest.mark.parametrize("body", [None, "{", "[]", [], 1])
def test_a_body_that_is_no_registration(world: World, body: object) -> None:
    assert world.ask("PUT", "/registry/devices/d-1", body=body)[0] == 400


@pytest.mark.parametrize("device_id", ["D-1", "d_1", "d" * 65, "d%20"])
def test_a_device_id_that_no_thing_has(world: World, device_id: str) -> None:
    assert world.put(device_id)[0] == 400


def test_cursors_lead_through_all_devices(world: World) -> None:
    for number in range(5):
        world.put(f"d-{number}")

    found, cursor = [], ""
    for _ in range(3):
        _, page = world.ask("GET", "/registry/devices", query={"limit": "2", "cursor": cursor})
        found += [item["device_id"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert found == [f"d-{number}" for number in range(5)]
    assert cursor is None


def test_a_list_may_be_of_one_tenant(world: World) -> None:
    world.put("d-1")
    world.put("d-2", tenant_id="t-2")

    _, page = world.ask("GET", "/registry/devices", query={"tenant_id": "t-2"})

    assert [item["device_id"] for item in page["items"]] == ["d-2"]


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "501"}, {"limit": "ten"}, {"limit": "٣"}, {"limit": "9" * 20}, {"cursor": "!"}, {"cursor": "QQ=="}]
)
def test_a_wrong_query(world: World, query: dict[str, str]) -> None:
    assert world.ask("GET", "/registry/devices", query=query)[0] == 400


def test_one_device_can_be_asked_for(world: World) -> None:
    world.put("d-1")
    world.put("d-2", tenant_id="t-2")

    status, device = world.ask("GET", "/registry/devices/d-2")

    assert (status, device["device_id"], device["tenant_id"]) == (200, "d-2", "t-2")
    assert world.ask("GET", "/registry/devices/d-3")[0] == 404


def test_a_certificate_is_revoked_for_good(world: World) -> None:
    world.put()

    for _ in range(2):
        status, device = world.ask("DELETE", "/registry/devices/d-1/certificate")
        assert (status, device["status"]) == (200, "revoked")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/registry/devices/d-1/certificate"),
        ("GET", "/"),
        ("POST", "/registry/devices"),
        ("PUT", "/registry/devices/a/b"),
        ("PUT", "/registry/devices/"),
    ],
)
def test_what_is_not_there(world: World, method: str, path: str) -> None:
    assert world.ask(method, path, body=BODY)[0] == 404


@pytest.mark.parametrize("event", [None, {}, [], {"method": 1, "path": "/"}])
def test_what_is_no_request(world: World, event: object) -> None:
    assert world.api.handle(event)["status"] == 400


def test_a_database_that_is_away_is_told_and_logged(world: World) -> None:
    world.registry.error = UnavailableError("2003 db.internal")

    status, answer = world.ask("GET", "/registry/devices", headers={"X-Correlation-Id": "c-1"})

    assert (status, answer["error"]["code"], answer["error"]["correlation_id"]) == (503, "unavailable", "c-1")
    assert "internal" not in answer["error"]["message"]
    assert len(world.failures) == 1
