"""Operations on records: put, iterate, get."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from localstack.aws.api.kinesis import (
    ExpiredIteratorException,
    InvalidArgumentException,
    ProvisionedThroughputExceededException,
    ResourceNotFoundException,
    ValidationException,
)

from emulator.kinesis import tokens
from emulator.kinesis.call import Call, Request, Response, to_datetime, to_epoch_ms
from emulator.kinesis.chunk import Chunk, Excerpt
from emulator.kinesis.hashing import explicit_hash_key, hash_of
from emulator.kinesis.model import Entry, Shard, StreamDetails, StreamKey, UnknownShardError
from emulator.kinesis.sequence import predecessor, shard_number_of
from emulator.kinesis.shards import describe_keys

MAX_RECORDS = 500
MAX_REQUEST_BYTES = 5 * 1024 * 1024
MAX_LARGE_REQUEST_BYTES = 10 * 1024 * 1024
"""For a stream whose records may be larger than 1 MiB."""
MAX_PARTITION_KEY = 256
MAX_GET_RECORDS = 10_000


def put_record(call: Call, request: Request) -> Response:
    """One record, or ProvisionedThroughputExceededException."""
    stream = call.stream(request)
    details = call.log.details(stream)
    entry = _entry(request, details, "data")
    (placement,) = call.log.put(stream, [entry])
    if placement.sequence_number is None:
        raise ProvisionedThroughputExceededException(_exceeded(stream, placement.shard_id))
    return {"ShardId": placement.shard_id, "SequenceNumber": placement.sequence_number} | _encryption(details)


def put_records(call: Call, request: Request) -> Response:
    """Up to 500; each succeeds or fails by itself, in the order of the request."""
    records = request["Records"]
    stream = call.stream(request)
    details = call.log.details(stream)
    _check_count(len(records))
    entries = [_entry(record, details, f"records.{index}.member.data") for index, record in enumerate(records, start=1)]
    _check_size(sum(len(key) + len(data) for key, data, _ in entries), details)
    results: list[Response] = []
    failed = 0
    for shard_id, sequence_number in call.log.put(stream, entries):
        if sequence_number is None:
            failed += 1
            results.append({"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": _exceeded(stream, shard_id)})
        else:
            results.append({"SequenceNumber": sequence_number, "ShardId": shard_id})
    return {"FailedRecordCount": failed, "Records": results} | _encryption(details)


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_RECORDS:
        bound = f"greater than or equal to {1}" if count < 1 else f"less than or equal to {MAX_RECORDS}"
        raise ValidationException(
            f"1 validation error detected: Value at 'records' failed to satisfy constraint: Member must have length {bound}"
        )


def _check_size(size_bytes: int, details: StreamDetails) -> None:
    limit = MAX_REQUEST_BYTES if details.max_record_kib <= 1024 else MAX_LARGE_REQUEST_BYTES
    if size_bytes > limit:
        raise InvalidArgumentException(f"Records size exceeds {limit // 1024 // 1024} MB limit")


def _entry(record: Mapping[str, Any], details: StreamDetails, path: str) -> Entry:
    key, data, explicit = record.get("PartitionKey"), record.get("Data"), record.get("ExplicitHashKey")
    if not key or len(key) > MAX_PARTITION_KEY:
        raise ValidationException(
            f"1 validation error detected: Value '{key}' at '{path.removesuffix('data')}partitionKey' failed to satisfy constraint: "
            f"Member must have length between 1 and {MAX_PARTITION_KEY}"
        )
    data = b"" if data is None else data
    limit = details.max_record_kib * 1024
    if len(data) + len(key) > limit:
        raise ValidationException(
            f"1 validation error detected: Value at '{path}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}"
        )
    return Entry(key, data, hash_of(key) if explicit is None else _explicit(explicit))


def _explicit(text: str) -> int:
    try:
        return explicit_hash_key(text)
    except ValueError as error:
        raise InvalidArgumentException(
            f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {text}"
        ) from error


def _exceeded(stream: StreamKey, shard_id: str) -> str:
    return f"Rate exceeded for shard {shard_id} in stream {stream.name} under account {stream.account_id}."


def _encryption(details: StreamDetails) -> dict[str, str]:
    return {"EncryptionType": "KMS"} if details.encryption_key_id else {}


def get_shard_iterator(call: Call, request: Request) -> Response:
    """A place in a shard, good for 300 seconds."""
    stream, shard_id = call.stream(request), request["ShardId"]
    after = place(call, stream, shard_id, request)
    iterator = tokens.ShardIterator(stream, call.log.details(stream).created_at_ms, shard_id, after)
    return {"ShardIterator": tokens.seal_iterator(iterator, call.clock())}


def place(call: Call, stream: StreamKey, shard_id: str, request: Request) -> str | None:
    """The sequence number to read after, for the types of iterator that GetShardIterator and SubscribeToShard know."""
    shard = _shard(call, stream, shard_id)
    match request["ShardIteratorType"]:
        case "TRIM_HORIZON":
            return None
        case "LATEST":
            return call.log.sequence_before(stream, shard.shard_id, None)
        case "AT_TIMESTAMP":
            return call.log.sequence_before(stream, shard.shard_id, _timestamp_ms(call, request))
        case "AT_SEQUENCE_NUMBER":
            return predecessor(_sequence_number(call, stream, shard, request))
        case _:
            return _sequence_number(call, stream, shard, request)


def _shard(call: Call, stream: StreamKey, shard_id: str) -> Shard:
    for shard in call.log.shards(stream):
        if shard.shard_id == shard_id:
            return shard
    raise UnknownShardError(stream, shard_id)


def _timestamp_ms(call: Call, request: Request) -> int:
    timestamp = request.get("Timestamp")
    if timestamp is None:
        raise InvalidArgumentException("Must specify timestamp parameter for ShardIteratorType AT_TIMESTAMP.")
    at_ms = to_epoch_ms(timestamp)
    if at_ms > call.clock():
        raise InvalidArgumentException(
            f"The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: {at_ms}"
        )
    return at_ms


def _sequence_number(call: Call, stream: StreamKey, shard: Shard, request: Request) -> str:
    text = request.get("StartingSequenceNumber")
    if text is None:
        raise InvalidArgumentException(f"Must specify a sequence number for ShardIteratorType {request['ShardIteratorType']}.")
    newest = max(call.log.sequence_before(stream, shard.shard_id, None) or "0", shard.first_sequence_number, key=int)
    belongs = text == "0" or (shard_number_of(text) == int(shard.shard_id.rpartition("-")[2]) and int(text) <= int(newest))
    if not belongs and text != shard.last_sequence_number:
        raise InvalidArgumentException(
            f"StartingSequenceNumber {text} used in GetShardIterator on shard {shard.shard_id} in stream {stream.name} "
            f"under account {stream.account_id} is invalid because it did not come from this stream."
        )
    return str(text)


def get_records(call: Call, request: Request) -> Response:
    """What follows an iterator: at most 10,000 records and 10 MiB."""
    limit = request.get("Limit") or MAX_GET_RECORDS
    now_ms = call.clock()
    iterator = _open(request["ShardIterator"], now_ms)
    stream, details = iterator.stream, call.log.details(iterator.stream)
    if details.created_at_ms != iterator.stream_created_at_ms:
        raise ResourceNotFoundException(f"Stream {stream.name} of this iterator has been deleted.")
    if not call.limits.may_read((stream, iterator.shard_id), now_ms):
        raise ProvisionedThroughputExceededException(_exceeded(stream, iterator.shard_id))
    excerpt = call.log.read_chunks(stream, iterator.shard_id, iterator.after, limit)
    call.limits.has_read((stream, iterator.shard_id), excerpt.size_bytes)
    response: Response = {
        "Records": describe_records(excerpt, _encryption(details)),
        "MillisBehindLatest": excerpt.millis_behind_latest,
    }
    return response | _what_follows(call, iterator, excerpt)


def _open(token: str, now_ms: int) -> tokens.ShardIterator:
    try:
        return tokens.open_iterator(token, now_ms)
    except tokens.ExpiredTokenError as error:
        raise ExpiredIteratorException(
            f"Iterator expired. The iterator was created {error.age_ms} milliseconds ago, "
            f"and iterators are good for {tokens.LIFETIME_MS} milliseconds."
        ) from error
    except tokens.InvalidTokenError as error:
        raise InvalidArgumentException("Invalid ShardIterator.") from error


def _what_follows(call: Call, iterator: tokens.ShardIterator, excerpt: Excerpt) -> Response:
    if excerpt.end_of_shard:
        return {"ChildShards": child_shards(call, iterator.stream, iterator.shard_id)}
    following = replace(iterator, after=excerpt.last_sequence_number or iterator.after)
    return {"NextShardIterator": tokens.seal_iterator(following, call.clock())}


def child_shards(call: Call, stream: StreamKey, shard_id: str) -> list[Response]:
    """What a consumer goes on with after the end of a shard."""
    return [
        {
            "ShardId": shard.shard_id,
            "ParentShards": [parent for parent in (shard.parent_id, shard.adjacent_parent_id) if parent is not None],
            "HashKeyRange": describe_keys(shard),
        }
        for shard in call.log.shards(stream)
        if shard_id in (shard.parent_id, shard.adjacent_parent_id)
    ]


def describe_records(excerpt: Excerpt, more: Mapping[str, str]) -> list[Response]:
    """Records as the API shows them, each with what `more` says."""
    records = list(chain.from_iterable(map(_describe, excerpt.chunks)))
    if more:
        for record in records:
            record.update(more)
    return records


def _describe(chunk: Chunk) -> list[Response]:
    arrived_at = to_datetime(chunk.arrived_at_ms)
    return [
        {"SequenceNumber": number, "ApproximateArrivalTimestamp": arrived_at, "Data": data, "PartitionKey": key}
        for number, key, data in zip(chunk.sequence_numbers, chunk.partition_keys, chunk.payloads, strict=True)
    ]
