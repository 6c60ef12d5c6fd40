"""What security needs from outside: adapters fulfil these ports for real, `tests/fakes` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a refresh gives; the texts stay out of `repr`."""

    id_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class IdentityProvider(Protocol):
    """Where people's passwords are. Every call may raise `UnavailableError`."""

    def sign_in(self, email: str, password: str) -> Tokens | None:
        """Tokens, or None when the pair is wrong, for whatever reason: callers must not learn whether a user exists."""
        ...

    def refresh(self, refresh_token: str) -> Tokens | None:
        """New tokens of the same session, with another refresh token where the provider rotates; None when it is not honoured."""
        ...

    def revoke(self, refresh_token: str) -> None:
        """Ends a refresh token and what came from it; safe to repeat, and for a token that is none."""
        ...


class SigningKeySource(Protocol):
    """Where the identity provider publishes its public keys."""

    def fetch(self) -> Sequence[dict[str, Any]]:
        """The JSON Web Keys of now (RFC 7517). Raises `UnavailableError`."""
        ...


class RevokedSessions(Protocol):
    """Sessions that ended before their tokens do. Every call may raise `RetryableError`."""

    def add(self, session_key: str, *, at_ms: int, until_ms: int) -> None:
        """Ends a session; the entry may go after `until_ms`. Safe to repeat."""
        ...

    def holds(self, session_key: str) -> bool:
        """Whether the session was ended."""
        ...


class SignInAttempts(Protocol):
    """Sign-ins that were tried, under keys that tell nothing. Every call may raise `RetryableError`."""

    def add(self, keys: Sequence[str], at_ms: int, forget_before_ms: int) -> None:
        """Remembers an attempt under each key, for all to see before it returns; older ones may be forgotten."""
        ...

    def counts(self, keys: Sequence[str], since_ms: int) -> dict[str, int]:
        """How many attempts each key has seen since an instant."""
        ...

    def forget(self, key: str) -> None:
        """Forgets a key's attempts."""
        ...
