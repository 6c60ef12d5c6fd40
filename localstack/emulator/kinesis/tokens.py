"""Opaque tokens that carry a place in a stream or in a list, and the time when they were handed out. Pure.

Shard iterators and next tokens are good for 300 seconds on AWS. A token outlives a restart of the emulator.
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

import orjson

from emulator.kinesis.model import StreamKey

LIFETIME_MS = 300_000


class InvalidTokenError(ValueError):
    """This was never a token of ours."""


class ExpiredTokenError(ValueError):
    """The token is older than 300 seconds. `age_ms` says how old."""

    def __init__(self, age_ms: int) -> None:
        super().__init__(f"expired: {age_ms} ms old")
        self.age_ms = age_ms


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """Read this shard after a sequence number (None: from the trim horizon).

    `stream_created_at_ms` tells a stream from a later one of the same name.
    """

    stream: StreamKey
    stream_created_at_ms: int
    shard_id: str
    after: str | None


def seal_iterator(iterator: ShardIterator, now_ms: int) -> str:
    """The iterator as clients see it: at most 512 characters."""
    key = iterator.stream
    return seal([key.account_id, key.region, key.name, iterator.stream_created_at_ms, iterator.shard_id, iterator.after], now_ms)


def open_iterator(token: str, now_ms: int) -> ShardIterator:
    """InvalidTokenError or ExpiredTokenError for what is not a live iterator."""
    fields = unseal(token, now_ms)
    if not isinstance(fields, list) or len(fields) != 6:
        raise InvalidTokenError(token)
    account_id, region, name, created_at_ms, shard_id, after = fields
    return ShardIterator(StreamKey(account_id, region, name), created_at_ms, shard_id, after)


def seal(content: object, now_ms: int) -> str:
    """A token with JSON content."""
    body = orjson.dumps([now_ms, content])
    return base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4) + body).decode()


def unseal(token: str, now_ms: int) -> object:
    """What was sealed, if the token is one of ours and still alive."""
    try:
        raw = base64.urlsafe_b64decode(token)
    except (ValueError, binascii.Error) as error:
        raise InvalidTokenError(token) from error
    checksum, body = raw[:4], raw[4:]
    if not body or zlib.crc32(body).to_bytes(4) != checksum:
        raise InvalidTokenError(token)
    issued_at_ms, content = orjson.loads(body)
    if now_ms - issued_at_ms > LIFETIME_MS:
        raise ExpiredTokenError(now_ms - issued_at_ms)
    return content
