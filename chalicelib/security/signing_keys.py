"""The identity provider's public keys, cached, so that tokens are verified offline."""

from threading import Lock

import jwt

from chalicelib.ports import Clock
from chalicelib.security.ports import SigningKeySource

REFETCH_AFTER_MS = 30_000
"""An unknown key id asks the provider at most this often, so that made-up ids cannot make us call it."""
STALE_AFTER_MS = 6 * 3600 * 1000
"""A key that the provider withdrew is honoured for at most this long."""


class CachedSigningKeys:
    """Public keys by their id."""

    def __init__(self, source: SigningKeySource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at_ms: int | None = None
        self._lock = Lock()

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """The RSA key of that id, or None. Raises `UnavailableError` when the first keys cannot be fetched."""
        with self._lock:
            age_ms = self._age_ms()
            if age_ms is None or age_ms >= STALE_AFTER_MS or (key_id not in self._keys and age_ms >= REFETCH_AFTER_MS):
                self._fetch()
            return self._keys.get(key_id)

    def _age_ms(self) -> int | None:
        return None if self._fetched_at_ms is None else self._clock.now_ms() - self._fetched_at_ms

    def _fetch(self) -> None:
        published = self._source.fetch()
        self._keys = {it["kid"]: jwt.PyJWK(it, algorithm="RS256") for it in published if it.get("kty") == "RSA" and "kid" in it}
        self._fetched_at_ms = self._clock.now_ms()
