"""People in therapy: the list and one of them. In the order of member ids, which never change."""

from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.read_model import MEMBERS, MemberDocument, document_id
from chalicelib.domain.searches import Key, Search, Term
from chalicelib.ports import DocumentStore
from chalicelib.service.lists import listing, page
from chalicelib.service.objects import MemberObject, member_object
from chalicelib.service.parameters import is_name
from chalicelib.service.responses import Page
from chalicelib.service.router import Call

ORDER = (Key("member_id"),)


def list_members(documents: DocumentStore, call: Call) -> Page[MemberObject]:
    """A page of the tenant's members. Raises the errors of a request."""
    tenant_id = call.caller.clinical_tenant()
    search = Search((Term("tenant_id", (tenant_id,)),), ORDER, call.query.limit(), words=call.query.words())
    wanted = listing("members", tenant_id, search)
    return page(documents, MEMBERS, wanted, call.query.text("cursor"), item=member_object, deadline=call.deadline)


def get_member(documents: DocumentStore, call: Call) -> MemberObject:
    """One member. Raises `NotFoundError`, also for another tenant's."""
    return member_object(member(documents, call))


def member(documents: DocumentStore, call: Call) -> MemberDocument:
    """The member whom the path names. Raises `NotFoundError`, also for another tenant's."""
    tenant_id, member_id = call.caller.clinical_tenant(), call.names["member_id"]
    found = None
    if is_name("member_id", member_id):
        found = documents.get(MEMBERS, document_id(tenant_id, member_id), call.deadline.left_s())
    if found is None:
        raise NotFoundError("There is no such member")
    return found
