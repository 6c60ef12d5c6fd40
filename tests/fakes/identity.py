"""The ports of `security` in memory, and an issuer of tokens with a key of its own."""

import json
from collections.abc import Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.domain.errors import GonioError
from chalicelib.ports import Clock
from chalicelib.security.ports import Tokens

ISSUER = "https://identity.example/pool"
CLIENT_ID = "web-client"
TOKEN_LIFE_S = 900
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FakeSigningKeySource:
    """Publishes public keys; counts how often it was asked, and raises `error` while it is set."""

    def __init__(self, **keys: rsa.RSAPrivateKey) -> None:
        self.keys = keys or {"k1": _KEY}
        self.fetched = 0
        self.error: GonioError | None = None

    def fetch(self) -> Sequence[dict[str, Any]]:
        """See the port."""
        self.fetched += 1
        if self.error is not None:
            raise self.error
        return [published(key, key_id) for key_id, key in self.keys.items()]


def published(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    """The public half as an issuer publishes it."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**public, "kid": key_id, "alg": "RS256", "use": "sig"}


def claims(now_s: int, **changes: Any) -> dict[str, Any]:
    """The claims of a therapist's ID token; a change to None takes a claim away."""
    usual = {
        "sub": "u-1",
        "email": "therapist@clinic-north.example",
        "custom:tenant": "clinic-north",
        "cognito:groups": ["therapist"],
        "origin_jti": "sign-in-1",
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "token_use": "id",
        "iat": now_s,
        "exp": now_s + TOKEN_LIFE_S,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def signed(content: dict[str, Any], *, key: rsa.RSAPrivateKey = _KEY, key_id: str = "k1") -> str:
    """A token with these claims."""
    return jwt.encode(content, key, algorithm="RS256", headers={"kid": key_id})


class FakeIdentityProvider:
    """People and their passwords; refresh tokens rotate. Raises `error` while it is set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._people: dict[str, tuple[str, dict[str, Any]]] = {}
        self._refresh_tokens: dict[str, dict[str, Any]] = {}
        self._numbers = 0
        self.asked = 0
        self.error: GonioError | None = None

    def add(self, email: str, password: str, **about: Any) -> None:
        """Lets a person sign in; `about` are claims."""
        self._people[email] = (password, {"email": email, "sub": email.partition("@")[0], **about})

    def sign_in(self, email: str, password: str) -> Tokens | None:
        """See the port."""
        self._fail()
        known, about = self._people.get(email, (None, {}))
        if known != password:
            return None
        return self._issued({**about, "origin_jti": f"sign-in-{self._next()}"})

    def refresh(self, refresh_token: str) -> Tokens | None:
        """See the port."""
        self._fail()
        about = self._refresh_tokens.pop(refresh_token, None)
        return None if about is None else self._issued(about)

    def revoke(self, refresh_token: str) -> None:
        """See the port."""
        self._fail()
        self._refresh_tokens.pop(refresh_token, None)

    def _issued(self, about: dict[str, Any]) -> Tokens:
        refresh_token = f"refresh-{self._next()}"
        self._refresh_tokens[refresh_token] = about
        return Tokens(signed(claims(self._clock.now_ms() // 1000, **about)), refresh_token)

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    def _fail(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error


class FakeRevokedSessions:
    """Ended sessions in memory; counts how often it was asked, and raises `error` while it is set."""

    def __init__(self) -> None:
        self._until_ms: dict[str, int] = {}
        self.asked = 0
        self.error: GonioError | None = None

    def add(self, session_key: str, *, at_ms: int, until_ms: int) -> None:
        """See the port."""
        self._fail()
        self._until_ms = {key: until for key, until in self._until_ms.items() if until >= at_ms}
        self._until_ms[session_key] = max(until_ms, self._until_ms.get(session_key, 0))

    def holds(self, session_key: str) -> bool:
        """See the port."""
        self.asked += 1
        self._fail()
        return session_key in self._until_ms

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


class FakeSignInAttempts:
    """Sign-in attempts in memory."""

    def __init__(self) -> None:
        self.attempts: list[tuple[str, int]] = []

    def add(self, keys: Sequence[str], at_ms: int, forget_before_ms: int) -> None:
        """See the port."""
        self.attempts = [it for it in self.attempts if it[1] >= forget_before_ms] + [(key, at_ms) for key in keys]

    def counts(self, keys: Sequence[str], since_ms: int) -> dict[str, int]:
        """See the port."""
        return {key: sum(it[0] == key and it[1] >= since_ms for it in self.attempts) for key in keys}

    def forget(self, key: str) -> None:
        """See the port."""
        self.attempts = [it for it in self.attempts if it[0] != key]
