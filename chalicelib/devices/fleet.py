"""Devices as people see them: the registry's entry, the last contact, presence and last values, from the read model.

In the order of device ids, which are unique across tenants and never change. An operator sees the devices of all tenants, or of
the one that the request names, and nothing clinical: neither whose a device is nor what it measured.
"""

from dataclasses import dataclass, replace

from msgspec import structs

from chalicelib.domain.errors import NotBuiltError, NotFoundError
from chalicelib.domain.read_model import CONTACTS, DEVICES, DeviceDocument, document_id
from chalicelib.domain.searches import Condition, Key, Search, Term
from chalicelib.ports import Clock, DocumentStore, SeriesStore
from chalicelib.service.device_lookup import with_contacts
from chalicelib.service.lists import Listing, begun, listing, next_cursor
from chalicelib.service.objects import DeviceObject, device_object
from chalicelib.service.parameters import is_name
from chalicelib.service.requests import Caller, Role
from chalicelib.service.responses import Page
from chalicelib.service.router import Call

ORDER = (Key("device_id"),)
SCANNED_AT_ONCE = 200
MAX_SCANS = 10


@dataclass(frozen=True, slots=True)
class Fleet:
    """Where what is told of devices comes from."""

    documents: DocumentStore
    series: SeriesStore
    clock: Clock


def list_devices(fleet: Fleet, call: Call) -> Page[DeviceObject]:
    """A page of the devices that the caller may see. Raises the errors of a request.

    Who is online stands with the contacts, apart from the devices: that filter looks at device after device. After so many it
    answers what it has found, be it less than a page, with a cursor to go on.
    """
    limit, online = call.query.limit(), call.query.flag("online")
    wanted = _listing(call, online)
    place = begun(wanted, call.query.text("cursor"))
    scanned = limit if online is None else SCANNED_AT_ONCE
    found: list[DeviceObject] = []
    for _ in range(MAX_SCANS):
        hits = fleet.documents.search(DEVICES, replace(place, limit=scanned + 1), call.deadline.left_s())
        devices = with_contacts(fleet.documents, [it.document for it in hits[:scanned]], fleet.clock.now_ms(), call.deadline.left_s())
        for number, device in enumerate(devices, 1):
            if online in {None, device.presence.online}:
                found.append(_seen_by(call.caller, device))
            if len(found) == limit:
                return Page(found, next_cursor(wanted, hits[:number]) if number < len(hits) else None)
        if len(hits) <= scanned:
            return Page(found, None)
        place = replace(place, after=hits[scanned - 1].position)
    return Page(found, next_cursor(wanted, hits[:scanned]))


def get_device(fleet: Fleet, call: Call) -> DeviceObject:
    """One device. Raises `NotFoundError`, also for another tenant's."""
    device = _device(fleet.documents, call)
    contact = fleet.documents.get(CONTACTS, document_id(device.tenant_id, device.device_id), call.deadline.left_s())
    values = None
    if call.caller.role is not Role.OPERATOR:
        call.deadline.left_s()
        values = fleet.series.last_values(device.tenant_id, device.device_id)
    return _seen_by(call.caller, device_object(device, contact, fleet.clock.now_ms(), values))


def change_settings(fleet: Fleet, call: Call) -> object:
    """Settings that a device is to take over. Raises `NotFoundError`, and `NotBuiltError` for every device that there is."""
    device = _device(fleet.documents, call)
    raise NotBuiltError(f"Settings of {device.device_id} cannot be changed yet: they will travel through its shadow, which is not built")


def _listing(call: Call, online: bool | None) -> Listing:
    tenant_id = call.caller.device_tenant()
    conditions: tuple[Condition, ...] = () if tenant_id is None else (Term("tenant_id", (tenant_id,)),)
    search = Search(conditions, ORDER, call.query.limit(), words=call.query.words())
    return listing(f"devices?online={online}", tenant_id, search)


def _device(documents: DocumentStore, call: Call) -> DeviceDocument:
    tenant_id, device_id = call.caller.device_tenant(), call.names["device_id"]
    found = None
    if is_name("device_id", device_id):
        found = _of_tenant(documents, tenant_id, call) if tenant_id is not None else _of_any(documents, call)
    if found is None:
        raise NotFoundError("There is no such device")
    return found


def _of_tenant(documents: DocumentStore, tenant_id: str, call: Call) -> DeviceDocument | None:
    return documents.get(DEVICES, document_id(tenant_id, call.names["device_id"]), call.deadline.left_s())


def _of_any(documents: DocumentStore, call: Call) -> DeviceDocument | None:
    """The device, whatever its tenant; a search, since the tenant is part of the document's id."""
    search = Search((Term("device_id", (call.names["device_id"],)),), ORDER, 1)
    return next((hit.document for hit in documents.search(DEVICES, search, call.deadline.left_s())), None)


def _seen_by(caller: Caller, device: DeviceObject) -> DeviceObject:
    return structs.replace(device, member_id=None) if caller.role is Role.OPERATOR else device
