"""The two cookies of a session.

The prefix `__Host-` makes browsers refuse them without `Secure`, with a `Domain`, or on another path (RFC 6265bis, 4.1.3.2).
They have no age: they end with the browser's session, and the tokens in them have ends of their own.
"""

import re
from collections.abc import Iterable

SESSION = "__Host-gonio"
"""Holds the ID token."""
REFRESH = "__Host-gonio-refresh"
"""Holds the refresh token."""
_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"
_VALUE = re.compile(r"[A-Za-z0-9._~+/=-]{1,4096}")


def set_cookie(name: str, value: str) -> str:
    """The `Set-Cookie` header that gives a browser the cookie. Raises `ValueError` for what no token is made of."""
    if not _VALUE.fullmatch(value):
        raise ValueError("A token has characters that a cookie cannot carry")
    return f"{name}={value}; {_ATTRIBUTES}"


def clear_cookie(name: str) -> str:
    """The `Set-Cookie` header that takes the cookie away."""
    return f"{name}=; {_ATTRIBUTES}; Max-Age=0"


def read_cookies(headers: Iterable[str]) -> dict[str, str]:
    """Cookies by name from `Cookie` headers. A name that comes twice counts for nothing: someone put one of them there."""
    pairs = [(name.strip(), value.strip()) for header in headers for name, _, value in (it.partition("=") for it in header.split(";"))]
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1 and _VALUE.fullmatch(value)}
