"""Verifying Cognito's ID tokens offline.

RS256 and nothing else, whatever a token's header says (RFC 8725, 3.1): no `none`, no HMAC with the public key as its secret.
Source: Amazon Cognito developer guide, "Verifying JSON web tokens".
"""

from dataclasses import dataclass
from typing import Any

import jwt

from chalicelib.ports import Clock
from chalicelib.security.principal import Principal, principal_of
from chalicelib.security.signing_keys import CachedSigningKeys

ALGORITHM = "RS256"
LEEWAY_S = 5
RENEWABLE_FOR_S = 30 * 24 * 3600
"""How long after its end a token still names the session to renew: no refresh token lives longer, but the memory of ended sessions does."""
_ID_TOKEN = "id"  # noqa: S105 - a kind of token, no secret
MAX_CHARACTERS = 4096
"""What a browser keeps in a cookie."""
# PyJWT reads the machine's clock, which is a port here: the times are compared below.
_OPTIONS: Any = {
    "require": ["exp", "iat", "aud", "iss", "sub", "token_use", "origin_jti"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """Turns a token into the principal it speaks for."""

    keys: CachedSigningKeys
    clock: Clock
    issuer: str
    audience: str

    def verify(self, token: str, *, may_have_ended: bool = False) -> Principal | None:
        """The principal, or None for a token that is not ours, was changed, or (unless that is allowed) has ended.

        Raises `UnavailableError` while no key was ever fetched.
        """
        claims = self._claims(token)
        if claims is None or claims["token_use"] != _ID_TOKEN or not self._in_time(claims, may_have_ended=may_have_ended):
            return None
        return principal_of(claims)

    def has_ended(self, principal: Principal) -> bool:
        """Whether the token that named the principal serves no longer, and was let in only because it may have ended."""
        return self._now_s() >= principal.expires_at_s + LEEWAY_S

    def _claims(self, token: str) -> dict[str, Any] | None:
        if len(token) > MAX_CHARACTERS:
            return None
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
                return None
            key = self.keys.find(header["kid"])
            if key is None:
                return None
            return jwt.decode(token, key, algorithms=[ALGORITHM], audience=self.audience, issuer=self.issuer, options=_OPTIONS)
        except jwt.PyJWTError:
            return None

    def _in_time(self, claims: dict[str, Any], *, may_have_ended: bool) -> bool:
        ends_at, issued_at = claims["exp"], claims["iat"]
        if not isinstance(ends_at, int) or not isinstance(issued_at, int):
            return False
        now_s = self._now_s()
        return issued_at <= now_s + LEEWAY_S and now_s < ends_at + (RENEWABLE_FOR_S if may_have_ended else LEEWAY_S)

    def _now_s(self) -> float:
        return self.clock.now_ms() / 1000
