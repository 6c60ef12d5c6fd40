"""Operations on streams as a whole: create, delete, describe, list, retention, mode, encryption, monitoring, limits."""

from collections.abc import Callable
from dataclasses import replace

from localstack.aws.api.kinesis import (
    InvalidArgumentException,
    LimitExceededException,
    ResourceInUseException,
    ValidationException,
)

from emulator.kinesis import tokens
from emulator.kinesis.call import Call, Request, Response, stream_arn, to_datetime
from emulator.kinesis.model import StreamDetails, StreamExistsError, StreamKey
from emulator.kinesis.paging import page, unseal
from emulator.kinesis.shards import describe_shard

SHARD_LIMIT = 10_000
"""Open shards of an account in a region: AWS's highest default (developer guide, quotas)."""
ON_DEMAND_SHARDS = 4
ON_DEMAND_STREAM_LIMIT = 50
MIN_RETENTION_HOURS = 24
MAX_RETENTION_HOURS = 8760
ALL_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)


def create_stream(call: Call, request: Request) -> Response:
    """A stream that the file brought back is adopted by the first CreateStream, so that a deployment after a restart succeeds."""
    stream = call.named(request["StreamName"])
    tags = dict(request.get("Tags") or {})
    if call.log.adopt(stream):
        call.log.update(stream, lambda details: replace(details, tags={**details.tags, **tags}))
        return {}
    mode = (request.get("StreamModeDetails") or {}).get("StreamMode") or "PROVISIONED"
    shard_count = _shard_count(call, mode, request.get("ShardCount"))
    details = StreamDetails(
        call.clock(),
        mode,
        tags=tags,
        max_record_kib=request.get("MaxRecordSizeInKiB") or 1024,
        warm_throughput_mibps=request.get("WarmThroughputMiBps"),
    )
    try:
        call.log.create(stream, shard_count, details)
    except StreamExistsError as error:
        raise ResourceInUseException(f"Stream {stream.name} under account {stream.account_id} already exists.") from error
    return {}


def _shard_count(call: Call, mode: str, asked: int | None) -> int:
    if mode == "ON_DEMAND":
        return asked or ON_DEMAND_SHARDS
    if asked is None:
        raise ValidationException("ShardCount must be specified for a stream in provisioned mode.")
    open_now = _open_shards(call)
    if open_now + asked > SHARD_LIMIT:
        raise LimitExceededException(
            f"This request would exceed the shard limit for the account {call.account_id} in {call.region}. "
            f"Current shard count for the account: {open_now}. Limit: {SHARD_LIMIT}. "
            f"Number of additional shards that would have resulted from this request: {asked}."
        )
    return asked


def delete_stream(call: Call, request: Request) -> Response:
    """Gone at once, with its records. Refused while consumers are registered, unless the caller insists."""
    stream = call.stream(request)
    if call.log.details(stream).consumers and not request.get("EnforceConsumerDeletion"):
        raise ResourceInUseException(f"Stream {stream.name} under account {stream.account_id} has consumers; deregister them first.")
    call.log.delete(stream)
    return {}


def describe_stream(call: Call, request: Request) -> Response:
    """With a page of its shards."""
    stream = call.stream(request)
    details = call.log.details(stream)
    after = request.get("ExclusiveStartShardId") or ""
    following = [shard for shard in call.log.shards(stream) if shard.shard_id > after]
    limit = request.get("Limit") or 100
    description = _summary(stream, details) | {
        "Shards": [describe_shard(shard) for shard in following[:limit]],
        "HasMoreShards": len(following) > limit,
    }
    return {"StreamDescription": description}


def describe_stream_summary(call: Call, request: Request) -> Response:
    """Without shards, with their count."""
    stream = call.stream(request)
    details = call.log.details(stream)
    summary = _summary(stream, details) | {
        "OpenShardCount": sum(shard.closed_at_ms is None for shard in call.log.shards(stream)),
        "ConsumerCount": len(details.consumers),
        "MaxRecordSizeInKiB": details.max_record_kib,
    }
    if details.warm_throughput_mibps is not None:
        throughput = details.warm_throughput_mibps
        summary["WarmThroughput"] = {"TargetMiBps": throughput, "CurrentMiBps": throughput}
    return {"StreamDescriptionSummary": summary}


def _summary(stream: StreamKey, details: StreamDetails) -> Response:
    summary = {
        "StreamName": stream.name,
        "StreamARN": stream_arn(stream),
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": details.mode},
        "RetentionPeriodHours": details.retention_hours,
        "StreamCreationTimestamp": to_datetime(details.created_at_ms),
        "EnhancedMonitoring": [{"ShardLevelMetrics": list(details.shard_level_metrics)}],
        "EncryptionType": "KMS" if details.encryption_key_id else "NONE",
    }
    return summary | ({"KeyId": details.encryption_key_id} if details.encryption_key_id else {})


def list_streams(call: Call, request: Request) -> Response:
    """By name, 100 a page unless told otherwise."""
    token = request.get("NextToken")
    after = str(unseal(call, token)) if token else request.get("ExclusiveStartStreamName") or ""
    names, more = page([name for name in call.log.names(call.account_id, call.region) if name > after], request.get("Limit") or 100)
    response: Response = {
        "StreamNames": names,
        "HasMoreStreams": more,
        "StreamSummaries": [_list_entry(call, name) for name in names],
    }
    return response | ({"NextToken": tokens.seal(names[-1], call.clock())} if more else {})


def _list_entry(call: Call, name: str) -> Response:
    summary = _summary(call.named(name), call.log.details(call.named(name)))
    return {key: summary[key] for key in ("StreamName", "StreamARN", "StreamStatus", "StreamModeDetails", "StreamCreationTimestamp")}


def increase_retention(call: Call, request: Request) -> Response:
    """24 to 8760 hours, not below what it is."""
    return _change_retention(call, request, _refuse_shorter)


def decrease_retention(call: Call, request: Request) -> Response:
    """24 to 8760 hours, not above what it is. What is then too old can no longer be read."""
    return _change_retention(call, request, _refuse_longer)


def _change_retention(call: Call, request: Request, check: Callable[[StreamKey, int, int], None]) -> Response:
    stream, hours = call.stream(request), request["RetentionPeriodHours"]
    if hours < MIN_RETENTION_HOURS:
        raise InvalidArgumentException(
            f"Minimum allowed retention period is {MIN_RETENTION_HOURS} hours. Requested retention period ({hours} hours) is too short."
        )
    if hours > MAX_RETENTION_HOURS:
        raise InvalidArgumentException(
            f"Maximum allowed retention period is {MAX_RETENTION_HOURS} hours. Requested retention period ({hours} hours) is too long."
        )

    def change(details: StreamDetails) -> StreamDetails:
        check(stream, hours, details.retention_hours)
        return replace(details, retention_hours=hours)

    call.log.update(stream, change)
    return {}


def _refuse_shorter(stream: StreamKey, asked: int, existing: int) -> None:
    if asked < existing:
        raise InvalidArgumentException(
            f"Requested retention period ({asked} hours) for stream {stream.name} can not be shorter than "
            f"existing retention period ({existing} hours). Use DecreaseRetentionPeriod API."
        )


def _refuse_longer(stream: StreamKey, asked: int, existing: int) -> None:
    if asked > existing:
        raise InvalidArgumentException(
            f"Requested retention period ({asked} hours) for stream {stream.name} can not be longer than "
            f"existing retention period ({existing} hours). Use IncreaseRetentionPeriod API."
        )


def update_stream_mode(call: Call, request: Request) -> Response:
    """Remembered; an on-demand stream does not scale by itself here."""
    mode = request["StreamModeDetails"]["StreamMode"]
    call.log.update(call.stream(request), lambda details: replace(details, mode=mode))
    return {}


def update_max_record_size(call: Call, request: Request) -> Response:
    """1 to 10 MiB."""
    kib = request["MaxRecordSizeInKiB"]
    call.log.update(call.stream(request), lambda details: replace(details, max_record_kib=kib))
    return {}


def update_warm_throughput(call: Call, request: Request) -> Response:
    """Remembered, for on-demand streams only as on AWS."""
    stream, throughput = call.stream(request), request["WarmThroughputMiBps"]
    if call.log.details(stream).mode != "ON_DEMAND":
        raise ValidationException(f"Stream {stream.name} under account {stream.account_id} is not in On-Demand mode.")
    call.log.update(stream, lambda details: replace(details, warm_throughput_mibps=throughput))
    warm = {"TargetMiBps": throughput, "CurrentMiBps": throughput}
    return {"StreamARN": stream_arn(stream), "StreamName": stream.name, "WarmThroughput": warm}


def start_encryption(call: Call, request: Request) -> Response:
    """Remembered and shown; nothing is encrypted."""
    key_id = request["KeyId"]
    call.log.update(call.stream(request), lambda details: replace(details, encryption_key_id=key_id))
    return {}


def stop_encryption(call: Call, request: Request) -> Response:
    """Forgets the key."""
    call.log.update(call.stream(request), lambda details: replace(details, encryption_key_id=None))
    return {}


def enable_monitoring(call: Call, request: Request) -> Response:
    """Remembered. IteratorAgeMilliseconds comes from event source mappings, asked for or not; no other shard-level metric does."""
    asked = _metrics(request)
    return _change_monitoring(call, request, lambda current: tuple(name for name in ALL_METRICS if name in {*current, *asked}))


def disable_monitoring(call: Call, request: Request) -> Response:
    """Takes metrics off the list."""
    asked = _metrics(request)
    return _change_monitoring(call, request, lambda current: tuple(name for name in current if name not in asked))


def _metrics(request: Request) -> tuple[str, ...]:
    asked = request["ShardLevelMetrics"]
    return ALL_METRICS if "ALL" in asked else tuple(asked)


def _change_monitoring(call: Call, request: Request, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Response:
    stream = call.stream(request)
    before = call.log.details(stream).shard_level_metrics
    after = call.log.update(stream, lambda details: replace(details, shard_level_metrics=change(details.shard_level_metrics)))
    return {
        "StreamName": stream.name,
        "StreamARN": stream_arn(stream),
        "CurrentShardLevelMetrics": list(before),
        "DesiredShardLevelMetrics": list(after.shard_level_metrics),
    }


def describe_limits(call: Call, _request: Request) -> Response:
    """Of the caller's account and region."""
    details = [call.log.details(call.named(name)) for name in call.log.names(call.account_id, call.region)]
    return {
        "ShardLimit": SHARD_LIMIT,
        "OpenShardCount": _open_shards(call),
        "OnDemandStreamCount": sum(stream.mode == "ON_DEMAND" for stream in details),
        "OnDemandStreamCountLimit": ON_DEMAND_STREAM_LIMIT,
    }


def _open_shards(call: Call) -> int:
    names = call.log.names(call.account_id, call.region)
    return sum(shard.closed_at_ms is None for name in names for shard in call.log.shards(call.named(name)))
