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
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:000000000000:q.fifo"}}},
    ],
)
def test_settings_that_aws_refuses_are_refused(refused: dict[str, object]) -> None:
    with pytest.raises(ServiceException) as error:
        validate(refused)
    assert error.value.code in {"ValidationException", "InvalidParameterValueException"}


def test_settings_that_aws_takes_are_taken() -> None:
    validate({"ParallelizationFactor": 10, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1, "TumblingWindowInSeconds": 0})
    validate({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}}})
