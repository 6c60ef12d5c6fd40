"""Where devices find the gateway."""

from emulator.iot.errors import InvalidRequestError
from emulator.iot.operation import Answer, Operation, Request
from emulator.iot.registry import Session
from emulator.settings import settings

_SERVED = frozenset({"iot:Data", "iot:Data-ATS"})


def describe_endpoint(_session: Session, request: Request) -> Answer:
    """The gateway's host name. Other kinds of endpoints are not here."""
    kind = request.get("endpointType", "iot:Data")
    if kind not in _SERVED:
        raise InvalidRequestError(f"Endpoint type {kind} is not supported here")
    return {"endpointAddress": settings().iot_endpoint}


OPERATIONS: dict[str, Operation] = {"DescribeEndpoint": describe_endpoint}
