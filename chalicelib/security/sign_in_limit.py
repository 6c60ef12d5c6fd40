"""The rate limit of sign-in: a sliding window by account and by address.

An attempt is written before it is judged, so that attempts at one instant see each other. Accounts and addresses are stored
as hashes: the table holds no personal data. What is refused counts too: who keeps guessing stays out.
"""

import hashlib
from dataclasses import dataclass

from chalicelib.ports import Clock
from chalicelib.security.ports import SignInAttempts

WINDOW_MS = 15 * 60 * 1000
MAX_BY_ACCOUNT = 10
MAX_BY_ADDRESS = 100
"""A clinic's therapists may share one address."""


@dataclass(frozen=True, slots=True)
class SignInLimit:
    """Says whether a sign-in may be tried."""

    attempts: SignInAttempts
    clock: Clock

    def admits(self, email: str, address: str) -> bool:
        """Remembers an attempt and says whether it may go on, the same for users that exist and that do not."""
        account, source = _account(email), _hashed("address", address)
        now_ms = self.clock.now_ms()
        since_ms = now_ms - WINDOW_MS
        self.attempts.add([account, source], now_ms, since_ms)
        counts = self.attempts.counts([account, source], since_ms)
        return counts[account] <= MAX_BY_ACCOUNT and counts[source] <= MAX_BY_ADDRESS

    def succeeded(self, email: str) -> None:
        """Forgets an account's attempts: its owner is here."""
        self.attempts.forget(_account(email))


def _account(email: str) -> str:
    return _hashed("account", email.strip().casefold())


def _hashed(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()
