"""The interface of the service `devices`: REST-shaped, over any transport. Two sets of routes, which share nothing but the path.

The registry, for provisioning and for whoever restores the IoT control plane, on the database:

| request | does | answers |
| --- | --- | --- |
| `PUT /registry/devices/{device_id}` | registers a device or renews its certificate | 201 new, 200 known, 409 another tenant's |
| `GET /registry/devices?limit=&cursor=&tenant_id=` | lists the registry | 200 `{"items", "next_cursor"}` |
| `GET /registry/devices/{device_id}` | one registration | 200 the device, 404 |
| `DELETE /registry/devices/{device_id}/certificate` | marks the certificate as revoked | 200 the device, 404 |

The devices that a caller may see, on the read model (a therapist: of their tenant; an operator: all, without clinical data):

| request | answers |
| --- | --- |
| `GET /devices?limit=&cursor=&q=&online=` | a page of devices |
| `GET /devices/{device_id}` | a device with presence and last values |
| `PUT /devices/{device_id}/settings` | 501 as long as shadows are not built |
"""

from collections.abc import Callable

from chalicelib.devices.fleet import Fleet, change_settings, get_device, list_devices
from chalicelib.devices.registry import find_registration, list_registrations, register, revoke_certificate
from chalicelib.ports import Clock, Registry
from chalicelib.service.responses import Answer
from chalicelib.service.router import Call, Route, Router

REGISTRY_PATH = "/registry/"
"""What the registry's paths begin with."""


class RegistryApi(Router):
    """The registry's routes."""

    def __init__(self, registry: Registry, clock: Clock, log_failure: Callable[[str], None]) -> None:
        def put(call: Call) -> Answer:
            new = register(registry, clock, call.names["device_id"], call.body)
            return Answer(201 if new else 200, {"device_id": call.names["device_id"]})

        def revoke(call: Call) -> object:
            return revoke_certificate(registry, call.names["device_id"])

        routes = (
            Route("GET", "/registry/devices", lambda call: list_registrations(registry, call.query)),
            Route("GET", "/registry/devices/{device_id}", lambda call: find_registration(registry, call.names["device_id"])),
            Route("PUT", "/registry/devices/{device_id}", put),
            Route(
                "DELETE", "/registry/devices/{device_id}/certificate", lambda call: revoke_certificate(registry, call.names["device_id"])
            ),
        )
        super().__init__(routes, clock, log_failure)


class FleetApi(Router):
    """The routes for people."""

    def __init__(self, fleet: Fleet, log_failure: Callable[[str], None]) -> None:
        routes = (
            Route("GET", "/devices", lambda call: list_devices(fleet, call)),
            Route("GET", "/devices/{device_id}", lambda call: get_device(fleet, call)),
            Route("PUT", "/devices/{device_id}/settings", lambda call: change_settings(fleet, call)),
        )
        super().__init__(routes, fleet.clock, log_failure)
