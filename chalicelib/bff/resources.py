"""All routes of the interface, by the resource that they belong to, and the route that describes them all."""

from functools import cache
from typing import Any

from chalicelib.bff import devices, events, health, home, members, openapi, search, session, sessions
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer
from chalicelib.bff.route import Call, Route
from chalicelib.security.authorisation import RouteKey


def describe(bff: Bff, call: Call) -> Answer:  # noqa: ARG001 - every handler takes both
    """The interface's own description."""
    return Answer(200, document())


@cache
def document() -> dict[str, Any]:
    """The whole interface as an OpenAPI document."""
    return openapi.described(RESOURCES)


RESOURCES: dict[str, tuple[Route, ...]] = {
    "session": session.ROUTES,
    "home": home.ROUTES,
    "devices": devices.ROUTES,
    "members": members.ROUTES,
    "sessions": sessions.ROUTES,
    "search": search.ROUTES,
    "events": events.ROUTES,
    "health": health.ROUTES,
    "openapi": (Route(RouteKey("GET", "/openapi.json"), "This document", describe, gives=dict[str, Any]),),
}
