"""The port `SigningKeySource` over HTTP: the key set that an issuer publishes under its well-known address (RFC 7517)."""

from collections.abc import Sequence
from typing import Any

import msgspec
import urllib3
from msgspec import Struct

from chalicelib.domain.errors import UnavailableError

TIMEOUT_S = 3.0


class _KeySet(Struct, frozen=True):
    keys: list[dict[str, Any]]


class HttpSigningKeys:
    """An issuer's public keys."""

    def __init__(self, pool: urllib3.PoolManager, issuer: str) -> None:
        self._pool = pool
        self._url = f"{issuer.rstrip('/')}/.well-known/jwks.json"

    def fetch(self) -> Sequence[dict[str, Any]]:
        """See the port."""
        try:
            answer = self._pool.request("GET", self._url, timeout=TIMEOUT_S, retries=False, redirect=False)
            if answer.status != 200:
                raise UnavailableError(f"{self._url} answers with status {answer.status}")
            return msgspec.json.decode(answer.data, type=_KeySet).keys
        except (urllib3.exceptions.HTTPError, msgspec.DecodeError) as error:
            raise UnavailableError(f"{self._url} does not answer with keys: {error}") from error
