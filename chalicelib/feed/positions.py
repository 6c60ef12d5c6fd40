"""Where a reader of the stream of changes stands: one position a shard, and the text that carries them through a browser.

The text is the `Last-Event-ID` of Server-Sent Events: opaque to browsers, and checked when it comes back.
"""

import base64
import binascii
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from chalicelib.domain.errors import InvalidRequestError

MAX_SHARDS = 512
MAX_CHARACTERS = 64 * 1024


class Kind(StrEnum):
    """How far a shard was read."""

    SINCE = "t"
    """Nothing yet: its records from an instant on."""
    WHOLE = "w"
    """Nothing yet: all of its records, since it took the place of a shard that was read to its end."""
    AFTER = "s"
    """Up to a record, that included."""
    ENDED = "e"
    """To its end; what took its place waits for another parent."""


Digits = Annotated[str, Meta(pattern=r"\A(0|[1-9][0-9]{0,128})\Z")]
ShardId = Annotated[str, Meta(pattern=r"\A[a-zA-Z0-9_.-]{1,128}\Z")]


class ShardPosition(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A position in one shard. `at_ms` is the instant it speaks of, in epoch milliseconds: of its record, or of its making."""

    kind: Kind
    at_ms: Annotated[int, Meta(ge=0, le=2**53)]
    sequence_number: Digits | None = None


Positions = Mapping[str, ShardPosition]
"""Positions by shard id: what a reader knows."""

_decoder = msgspec.json.Decoder(Annotated[dict[ShardId, ShardPosition], Meta(min_length=1, max_length=MAX_SHARDS)])


def event_id(positions: Positions) -> str:
    """The positions as text of `[A-Za-z0-9_-]`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(dict(sorted(positions.items())))).rstrip(b"=").decode()


def positions_of(text: str) -> Positions:
    """The positions in a text. Raises `InvalidRequestError` for one that `event_id` never made."""
    positions: Positions
    try:
        if len(text) > MAX_CHARACTERS:
            raise ValueError("too long")
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        positions = _decoder.decode(raw)
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequestError("The event id is not one of ours") from error
    if any((it.kind is Kind.AFTER) != (it.sequence_number is not None) for it in positions.values()):
        raise InvalidRequestError("The event id is not one of ours")
    return positions
