"""Tags and resource policies of streams and of consumers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from localstack.aws.api.kinesis import InvalidArgumentException, LimitExceededException, ResourceNotFoundException

from emulator.kinesis.call import Call, Request, Response, find_consumer, parse_arn, stream_arn
from emulator.kinesis.model import Consumer, StreamDetails

MAX_TAGS = 50

type Tags = Mapping[str, str]
type Resource = StreamDetails | Consumer


def add_to_stream(call: Call, request: Request) -> Response:
    """Sets or overwrites."""
    return _change(call, stream_arn(call.stream(request)), lambda tags: {**tags, **request["Tags"]})


def remove_from_stream(call: Call, request: Request) -> Response:
    """Keys that are not there do no harm."""
    return _change(call, stream_arn(call.stream(request)), lambda tags: _without(tags, request["TagKeys"]))


def list_for_stream(call: Call, request: Request) -> Response:
    """By key, a page at a time."""
    tags = call.log.details(call.stream(request)).tags
    following = sorted(key for key in tags if key > (request.get("ExclusiveStartTagKey") or ""))
    limit = request.get("Limit") or MAX_TAGS
    return {"Tags": [{"Key": key, "Value": tags[key]} for key in following[:limit]], "HasMoreTags": len(following) > limit}


def tag_resource(call: Call, request: Request) -> Response:
    """A stream or a consumer, by ARN."""
    return _change(call, request["ResourceARN"], lambda tags: {**tags, **request["Tags"]})


def untag_resource(call: Call, request: Request) -> Response:
    """A stream or a consumer, by ARN."""
    return _change(call, request["ResourceARN"], lambda tags: _without(tags, request["TagKeys"]))


def list_for_resource(call: Call, request: Request) -> Response:
    """A stream or a consumer, by ARN."""
    tags = _resource(call, request["ResourceARN"]).tags
    return {"Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]}


def put_policy(call: Call, request: Request) -> Response:
    """Kept and shown; nothing is decided by it."""
    policy = request["Policy"]
    return _update(call, request["ResourceARN"], lambda _: {"policy": policy})


def get_policy(call: Call, request: Request) -> Response:
    """ResourceNotFoundException when there is none."""
    policy = _resource(call, request["ResourceARN"]).policy
    if policy is None:
        raise ResourceNotFoundException(f"No resource policy found for resource ARN {request['ResourceARN']}")
    return {"Policy": policy}


def delete_policy(call: Call, request: Request) -> Response:
    """ResourceNotFoundException when there is none."""
    get_policy(call, request)
    return _update(call, request["ResourceARN"], lambda _: {"policy": None})


def _resource(call: Call, arn: str) -> Resource:
    stream, consumer = parse_arn(arn)
    details = call.log.details(stream)
    return find_consumer(details.consumers, consumer) if consumer else details


def _without(tags: Tags, keys: list[str]) -> Tags:
    return {key: value for key, value in tags.items() if key not in keys}


def _change(call: Call, arn: str, change: Callable[[Tags], Tags]) -> Response:
    def fields(resource: Resource) -> dict[str, Any]:
        tags = change(resource.tags)
        _check(arn, tags)
        return {"tags": tags}

    return _update(call, arn, fields)


def _check(arn: str, tags: Tags) -> None:
    if len(tags) > MAX_TAGS:
        raise LimitExceededException(f"{arn} would have {len(tags)} tags; the limit is {MAX_TAGS}.")
    for key in tags:
        if key.startswith("aws:"):
            raise InvalidArgumentException(f"Tag key {key} begins with aws:, which is reserved.")


def _update(call: Call, arn: str, fields: Callable[[Resource], dict[str, Any]]) -> Response:
    stream, consumer_arn = parse_arn(arn)

    def change(details: StreamDetails) -> StreamDetails:
        if consumer_arn is None:
            return replace(details, **fields(details))
        consumer = find_consumer(details.consumers, consumer_arn)
        changed = replace(consumer, **fields(consumer))
        return replace(details, consumers=tuple(changed if other is consumer else other for other in details.consumers))

    call.log.update(stream, change)
    return {}
