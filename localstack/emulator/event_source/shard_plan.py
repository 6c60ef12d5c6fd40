"""Which shards may be read now, where from, and in which lane a record goes. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from zlib import crc32

from emulator.kinesis.model import Shard


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a consumer has come in one shard.

    `identity` tells this shard from the one of the same name in a stream that was deleted and made anew: its first
    sequence number. `settled`: all up to this sequence number is done with (None: nothing yet). `finished`: the shard was
    closed and is read to its end.
    """

    shard_id: str
    identity: str
    settled: str | None
    finished: bool = False


def ready_shards(shards: Iterable[Shard], finished: Collection[str]) -> tuple[Shard, ...]:
    """Shards to read now: unfinished, and every parent that is still in the stream is finished."""
    listed = tuple(shards)
    waiting = {shard.shard_id for shard in listed} - set(finished)
    return tuple(shard for shard in listed if shard.shard_id in waiting and not {shard.parent_id, shard.adjacent_parent_id} & waiting)


def belong_to(checkpoints: Mapping[str, Checkpoint], shards: Iterable[Shard]) -> bool:
    """Whether checkpoints are of this very stream: there are some, and no shard that both know differs."""
    firsts = {shard.shard_id: shard.first_sequence_number for shard in shards}
    return bool(checkpoints) and all(firsts.get(c.shard_id, c.identity) == c.identity for c in checkpoints.values())


def lane_of(partition_key: str, lanes: int) -> int:
    """The lane of a partition key: always the same one, so that its records stay in order."""
    return crc32(partition_key.encode()) % lanes
