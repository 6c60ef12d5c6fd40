"""A mapping's settings and the events that travel through it: values only, no I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from emulator.kinesis.model import StreamKey

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""A batch's JSON never exceeds Lambda's limit for a synchronous invocation."""


class StartingPosition(StrEnum):
    """Where a new mapping begins to read."""

    TRIM_HORIZON = "TRIM_HORIZON"
    LATEST = "LATEST"
    AT_TIMESTAMP = "AT_TIMESTAMP"


@dataclass(frozen=True, slots=True)
class Event:
    """One record as the function gets it. `body` is its JSON, ready to send as often as needed."""

    sequence: int
    partition_key: str
    arrived_at_ms: int
    body: bytes


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What happens to a batch that fails. None: without limit."""

    max_retries: int | None = None
    max_age_ms: int | None = None
    bisect: bool = False


@dataclass(frozen=True, slots=True)
class BatchPolicy:
    """When a batch is complete: so many records, so many seconds after its first one, or the payload limit."""

    max_records: int = 100
    window_s: float = 0.0
    max_bytes: int = MAX_PAYLOAD_BYTES


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who reads: one function (or version, or alias) on one stream. Checkpoints belong to it, not to a mapping's UUID."""

    stream_arn: str
    function_arn: str


@dataclass(frozen=True, slots=True)
class MappingConfig:
    """One Kinesis event source mapping, parsed."""

    uuid: str
    consumer: Consumer
    stream: StreamKey
    start: StartingPosition
    start_at_ms: int | None
    batch: BatchPolicy
    retry: RetryPolicy
    lanes_per_shard: int
    reports_item_failures: bool
    destination_arn: str | None
    filters: tuple[str, ...]
    role_arn: str


def parse_mapping(configuration: Mapping[str, Any], role_arn: str) -> MappingConfig:
    """Parse what GetEventSourceMapping shows of a Kinesis mapping; `role_arn` is the function's execution role."""
    stream_arn = configuration["EventSourceArn"]
    at = configuration.get("StartingPositionTimestamp")
    return MappingConfig(
        uuid=configuration["UUID"],
        consumer=Consumer(stream_arn, configuration["FunctionArn"]),
        stream=stream_key(stream_arn),
        start=StartingPosition(configuration["StartingPosition"]),
        start_at_ms=None if at is None else _epoch_ms(at),
        batch=BatchPolicy(configuration.get("BatchSize", 100), float(configuration.get("MaximumBatchingWindowInSeconds") or 0)),
        retry=_retry_policy(configuration),
        lanes_per_shard=configuration.get("ParallelizationFactor") or 1,
        reports_item_failures="ReportBatchItemFailures" in (configuration.get("FunctionResponseTypes") or ()),
        destination_arn=((configuration.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") or None,
        filters=tuple(f["Pattern"] for f in (configuration.get("FilterCriteria") or {}).get("Filters", ())),
        role_arn=role_arn,
    )


def stream_key(arn: str) -> StreamKey:
    """The stream that an ARN names, also the ARN of one of its registered consumers."""
    _, _, _, region, account_id, resource = arn.split(":", 5)
    return StreamKey(account_id, region, resource.split("/")[1])


def _retry_policy(configuration: Mapping[str, Any]) -> RetryPolicy:
    retries = configuration.get("MaximumRetryAttempts", -1)
    age_s = configuration.get("MaximumRecordAgeInSeconds", -1)
    return RetryPolicy(
        max_retries=None if retries is None or retries < 0 else retries,
        max_age_ms=None if age_s is None or age_s < 0 else age_s * 1000,
        bisect=bool(configuration.get("BisectBatchOnFunctionError")),
    )


def _epoch_ms(moment: datetime | float | str) -> int:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    seconds = moment.timestamp() if isinstance(moment, datetime) else float(moment)
    return round(seconds * 1000)
