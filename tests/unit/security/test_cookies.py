"""Building and reading the session's cookies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.security.cookies import REFRESH, SESSION, clear_cookie, read_cookies, set_cookie

TOKENS = st.text("abcXYZ019-_.", min_size=1, max_size=200)


@given(TOKENS, TOKENS)
def test_what_was_set_is_read(session: str, refresh: str) -> None:
    sent = "; ".join(set_cookie(name, value).partition(";")[0] for name, value in ((SESSION, session), (REFRESH, refresh)))

    assert read_cookies([f"theme=dark; {sent}"]) == {"theme": "dark", SESSION: session, REFRESH: refresh}


def test_a_host_cookie_has_all_that_the_prefix_asks_for() -> None:
    assert set_cookie(SESSION, "a.b.c") == "__Host-gonio=a.b.c; Path=/; Secure; HttpOnly; SameSite=Strict"
    assert clear_cookie(SESSION) == "__Host-gonio=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"


@pytest.mark.parametrize("value", ["", "a;b", "a\r\nSet-Cookie: x=y", "a b", "é", "a" * 4097])
def test_nothing_but_a_token_becomes_a_cookie(value: str) -> None:
    with pytest.raises(ValueError, match="cookie"):
        set_cookie(SESSION, value)


@pytest.mark.parametrize(
    "headers", [[], [""], ["x"], [";;="], [f"{SESSION}=a; {SESSION}=b"], [f"{SESSION}=a", f"{SESSION}=a"], [f"{SESSION}=é"]]
)
def test_what_is_no_cookie_of_a_session(headers: list[str]) -> None:
    assert SESSION not in read_cookies(headers)


@given(st.lists(st.text(max_size=40), max_size=3))
def test_any_header_can_be_read(headers: list[str]) -> None:
    assert all(read_cookies(headers).values())
