"""ID and access tokens: what they claim, and what an access token is worth.

Claims: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html and -access-token.html.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from emulator.cognito import clients, groups, pools, users
from emulator.cognito.call import Answer, Call, Document
from emulator.cognito.errors import NotAuthorizedError

SCOPE = "aws.cognito.signin.user.admin"
"""The scope of every token that comes from the API: its owner may look after his own attributes and password."""
_BOOLEANS = ("email_verified", "phone_number_verified")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose access token it is."""

    pool: Document
    client: Document
    user: Document


def issue(call: Call, bearer: Bearer, grant: Document) -> Answer:
    """AuthenticationResult without a refresh token."""
    common = _common(call, bearer, grant)
    return {
        "IdToken": _signed(call, common | _id_claims(bearer), clients.validity_s(bearer.client, "IdToken")),
        "AccessToken": _signed(call, common | _access_claims(bearer), clients.validity_s(bearer.client, "AccessToken")),
        "ExpiresIn": clients.validity_s(bearer.client, "AccessToken"),
        "TokenType": "Bearer",
    }


def bearer(call: Call, access_token: str) -> Bearer:
    """Who may act with this access token. Raises NotAuthorizedError when nobody may, or no longer."""
    claims = _verified(call, access_token)
    if call.now >= claims["exp"]:
        raise NotAuthorizedError("Access Token has expired")
    origin = claims.get("origin_jti")
    if origin is not None and call.store.find("grant", origin) is None:
        raise NotAuthorizedError("Access Token has been revoked")
    pool = pools.pool(call, claims["iss"].rpartition("/")[2])
    user = users.user(call, pool, claims["username"])
    if not user["enabled"]:
        raise NotAuthorizedError("User is disabled.")
    return Bearer(pool, clients.client(call, claims["client_id"]), user)


def is_signed_here(call: Call, text: str) -> bool:
    """Whether a text is an ID or access token of this installation."""
    try:
        jwt.decode(text, call.keys.published(), algorithms=["RS256"])
    except (JoseError, ValueError):
        return False
    return True


def _verified(call: Call, access_token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(access_token, call.keys.published(), algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise NotAuthorizedError("Invalid Access Token") from error
    if claims.get("token_use") != "access" or not str(claims.get("iss")).startswith(f"{call.address}/"):
        raise NotAuthorizedError("Invalid Access Token")
    return claims


def _common(call: Call, bearer: Bearer, grant: Document) -> dict[str, Any]:
    named = [group["name"] for group in groups.groups_of(call, bearer.pool, bearer.user)]
    revocable = bearer.client["settings"].get("EnableTokenRevocation", True) or clients.rotates(bearer.client)
    return {
        "sub": bearer.user["sub"],
        **({"cognito:groups": named} if named else {}),
        "iss": pools.issuer(call, bearer.pool["id"]),
        **({"origin_jti": grant["id"]} if revocable else {}),
        "event_id": grant["event_id"],
        "auth_time": grant["auth_time"],
        "iat": int(call.now),
    }


def _id_claims(bearer: Bearer) -> dict[str, Any]:
    """All attributes that the client may read."""
    readable = bearer.client["settings"].get("ReadAttributes")
    shown = {name: value for name, value in bearer.user["attributes"].items() if readable is None or name in readable}
    claims: dict[str, Any] = {name: value == "true" if name in _BOOLEANS else value for name, value in shown.items() if name != "sub"}
    return claims | {"cognito:username": bearer.user["username"], "aud": bearer.client["id"], "token_use": "id"}


def _access_claims(bearer: Bearer) -> dict[str, Any]:
    """An access token names its client as client_id: it has no aud."""
    return {"client_id": bearer.client["id"], "username": bearer.user["username"], "token_use": "access", "scope": SCOPE}


def _signed(call: Call, claims: dict[str, Any], life_s: int) -> str:
    key = call.keys.current()
    whole = claims | {"exp": claims["iat"] + life_s, "jti": str(uuid.uuid4())}
    return jwt.encode({"alg": "RS256", "kid": key.kid}, whole, key)
