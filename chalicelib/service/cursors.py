"""Cursors of lists: where the next page begins, for exactly the list that they were made for.

A cursor is the base64url of `[fingerprint, position]` in JSON. The position is the last document's value under each sort key, and
a page holds what comes after it (OpenSearch's `search_after`): what is written meanwhile moves nothing, as long as the
keys of a document never change. The fingerprint is of the list: a cursor of another list, filter or tenant is refused. It
is no secret and no permission: whoever makes a cursor up begins elsewhere in a list that is theirs.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping

import msgspec

from chalicelib.domain.errors import InvalidCursorError
from chalicelib.domain.searches import Position

_FINGERPRINT_BYTES = 9
_decoder = msgspec.json.Decoder(tuple[str, tuple[str | int | float | None, ...]])
_encoder = msgspec.json.Encoder()


def fingerprint(route: str, tenant_id: str | None, parameters: Mapping[str, object]) -> str:
    """Short text that tells one list from every other."""
    told = _encoder.encode([route, tenant_id, sorted(parameters.items())])
    return base64.urlsafe_b64encode(hashlib.sha256(told).digest()[:_FINGERPRINT_BYTES]).decode()


def cursor(of: str, position: Position) -> str:
    """The cursor that goes on after `position` in the list with this fingerprint."""
    return base64.urlsafe_b64encode(_encoder.encode((of, position))).decode().rstrip("=")


def position(of: str, text: str, keys: int) -> Position:
    """Where the cursor goes on, with a value for each of the list's `keys`. Raises `InvalidCursorError`."""
    try:
        made_for, found = _decoder.decode(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise InvalidCursorError("`cursor` is not one that a page gave") from error
    if made_for != of or len(found) != keys:
        raise InvalidCursorError("`cursor` belongs to another list or to other filters")
    return found
