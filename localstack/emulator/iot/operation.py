"""What an operation of the control plane is, and what all of them share: answers in pages, and times."""

import base64
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from emulator.iot.errors import InvalidRequestError
from emulator.iot.registry import Session

type Request = dict[str, Any]
"""An operation's input as AWS's model names it."""
type Answer = dict[str, Any]
"""An operation's output as AWS's model names it."""
type Operation = Callable[[Session, Request], Answer]
type Rows = Callable[[str], Iterator[tuple[str, Any]]]
"""What a list operation lists: (key, item) from beyond a key on, in the keys' order."""

LARGEST_PAGE = 250
"""As many items as AWS IoT puts on a page at most; here on a page of no stated size too."""


def by_token(request: Request, member: str, rows: Rows) -> Answer:
    """A page of an operation that pages with `maxResults` and `nextToken`."""
    items, token = _page(rows, request.get("nextToken"), request.get("maxResults"))
    return {member: items} | ({"nextToken": token} if token else {})


def by_marker(request: Request, member: str, rows: Rows) -> Answer:
    """A page of an operation that pages with `pageSize` and `marker`."""
    items, token = _page(rows, request.get("marker"), request.get("pageSize"))
    return {member: items} | ({"nextMarker": token} if token else {})


def now() -> float:
    """The time that goes into documents, in epoch seconds."""
    return time.time()


def moment(epoch_s: float) -> datetime:
    """A stored time, as answers carry it."""
    return datetime.fromtimestamp(epoch_s, UTC)


def _page(rows: Rows, token: str | None, size: int | None) -> tuple[list[Any], str | None]:
    limit = size or LARGEST_PAGE
    taken = list(islice(rows(_decoded(token)), limit + 1))
    rest = base64.urlsafe_b64encode(taken[limit - 1][0].encode()).decode() if len(taken) > limit else None
    return [item for _, item in taken[:limit]], rest


def _decoded(token: str | None) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode() if token else ""
    except ValueError as error:  # neither base64 nor UTF-8
        raise InvalidRequestError("Invalid token") from error
