"""Who asks: the claims of a Cognito ID token as a principal with one tenant and one role."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from chalicelib.domain.identifiers import is_tenant_id

_SESSION_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Role(StrEnum):
    """What a person is to Gonio; the values are the names of the user pool's groups."""

    THERAPIST = "therapist"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person; `session_key` is the same in every token that one sign-in leads to (Cognito's `origin_jti`)."""

    user_id: str
    email: str
    role: Role
    tenant_id: str | None
    session_key: str
    expires_at_s: int
    """When the token ends, in seconds since the epoch."""


class _Claims(Struct, frozen=True):
    sub: Annotated[str, Meta(min_length=1, max_length=128)]
    email: Annotated[str, Meta(min_length=1, max_length=254)]
    origin_jti: str
    exp: int
    groups: list[str] = field(name="cognito:groups", default_factory=list)
    tenant: str | None = field(name="custom:tenant", default=None)


def principal_of(claims: Mapping[str, Any]) -> Principal | None:
    """The principal that verified claims tell of; None when they do not name exactly one role, or a therapist's tenant."""
    try:
        it = msgspec.convert(claims, _Claims)
    except msgspec.ValidationError:
        return None
    roles = [role for role in Role if role in it.groups]
    if len(roles) != 1 or not _SESSION_KEY.fullmatch(it.origin_jti):
        return None
    tenant_id = it.tenant if roles[0] is Role.THERAPIST else None
    if roles[0] is Role.THERAPIST and not is_tenant_id(tenant_id or ""):
        return None
    return Principal(it.sub, it.email, roles[0], tenant_id, it.origin_jti, it.exp)
