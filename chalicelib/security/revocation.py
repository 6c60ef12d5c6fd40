"""Sessions that ended before their tokens: each instance asks again at most every four seconds a session.

So a cookie that was signed out is refused everywhere within five seconds, at the cost of one small query in four seconds.
"""

from collections import OrderedDict
from threading import Lock

from chalicelib.ports import Clock
from chalicelib.security.ports import RevokedSessions
from chalicelib.security.principal import Principal

TRUSTED_FOR_MS = 4_000
MAX_REMEMBERED = 4_096
KEPT_FOR_MS = 31 * 24 * 3600 * 1000
"""How long an ended session is remembered: longer than any refresh token lives (30 days)."""


class SessionCheck:
    """Whether a session goes on."""

    def __init__(self, revoked: RevokedSessions, clock: Clock) -> None:
        self._revoked = revoked
        self._clock = clock
        self._live_at_ms: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def is_live(self, principal: Principal) -> bool:
        """False once the session was ended. Raises `RetryableError` when that cannot be known: no answer is no entry."""
        key, now_ms = principal.session_key, self._clock.now_ms()
        with self._lock:
            if 0 <= now_ms - self._live_at_ms.get(key, now_ms + 1) < TRUSTED_FOR_MS:
                return True
        live = not self._revoked.holds(key)
        with self._lock:
            self._remember(key, now_ms if live else None)
        return live

    def end(self, principal: Principal) -> None:
        """Ends a session for every instance. Raises `RetryableError`."""
        now_ms = self._clock.now_ms()
        self._revoked.add(principal.session_key, at_ms=now_ms, until_ms=now_ms + KEPT_FOR_MS)
        with self._lock:
            self._remember(principal.session_key, None)

    def _remember(self, key: str, live_at_ms: int | None) -> None:
        self._live_at_ms.pop(key, None)
        if live_at_ms is None:
            return
        self._live_at_ms[key] = live_at_ms
        while len(self._live_at_ms) > MAX_REMEMBERED:
            self._live_at_ms.popitem(last=False)
