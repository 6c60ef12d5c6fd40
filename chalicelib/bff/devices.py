"""Devices, from the service `devices`; their series, from the service `query`."""

from typing import Any

import msgspec
from msgspec import UNSET

from chalicelib.bff.asking import passed_on
from chalicelib.bff.dependencies import Bff
from chalicelib.bff.http import Answer
from chalicelib.bff.messages import DeviceFilter, Error, Series, SeriesQuery
from chalicelib.bff.route import Call, Route
from chalicelib.security.authorisation import RouteKey
from chalicelib.security.principal import Role
from chalicelib.service.objects import DeviceObject
from chalicelib.service.responses import Page

Settings = dict[str, Any]
"""The desired state that the device is to take over; its keys are the device's own."""


def list_devices(bff: Bff, call: Call) -> Answer:
    """A part of the devices that the caller may see."""
    return _seen_by(call, passed_on(bff, call, "devices", Page[DeviceObject]))


def show_device(bff: Bff, call: Call) -> Answer:
    """One device with presence and last values."""
    return _seen_by(call, passed_on(bff, call, "devices", DeviceObject))


def change_settings(bff: Bff, call: Call) -> Answer:
    """Passes desired settings on."""
    return passed_on(bff, call, "devices", Settings)


def show_series(bff: Bff, call: Call) -> Answer:
    """Values or rollups of one metric."""
    return passed_on(bff, call, "query", Series)


def _seen_by(call: Call, answer: Answer) -> Answer:
    """For an operator without what is clinical, whatever the service said."""
    if call.principal.role is not Role.OPERATOR:
        return answer
    if isinstance(answer.body, Page):
        page = msgspec.structs.replace(answer.body, items=[_technical(it) for it in answer.body.items])
        return Answer(answer.status, page)
    return Answer(answer.status, _technical(answer.body)) if isinstance(answer.body, DeviceObject) else answer


def _technical(device: DeviceObject) -> DeviceObject:
    return msgspec.structs.replace(device, member_id=None, last_values=UNSET)


ROUTES = (
    Route(RouteKey("GET", "/devices"), "List and search devices", list_devices, gives=Page[DeviceObject], query=DeviceFilter),
    Route(RouteKey("GET", "/devices/{device_id}"), "A device with presence and last values", show_device, gives=DeviceObject),
    Route(
        RouteKey("PUT", "/devices/{device_id}/settings"),
        "Settings that the device is to take over",
        change_settings,
        gives=Settings,
        takes=Settings,
        more={501: Error},
    ),
    Route(
        RouteKey("GET", "/devices/{device_id}/series"),
        "Values or rollups of one metric",
        show_series,
        gives=Series,
        query=SeriesQuery,
    ),
)
