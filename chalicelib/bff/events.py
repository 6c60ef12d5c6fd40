"""The change feed as Server-Sent Events: finite answers that the browser's `EventSource` comes back after by itself."""

from functools import partial

from chalicelib.bff.change_events import ContactObject, RollupObject, told
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import EVENT_STREAM, Answer
from chalicelib.bff.messages import ServerSentEvent
from chalicelib.bff.route import Call, Route
from chalicelib.security.authorisation import RouteKey
from chalicelib.service.objects import SessionObject


def events(bff: Bff, call: Call) -> Answer:
    """What changed since the position that the browser names, or from now on."""
    frames = bff.feed.answer(call.request.headers.get("last-event-id"), partial(told, call.principal))
    return Answer(200, frames, media_type=EVENT_STREAM)


ROUTES = (
    Route(
        RouteKey("GET", "/events"),
        "Changes as they happen",
        events,
        gives=ServerSentEvent,
        media_type=EVENT_STREAM,
        reads=("Last-Event-ID",),
        events={
            "session.updated": SessionObject,
            "reading.rolled_up": RollupObject,
            "device.presence": ContactObject,
            "reset": dict[str, str],
        },
    ),
)
