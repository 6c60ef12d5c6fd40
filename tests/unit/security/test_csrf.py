"""CSRF tokens belong to one session and one key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.security.csrf import csrf_token, is_csrf_token

KEY = b"k" * 32


@given(st.text(max_size=64), st.text(max_size=64))
def test_a_token_is_good_for_its_own_session_alone(session_key: str, other: str) -> None:
    assert is_csrf_token(KEY, session_key, csrf_token(KEY, session_key))
    assert is_csrf_token(KEY, session_key, csrf_token(KEY, other)) == (session_key == other)


def test_another_key_makes_other_tokens() -> None:
    assert not is_csrf_token(KEY, "s-1", csrf_token(b"x" * 32, "s-1"))


@pytest.mark.parametrize("token", [None, "", "x", "é", csrf_token(KEY, "s-1") + "=", csrf_token(KEY, "s-1").swapcase()])
def test_what_is_no_token(token: str | None) -> None:
    assert not is_csrf_token(KEY, "s-1", token)


def test_a_token_can_stand_in_a_header() -> None:
    assert csrf_token(KEY, "s-1").isascii()
    assert len(csrf_token(KEY, "s-1")) == 43
