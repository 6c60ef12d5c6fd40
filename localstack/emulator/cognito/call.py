"""One request to the user pools: its transaction, who asks, and what answers need; and answers in pages."""

import base64
import secrets
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from emulator.cognito.errors import InvalidParameterError
from emulator.cognito.signing_keys import SigningKeys
from emulator.iot.registry import Session

type Document = dict[str, Any]
"""What is known of one pool, client, group, user, grant or token; holds only what JSON holds."""
type Request = dict[str, Any]
"""An operation's input as AWS's model names it."""
type Answer = dict[str, Any]
"""An operation's output as AWS's model names it."""

LARGEST_PAGE = 60
"""As many items as Cognito puts on a page."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request under way. What it stores is durable when it ends without an exception."""

    store: Session
    account_id: str
    region: str
    keys: SigningKeys
    address: str
    """Where this LocalStack answers, without a slash at the end; the issuer of a pool's tokens lies under it."""
    now: float
    """Epoch seconds."""


type Operation = Callable[[Call, Request], Answer]


def page(rows: Iterator[tuple[str, Document]], size: int | None) -> tuple[list[Document], str | None]:
    """The first documents, at most `size`, and the token of the next page."""
    limit = size or LARGEST_PAGE
    taken = list(islice(rows, limit + 1))
    token = base64.urlsafe_b64encode(taken[limit - 1][0].encode()).decode() if len(taken) > limit else None
    return [document for _, document in taken[:limit]], token


def after(token: str | None) -> str:
    """The key that a page begins after. Raises InvalidParameterError for a token that no page gave."""
    try:
        return base64.urlsafe_b64decode(token).decode() if token else ""
    except ValueError as error:  # neither base64 nor UTF-8
        raise InvalidParameterError("Invalid pagination token") from error


def without_nothing(answer: Answer) -> Answer:
    """The answer without members that have no value: AWS leaves those out."""
    return {name: value for name, value in answer.items() if value is not None}


def moment(epoch_s: float) -> datetime:
    """A stored time, as answers carry it."""
    return datetime.fromtimestamp(epoch_s, UTC)


def random_name(length: int, alphabet: str = string.ascii_lowercase + string.digits) -> str:
    """A name or secret nobody can guess."""
    return "".join(secrets.choice(alphabet) for _ in range(length))
