"""The port `ChangesStream` in memory, with splits and merges, and a pause that moves the clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from chalicelib.domain.errors import NotFoundError
from chalicelib.domain.records import StreamRecord
from chalicelib.feed.ports import Shard, ShardRead
from chalicelib.feed.positions import Kind, ShardPosition
from tests.fakes.ingest import FakeClock


@dataclass(slots=True)
class _Log:
    shard_id: str
    parent_ids: tuple[str, ...]
    first_hash: int
    """The shard takes the hashes from here to the next shard's."""
    records: list[StreamRecord] = field(default_factory=list)
    is_open: bool = True


class FakeChangesStream:
    """Records in shards, by a hash of their partition key; safe for several threads. `limit` records come with a read."""

    def __init__(self, clock: FakeClock, shard_count: int = 2, limit: int = 3) -> None:
        self._clock = clock
        self._limit = limit
        self._numbers = 0
        self._lock = Lock()
        self._logs: dict[str, _Log] = {}
        for number in range(shard_count):
            self._open((), number * 256 // shard_count)

    def put(self, partition_key: str, data: bytes) -> None:
        """Appends a record to the open shard of its key."""
        with self._lock:
            log = max((it for it in self._open_logs() if it.first_hash <= _hash(partition_key)), key=lambda it: it.first_hash)
            self._numbers += 1
            log.records.append(StreamRecord(data, log.shard_id, str(self._numbers), partition_key, self._clock.now_ms()))

    def split(self, index: int) -> None:
        """Splits one of the open shards in two, where it takes more than one hash."""
        with self._lock:
            logs = sorted(self._open_logs(), key=lambda it: it.first_hash)
            log = logs[index % len(logs)]
            end = min((it.first_hash for it in logs if it.first_hash > log.first_hash), default=256)
            if end - log.first_hash > 1:
                log.is_open = False
                self._open((log.shard_id,), log.first_hash)
                self._open((log.shard_id,), (log.first_hash + end) // 2)

    def merge(self, index: int) -> None:
        """Merges an open shard with its neighbour, where there is one."""
        with self._lock:
            logs = sorted(self._open_logs(), key=lambda it: it.first_hash)
            if len(logs) > 1:
                left, right = logs[index % (len(logs) - 1) :][:2]
                left.is_open = right.is_open = False
                self._open((left.shard_id, right.shard_id), left.first_hash)

    def forget(self, shard_id: str) -> None:
        """A shard that is gone, as after the stream's retention."""
        del self._logs[shard_id]

    def shards(self) -> Sequence[Shard]:
        """See the port."""
        with self._lock:
            return [Shard(it.shard_id, it.parent_ids, it.is_open) for it in self._logs.values()]

    def read(self, shard_id: str, position: ShardPosition) -> ShardRead:
        """See the port."""
        with self._lock:
            log = self._logs[shard_id]
            records = [it for it in log.records if _is_ahead(position, it)]
            if position.kind is Kind.AFTER and int(position.sequence_number or 0) > self._numbers:
                raise NotFoundError(shard_id)
            return ShardRead(records[: self._limit], is_ended=not log.is_open and len(records) <= self._limit)

    def _open(self, parent_ids: tuple[str, ...], first_hash: int) -> None:
        shard_id = f"shardId-{len(self._logs):012d}"
        self._logs[shard_id] = _Log(shard_id, parent_ids, first_hash)

    def _open_logs(self) -> list[_Log]:
        return [it for it in self._logs.values() if it.is_open]


def _is_ahead(position: ShardPosition, record: StreamRecord) -> bool:
    if position.kind is Kind.AFTER:
        return int(record.sequence_number) > int(position.sequence_number or 0)
    return position.kind is Kind.WHOLE or record.arrived_at_ms >= position.at_ms


def _hash(partition_key: str) -> int:
    return sum(partition_key.encode()) % 256


class FakePause:
    """Moves a clock instead of waiting, and does then what a test wants to happen meanwhile."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.meanwhile: Callable[[], None] = lambda: None

    def wait(self, duration_ms: int) -> None:
        """See the port."""
        self._clock.time_ms += duration_ms
        self.meanwhile()
