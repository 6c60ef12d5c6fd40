"""A request as the handlers see it, an answer as they give it, and what stands in the head of every answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.security.authorisation import RouteKey

JSON = "application/json"
EVENT_STREAM = "text/event-stream"

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Stand in every answer. HSTS is the front door's: it speaks for all of a host."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; header names in lower case, of a repeated query parameter the last."""

    route: RouteKey
    path_values: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes
    correlation_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: `body` is a JSON value or a struct, or text where the media type says so; None is no body."""

    status: int
    body: Any
    cookies: tuple[str, ...] = ()
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, code: str, message: str, correlation_id: str) -> Answer:
    """The one shape of errors."""
    return Answer(status, {"error": {"code": code, "message": message, "correlation_id": correlation_id}})
