"""What CreateEventSourceMapping and UpdateEventSourceMapping refuse for a Kinesis stream and LocalStack lets pass."""

from collections.abc import Mapping
from typing import Any

from localstack.aws.api import CommonServiceException
from localstack.aws.api.lambda_ import InvalidParameterValueException

_RANGES = {
    "MaximumBatchingWindowInSeconds": (0, 300),
    "MaximumRetryAttempts": (-1, 10_000),
    "MaximumRecordAgeInSeconds": (-1, 604_800),
    "ParallelizationFactor": (1, 10),
    "TumblingWindowInSeconds": (0, 900),
}
_SHORTEST_AGE_S = 60
_DESTINATIONS = ("sqs", "sns", "s3")
_ARN_PARTS = 6


def validate(request: Mapping[str, Any]) -> None:
    """Raises ValidationException for values out of range (CreateEventSourceMapping's reference has the ranges), and
    InvalidParameterValueException for what cannot be, and for tumbling windows, which this emulator has not got."""
    for name, (lowest, highest) in _RANGES.items():
        _check_range(name, request.get(name), lowest, highest)
    age = request.get("MaximumRecordAgeInSeconds")
    if age is not None and 0 <= age < _SHORTEST_AGE_S:
        raise InvalidParameterValueException("MaximumRecordAgeInSeconds must be -1 or at least 60.", Type="User")
    if request.get("TumblingWindowInSeconds"):
        raise InvalidParameterValueException("TumblingWindowInSeconds is not supported by this emulator.", Type="User")
    if request.get("StartingPosition") == "AT_TIMESTAMP" and request.get("StartingPositionTimestamp") is None:
        raise InvalidParameterValueException("StartingPositionTimestamp is required for the starting position AT_TIMESTAMP.", Type="User")
    _check_destination(request)


def _check_range(name: str, value: int | None, lowest: int, highest: int) -> None:
    if value is None or lowest <= value <= highest:
        return
    bound = f"greater than or equal to {lowest}" if value < lowest else f"less than or equal to {highest}"
    field = name[0].lower() + name[1:]
    message = f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must have value {bound}"
    raise CommonServiceException("ValidationException", message)


def _check_destination(request: Mapping[str, Any]) -> None:
    arn = ((request.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not arn:
        return
    parts = arn.split(":")
    if len(parts) < _ARN_PARTS or parts[2] not in _DESTINATIONS or arn.endswith(".fifo"):
        raise InvalidParameterValueException(f"The provided destination config DestinationConfig is invalid: {arn}", Type="User")
