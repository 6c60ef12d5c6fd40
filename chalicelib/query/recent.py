"""What the first page shows of a tenant: the sessions that were last active, and how much there is of what."""

from msgspec import Struct

from chalicelib.domain.instants import DAY_MS, iso
from chalicelib.domain.presence import BELIEVED_AFTER_MS
from chalicelib.domain.read_model import CONTACTS, DEVICES, SESSIONS
from chalicelib.domain.searches import AnyOf, Between, Condition, Key, Search, Term
from chalicelib.ports import Clock, DocumentStore
from chalicelib.query.sessions import began_between
from chalicelib.service.objects import SessionObject, session_object
from chalicelib.service.router import Call

DEFAULT_LIMIT = 10
_ORDER = (Key("last_value_at", descending=True), Key("session_id", descending=True))
"""By activity, which moves: a list without a cursor may be in such an order."""


class Counts(Struct, frozen=True):
    """Numbers of the tenant; a day is one in UTC."""

    devices: int
    devices_online: int
    sessions_today: int


class Recent(Struct, frozen=True):
    """The latest sessions and the counts."""

    sessions: list[SessionObject]
    counts: Counts


def get_recent(documents: DocumentStore, clock: Clock, call: Call) -> Recent:
    """The first page's content. Raises the errors of a request."""
    now_ms, limit = clock.now_ms(), call.query.limit(DEFAULT_LIMIT)
    tenant = Term("tenant_id", (call.caller.clinical_tenant(),))
    hits = documents.search(SESSIONS, Search((tenant,), _ORDER, limit), call.deadline.left_s())
    counts = Counts(
        devices=documents.count(DEVICES, [tenant], call.deadline.left_s()),
        devices_online=documents.count(CONTACTS, [tenant, _is_online(now_ms)], call.deadline.left_s()),
        sessions_today=documents.count(SESSIONS, [tenant, _began_today(now_ms)], call.deadline.left_s()),
    )
    return Recent([session_object(hit.document) for hit in hits], counts)


def _is_online(now_ms: int) -> Condition:
    """The rule of `domain.presence`, as a condition: a disconnect is not believed at once."""
    not_believed = Between("presence_at", start=iso(now_ms - BELIEVED_AFTER_MS + 1))
    return AnyOf(((Term("is_online", (True,)),), (Term("is_online", (False,)), not_believed)))


def _began_today(now_ms: int) -> Condition:
    today_ms = now_ms - now_ms % DAY_MS
    return began_between(iso(today_ms), iso(today_ms + DAY_MS))
