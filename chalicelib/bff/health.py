"""How the platform is, for people and monitors without a session. Tells no addresses and no secrets."""

from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer
from chalicelib.bff.messages import Health
from chalicelib.bff.route import Call, Route
from chalicelib.security.authorisation import RouteKey


def health(bff: Bff, call: Call) -> Answer:  # noqa: ARG001 - every handler takes both
    """200 when all components are well, else 503; the body is the same."""
    found = bff.components.health()
    return Answer(200 if found.status == "ok" else 503, found)


ROUTES = (Route(RouteKey("GET", "/health"), "How the platform is, component by component", health, gives=Health, more={503: Health}),)
