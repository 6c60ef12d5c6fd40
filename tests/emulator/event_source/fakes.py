"""What the engine's tests put in place of the outside world: real classes, quick and inspectable."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Condition, Lock
from threading import Event as Flag
from typing import Any

from emulator.event_source.batch_run import Invocation, NotInvoked
from emulator.event_source.model import Consumer, Event, MappingConfig, StartingPosition, parse_mapping
from emulator.event_source.ports import DeliveryError
from emulator.event_source.response import Answer
from emulator.kinesis.model import Batch, Record, Shard, StreamKey

STREAM = StreamKey("000000000000", "eu-west-1", "telemetry")
STREAM_ARN = "arn:aws:kinesis:eu-west-1:000000000000:stream/telemetry"
FUNCTION_ARN = "arn:aws:lambda:eu-west-1:000000000000:function:ingest"
CONSUMER = Consumer(STREAM_ARN, FUNCTION_ARN)
ROLE_ARN = "arn:aws:iam::000000000000:role/ingest"
HASH_KEYS = 2**128


def mapping(**settings: Any) -> MappingConfig:
    """A mapping as the API would show it, parsed."""
    shown = {
        "UUID": "5f1a",
        "EventSourceArn": STREAM_ARN,
        "FunctionArn": FUNCTION_ARN,
        "StartingPosition": StartingPosition.TRIM_HORIZON.value,
        "BatchSize": 100,
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "ParallelizationFactor": 1,
    }
    return parse_mapping({**shown, **settings}, ROLE_ARN)


def events(*sequences: int, arrived_at_ms: int = 0) -> tuple[Event, ...]:
    """Events with these sequence numbers."""
    return tuple(Event(sequence, "key", arrived_at_ms, b"{}") for sequence in sequences)


def eventually(condition: Callable[[], object], what: str, within_s: float = 60.0) -> None:
    """Wait for a condition; AssertionError with `what` when the time is up."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.002)


class FakeClock:
    """A clock that the test moves. Pauses are noted and cost no time."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self._now_ms = now_ms
        self.pauses: list[float] = []

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, seconds: float) -> None:
        self._now_ms += round(seconds * 1000)

    def pause(self, seconds: float, stop: Flag) -> None:
        self.pauses.append(seconds)
        stop.wait(0.0005 if seconds else 0)


class FakeLog:
    """A stream log in memory; passes the StreamReader contract. `wait` looks up sooner than told, so that tests end soon."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._sequences = count(10**18)
        self._changed = Condition()
        self._streams: dict[StreamKey, dict[str, Shard]] = {}
        self._records: dict[tuple[StreamKey, str], list[Record]] = {}

    def create(self, shards: int = 1, stream: StreamKey = STREAM) -> None:
        self._streams[stream] = {}
        width = HASH_KEYS // shards
        for number in range(shards):
            self._open(stream, (None, None), (number * width, (number + 1) * width - 1))

    def delete(self, stream: StreamKey = STREAM) -> None:
        with self._changed:
            for shard_id in self._streams.pop(stream):
                del self._records[stream, shard_id]
            self._changed.notify_all()

    def put(self, key: str, data: bytes, shard: int = 0, stream: StreamKey = STREAM) -> str:
        """Put a record into a shard by its number. The record's sequence number."""
        with self._changed:
            record = Record(str(next(self._sequences)), key, data, self._clock.now_ms())
            self._records[stream, _shard_id(shard)].append(record)
            self._changed.notify_all()
            return record.sequence_number

    def split(self, shard: int = 0, stream: StreamKey = STREAM) -> None:
        with self._changed:
            parent = self._close(stream, _shard_id(shard))
            middle = (parent.first_hash_key + parent.last_hash_key) // 2
            self._open(stream, (parent.shard_id, None), (parent.first_hash_key, middle))
            self._open(stream, (parent.shard_id, None), (middle + 1, parent.last_hash_key))
            self._changed.notify_all()

    def merge(self, shard: int, adjacent: int, stream: StreamKey = STREAM) -> None:
        with self._changed:
            first, second = self._close(stream, _shard_id(shard)), self._close(stream, _shard_id(adjacent))
            self._open(stream, (first.shard_id, second.shard_id), (first.first_hash_key, second.last_hash_key))
            self._changed.notify_all()

    def trim(self, before_ms: int) -> None:
        with self._changed:
            for key, records in self._records.items():
                self._records[key] = [record for record in records if record.arrived_at_ms >= before_ms]

    def shards(self, stream: StreamKey) -> tuple[Shard, ...]:
        return tuple(self._streams[stream].values())

    def read(self, stream: StreamKey, shard_id: str, after: str | None, limit: int) -> Batch:
        with self._changed:
            following = self._after(stream, shard_id, after)
            records = tuple(following[:limit])
            behind = self._clock.now_ms() - records[-1].arrived_at_ms if len(following) > len(records) else 0
            closed = self._streams[stream][shard_id].last_sequence_number is not None
            return Batch(records, behind, closed and len(records) == len(following))

    def sequence_before(self, stream: StreamKey, shard_id: str, timestamp_ms: int | None) -> str | None:
        with self._changed:
            records = self._records[stream, shard_id]
            earlier = [r.sequence_number for r in records if timestamp_ms is None or r.arrived_at_ms < timestamp_ms]
            return earlier[-1] if earlier else None

    def wait(self, stream: StreamKey, shard_id: str, after: str | None, timeout_s: float) -> bool:
        def ready() -> bool:
            return self._streams[stream][shard_id].last_sequence_number is not None or bool(self._after(stream, shard_id, after))

        with self._changed:
            return self._changed.wait_for(ready, min(timeout_s, 0.01))

    def _after(self, stream: StreamKey, shard_id: str, after: str | None) -> list[Record]:
        return [r for r in self._records[stream, shard_id] if after is None or int(r.sequence_number) > int(after)]

    def _open(self, stream: StreamKey, parents: tuple[str | None, str | None], keys: tuple[int, int]) -> None:
        shard_id = _shard_id(len(self._streams[stream]))
        self._records[stream, shard_id] = []
        self._streams[stream][shard_id] = Shard(shard_id, *parents, *keys, str(next(self._sequences)), None)

    def _close(self, stream: StreamKey, shard_id: str) -> Shard:
        closed = replace(self._streams[stream][shard_id], last_sequence_number=str(next(self._sequences)))
        self._streams[stream][shard_id] = closed
        return closed


@dataclass(slots=True)
class Seen:
    """One invocation as the function saw it."""

    records: list[dict[str, Any]]

    @property
    def sequences(self) -> list[int]:
        return [int(record["kinesis"]["sequenceNumber"]) for record in self.records]


class FakeFunction:
    """A function whose behaviour is a callable from the records to the response, or to an error.

    It may return a response, NotInvoked, or raise RuntimeError: the function's own error.
    """

    def __init__(self, handler: Callable[[list[dict[str, Any]]], Any] = lambda _records: None) -> None:
        self.handler = handler
        self.invocations: list[Seen] = []
        self._lock = Lock()

    def invoke(self, payload: bytes) -> Answer | NotInvoked:
        records = json.loads(payload)["Records"]
        with self._lock:
            self.invocations.append(Seen(records))
            number = len(self.invocations)
        try:
            response = self.handler(records)
        except RuntimeError:
            return Answer(Invocation(f"request-{number}", "$LATEST", 200, "Unhandled"), b'{"errorType": "RuntimeError"}')
        if isinstance(response, NotInvoked):
            return response
        return Answer(Invocation(f"request-{number}", "$LATEST", 200, None), json.dumps(response).encode())

    @property
    def sequences(self) -> list[int]:
        """Everything it saw, in order of arrival."""
        with self._lock:
            return [sequence for seen in self.invocations for sequence in seen.sequences]


@dataclass(slots=True)
class FakeDestination:
    """Keeps what it is sent; refuses the first `refusals` deliveries."""

    refusals: int = 0
    records: list[dict[str, Any]] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)

    def send(self, record: dict[str, Any], events: Sequence[Event], shard_id: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise DeliveryError("no such queue")
        self.records.append(record)
        self.sequences.extend(event.sequence for event in events)


@dataclass(slots=True)
class FakeStatus:
    """Keeps the results in order."""

    results: list[str] = field(default_factory=list)
    told: list[dict[str, int]] = field(default_factory=list)

    def processed(self, result: str) -> None:
        self.results.append(result)

    def iterator_age(self, shard_id: str, age_ms: int) -> None:
        pass

    def lags(self, lags_ms: Mapping[str, int]) -> None:
        self.told.append(dict(lags_ms))


def _shard_id(number: int) -> str:
    return f"shardId-{number:012d}"
