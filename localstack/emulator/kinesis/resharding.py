"""Splits and merges applied to a stream: prepared inside a transaction, published when it is committed."""

import sqlite3
from dataclasses import replace

from emulator.kinesis import storage
from emulator.kinesis.hashing import HashRange
from emulator.kinesis.model import Shard, ShardClosedError
from emulator.kinesis.scaling import Replacement
from emulator.kinesis.sequence import sequence_number, shard_id_of
from emulator.kinesis.shard_log import ShardLog
from emulator.kinesis.stream_state import StreamState


class Resharding:
    """One change of a stream's shards. A parent's last sequence number lies below its children's first."""

    def __init__(self, state: StreamState, ordinal: int, at_ms: int) -> None:
        self.ordinal = ordinal
        self.at_ms = at_ms
        self._state = state
        self._open: dict[HashRange, ShardLog] = {shard.keys: shard for shard in state.open}
        self._created: list[ShardLog] = []
        self._closed: list[tuple[ShardLog, str]] = []

    def apply(self, connection: sqlite3.Connection, step: Replacement) -> None:
        """Write one step. ShardClosedError when its parents are not open."""
        parents = [self._open.pop(keys, None) for keys in step.parents]
        self.ordinal += 1
        for parent in parents:
            if parent is None:
                raise ShardClosedError(step)
            self._close(connection, parent)
        self.ordinal += 1
        ids = [parent.shard.shard_id for parent in parents if parent is not None]
        for keys in step.children:
            self._create(connection, keys, ids)

    def publish(self) -> None:
        """Children first, so that whoever meets a parent's end finds them."""
        shards = [*self._state.shards.values(), *self._created]
        self._state.publish(shards)
        for shard, last in self._closed:
            shard.close(last, self.at_ms)
        self._state.publish(shards)

    def _close(self, connection: sqlite3.Connection, parent: ShardLog) -> None:
        last = sequence_number(self.ordinal, parent.number)
        storage.save_shard(connection, parent.row_id, replace(parent.shard, last_sequence_number=last, closed_at_ms=self.at_ms))
        self._closed.append((parent, last))

    def _create(self, connection: sqlite3.Connection, keys: HashRange, parent_ids: list[str]) -> None:
        number = self._state.next_shard_number + len(self._created)
        adjacent = parent_ids[1] if len(parent_ids) == 2 else None
        first = sequence_number(self.ordinal, number)
        shard = Shard(shard_id_of(number), parent_ids[0], adjacent, *keys, first, None, self.at_ms)
        child = storage.insert_shard(connection, self._state.row_id, number, shard)
        self._open[keys] = child
        self._created.append(child)
