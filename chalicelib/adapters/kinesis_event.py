"""The event that Lambda's event source mapping hands over, and the partial batch response that it understands.

Source: AWS Lambda developer guide, "Using Lambda with Kinesis" and "Configuring partial batch response".
"""

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from chalicelib.domain.records import StreamRecord


def records_of(event: dict[str, Any]) -> list[StreamRecord]:
    """The records of a Lambda event, in order."""
    return [_record(it) for it in KinesisStreamEvent(event).records]


def response_to(failed: StreamRecord | None) -> PartialItemFailureResponse:
    """What to return: everything from the failed record on comes again; with none, the whole batch is done."""
    if failed is None:
        return {"batchItemFailures": []}
    return {"batchItemFailures": [{"itemIdentifier": failed.sequence_number}]}


def _record(it: KinesisStreamRecord) -> StreamRecord:
    payload = it.kinesis
    return StreamRecord(
        data=payload.data_as_bytes(),
        shard_id=it.event_id.partition(":")[0],
        sequence_number=payload.sequence_number,
        partition_key=payload.partition_key,
        arrived_at_ms=round(payload.approximate_arrival_timestamp * 1000),
    )
