"""Operations on a stream's shards: list, split, merge, scale."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from localstack.aws.api.kinesis import (
    InvalidArgumentException,
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)

from emulator.kinesis import scaling, tokens
from emulator.kinesis.call import Call, Request, Response, stream_arn, to_epoch_ms
from emulator.kinesis.hashing import HashRange, explicit_hash_key
from emulator.kinesis.model import Shard, ShardClosedError, StreamKey, UnknownShardError
from emulator.kinesis.paging import page, unseal

MAX_SHARDS = 10_000
_HOUR_MS = 3_600_000


def describe_shard(shard: Shard) -> Response:
    """A shard as the API shows it."""
    sequence_range = {"StartingSequenceNumber": shard.first_sequence_number}
    if shard.last_sequence_number is not None:
        sequence_range["EndingSequenceNumber"] = shard.last_sequence_number
    description: Response = {"ShardId": shard.shard_id, "HashKeyRange": describe_keys(shard), "SequenceNumberRange": sequence_range}
    if shard.parent_id is not None:
        description["ParentShardId"] = shard.parent_id
    if shard.adjacent_parent_id is not None:
        description["AdjacentParentShardId"] = shard.adjacent_parent_id
    return description


def describe_keys(shard: Shard) -> dict[str, str]:
    """A shard's hash keys as the API shows them."""
    return {"StartingHashKey": str(shard.first_hash_key), "EndingHashKey": str(shard.last_hash_key)}


def list_shards(call: Call, request: Request) -> Response:
    """All, or what a filter leaves; up to 1,000 a page unless told otherwise. A NextToken stands for stream, place and filter."""
    stream, after, shown = _continued(call, request) if request.get("NextToken") else _begun(call, request)
    wanted = {shard_id for shard_id in shown if shard_id > after}
    following = [shard for shard in call.log.shards(stream) if shard.shard_id in wanted]
    shards, more = page(following, request.get("MaxResults") or 1000)
    response: Response = {"Shards": [describe_shard(shard) for shard in shards]}
    if more:
        place = [stream.account_id, stream.region, stream.name, shards[-1].shard_id, shown]
        response["NextToken"] = tokens.seal(place, call.clock())
    return response


def _begun(call: Call, request: Request) -> tuple[StreamKey, str, list[str]]:
    stream = call.stream(request)
    passes = _filter(call, stream, request.get("ShardFilter") or {"Type": "FROM_TRIM_HORIZON"})
    shown = [shard.shard_id for shard in call.log.shards(stream) if passes(shard)]
    return stream, request.get("ExclusiveStartShardId") or "", shown


def _continued(call: Call, request: Request) -> tuple[StreamKey, str, list[str]]:
    for name in ("StreamName", "StreamARN"):
        if request.get(name):
            raise InvalidArgumentException(f"NextToken and {name} cannot be provided together.")
    content = unseal(call, request["NextToken"])
    if not isinstance(content, list) or len(content) != 5:
        raise InvalidArgumentException("NextToken is invalid.")
    account_id, region, name, after, shown = content
    return StreamKey(account_id, region, name), after, shown


def _filter(call: Call, stream: StreamKey, shard_filter: Request) -> Callable[[Shard], bool]:
    """Source of the types: API reference, ShardFilter."""
    match shard_filter["Type"]:
        case "AFTER_SHARD_ID":
            after = _needed(shard_filter, "ShardId")
            return lambda shard: shard.shard_id > after
        case "AT_LATEST":
            return _is_open
        case "AT_TRIM_HORIZON":
            return partial(_was_open, _horizon_ms(call, stream))
        case "AT_TIMESTAMP":
            return partial(_was_open, to_epoch_ms(_needed(shard_filter, "Timestamp")))
        case "FROM_TIMESTAMP":
            return partial(_was_not_closed, to_epoch_ms(_needed(shard_filter, "Timestamp")))
        case _:
            return lambda _shard: True


def _needed(shard_filter: Request, member: str) -> Any:
    value = shard_filter.get(member)
    if value is None:
        raise InvalidArgumentException(f"{member} must be provided when the filter's type is {shard_filter['Type']}.")
    return value


def _is_open(shard: Shard) -> bool:
    return shard.closed_at_ms is None


def _was_not_closed(at_ms: int, shard: Shard) -> bool:
    return shard.closed_at_ms is None or shard.closed_at_ms >= at_ms


def _was_open(at_ms: int, shard: Shard) -> bool:
    return shard.created_at_ms <= at_ms and (shard.closed_at_ms is None or shard.closed_at_ms > at_ms)


def _horizon_ms(call: Call, stream: StreamKey) -> int:
    details = call.log.details(stream)
    return max(details.created_at_ms, call.clock() - details.retention_hours * _HOUR_MS)


def split_shard(call: Call, request: Request) -> Response:
    """The parent closes; two children share its hash keys."""
    stream = call.stream(request)
    shard = _open_shard(call, stream, request["ShardToSplit"])
    try:
        step = scaling.split((shard.first_hash_key, shard.last_hash_key), explicit_hash_key(request["NewStartingHashKey"]))
    except ValueError as error:
        raise InvalidArgumentException(
            f"NewStartingHashKey {request['NewStartingHashKey']} used in SplitShard() on shard {shard.shard_id} in stream {stream.name} "
            f"under account {stream.account_id} is not both greater than one plus the shard's StartingHashKey {shard.first_hash_key} "
            f"and less than the shard's EndingHashKey {shard.last_hash_key}."
        ) from error
    return _reshard(call, stream, [step])


def merge_shards(call: Call, request: Request) -> Response:
    """Both parents close; one child takes their hash keys."""
    stream = call.stream(request)
    one = _open_shard(call, stream, request["ShardToMerge"])
    other = _open_shard(call, stream, request["AdjacentShardToMerge"])
    try:
        step = scaling.merge((one.first_hash_key, one.last_hash_key), (other.first_hash_key, other.last_hash_key))
    except ValueError as error:
        raise InvalidArgumentException(
            f"Shards {one.shard_id} and {other.shard_id} in stream {stream.name} under account {stream.account_id} "
            "are not an adjacent pair of shards eligible for merging"
        ) from error
    return _reshard(call, stream, [step])


def update_shard_count(call: Call, request: Request) -> Response:
    """Uniform scaling, to at most double and at least half of the open shards."""
    stream, target = call.stream(request), request["TargetShardCount"]
    if call.log.details(stream).mode == "ON_DEMAND":
        raise ValidationException(f"Request is invalid. Stream {stream.name} under account {stream.account_id} is in On-Demand mode.")
    ranges = _open_ranges(call.log.shards(stream))
    _check_target(len(ranges), target)
    _reshard(call, stream, scaling.scale(ranges, target))
    return {"StreamName": stream.name, "StreamARN": stream_arn(stream), "CurrentShardCount": len(ranges), "TargetShardCount": target}


def _check_target(current: int, target: int) -> None:
    counts = f"Current open shard count: {current} Target shard count: {target}"
    if target > MAX_SHARDS:
        raise LimitExceededException(f"UpdateShardCount cannot scale a stream to more than {MAX_SHARDS} shards. {counts}")
    if target > 2 * current:
        raise LimitExceededException(f"UpdateShardCount cannot scale up over double your current open shard count. {counts}")
    if 2 * target < current:
        raise LimitExceededException(f"UpdateShardCount cannot scale down below half your current open shard count. {counts}")


def _open_ranges(shards: Sequence[Shard]) -> list[HashRange]:
    return sorted((shard.first_hash_key, shard.last_hash_key) for shard in shards if shard.closed_at_ms is None)


def _open_shard(call: Call, stream: StreamKey, shard_id: str) -> Shard:
    for shard in call.log.shards(stream):
        if shard.shard_id == shard_id and shard.closed_at_ms is not None:
            raise InvalidArgumentException(
                f"Shard {shard_id} in stream {stream.name} under account {stream.account_id} has already been merged or split, "
                "and thus is not eligible for merging or splitting."
            )
        if shard.shard_id == shard_id:
            return shard
    raise ResourceNotFoundException(str(UnknownShardError(stream, shard_id)))


def _reshard(call: Call, stream: StreamKey, steps: Sequence[scaling.Replacement]) -> Response:
    try:
        call.log.reshard(stream, steps)
    except ShardClosedError as error:
        raise ResourceInUseException(f"Stream {stream.name} under account {stream.account_id} is being resharded.") from error
    return {}
