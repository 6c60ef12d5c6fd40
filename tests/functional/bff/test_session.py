"""A person's session, from signing in to signing out, as a browser sees it."""

import pytest

from tests.fakes.front_end import OPERATOR, PASSWORD, THERAPIST, World


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
