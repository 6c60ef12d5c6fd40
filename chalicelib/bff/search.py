"""Search across members, devices and sessions, from the service `query`."""

from chalicelib.bff.asking import passed_on
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer
from chalicelib.bff.messages import SearchQuery
from chalicelib.bff.route import Call, Route
from chalicelib.query.everything import Found
from chalicelib.security.authorisation import RouteKey


def search(bff: Bff, call: Call) -> Answer:
    """What a text leads to, by kind."""
    return passed_on(bff, call, "query", Found)


ROUTES = (Route(RouteKey("GET", "/search"), "Search everything", search, gives=Found, query=SearchQuery),)
