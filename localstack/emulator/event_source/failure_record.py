"""The invocation record that the on-failure destination gets ("Example Amazon SNS/SQS/S3 invocation record")."""

from datetime import UTC, datetime
from typing import Any

from emulator.event_source.batch_run import Discard
from emulator.event_source.model import MappingConfig


def failure_record(config: MappingConfig, shard_id: str, discard: Discard, now_ms: int) -> dict[str, Any]:
    """Metadata of discarded records: which, why, and what the function last answered. Their data stays in the stream."""
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": discard.last.request_id if discard.last else None,
            "functionArn": config.consumer.function_arn,
            "condition": discard.condition.value,
            "approximateInvokeCount": discard.invocations,
        },
        "version": "1.0",
        "timestamp": _iso(now_ms),
        "KinesisBatchInfo": _batch_info(config, shard_id, discard),
    }
    if discard.last:
        record["responseContext"] = {
            "statusCode": discard.last.status_code,
            "executedVersion": discard.last.executed_version,
            "functionError": discard.last.function_error,
        }
    return record


def s3_key(uuid: str, shard_id: str, now_ms: int, unique: str) -> str:
    """Where S3 keeps an invocation record: aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<unique>."""
    return f"aws/lambda/{uuid}/{shard_id}/{datetime.fromtimestamp(now_ms / 1000, UTC):%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{unique}"


def _batch_info(config: MappingConfig, shard_id: str, discard: Discard) -> dict[str, Any]:
    first, last = discard.events[0], discard.events[-1]
    return {
        "shardId": shard_id,
        "startSequenceNumber": str(first.sequence),
        "endSequenceNumber": str(last.sequence),
        "approximateArrivalOfFirstRecord": _iso(first.arrived_at_ms),
        "approximateArrivalOfLastRecord": _iso(last.arrived_at_ms),
        "batchSize": len(discard.events),
        "streamArn": config.consumer.stream_arn,
    }


def _iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
