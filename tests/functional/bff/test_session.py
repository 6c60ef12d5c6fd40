"""A person's session, from signing in to signing out, as a browser sees it."""

import pytest

from chalicelib.domain.errors import UnavailableError
from tests.fakes.front_end import OPERATOR, PASSWORD, THERAPIST, World

HOUR_MS = 3600 * 1000


def test_signing_in_gives_cookies_that_only_our_origin_gets(world: World) -> None:
    browser = world.browser()

    reply = browser.sign_in()

    assert (reply.status, reply.json["user"]) == (
        200,
        {"id": "therapist", "email": THERAPIST, "role": "therapist", "tenant": "clinic-north"},
    )
    cookies = reply.headers["set-cookie"]
    assert [it.partition("=")[0] for it in cookies] == ["__Host-gonio", "__Host-gonio-refresh"]
    assert all(it.endswith("; Path=/; Secure; HttpOnly; SameSite=Strict") for it in cookies)


def test_the_cookie_tells_who_is_signed_in(world: World) -> None:
    browser = world.browser()
    entered = browser.sign_in(OPERATOR).json

    assert browser.ask("GET", "/session").json == entered
    assert entered["user"]["tenant"] is None


@pytest.mark.parametrize(("email", "password"), [(THERAPIST, "wrong"), ("nobody@clinic-north.example", PASSWORD)])
def test_a_wrong_pair_is_answered_alike_whoever_exists(world: World, email: str, password: str) -> None:
    reply = world.browser().sign_in(email, password)

    assert (reply.status, reply.error) == (401, "wrong_credentials")
    assert reply.json["error"]["message"] == "Email and password do not belong together."
    assert "set-cookie" not in reply.headers


def test_attempts_are_limited_alike_whoever_exists(world: World) -> None:
    browser = world.browser()
    for email in (THERAPIST, "nobody@clinic-north.example"):
        replies = [browser.sign_in(email, "wrong") for _ in range(11)]
        assert [it.status for it in replies] == [401] * 10 + [429]
    asked = world.identity.asked

    assert browser.sign_in().error == "too_many_attempts"
    assert world.identity.asked == asked


def test_whoever_signs_in_has_all_attempts_again(world: World) -> None:
    browser = world.browser()
    for _ in range(2):
        assert [browser.sign_in(THERAPIST, "wrong").status for _ in range(9)] == [401] * 9
        assert browser.sign_in().status == 200


def test_renewing_rotates_both_tokens_of_the_same_session(world: World) -> None:
    browser = world.browser()
    entered, old = browser.sign_in().json, dict(browser.cookies)
    world.clock.time_ms += HOUR_MS
    assert browser.ask("GET", "/devices").status == 401

    renewed = browser.ask("POST", "/session/refresh")

    assert (renewed.status, renewed.json["csrf_token"]) == (200, entered["csrf_token"])
    assert renewed.json["expires_at"] > entered["expires_at"]
    assert browser.cookies.keys() == old.keys()
    assert not set(browser.cookies.values()) & set(old.values())
    assert browser.ask("GET", "/session").status == 200
    browser.cookies = old
    assert browser.ask("POST", "/session/refresh").status == 401


def test_tokens_of_two_sign_ins_do_not_go_together(world: World) -> None:
    browser, other = world.browser(), world.browser()
    browser.sign_in()
    other.sign_in()
    browser.cookies["__Host-gonio-refresh"] = other.cookies["__Host-gonio-refresh"]

    assert browser.ask("POST", "/session/refresh").status == 401


def test_a_session_without_its_refresh_token_cannot_be_renewed(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    del browser.cookies["__Host-gonio-refresh"]

    assert browser.ask("POST", "/session/refresh").status == 401


def test_a_page_that_slept_or_was_reloaded_learns_how_to_renew_its_session(world: World) -> None:
    browser = world.browser()
    entered = browser.sign_in().json
    browser.csrf_token = None
    world.clock.time_ms += 12 * HOUR_MS - 1

    told = browser.ask("GET", "/session")

    assert (told.status, told.json) == (200, entered)
    assert "set-cookie" not in told.headers
    assert browser.ask("POST", "/session/refresh").status == 403
    browser.csrf_token = told.json["csrf_token"]
    assert browser.ask("GET", "/devices").status == 401
    assert browser.ask("POST", "/session/refresh").status == 200
    assert browser.ask("GET", "/session").json["expires_at"] > entered["expires_at"]


def test_an_ended_token_that_cannot_be_renewed_is_no_session(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    del browser.cookies["__Host-gonio-refresh"]
    assert browser.ask("GET", "/session").status == 200
    world.clock.time_ms += HOUR_MS

    assert browser.ask("GET", "/session").status == 401


def test_a_session_that_was_ended_stays_ended_after_its_token_and_after_its_trace(world: World) -> None:
    browser, other = world.browser(), world.browser()
    browser.sign_in()
    copied = dict(browser.cookies)
    browser.ask("DELETE", "/session")
    browser.cookies = copied
    for passed_ms in (HOUR_MS, 32 * 24 * HOUR_MS):
        world.clock.time_ms += passed_ms
        other.sign_in()
        other.ask("DELETE", "/session")  # forgets sessions that ended long ago

        assert browser.ask("GET", "/session").status == 401
        assert browser.ask("POST", "/session/refresh").status == 401


def test_signing_out_takes_the_cookies_and_ends_the_session_everywhere(world: World) -> None:
    browser, elsewhere = world.browser(), world.browser()
    browser.sign_in()
    copied = dict(browser.cookies)
    elsewhere.cookies = dict(copied)
    elsewhere.csrf_token = browser.csrf_token
    assert elsewhere.ask("GET", "/session").status == 200

    assert (browser.ask("DELETE", "/session").status, browser.cookies) == (204, {})

    browser.cookies = copied
    assert browser.ask("GET", "/session").status == 401
    world.clock.time_ms += 5000
    assert elsewhere.ask("GET", "/session").status == 401
    assert elsewhere.ask("POST", "/session/refresh").status == 401
    assert world.identity.refresh(copied["__Host-gonio-refresh"]) is None


def test_a_session_ends_even_when_the_identity_provider_is_away(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    copied = dict(browser.cookies)
    world.identity.error = UnavailableError("down")

    assert browser.ask("DELETE", "/session").status == 204

    browser.cookies = copied
    assert browser.ask("GET", "/session").status == 401
    assert any(level == "exception" for level, _, _ in world.log.lines)


def test_a_session_that_cannot_be_ended_is_not_said_to_be(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    world.revoked.error = UnavailableError("down")

    assert browser.ask("DELETE", "/session").status == 503
    assert "__Host-gonio" in browser.cookies


def test_an_old_session_can_be_ended_without_being_renewed(world: World) -> None:
    browser = world.browser()
    browser.sign_in()
    world.clock.time_ms += HOUR_MS

    assert browser.ask("DELETE", "/session").status == 204


def test_signing_in_while_the_identity_provider_is_away(world: World) -> None:
    world.identity.error = UnavailableError("down: therapist@clinic-north.example")

    reply = world.browser().sign_in()

    assert (reply.status, reply.error) == (503, "unavailable")
    assert "down" not in reply.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", {}, {"email": THERAPIST}, {"email": THERAPIST, "password": ""}, {"email": 1, "password": "x"}, b"[" * 9999],
    ids=lambda it: repr(it)[:30],
)
def test_a_body_that_is_no_sign_in(world: World, body: object) -> None:
    reply = world.browser().ask("POST", "/session", body)

    assert (reply.status, reply.error) == (400, "invalid_request")


def test_a_body_is_json_and_not_endless(world: World) -> None:
    browser = world.browser()

    assert browser.ask("POST", "/session", b"x", headers={"content-type": "text/plain"}).status == 400
    assert browser.ask("POST", "/session", {"email": THERAPIST, "password": "x" * 70_000}).status == 400
    assert world.identity.asked == 0


def test_a_password_is_never_logged(world: World) -> None:
    browser = world.browser()
    browser.sign_in(password="a secret that was mistyped")
    browser.sign_in()

    assert "secret" not in repr(world.log.lines)
    assert browser.cookies["__Host-gonio"] not in repr(world.log.lines)
    assert browser.cookies["__Host-gonio-refresh"] not in repr(world.log.lines)


def test_who_has_no_role_stays_out_and_an_operator_can_find_out_why(world: World) -> None:
    world.identity.add("new@gonio.example", PASSWORD, **{"cognito:groups": []})

    assert world.browser().sign_in("new@gonio.example").error == "wrong_credentials"
    assert "A sign-in has no role, or no tenant" in {message for _, message, _ in world.log.lines}
