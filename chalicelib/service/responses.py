"""A service's response: status, headers, body; one shape for lists, one for errors."""

from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct


class Page[T](Struct, frozen=True):
    """A part of a list; `next_cursor` leads to the next and is None on the last."""

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with a status of its own."""

    status: int
    body: object


def response(status: int, body: object) -> dict[str, Any]:
    """A REST-shaped response; the body is a JSON value."""
    return {"status": status, "headers": {"content-type": "application/json"}, "body": msgspec.to_builtins(body)}


def failure(code: str, message: str, correlation_id: str | None) -> dict[str, Any]:
    """The one shape of errors."""
    return {"error": {"code": code, "message": message, "correlation_id": correlation_id}}
