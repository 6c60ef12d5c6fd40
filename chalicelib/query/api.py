"""The interface of the service `query`: REST-shaped, over any transport. Everything is of the caller's tenant.

| request | answers |
| --- | --- |
| `GET /sessions?limit=&cursor=&member_id=&device_id=&exercise=&from=&to=&q=` | a page of sessions |
| `GET /sessions/{session_id}` | a session |
| `GET /members?limit=&cursor=&q=` | a page of members |
| `GET /members/{member_id}` | a member |
| `GET /members/{member_id}/progress?from=&to=` | range of motion and adherence by day |
| `GET /search?q=&limit=` | members, devices and sessions |
| `GET /home/recent?limit=` | latest sessions and counts |
| `GET /devices/{device_id}/series?metric=&from=&to=&resolution=` | values or rollups |

An operator gets 403, whatever the path names; another tenant's object is 404.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.ports import Clock, DocumentStore, SeriesStore
from chalicelib.query.everything import search_everything
from chalicelib.query.members import get_member, list_members
from chalicelib.query.progress import get_progress
from chalicelib.query.recent import get_recent
from chalicelib.query.series import get_series
from chalicelib.query.sessions import get_session, list_sessions
from chalicelib.service.router import Route, Router


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from."""

    documents: DocumentStore
    series: SeriesStore
    clock: Clock


class QueryApi(Router):
    """The service's routes."""

    def __init__(self, sources: Sources, log_failure: Callable[[str], None]) -> None:
        documents, series, clock = sources.documents, sources.series, sources.clock
        routes = (
            Route("GET", "/sessions", lambda call: list_sessions(documents, call)),
            Route("GET", "/sessions/{session_id}", lambda call: get_session(documents, call)),
            Route("GET", "/members", lambda call: list_members(documents, call)),
            Route("GET", "/members/{member_id}", lambda call: get_member(documents, call)),
            Route("GET", "/members/{member_id}/progress", lambda call: get_progress(documents, clock, call)),
            Route("GET", "/search", lambda call: search_everything(documents, clock, call)),
            Route("GET", "/home/recent", lambda call: get_recent(documents, clock, call)),
            Route("GET", "/devices/{device_id}/series", lambda call: get_series(series, clock, call)),
        )
        super().__init__(routes, clock, log_failure)
