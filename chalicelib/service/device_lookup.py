"""Devices of the read model with their contacts: two documents that meet here, by id."""

from collections.abc import Sequence

from chalicelib.domain.read_model import CONTACTS, ContactDocument, DeviceDocument, document_id
from chalicelib.ports import DocumentStore
from chalicelib.service.objects import DeviceObject, device_object


def with_contacts(documents: DocumentStore, devices: Sequence[DeviceDocument], now_ms: int, timeout_s: float) -> list[DeviceObject]:
    """The devices as answers show them, in the same order."""
    contacts = _contacts(documents, devices, timeout_s)
    return [device_object(it, contacts.get(document_id(it.tenant_id, it.device_id)), now_ms) for it in devices]


def _contacts(documents: DocumentStore, devices: Sequence[DeviceDocument], timeout_s: float) -> dict[str, ContactDocument]:
    ids = [document_id(it.tenant_id, it.device_id) for it in devices]
    return documents.mget(CONTACTS, ids, timeout_s) if ids else {}
