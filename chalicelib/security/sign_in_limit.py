"""The rate limit of sign-in: sliding windows by account and address together, by address, and by account.

A counter of the account alone would meet an attacker who comes from many addresses, but whoever knows an email address could
keep its owner out with it (OWASP, Authentication Cheat Sheet, "Account Lockout"; "Slow Down Online Guessing Attacks with Device
Cookies"). So the narrow limit is the pair's: wrong passwords from elsewhere cost the owner nothing. The account's own limit is
wide, and counts only what its pair may still try, so that it takes at least ten addresses to reach it; it bounds what they can
guess together to 9,600 passwords a day. Cognito's own lock, 2^(n-5) seconds after n wrong passwords, stays below a minute for
one pair ("Lockout behavior for failed sign-in attempts").

An attempt is written before it is judged, so that attempts at one instant see each other. What is refused counts for its pair
and its address: who keeps guessing stays out. Accounts and addresses are stored as hashes: the table holds no personal data.
"""

import hashlib
from dataclasses import dataclass

from chalicelib.ports import Clock
from chalicelib.security.ports import SignInAttempts

WINDOW_MS = 15 * 60 * 1000
MAX_BY_PAIR = 10
MAX_BY_ACCOUNT = 100
MAX_BY_ADDRESS = 100
"""A clinic's therapists may share one address."""


@dataclass(frozen=True, slots=True)
class SignInLimit:
    """Says whether a sign-in may be tried."""

    attempts: SignInAttempts
    clock: Clock

    def admits(self, email: str, address: str) -> bool:
        """Remembers an attempt and says whether it may go on, the same for users that exist and that do not."""
        by_origin = {_pair(email, address): MAX_BY_PAIR, _hashed("address", address): MAX_BY_ADDRESS}
        return self._admits(by_origin) and self._admits({_hashed("account", _written(email)): MAX_BY_ACCOUNT})

    def succeeded(self, email: str, address: str) -> None:
        """Forgets an account's attempts from an address: its owner is there."""
        self.attempts.forget(_pair(email, address))

    def _admits(self, limits: dict[str, int]) -> bool:
        now_ms, keys = self.clock.now_ms(), list(limits)
        since_ms = now_ms - WINDOW_MS
        self.attempts.add(keys, now_ms, since_ms)
        counts = self.attempts.counts(keys, since_ms)
        return all(counts[key] <= limit for key, limit in limits.items())


def _pair(email: str, address: str) -> str:
    return _hashed("pair", f"{_written(email)}\n{address}")


def _written(email: str) -> str:
    """An account's one way of writing."""
    return email.strip().casefold()


def _hashed(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode()).hexdigest()
