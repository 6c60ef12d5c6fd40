"""Therapy sessions, from the service `query`."""

from chalicelib.bff.asking import passed_on
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer
from chalicelib.bff.messages import SessionFilter
from chalicelib.bff.route import Call, Route
from chalicelib.security.authorisation import RouteKey
from chalicelib.service.objects import SessionObject
from chalicelib.service.responses import Page


def list_sessions(bff: Bff, call: Call) -> Answer:
    """A part of the tenant's sessions, filtered."""
    return passed_on(bff, call, "query", Page[SessionObject])


def show_session(bff: Bff, call: Call) -> Answer:
    """One session."""
    return passed_on(bff, call, "query", SessionObject)


ROUTES = (
    Route(RouteKey("GET", "/sessions"), "List sessions", list_sessions, gives=Page[SessionObject], query=SessionFilter),
    Route(RouteKey("GET", "/sessions/{session_id}"), "A session", show_session, gives=SessionObject),
)
