"""Operations on registered consumers, and SubscribeToShard."""

from collections.abc import Iterator
from dataclasses import replace

from localstack.aws.api.kinesis import InvalidArgumentException, LimitExceededException, ResourceInUseException, ResourceNotFoundException

from emulator.kinesis import tokens
from emulator.kinesis.call import Call, Request, Response, consumer_arn, find_consumer, parse_arn, stream_arn, to_datetime
from emulator.kinesis.model import Consumer, StreamDetails, StreamKey
from emulator.kinesis.paging import page, unseal
from emulator.kinesis.records import child_shards, describe_records, place

MAX_CONSUMERS = 20
SUBSCRIPTION_MS = 300_000
HEARTBEAT_S = 5.0
RECORDS_PER_EVENT = 1000


def register(call: Call, request: Request) -> Response:
    """At most 20 a stream, one of each name."""
    stream, name, now_ms = call.stream(request), request["ConsumerName"], call.clock()
    consumer = Consumer(name, consumer_arn(stream, name, now_ms), now_ms, dict(request.get("Tags") or {}))

    def add(details: StreamDetails) -> StreamDetails:
        if any(existing.name == name for existing in details.consumers):
            raise ResourceInUseException(f"Consumer {name} of stream {stream.name} under account {stream.account_id} already exists.")
        if len(details.consumers) >= MAX_CONSUMERS:
            raise LimitExceededException(f"Stream {stream.name} has {MAX_CONSUMERS} consumers already.")
        return replace(details, consumers=(*details.consumers, consumer))

    call.log.update(stream, add)
    return {"Consumer": _description(consumer)}


def deregister(call: Call, request: Request) -> Response:
    """Gone at once."""
    stream, consumer = _find(call, request)
    call.log.update(stream, lambda details: replace(details, consumers=tuple(c for c in details.consumers if c.arn != consumer.arn)))
    return {}


def describe(call: Call, request: Request) -> Response:
    """By its ARN, or by its stream's ARN and its name."""
    stream, consumer = _find(call, request)
    return {"ConsumerDescription": _description(consumer) | {"StreamARN": stream_arn(stream)}}


def list_consumers(call: Call, request: Request) -> Response:
    """By name, 100 a page unless told otherwise."""
    stream = call.stream(request)
    after = str(unseal(call, request["NextToken"])) if request.get("NextToken") else ""
    following = sorted((c for c in call.log.details(stream).consumers if c.name > after), key=lambda consumer: consumer.name)
    consumers, more = page(following, request.get("MaxResults") or 100)
    response: Response = {"Consumers": [_description(consumer) for consumer in consumers]}
    return response | ({"NextToken": tokens.seal(consumers[-1].name, call.clock())} if more else {})


def _description(consumer: Consumer) -> Response:
    return {
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": "ACTIVE",
        "ConsumerCreationTimestamp": to_datetime(consumer.created_at_ms),
    }


def _find(call: Call, request: Request) -> tuple[StreamKey, Consumer]:
    arn = request.get("ConsumerARN")
    if arn:
        stream, _ = parse_arn(arn)
        return stream, find_consumer(call.log.details(stream).consumers, arn)
    stream, name = call.stream(request), request.get("ConsumerName")
    if not name:
        raise InvalidArgumentException("Either ConsumerARN, or StreamARN and ConsumerName must be provided.")
    for consumer in call.log.details(stream).consumers:
        if consumer.name == name:
            return stream, consumer
    raise ResourceNotFoundException(f"Consumer {name}, account {stream.account_id} not found.")


def subscribe(call: Call, request: Request) -> Response:
    """Events for up to five minutes, at least one every five seconds."""
    stream, _ = _find(call, request)
    shard_id, position = request["ShardId"], request["StartingPosition"]
    start = {"ShardIteratorType": position["Type"], "StartingSequenceNumber": position.get("SequenceNumber")}
    after = place(call, stream, shard_id, start | {"Timestamp": position.get("Timestamp")})
    return {"EventStream": _events(call, stream, shard_id, after)}


def _events(call: Call, stream: StreamKey, shard_id: str, after: str | None) -> Iterator[Response]:
    until_ms = call.clock() + SUBSCRIPTION_MS
    while call.clock() < until_ms:
        call.log.wait(stream, shard_id, after, HEARTBEAT_S)
        excerpt = call.log.read_chunks(stream, shard_id, after, RECORDS_PER_EVENT)
        after = excerpt.last_sequence_number or after
        event: Response = {
            "Records": describe_records(excerpt, {}),
            "ContinuationSequenceNumber": after or "0",
            "MillisBehindLatest": excerpt.millis_behind_latest,
        }
        if excerpt.end_of_shard:
            event["ChildShards"] = child_shards(call, stream, shard_id)
        yield {"SubscribeToShardEvent": event}
        if excerpt.end_of_shard:
            return
