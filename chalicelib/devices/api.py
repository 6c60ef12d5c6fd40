"""The registry's REST-shaped interface: a request as a mapping in, a response as a mapping out, over any transport.

| request | does | answers |
| --- | --- | --- |
| `PUT /registry/devices/{device_id}` | registers a device or renews its certificate | 201 new, 200 known, 409 another tenant's |
| `GET /registry/devices?limit=&cursor=&tenant_id=` | lists the registry | 200 `{"items", "next_cursor"}` |
| `DELETE /registry/devices/{device_id}/certificate` | marks the certificate as revoked | 200 the device, 404 |

Errors have one shape: `{"error": {"code", "message", "correlation_id"}}`.
"""

import re
from collections.abc import Callable
from typing import Any

from chalicelib.devices import messages
from chalicelib.devices.registry import list_devices, register, revoke_certificate
from chalicelib.domain.errors import InvalidRequestError, NotFoundError, RequestError, RetryableError, TakenError
from chalicelib.ports import Clock, Registry

_DEVICES = "/registry/devices"
_DEVICE = re.compile(rf"{_DEVICES}/([^/]+)")
_CERTIFICATE = re.compile(rf"{_DEVICES}/([^/]+)/certificate")
_STATUS: dict[type[RequestError], tuple[int, str]] = {
    InvalidRequestError: (400, "invalid_request"),
    NotFoundError: (404, "not_found"),
    TakenError: (409, "taken"),
}


class RegistryApi:
    """Routes a request to its use case and maps errors to statuses."""

    def __init__(self, registry: Registry, clock: Clock, log_failure: Callable[[str], None]) -> None:
        self._registry = registry
        self._clock = clock
        self._log_failure = log_failure

    def handle(self, event: object) -> dict[str, Any]:
        """Answers one request; never raises."""
        correlation_id = None
        try:
            request = messages.read_request(event)
            correlation_id = request.correlation_id
            status, answer = self._route(request)
        except RequestError as error:
            status, code = _STATUS[type(error)]
            answer = messages.failure(code, str(error), correlation_id)
        except RetryableError:
            self._log_failure("The registry does not answer")
            status, answer = 503, messages.failure("unavailable", "The registry does not answer; try again.", correlation_id)
        except Exception:  # noqa: BLE001 - the last resort: a caller gets an answer, the log gets the trace
            self._log_failure("A request to the registry failed")
            status, answer = 500, messages.failure("internal", "The request failed.", correlation_id)
        return messages.response(status, answer)

    def _route(self, request: messages.Request) -> tuple[int, object]:
        if (request.method, request.path) == ("GET", _DEVICES):
            return 200, list_devices(self._registry, request.query)
        if request.method == "PUT" and (named := _DEVICE.fullmatch(request.path)):
            return self._register(named[1], request.body)
        if request.method == "DELETE" and (named := _CERTIFICATE.fullmatch(request.path)):
            return 200, revoke_certificate(self._registry, named[1])
        raise NotFoundError(f"There is no {request.method} {request.path}")

    def _register(self, device_id: str, body: object) -> tuple[int, object]:
        new = register(self._registry, self._clock, device_id, body)
        return (201 if new else 200), {"device_id": device_id}
