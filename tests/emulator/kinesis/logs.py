"""What the tests of the stream log share: a clock that stands still, entries, and readers that follow parents to children."""

from collections.abc import Iterable
from dataclasses import dataclass

from emulator.kinesis.hashing import hash_of
from emulator.kinesis.log import StreamLog
from emulator.kinesis.model import Entry, Record, Shard, StreamDetails, StreamKey

STREAM = StreamKey("000000000000", "eu-west-1", "telemetry")
START_MS = 1_795_464_492_000


@dataclass
class FakeClock:
    """Epoch milliseconds that move only when told."""

    now_ms: int = START_MS

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, seconds: float) -> None:
        self.now_ms += round(seconds * 1000)


def entry(key: str, data: bytes = b"{}") -> Entry:
    return Entry(key, data, hash_of(key))


def new_stream(log: StreamLog, shards: int = 1, stream: StreamKey = STREAM, **details: int) -> None:
    log.create(stream, shards, StreamDetails(START_MS, **details))  # type: ignore[arg-type]


def put(log: StreamLog, *payloads: bytes, key: str = "device-1") -> list[str]:
    """One put; the sequence numbers."""
    placements = log.put(STREAM, [entry(key, data) for data in payloads])
    return [placement.sequence_number or "" for placement in placements]


def read_shard(log: StreamLog, shard_id: str, after: str | None = None, limit: int = 7) -> list[Record]:
    """Everything that a shard holds after a place, some records at a time."""
    found: list[Record] = []
    while batch := log.read(STREAM, shard_id, after, limit).records:
        found.extend(batch)
        after = batch[-1].sequence_number
    return found


def read_stream(log: StreamLog) -> list[Record]:
    """Everything that the stream holds, parents before children."""
    return [record for shard in log.shards(STREAM) for record in read_shard(log, shard.shard_id)]


def open_shards(log: StreamLog) -> list[Shard]:
    """In the order of their hash keys."""
    return sorted((shard for shard in log.shards(STREAM) if shard.closed_at_ms is None), key=lambda shard: shard.first_hash_key)


def by_key(records: Iterable[Record]) -> dict[str, list[bytes]]:
    """Each partition key's data, in order."""
    found: dict[str, list[bytes]] = {}
    for record in records:
        found.setdefault(record.partition_key, []).append(record.data)
    return found
