"""The interface of the service `query`: REST-shaped, over any transport. Everything is of the caller's tenant.

| request | answers |
| --- | --- |
| `GET /sessions?limit=&cursor=&member_id=&device_id=&exercise=&from=&to=&q=` | a page of sessions |
| `GET /sessions/{session_id}` | a session |
| `GET /devices/{device_id}/series?metric=&from=&to=&resolution=` | values or rollups |

An operator gets 403, whatever the path names; another tenant's object is 404.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.ports import Clock, DocumentStore, SeriesStore
from chalicelib.query.series import get_series
from chalicelib.query.sessions import get_session, list_sessions
from chalicelib.service.router import Route, Router


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from."""

    documents: DocumentStore
    series: SeriesStore
    clock: Clock


def query_api(sources: Sources, log_failure: Callable[[str], None]) -> Router:
    """The service, ready for requests."""
    documents, series, clock = sources.documents, sources.series, sources.clock
    routes = (
        Route("GET", "/sessions", lambda call: list_sessions(documents, call)),
        Route("GET", "/sessions/{session_id}", lambda call: get_session(documents, call)),
        Route("GET", "/devices/{device_id}/series", lambda call: get_series(series, clock, call)),
    )
    return Router(routes, clock, log_failure)
