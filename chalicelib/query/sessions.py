"""Therapy sessions: the list with its filters, and one of them.

The list's order is that of session ids, descending: the only key of a session that never changes. When a session began may
become known late, or turn out to be earlier, as messages arrive in any order; a list in that order would repeat or skip the
sessions that move while somebody turns its pages. Devices that lead their session ids with the time, as ours do, have
the newest first all the same; `GET /home/recent` has them by time.
"""

from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.instants import iso
from chalicelib.domain.read_model import SESSIONS, document_id
from chalicelib.domain.searches import AnyOf, Between, Condition, Key, Missing, Search, Term
from chalicelib.ports import DocumentStore
from chalicelib.service.lists import listing, page
from chalicelib.service.objects import SessionObject, session_object
from chalicelib.service.parameters import Parameters, is_name
from chalicelib.service.responses import Page
from chalicelib.service.router import Call

ORDER = (Key("session_id", descending=True),)
_FILTERS = {"member_id": "member_id", "device_id": "device_ids", "exercise": "exercise"}
"""Parameter to the field that must hold it."""


def list_sessions(documents: DocumentStore, call: Call) -> Page[SessionObject]:
    """A page of the tenant's sessions; every filter narrows it. Raises the errors of a request."""
    tenant_id = call.caller.clinical_tenant()
    search = Search(_conditions(tenant_id, call.query), ORDER, call.query.limit(), words=call.query.words())
    wanted = listing("sessions", tenant_id, search)
    return page(documents, SESSIONS, wanted, call.query.text("cursor"), item=session_object, deadline=call.deadline)


def get_session(documents: DocumentStore, call: Call) -> SessionObject:
    """One session. Raises `NotFoundError`, also for another tenant's."""
    tenant_id, session_id = call.caller.clinical_tenant(), call.names["session_id"]
    found = None
    if is_name("session_id", session_id):
        found = documents.get(SESSIONS, document_id(tenant_id, session_id), call.deadline.left_s())
    if found is None:
        raise NotFoundError("There is no such session")
    return session_object(found)


def began_between(start: str | None, end: str | None) -> Condition:
    """Sessions that began in [`start`, `end`): by their start event, or their first value where there was none."""
    return AnyOf(
        (
            (Between("started_at", start, end),),
            (Missing("started_at"), Between("first_value_at", start, end)),
        )
    )


def _conditions(tenant_id: str, query: Parameters) -> tuple[Condition, ...]:
    named = ((field, query.name(parameter)) for parameter, field in _FILTERS.items())
    conditions: list[Condition] = [Term("tenant_id", (tenant_id,)), *(Term(field, (name,)) for field, name in named if name)]
    start_ms, end_ms = query.instant("from"), query.instant("to")
    if start_ms is not None or end_ms is not None:
        conditions.append(began_between(_iso(start_ms), _iso(end_ms)))
    return tuple(conditions)


def _iso(epoch_ms: int | None) -> str | None:
    return None if epoch_ms is None else iso(epoch_ms)
