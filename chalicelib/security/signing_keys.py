"""The identity provider's public keys, cached, so that tokens are verified offline: also while the provider does not answer."""

from threading import Lock

import jwt

from chalicelib.domain.errors import UnavailableError
from chalicelib.ports import Clock
from chalicelib.security.ports import SigningKeySource

ASKED_AT_MOST_EVERY_MS = 10_000
"""However the provider answers: made-up key ids must not make us call it, least of all while each call takes its whole deadline."""
STALE_AFTER_MS = 6 * 3600 * 1000
"""A key that the provider withdrew is honoured for at most this long, or until the provider answers again."""


class CachedSigningKeys:
    """Public keys by their id."""

    def __init__(self, source: SigningKeySource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at_ms: int | None = None
        self._fetched_at_ms: int | None = None
        self._lock = Lock()

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """The RSA key of that id as far as is known, or None. Raises `UnavailableError` while no keys were ever fetched."""
        with self._lock:
            if self._is_due(key_id):
                self._ask()
            if self._fetched_at_ms is None:
                raise UnavailableError("The identity provider's keys are not known yet")
            return self._keys.get(key_id)

    def _is_due(self, key_id: str) -> bool:
        now_ms = self._clock.now_ms()
        if self._asked_at_ms is not None and now_ms - self._asked_at_ms < ASKED_AT_MOST_EVERY_MS:
            return False
        return key_id not in self._keys or self._fetched_at_ms is None or now_ms - self._fetched_at_ms >= STALE_AFTER_MS

    def _ask(self) -> None:
        """Fetches the keys. Where that fails, what was known stands; that the provider does not answer is the health's to tell."""
        self._asked_at_ms = self._clock.now_ms()
        try:
            published = self._source.fetch()
        except UnavailableError:
            if self._fetched_at_ms is None:
                raise
            return
        self._keys = {it["kid"]: jwt.PyJWK(it, algorithm="RS256") for it in published if it.get("kty") == "RSA" and "kid" in it}
        self._fetched_at_ms = self._clock.now_ms()
