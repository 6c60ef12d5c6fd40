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


@dataclass(frozen=True, slots=True)
class JsonText:
    """A body that is written out: a large one, which who carries it then need not take apart and put together again."""

    text: str


def response(status: int, body: object) -> dict[str, Any]:
    """A REST-shaped response; the body is a JSON value, or the text of one."""
    shown = body.text if isinstance(body, JsonText) else msgspec.to_builtins(body)
    return {"status": status, "headers": {"content-type": "application/json"}, "body": shown}


def failure(code: str, message: str, correlation_id: str | None) -> dict[str, Any]:
    """The one shape of errors."""
    return {"error": {"code": code, "message": message, "correlation_id": correlation_id}}
