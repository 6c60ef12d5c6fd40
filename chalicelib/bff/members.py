"""Members, from the service `query`."""

from chalicelib.bff.asking import passed_on
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer
from chalicelib.bff.messages import MemberFilter, ProgressQuery
from chalicelib.bff.route import Call, Route
from chalicelib.query.progress import Progress
from chalicelib.security.authorisation import RouteKey
from chalicelib.service.objects import MemberObject
from chalicelib.service.responses import Page


def list_members(bff: Bff, call: Call) -> Answer:
    """A part of the tenant's members."""
    return passed_on(bff, call, "query", Page[MemberObject])


def show_member(bff: Bff, call: Call) -> Answer:
    """One member."""
    return passed_on(bff, call, "query", MemberObject)


def show_progress(bff: Bff, call: Call) -> Answer:
    """Range of motion and adherence by day."""
    return passed_on(bff, call, "query", Progress)


ROUTES = (
    Route(RouteKey("GET", "/members"), "List members", list_members, gives=Page[MemberObject], query=MemberFilter),
    Route(RouteKey("GET", "/members/{member_id}"), "A member", show_member, gives=MemberObject),
    Route(
        RouteKey("GET", "/members/{member_id}/progress"),
        "Range of motion and adherence by day",
        show_progress,
        gives=Progress,
        query=ProgressQuery,
    ),
)
