"""Sign-ins and the refresh tokens that carry them on.

A grant is one sign-in: it has an end that no refresh moves, and `origin_jti` is its id. Refresh tokens are kept by their hash alone. A
grant that is gone ends its refresh tokens and what its access tokens may do here; who verifies tokens offline learns nothing of it, as on
AWS.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html and, beside it,
token-revocation.html.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass

from emulator.cognito import clients, users
from emulator.cognito.call import Call, Document
from emulator.cognito.errors import NotAuthorizedError, RefreshTokenReuseError

GRANTS, TOKENS = "grant-of", "refresh-of"
"""Relations from a user's member key to its grants' ids and its refresh tokens' hashes."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token that was shown, by its hash, and the sign-in it carries on."""

    digest: str
    grant: Document


def begin(call: Call, pool: Document, client: Document, user: Document) -> Document:
    """A sign-in by password; makes room by forgetting what of the user's has ended."""
    _forget_ended(call, users.member_key(pool, user))
    grant = {
        "id": str(uuid.uuid4()),
        "pool": pool["id"],
        "client": client["id"],
        "username": user["username"],
        "member": users.member_key(pool, user),
        "event_id": str(uuid.uuid4()),
        "auth_time": int(call.now),
        "ends_at": call.now + clients.validity_s(client, "RefreshToken"),
    }
    call.store.put("grant", grant["id"], grant)
    call.store.link(GRANTS, grant["member"], grant["id"])
    return grant


def token_for(call: Call, grant: Document) -> str:
    """A new refresh token, which lives until the grant's end."""
    token = secrets.token_urlsafe(64)
    digest = _digest(token)
    document = {"grant": grant["id"], "client": grant["client"], "ends_at": grant["ends_at"], "replaced_at": None}
    call.store.put("refresh", digest, document)
    call.store.link(TOKENS, grant["member"], digest)
    return token


def shown(call: Call, client: Document, token: str) -> Refresh:
    """What a refresh token stands for. Raises NotAuthorizedError, and RefreshTokenReuseError after its rotation."""
    digest = _digest(token)
    document = call.store.find("refresh", digest)
    if document is None or document["client"] != client["id"]:
        raise NotAuthorizedError("Invalid Refresh Token")
    if call.now >= document["ends_at"]:
        raise NotAuthorizedError("Refresh Token has expired")
    grant = call.store.find("grant", document["grant"])
    if grant is None:
        raise NotAuthorizedError("Refresh Token has been revoked")
    if document["replaced_at"] is not None and call.now >= document["replaced_at"] + clients.grace_s(client):
        raise RefreshTokenReuseError("Refresh token has been invalidated by rotation")
    return Refresh(digest, grant)


def rotate(call: Call, refresh: Refresh) -> str:
    """The token that takes this one's place. The grace period of one that is used again does not begin anew."""
    document = call.store.find("refresh", refresh.digest) or {}
    document["replaced_at"] = document["replaced_at"] or call.now
    call.store.put("refresh", refresh.digest, document)
    return token_for(call, refresh.grant)


def owner_of(call: Call, token: str) -> tuple[str, str] | None:
    """Client and grant of a refresh token, live or not; nothing for one that is not known."""
    document = call.store.find("refresh", _digest(token))
    return (document["client"], document["grant"]) if document else None


def end(call: Call, grant_id: str) -> None:
    """End one sign-in."""
    grant = call.store.find("grant", grant_id)
    if grant is not None:
        call.store.remove("grant", grant_id)
        call.store.unlink(GRANTS, grant["member"], grant_id)


def end_all(call: Call, pool: Document, user: Document) -> None:
    """End every sign-in of a user."""
    for grant_id in list(call.store.targets(GRANTS, users.member_key(pool, user))):
        end(call, grant_id)


def _forget_ended(call: Call, member: str) -> None:
    for grant_id in list(call.store.targets(GRANTS, member)):
        grant = call.store.find("grant", grant_id)
        if grant is None or call.now >= grant["ends_at"]:
            call.store.remove("grant", grant_id)
            call.store.unlink(GRANTS, member, grant_id)
    for digest in list(call.store.targets(TOKENS, member)):
        document = call.store.find("refresh", digest)
        if document is None or call.now >= document["ends_at"]:
            call.store.remove("refresh", digest)
            call.store.unlink(TOKENS, member, digest)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
