"""What each role may do: one table, and the one function that decides by it. What the table does not name is refused."""

from enum import StrEnum
from typing import NamedTuple

from chalicelib.security.principal import Principal, Role


class RouteKey(NamedTuple):
    """A route as the table names it: `GET`, `/devices/{device_id}`."""

    method: str
    path: str


class Decision(StrEnum):
    """What becomes of a request."""

    ALLOW = "allow"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"


_CLINICAL = frozenset({Role.THERAPIST})
_EVERYONE = frozenset({Role.THERAPIST, Role.OPERATOR})

PUBLIC = frozenset({RouteKey("POST", "/session"), RouteKey("GET", "/health"), RouteKey("GET", "/openapi.json")})
"""Routes that need no session."""

ROLES: dict[RouteKey, frozenset[Role]] = {
    RouteKey("GET", "/session"): _EVERYONE,
    RouteKey("POST", "/session/refresh"): _EVERYONE,
    RouteKey("DELETE", "/session"): _EVERYONE,
    RouteKey("GET", "/home"): _CLINICAL,
    RouteKey("GET", "/devices"): _EVERYONE,
    RouteKey("GET", "/devices/{device_id}"): _EVERYONE,
    RouteKey("PUT", "/devices/{device_id}/settings"): _EVERYONE,
    RouteKey("GET", "/devices/{device_id}/series"): _CLINICAL,
    RouteKey("GET", "/members"): _CLINICAL,
    RouteKey("GET", "/members/{member_id}"): _CLINICAL,
    RouteKey("GET", "/members/{member_id}/progress"): _CLINICAL,
    RouteKey("GET", "/sessions"): _CLINICAL,
    RouteKey("GET", "/sessions/{session_id}"): _CLINICAL,
    RouteKey("GET", "/search"): _CLINICAL,
    RouteKey("GET", "/events"): _EVERYONE,
}
"""Routes that need a session, and whose. Tenants are kept apart below, by the services: another tenant's object is not found."""


def decide(principal: Principal | None, route: RouteKey) -> Decision:
    """Whether the principal may use the route."""
    if route in PUBLIC:
        return Decision.ALLOW
    if principal is None:
        return Decision.UNAUTHENTICATED
    return Decision.ALLOW if principal.role in ROLES.get(route, frozenset()) else Decision.FORBIDDEN
