"""The gates of the front end on the whole stack: every route, sessions, forged cookies, sign-out, the front door's headers."""

import base64
import json
import time
from typing import Any

import pytest

from tests.e2e.browsing import Browser, browser
from tests.e2e.local_stack import LocalStack, until

NORTH, OPERATOR = "therapist@clinic-north.example", "operator@gonio.example"
OPEN = {("/session", "post"), ("/health", "get"), ("/openapi.json", "get")}
COOKIE = "__Host-gonio"


@pytest.fixture
def person(running: LocalStack) -> Any:
    with browser(running) as anyone:
        yield anyone


def _routes(person: Browser) -> list[tuple[str, str]]:
    paths = person.get("/openapi.json").json()["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods if method in ("get", "post", "put", "delete")]


def _filled(path: str) -> str:
    return (
        path.replace("{device_id}", "south-tracker-1")
        .replace("{member_id}", "member-dora")
        .replace("{session_id}", "s-unknown")
        .replace("{id}", "x")
    )


def test_without_a_session_every_route_but_the_open_ones_is_401(person: Browser) -> None:
    routes = [route for route in _routes(person) if route not in OPEN]
    assert len(routes) >= 12
    answers = {route: person.send(route[1].upper(), _filled(route[0])).status_code for route in routes}
    assert {route: status for route, status in answers.items() if status != 401} == {}


def test_a_change_of_state_without_csrf_token_or_from_elsewhere_is_403(person: Browser) -> None:
    assert person.sign_in(NORTH).status_code == 200
    changing = [(path, method) for path, method in _routes(person) if method != "get" and (path, method) not in OPEN]
    assert changing
    for path, method in changing:
        assert person.send(method.upper(), _filled(path), {}, **{"X-CSRF-Token": "forged"}).status_code == 403, path
        assert person.send(method.upper(), _filled(path), {}, Origin="https://evil.example").status_code == 403, path


def test_the_cookie_is_closed_to_scripts_and_to_other_sites(person: Browser) -> None:
    answer = person.sign_in(NORTH)
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-gonio=")
    for attribute in ("httponly", "secure", "samesite=strict", "path=/"):
        assert attribute in cookie
    assert "domain=" not in cookie


def test_a_wrong_password_is_401_and_does_not_tell_whether_the_user_exists(person: Browser) -> None:
    wrong = person.send("POST", "/session", {"email": NORTH, "password": "Wrong-password-1"})
    unknown = person.send("POST", "/session", {"email": "nobody@clinic-north.example", "password": "Wrong-password-1"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["error"]["code"] == unknown.json()["error"]["code"]


def test_a_tampered_or_unsigned_cookie_is_refused(person: Browser) -> None:
    assert person.sign_in(NORTH).status_code == 200
    token = str(person.session.cookies[COOKIE])
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["custom:tenant"] = "clinic-south"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    nothing = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for cookie in (f"{head}.{forged}.{signature}", f"{nothing}.{forged}.", f"{head}.{body}.{signature[:-4]}AAAA", "nonsense"):
        with browser(person.stack) as thief:
            thief.session.cookies.set(COOKIE, cookie)
            assert thief.get("/devices").status_code == 401


def test_a_signed_out_cookie_is_refused_within_five_seconds(person: Browser) -> None:
    assert person.sign_in(NORTH).status_code == 200
    stolen = person.session.cookies[COOKIE]
    with browser(person.stack) as thief:
        thief.session.cookies.set(COOKIE, stolen)
        assert thief.get("/session").status_code == 200
        assert person.send("DELETE", "/session").status_code in (200, 204)
        signed_out = time.monotonic()
        accepted_at: list[float] = []

        def is_refused() -> bool:
            asked = time.monotonic()
            status = thief.get("/session").status_code
            if status != 401:
                accepted_at.append(asked)
            return status == 401

        until(is_refused, 60, "the old cookie to be refused")
        assert [asked - signed_out for asked in accepted_at if asked - signed_out > 5] == []


def test_a_refreshed_session_goes_on(person: Browser) -> None:
    assert person.sign_in(NORTH).status_code == 200
    before = person.session.cookies[COOKIE]
    answer = person.send("POST", "/session/refresh")
    assert answer.status_code == 200, answer.text
    assert person.session.cookies[COOKIE] != before
    assert person.get("/session").json()["user"]["email"] == NORTH


def test_an_operator_sees_devices_and_nothing_clinical(person: Browser) -> None:
    assert person.sign_in(OPERATOR).status_code == 200
    assert {d["tenant_id"] for d in person.get("/devices").json()["items"]} >= {"clinic-north", "clinic-south"}
    for path in (
        "/sessions",
        "/members",
        "/members/member-ada",
        "/search?q=ada",
        "/devices/north-tracker-1/series?metric=a&resolution=hour",
    ):
        assert person.get(path).status_code == 403, path


def test_an_unknown_route_is_404_in_the_one_shape_of_errors(person: Browser) -> None:
    answer = person.get("/nothing")
    assert answer.status_code == 404
    assert answer.json()["error"].keys() == {"code", "message", "correlation_id"}


def test_health_names_every_component_without_a_session(person: Browser) -> None:
    health = until(lambda: _healthy(person), 60, "every component to be well")
    assert {c["name"] for c in health["components"]} >= {"database", "search", "changes", "query", "devices"}
    assert "password" not in json.dumps(health).lower()


def test_the_front_door_sends_the_headers_that_browsers_need(person: Browser, running: LocalStack) -> None:
    page = person.session.get(running.content["web_url"], timeout=10)
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for name in ("strict-transport-security", "x-content-type-options", "referrer-policy"):
        assert name in page.headers
    assert person.get("/session").headers["cache-control"] == "no-store"


def _healthy(person: Browser) -> dict[str, Any]:
    health: dict[str, Any] = person.get("/health").json()
    return health if health["status"] == "ok" else {}
