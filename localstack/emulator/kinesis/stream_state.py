"""One stream in memory: what it remembers, its shards, and which of them takes a record."""

from bisect import bisect_right
from collections.abc import Iterable

from emulator.kinesis.model import StreamDetails
from emulator.kinesis.shard_log import ShardLog


class StreamState:
    """Readers look without a lock: collections are replaced, never changed. The log's writer is the only one to replace them."""

    def __init__(self, row_id: int, details: StreamDetails, shards: Iterable[ShardLog]) -> None:
        self.row_id = row_id
        self.details = details
        self.recovered = False
        """Found in the file at the start, and not yet claimed by a CreateStream."""
        self.shards: dict[str, ShardLog] = {}
        self._open: list[ShardLog] = []
        self._firsts: list[int] = []
        self.publish(shards)

    def publish(self, shards: Iterable[ShardLog]) -> None:
        """These are the stream's shards now, parents before children; the open ones take the records."""
        self.shards = {shard.shard.shard_id: shard for shard in shards}
        self._open = sorted((shard for shard in self.shards.values() if not shard.closed), key=lambda shard: shard.keys)
        self._firsts = [shard.keys[0] for shard in self._open]

    @property
    def next_shard_number(self) -> int:
        """Shards are numbered in the order of their creation; the youngest is never trimmed, for it is open."""
        return max((shard.number for shard in self.shards.values()), default=-1) + 1

    @property
    def open(self) -> list[ShardLog]:
        """The open shards in the order of their hash keys."""
        return self._open

    def shard_for(self, hash_key: int) -> ShardLog:
        """The open shard that this hash key belongs to."""
        return self._open[bisect_right(self._firsts, hash_key) - 1]
