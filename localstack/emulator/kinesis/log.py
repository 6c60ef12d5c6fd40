"""The durable, ordered log under the streams of this installation.

It stands between the provider (which speaks the Kinesis API) and the file (`storage`). It promises: what `put` returned is
there after the process is killed; records of one shard are read in the order of their sequence numbers; sequence numbers and
arrival times never go back; a reader that follows parents to children misses nothing. Writers go one at a time, readers never
wait for them.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from threading import RLock

from emulator.kinesis import storage
from emulator.kinesis.chunk import Chunk, Excerpt, Row, take
from emulator.kinesis.database import Database
from emulator.kinesis.hashing import even_ranges
from emulator.kinesis.limits import Limits, NoLimits
from emulator.kinesis.model import (
    Batch,
    Entry,
    Placement,
    Shard,
    StreamDetails,
    StreamExistsError,
    StreamKey,
    UnknownShardError,
    UnknownStreamError,
)
from emulator.kinesis.resharding import Resharding
from emulator.kinesis.scaling import Replacement
from emulator.kinesis.sequence import sequence_number, sequence_numbers, shard_id_of
from emulator.kinesis.shard_log import ShardLog
from emulator.kinesis.stream_state import StreamState

MAX_READ_BYTES = 10 * 1024 * 1024
_HOUR_MS = 3_600_000

type Clock = Callable[[], int]


def system_clock() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


class StreamLog:
    """A `StreamReader` with its write side. Thread-safe."""

    def __init__(self, file: Path, clock: Clock = system_clock, limits: Limits | None = None) -> None:
        self._database = Database(file)
        self._clock = clock
        self._limits: Limits = limits or NoLimits()
        self._writing = RLock()
        with self._database.reading() as connection:
            self._ordinal, self._at_ms = storage.load_position(connection)
            self._streams = {stored.key: _recovered(stored) for stored in storage.load_streams(connection)}

    def close(self) -> None:
        """After this the file may be opened again. Nobody reads or writes any more."""
        with self._writing:
            self._database.close()

    # -- streams

    def names(self, account_id: str, region: str) -> list[str]:
        """The streams of an account in a region, sorted."""
        return sorted(key.name for key in self._streams if (key.account_id, key.region) == (account_id, region))

    def details(self, stream: StreamKey) -> StreamDetails:
        """What the stream remembers."""
        return self._state(stream).details

    def create(self, stream: StreamKey, shard_count: int, details: StreamDetails) -> None:
        """A stream with even shards. StreamExistsError when there is one of this name."""
        with self._writing:
            if stream in self._streams:
                raise StreamExistsError(stream.name)
            ordinal, at_ms = self._ordinal + 1, self._now()
            with self._database.writing() as connection:
                row_id = storage.insert_stream(connection, stream, details)
                shards = [
                    storage.insert_shard(connection, row_id, number, _first_shard(number, keys, ordinal, at_ms))
                    for number, keys in enumerate(even_ranges(shard_count))
                ]
                storage.save_position(connection, ordinal, at_ms)
            self._ordinal = ordinal
            self._streams = self._streams | {stream: StreamState(row_id, details, shards)}

    def adopt(self, stream: StreamKey) -> bool:
        """Claim a stream that was found in the file at the start. True once for each such stream, otherwise False."""
        with self._writing:
            state = self._streams.get(stream)
            if state is None or not state.recovered:
                return False
            state.recovered = False
            return True

    def update(self, stream: StreamKey, change: Callable[[StreamDetails], StreamDetails]) -> StreamDetails:
        """Change what the stream remembers; `change` may raise to leave it as it is."""
        with self._writing:
            state = self._state(stream)
            details = change(state.details)
            with self._database.writing() as connection:
                storage.save_details(connection, state.row_id, details)
            state.details = details
            return details

    def delete(self, stream: StreamKey) -> None:
        """The stream and all its records, for good. Waiting readers wake, and find that it is gone."""
        with self._writing:
            state = self._state(stream)
            with self._database.writing() as connection:
                storage.delete_stream(connection, state.row_id, state.shards.values())
            self._streams = {key: value for key, value in self._streams.items() if key != stream}
            for shard in state.shards.values():
                shard.close(shard.sequence(shard.last), self._now())

    def reshard(self, stream: StreamKey, steps: Sequence[Replacement]) -> None:
        """Close parents and open children, all steps or none. ShardClosedError when a parent is not an open shard."""
        with self._writing:
            state = self._state(stream)
            plan = Resharding(state, self._ordinal, self._now())
            with self._database.writing() as connection:
                for step in steps:
                    plan.apply(connection, step)
                storage.save_position(connection, plan.ordinal, plan.at_ms)
            self._ordinal = plan.ordinal
            plan.publish()

    # -- records

    def put(self, stream: StreamKey, entries: Sequence[Entry]) -> list[Placement]:
        """Store records, in their order within each shard, and say where each went. All or none is stored, but for refused ones."""
        with self._writing:
            state, at_ms = self._state(stream), self._now()
            placements: list[Placement] = []
            stored: list[tuple[ShardLog, Chunk, Row]] = []
            ordinal = self._ordinal
            for shard, indexes in self._route(stream, state, entries, placements).items():
                numbers = sequence_numbers(ordinal + 1, len(indexes), shard.number)
                chosen = [entries[index] for index in indexes]
                chunk = Chunk.of(ordinal + 1, at_ms, numbers, ([entry.partition_key for entry in chosen], [entry.data for entry in chosen]))
                stored.append((shard, chunk, chunk.to_row()))
                ordinal = chunk.last
                for index, number in zip(indexes, numbers, strict=True):
                    placements[index] = Placement(shard.shard.shard_id, number)
            self._store(stored, ordinal, at_ms)
            return placements

    def _route(
        self, stream: StreamKey, state: StreamState, entries: Sequence[Entry], placements: list[Placement]
    ) -> dict[ShardLog, list[int]]:
        """Which entries go to which shard; each entry gets a placement without a number for now."""
        routed: dict[ShardLog, list[int]] = defaultdict(list)
        may_write, shard_for = self._limits.may_write, state.shard_for
        for index, (key, data, hash_key) in enumerate(entries):
            shard = shard_for(hash_key)
            shard_id = shard.shard.shard_id
            if may_write((stream, shard_id), len(key) + len(data), self._at_ms):
                routed[shard].append(index)
            placements.append(Placement(shard_id, None))
        return routed

    def _store(self, stored: list[tuple[ShardLog, Chunk, Row]], ordinal: int, at_ms: int) -> None:
        """On disk first, then visible."""
        with self._database.writing() as connection:
            storage.append(connection, stored)
            storage.save_position(connection, ordinal, at_ms)
        self._ordinal = ordinal
        for shard, chunk, row in stored:
            shard.append(chunk, len(row[1]) + len(row[2]))

    # -- the reader's side

    def shards(self, stream: StreamKey) -> tuple[Shard, ...]:
        """All shards that still hold or may hold records, parents before children."""
        state = self._state(stream)
        horizon = self._horizon(state)
        return tuple(
            shard.shard for shard in state.shards.values() if shard.shard.closed_at_ms is None or shard.shard.closed_at_ms >= horizon
        )

    def read(self, stream: StreamKey, shard_id: str, after: str | None, limit: int) -> Batch:
        """At most `limit` records and 10 MiB with a sequence number above `after` (None: from the trim horizon)."""
        excerpt = self.read_chunks(stream, shard_id, after, limit)
        records = tuple(record for chunk in excerpt.chunks for record in chunk.records())
        return Batch(records, excerpt.millis_behind_latest, excerpt.end_of_shard)

    def read_chunks(self, stream: StreamKey, shard_id: str, after: str | None, limit: int) -> Excerpt:
        """What `read` brings, before each record is made an object of its own."""
        state, shard = self._shard(stream, shard_id)
        position, horizon = shard.position(after), self._horizon(state)
        standing = shard.standing(position)
        if standing.tail is None:
            with self._database.reading() as connection, closing(storage.chunks_after(connection, shard, position, horizon)) as stored:
                chunks, size_bytes = take(stored, position, limit, MAX_READ_BYTES)
        else:
            tail = (chunk for chunk in standing.tail if chunk.arrived_at_ms >= horizon)
            chunks, size_bytes = take(tail, position, limit, MAX_READ_BYTES)
        caught_up = not chunks or chunks[-1].last >= standing.last
        behind_ms = 0 if caught_up else max(0, self._clock() - chunks[-1].arrived_at_ms)
        return Excerpt(tuple(chunks), size_bytes, behind_ms, caught_up and standing.closed)

    def sequence_before(self, stream: StreamKey, shard_id: str, timestamp_ms: int | None) -> str | None:
        """What to pass as `after` to begin with the first record at or after a time, or (None) with the next one put."""
        _, shard = self._shard(stream, shard_id)
        newest = shard.last
        if timestamp_ms is None:
            return shard.sequence(newest)
        with self._database.reading() as connection:
            ordinal = storage.ordinal_at(storage.place_at(connection, shard, timestamp_ms))
        return shard.sequence(min(ordinal - 1, newest)) if ordinal else None

    def wait(self, stream: StreamKey, shard_id: str, after: str | None, timeout_s: float) -> bool:
        """Block until a record above `after` exists or the shard is closed (True), or until the time is up (False)."""
        _, shard = self._shard(stream, shard_id)
        return shard.wait(shard.position(after), timeout_s)

    # -- retention

    def trim(self) -> None:
        """Forget for good what is older than its stream's retention, and closed shards of which nothing is left."""
        for stream in list(self._streams):
            with self._writing:
                if (state := self._streams.get(stream)) is not None:
                    self._trim_stream(state)

    def _trim_stream(self, state: StreamState) -> None:
        horizon = self._horizon(state)
        gone = [shard for shard in state.shards.values() if shard.shard.closed_at_ms is not None and shard.shard.closed_at_ms < horizon]
        kept = [shard for shard in state.shards.values() if shard not in gone]
        with self._database.writing() as connection:
            for shard in gone:
                storage.delete_shard(connection, shard)
            for shard in kept:
                storage.delete_chunks(connection, shard, storage.place_at(connection, shard, horizon))
        if gone:
            state.publish(kept)

    # -- within

    def _now(self) -> int:
        self._at_ms = max(self._at_ms, self._clock())
        return self._at_ms

    def _horizon(self, state: StreamState) -> int:
        return self._clock() - state.details.retention_hours * _HOUR_MS

    def _state(self, stream: StreamKey) -> StreamState:
        state = self._streams.get(stream)
        if state is None:
            raise UnknownStreamError(stream)
        return state

    def _shard(self, stream: StreamKey, shard_id: str) -> tuple[StreamState, ShardLog]:
        state = self._state(stream)
        shard = state.shards.get(shard_id)
        if shard is None:
            raise UnknownShardError(stream, shard_id)
        return state, shard


def _recovered(stored: storage.StoredStream) -> StreamState:
    state = StreamState(stored.row_id, stored.details, stored.shards)
    state.recovered = True
    return state


def _first_shard(number: int, keys: tuple[int, int], ordinal: int, at_ms: int) -> Shard:
    return Shard(shard_id_of(number), None, None, *keys, sequence_number(ordinal, number), None, at_ms)
