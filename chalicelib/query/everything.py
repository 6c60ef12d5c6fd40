"""One search across members, devices and sessions: a few of each."""

from msgspec import Struct

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.read_model import DEVICES, MEMBERS, SESSIONS, DocumentType
from chalicelib.domain.searches import Key, Search, Term
from chalicelib.ports import Clock, DocumentStore
from chalicelib.query import members, sessions
from chalicelib.service.device_lookup import with_contacts
from chalicelib.service.objects import DeviceObject, MemberObject, SessionObject, member_object, session_object
from chalicelib.service.router import Call

DEFAULT_LIMIT = 10


class Found(Struct, frozen=True):
    """What was found, by kind."""

    members: list[MemberObject]
    devices: list[DeviceObject]
    sessions: list[SessionObject]


def search_everything(documents: DocumentStore, clock: Clock, call: Call) -> Found:
    """Up to `limit` of each kind. Raises the errors of a request."""
    tenant_id, words, limit = call.caller.clinical_tenant(), call.query.words(), call.query.limit(DEFAULT_LIMIT)
    if words is None:
        raise InvalidRequestError("`q` says what is searched for")

    def first[T: Struct](kind: DocumentType[T], order: tuple[Key, ...]) -> list[T]:
        search = Search((Term("tenant_id", (tenant_id,)),), order, limit, words=words)
        return [hit.document for hit in documents.search(kind, search, call.deadline.left_s())]

    return Found(
        members=[member_object(it) for it in first(MEMBERS, members.ORDER)],
        devices=with_contacts(documents, first(DEVICES, (Key("device_id"),)), clock.now_ms(), call.deadline.left_s()),
        sessions=[session_object(it) for it in first(SESSIONS, sessions.ORDER)],
    )
