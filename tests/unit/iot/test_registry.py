"""The registry's use, over a Lambda client that answers as told."""

import io
import json
from typing import Any

import pytest

from iot.errors import ProvisioningError
from iot.provisioning.registry import LambdaDevicesService, RegisteredDevice, Registry

ITEM = {"tenant_id": "a", "device_id": "knee-1", "member_id": None, "certificate_id": "c", "certificate_pem": "p", "status": "active"}


class FakeLambda:
    """Lambda's Invoke: gives the answers in turn and keeps the requests."""

    def __init__(self, *answers: object, function_error: bool = False) -> None:
        self.requests: list[dict[str, Any]] = []
        self.functions: list[str] = []
        self._answers = list(answers)
        self._error = {"FunctionError": "Unhandled"} if function_error else {}

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        """One invocation."""
        self.functions.append(arguments["FunctionName"])
        self.requests.append(json.loads(arguments["Payload"]))
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(self._answers.pop(0)).encode()), **self._error}


def registry(client: FakeLambda) -> Registry:
    return Registry(LambdaDevicesService(client, "gonio-local-devices"))  # type: ignore[arg-type]


def answer(status: int, body: object) -> dict[str, Any]:
    return {"status": status, "headers": {}, "body": body}


def test_a_registration_is_a_put_to_the_function() -> None:
    client = FakeLambda(answer(201, {"device_id": "knee-1"}))
    registry(client).put(RegisteredDevice("knee-1", "a", "c", "p", member_id="ada"))
    body = {"tenant_id": "a", "member_id": "ada", "certificate_id": "c", "certificate_pem": "p"}
    assert client.requests == [{"method": "PUT", "path": "/registry/devices/knee-1", "query": {}, "headers": {}, "body": body}]
    assert client.functions == ["gonio-local-devices"]


def test_a_listing_follows_the_cursor() -> None:
    second = {**ITEM, "device_id": "knee-2", "status": "revoked"}
    client = FakeLambda(answer(200, {"items": [ITEM], "next_cursor": "n"}), answer(200, {"items": [second], "next_cursor": None}))
    assert [(device.device_id, device.active) for device in registry(client).devices("a")] == [("knee-1", True), ("knee-2", False)]
    assert [request["query"] for request in client.requests] == [
        {"limit": "500", "tenant_id": "a"},
        {"limit": "500", "tenant_id": "a", "cursor": "n"},
    ]


def test_a_body_may_be_json_text() -> None:
    client = FakeLambda(answer(200, json.dumps({"items": [ITEM], "next_cursor": None})))
    assert registry(client).find("knee-1") == RegisteredDevice("knee-1", "a", "c", "p")


def test_a_refusal_carries_the_services_reason() -> None:
    client = FakeLambda(answer(409, {"error": {"code": "taken", "message": "another tenant's", "correlation_id": None}}))
    with pytest.raises(ProvisioningError, match="409: another tenant's"):
        registry(client).put(RegisteredDevice("knee-1", "a", "c", "p"))


@pytest.mark.parametrize(("payload", "crashed"), [({"errorMessage": "boom"}, True), (None, False), ({"errorMessage": "boom"}, False)])
def test_a_function_that_crashed_or_answered_nothing_is_an_error_that_names_it(payload: object, crashed: bool) -> None:
    with pytest.raises(ProvisioningError, match="gonio-local-devices failed on DELETE"):
        registry(FakeLambda(payload, function_error=crashed)).end_certificate("knee-1")
