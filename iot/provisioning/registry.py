"""The platform's device registry, as its `devices` service offers it: a REST-shaped contract behind a Lambda function.

Request `{"method", "path", "query", "headers", "body"}`, answer `{"status", "headers", "body"}`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from iot.errors import ProvisioningError
from iot.provisioning.clients import vendor_errors

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_PAGE = "500"
"""The registry's largest page."""


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A device in the registry; `active` says whether its certificate is still honoured."""

    device_id: str
    tenant_id: str
    certificate_id: str
    certificate_pem: str
    member_id: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered."""

    status: int
    body: Mapping[str, Any]


class DevicesService(Protocol):
    """The port to the platform's `devices` service."""

    def call(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None) -> Answer:
        """One request; raises `ProvisioningError` when the service cannot be reached or crashed."""


class LambdaDevicesService:
    """The `devices` service through Lambda's Invoke."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def call(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Mapping[str, Any] | None = None) -> Answer:
        """One synchronous invocation."""
        request = {"method": method, "path": path, "query": dict(query or {}), "headers": {}, "body": body}
        with vendor_errors(f"calling {self._function}"):
            answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(request).encode())
            payload: object = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError") or not isinstance(payload, dict) or "status" not in payload:
            raise ProvisioningError(f"{self._function} failed on {method} {path}: {json.dumps(payload)[:300]}")
        return Answer(int(payload["status"]), _body(payload.get("body")))


def _body(body: object) -> Mapping[str, Any]:
    """A service may answer its body as an object or, as HTTP does, as JSON text."""
    if isinstance(body, str) and body:
        body = json.loads(body)
    return body if isinstance(body, dict) else {}


class Registry:
    """The registry's use, typed."""

    def __init__(self, service: DevicesService) -> None:
        self._service = service

    def find(self, device_id: str) -> RegisteredDevice | None:
        """The device, or None when the registry does not know it. The listing is the only way to ask; it is in order of ids."""
        for device in self.devices():
            if device.device_id >= device_id:
                return device if device.device_id == device_id else None
        return None

    def put(self, device: RegisteredDevice) -> None:
        """Creates the device, or replaces its certificate; raises `ProvisioningError` when it belongs to another tenant."""
        body = {
            "tenant_id": device.tenant_id,
            "member_id": device.member_id,
            "certificate_id": device.certificate_id,
            "certificate_pem": device.certificate_pem,
        }
        answer = self._service.call("PUT", f"/registry/devices/{device.device_id}", body=body)
        _checked(answer, f"registering device {device.device_id}")

    def end_certificate(self, device_id: str) -> RegisteredDevice | None:
        """Marks the device's certificate as revoked, so that nothing brings it back; None when the registry has no such device."""
        answer = self._service.call("DELETE", f"/registry/devices/{device_id}/certificate")
        return None if answer.status == HTTPStatus.NOT_FOUND else _device(_checked(answer, f"ending the certificate of {device_id}"))

    def devices(self, tenant_id: str | None = None) -> Iterator[RegisteredDevice]:
        """Every device in order of ids, page by page."""
        query = {"limit": _PAGE} | ({"tenant_id": tenant_id} if tenant_id else {})
        while True:
            body = _checked(self._service.call("GET", "/registry/devices", query=query), "listing devices")
            yield from (_device(item) for item in body.get("items", []))
            if not body.get("next_cursor"):
                return
            query["cursor"] = str(body["next_cursor"])


def _checked(answer: Answer, doing: str) -> Mapping[str, Any]:
    if answer.status < HTTPStatus.BAD_REQUEST:
        return answer.body
    error = answer.body.get("error")
    reason = error.get("message") if isinstance(error, dict) else error
    raise ProvisioningError(f"{doing} was refused with {answer.status}: {reason or 'no reason given'}")


def _device(item: Mapping[str, Any]) -> RegisteredDevice:
    try:
        return RegisteredDevice(
            item["device_id"],
            item["tenant_id"],
            item["certificate_id"],
            item["certificate_pem"],
            member_id=item.get("member_id"),
            active=item["status"] == "active",
        )
    except KeyError as error:
        raise ProvisioningError(f"the registry answered a device without {error}") from error
