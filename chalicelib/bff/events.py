"""The change feed as Server-Sent Events: finite answers that the browser's `EventSource` comes back after by itself."""

from functools import partial

from chalicelib.bff.change_events import told
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import EVENT_STREAM, Answer
from chalicelib.bff.route import Call, Route
from chalicelib.security.authorisation import RouteKey


def events(bff: Bff, call: Call) -> Answer:
    """What changed since the position that the browser names, or from now on."""
    frames = bff.feed.answer(call.request.headers.get("last-event-id"), partial(told, call.principal))
    return Answer(200, frames, media_type=EVENT_STREAM)


ROUTES = (Route(RouteKey("GET", "/events"), "Changes as they happen", events, gives=str, media_type=EVENT_STREAM),)
