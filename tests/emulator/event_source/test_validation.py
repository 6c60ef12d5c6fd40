"""Settings that CreateEventSourceMapping refuses and LocalStack alone would take."""

import pytest
from localstack.aws.api import ServiceException

from emulator.event_source.validation import validate


@pytest.mark.parametrize(
    "refused",
    [
        {"ParallelizationFactor": 0},
        {"ParallelizationFactor": 11},
        {"MaximumBatchingWindowInSeconds": 301},
        {"MaximumRetryAttempts": -2},
        {"MaximumRetryAttempts": 10_001},
        {"MaximumRecordAgeInSeconds": 59},
        {"MaximumRecordAgeInSeconds": 604_801},
        {"TumblingWindowInSeconds": 30},
        {"StartingPosition": "AT_TIMESTAMP"},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:lambda:eu-west-1:000000000000:function:f"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "kafka://failed"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:000000000000:q.fifo"}}},
    ],
)
def test_settings_that_aws_refuses_are_refused(refused: dict[str, object]) -> None:
    assert refusal(refused) in {"ValidationException", "InvalidParameterValueException"}


@pytest.mark.parametrize(
    "taken",
    [
        {"ParallelizationFactor": 10, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1, "TumblingWindowInSeconds": 0},
        {"MaximumRecordAgeInSeconds": 60, "MaximumRetryAttempts": 0, "MaximumBatchingWindowInSeconds": 300},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}}},
        {"DestinationConfig": {"OnFailure": {}}},
    ],
)
def test_settings_that_aws_takes_are_taken(taken: dict[str, object]) -> None:
    assert refusal(taken) is None


def refusal(settings: dict[str, object]) -> str | None:
    """The code of the error; None: the settings are taken."""
    try:
        validate(settings)
    except ServiceException as error:
        return str(error.code)
    return None
