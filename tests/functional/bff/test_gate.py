"""The gate in front of every route: one test each walks all of them."""

import re
from typing import Any

import pytest

from chalicelib.bff.resources import RESOURCES
from chalicelib.domain.errors import UnavailableError
from chalicelib.security.authorisation import PUBLIC, ROLES, RouteKey
from tests.fakes.front_end import NEIGHBOUR, OPERATOR, Browser, Reply, World
from tests.fakes.identity import claims, signed

ROUTES = [route.key for routes in RESOURCES.values() for route in routes]
PROTECTED = [key for key in ROUTES if key not in PUBLIC]
CHANGES = [key for key in PROTECTED if key.method != "GET"]
CLINICAL = [key for key in PROTECTED if len(ROLES[key]) == 1]


def _name(key: RouteKey) -> str:
    return f"{key.method} {key.path}"


def _ask(browser: Browser, key: RouteKey, **parts: Any) -> Reply:
    body: dict[str, Any] | None = {} if key.method == "PUT" else None
    query = {"/search": "?q=knee", "/devices/{device_id}/series": "?metric=knee"}.get(key.path, "")
    return browser.ask(key.method, re.sub("{[a-z_]+}", "x-1", key.path) + query, body, **parts)


def test_every_route_of_the_application_is_in_the_table_and_in_the_description(world: World) -> None:
    instance = world.instance()
    routes = {RouteKey(method, path) for path, methods in instance.app.routes.items() for method in methods}
    paths = world.browser(instance).ask("GET", "/openapi.json").json["paths"]

    assert routes == {*ROLES, *PUBLIC}
    assert routes == {RouteKey(method.upper(), path) for path, methods in paths.items() for method in methods}


@pytest.mark.parametrize("key", PROTECTED, ids=_name)
def test_without_a_session_there_is_no_entry(world: World, key: RouteKey) -> None:
    reply = _ask(world.browser(), key)

    assert (reply.status, reply.error) == (401, "unauthenticated")
    assert world.services.asked == []


@pytest.mark.parametrize("key", PROTECTED, ids=_name)
def test_a_cookie_that_was_made_up_is_no_session(world: World, key: RouteKey) -> None:
    browser = world.browser()
    browser.sign_in()
    head, payload, signature = browser.cookies["__Host-gonio"].split(".")
    now_s = world.clock.now_ms() // 1000
    for token in (
        f"{head}.{payload}.{signature[::-1]}",
        f"{head}.{payload}.",
        signed(claims(now_s, aud="another-client")),
        signed(claims(now_s, token_use="access")),
        "x",
    ):
        browser.cookies["__Host-gonio"] = token
        assert _ask(browser, key).status == 401


@pytest.mark.parametrize("key", PROTECTED, ids=_name)
def test_a_session_that_was_ended_is_none(world: World, key: RouteKey) -> None:
    browser = world.browser()
    browser.sign_in()
    copied = dict(browser.cookies)
    browser.ask("DELETE", "/session")
    browser.cookies = copied

    assert _ask(browser, key).status == 401


@pytest.mark.parametrize("key", CHANGES, ids=_name)
@pytest.mark.parametrize(
    "headers",
    [
        {"x-csrf-token": None},
        {"x-csrf-token": "x" * 43},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": None, "sec-fetch-site": None},
    ],
    ids=repr,
)
def test_a_change_that_our_pages_did_not_ask_for(world: World, key: RouteKey, headers: dict[str, str | None]) -> None:
    browser = world.browser()
    browser.sign_in()

    reply = _ask(browser, key, headers=headers)

    assert (reply.status, reply.error) == (403, "cross_site")
    assert world.services.asked == []
    assert browser.ask("GET", "/session").status == 200


@pytest.mark.parametrize("key", CHANGES, ids=_name)
def test_another_sessions_csrf_token_is_none(world: World, key: RouteKey) -> None:
    browser, other = world.browser(), world.browser()
    browser.sign_in()
    other.sign_in(NEIGHBOUR)
    browser.csrf_token = other.csrf_token

    assert _ask(browser, key).status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": None, "sec-fetch-site": None}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
def test_nobody_is_signed_in_by_another_site(world: World, headers: dict[str, str | None], status: int) -> None:
    body = {"email": OPERATOR, "password": "correct horse battery staple"}

    assert world.browser().ask("POST", "/session", body, headers=headers).status == status


@pytest.mark.parametrize("key", PROTECTED, ids=_name)
def test_operators_meet_a_wall_before_what_is_clinical(world: World, key: RouteKey) -> None:
    browser = world.browser()
    browser.sign_in(OPERATOR)

    reply = _ask(browser, key)

    assert (reply.status == 403) == (key in CLINICAL)
    assert key not in CLINICAL or world.services.asked == []


@pytest.mark.parametrize("key", ROUTES, ids=_name)
def test_every_answer_carries_the_headers_of_security(world: World, key: RouteKey) -> None:
    browser = world.browser()
    for reply in (_ask(browser, key), browser.ask("PATCH", re.sub("{[a-z_]+}", "x-1", key.path))):
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in reply.headers
        assert reply.headers["x-correlation-id"]


def test_what_chalice_answers_by_itself_has_our_shape(world: World) -> None:
    reply = world.browser().ask("PATCH", "/session", headers={"x-correlation-id": "c-1"})

    assert (reply.status, reply.headers["allow"]) == (405, "POST, GET, DELETE")
    assert reply.json == {
        "error": {"code": "method_not_allowed", "message": "Unsupported method: PATCH", "correlation_id": "c-1"},
    }


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>"])
def test_a_correlation_id_is_ours_where_theirs_might_do_harm(world: World, given: str) -> None:
    reply = world.browser().ask("GET", "/session", headers={"x-correlation-id": given})

    assert re.fullmatch("[0-9a-f-]{36}", reply.headers["x-correlation-id"])
    assert reply.json["error"]["correlation_id"] == reply.headers["x-correlation-id"]


def test_requests_are_logged_under_their_correlation_id(world: World) -> None:
    browser = world.browser()
    browser.sign_in()

    browser.ask("GET", "/members/m-1?x=y", headers={"x-correlation-id": "c-1"})

    fields = {
        "method": "GET",
        "route": "/members/{member_id}",
        "correlation_id": "c-1",
        "user_id": "therapist",
        "status": 404,
    }
    assert world.log.lines[-1] == ("info", "Answered", fields)


def test_who_cannot_be_known_gets_no_entry(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    world.clock.time_ms += 4000
    world.revoked.error = UnavailableError("down")

    assert browser.ask("GET", "/session").status == 503
    assert browser.ask("GET", "/health").status == 200


def test_the_last_resort_tells_nothing(world: World) -> None:
    world.services.answers["/members/m-1"] = {"member_id": 7, "secret": "s3cret"}
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("GET", "/members/m-1")

    assert (reply.status, reply.error) == (500, "internal")
    assert "secret" not in reply.text
    assert ("exception", "A request failed") in {(level, message) for level, message, _ in world.log.lines}
