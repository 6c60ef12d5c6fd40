"""What the change feed needs from outside: adapters fulfil these ports for real, `tests/fakes` in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.domain.records import StreamRecord
from chalicelib.feed.positions import ShardPosition


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard of the stream; after a reshard, those whose place it took. `is_open` while it takes records."""

    shard_id: str
    parent_ids: tuple[str, ...] = ()
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class ShardRead:
    """Records from a position on, in order; `is_ended` when the shard is closed and nothing comes after them."""

    records: list[StreamRecord]
    is_ended: bool = False


class ChangesStream(Protocol):
    """The stream of changes. Every call may raise `UnavailableError`."""

    def shards(self) -> Sequence[Shard]:
        """All shards that still hold records, or will."""
        ...

    def read(self, shard_id: str, position: ShardPosition) -> ShardRead:
        """What comes next after a position: perhaps nothing, perhaps not all. Raises `NotFoundError` for a position that is none."""
        ...


class Pause(Protocol):
    """Waiting between two looks at the stream."""

    def wait(self, duration_ms: int) -> None:
        """Waits."""
        ...
