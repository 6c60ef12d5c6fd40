"""What every operation gets besides its request, and how a request names a stream."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api.kinesis import InvalidArgumentException, ResourceNotFoundException

from emulator.kinesis.limits import Limits
from emulator.kinesis.log import Clock, StreamLog
from emulator.kinesis.model import Consumer, StreamKey

type Request = Mapping[str, Any]
"""An operation's members as LocalStack's parser gives them; the model of the API is the place to look them up."""

type Response = dict[str, Any]

type Operation = Callable[["Call", Request], Response]

_ARN = re.compile(r"arn:aws[a-z-]*:kinesis:([a-z0-9-]+):(\d{12}):stream/([a-zA-Z0-9_.-]+)(?:/consumer/([a-zA-Z0-9_.-]+):(\d+))?")


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, and the log and clock to serve the call with."""

    log: StreamLog
    limits: Limits
    clock: Clock
    account_id: str
    region: str

    def stream(self, request: Request) -> StreamKey:
        """The existing stream that a request names by StreamARN, StreamName or both."""
        arn, name = request.get("StreamARN"), request.get("StreamName")
        if arn:
            key, _ = parse_arn(arn)
            if name and name != key.name:
                raise InvalidArgumentException(f"StreamARN {arn} and StreamName {name} do not name the same stream.")
        elif name:
            key = self.named(name)
        else:
            raise InvalidArgumentException("Missing StreamARN or StreamName.")
        self.log.details(key)
        return key

    def named(self, name: str) -> StreamKey:
        """The caller's stream of this name, whether or not it exists."""
        return StreamKey(self.account_id, self.region, name)


def stream_arn(stream: StreamKey) -> str:
    """`arn:aws:kinesis:<region>:<account>:stream/<name>`."""
    return f"arn:aws:kinesis:{stream.region}:{stream.account_id}:stream/{stream.name}"


def consumer_arn(stream: StreamKey, name: str, created_at_ms: int) -> str:
    """A consumer's ARN ends with the second of its registration."""
    return f"{stream_arn(stream)}/consumer/{name}:{created_at_ms // 1000}"


def parse_arn(arn: str) -> tuple[StreamKey, str | None]:
    """The stream of a stream's or a consumer's ARN, and the whole ARN again if it is a consumer's."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise InvalidArgumentException(f"{arn} is not the ARN of a stream or of a stream consumer.")
    region, account_id, name, consumer, _ = match.groups()
    return StreamKey(account_id, region, name), arn if consumer else None


def find_consumer(consumers: tuple[Consumer, ...], arn: str) -> Consumer:
    """The consumer with this ARN; ResourceNotFoundException without one."""
    for consumer in consumers:
        if consumer.arn == arn:
            return consumer
    raise ResourceNotFoundException(f"Consumer {arn} not found.")


def to_datetime(epoch_ms: int) -> datetime:
    """As LocalStack's serialiser wants a time."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def to_epoch_ms(moment: datetime) -> int:
    """As LocalStack's parser gives a time; without a zone it is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
