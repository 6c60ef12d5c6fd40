"""A chunk: the records that one put brought to one shard, kept together as the unit of storage.

One row a chunk and not one a record makes puts and reads several times faster, since SQLite's cost is by the row.
A chunk's records have neighbouring ordinals and one arrival time.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise

import orjson

from emulator.kinesis.model import Record
from emulator.kinesis.sequence import sequence_numbers

type Row = tuple[int, bytes, bytes]
"""Arrival time in epoch milliseconds, partition keys and sizes as JSON, the records' data end to end."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Record i has the ordinal `first + i`."""

    first: int
    arrived_at_ms: int
    sequence_numbers: list[str]
    partition_keys: list[str]
    payloads: list[bytes]
    size_bytes: int
    """Of data and partition keys, as AWS counts it."""

    @property
    def last(self) -> int:
        """The ordinal of the last record."""
        return self.first + len(self.payloads) - 1

    @staticmethod
    def of(first: int, arrived_at_ms: int, sequence_numbers: list[str], records: tuple[list[str], list[bytes]]) -> "Chunk":
        """A chunk of these partition keys and payloads."""
        keys, payloads = records
        size_bytes = sum(map(len, payloads)) + sum(map(len, keys))
        return Chunk(first, arrived_at_ms, sequence_numbers, keys, payloads, size_bytes)

    def since(self, after: int) -> "Chunk":
        """Without the records up to and with an ordinal."""
        skip = after + 1 - self.first
        if skip <= 0:
            return self
        records = self.partition_keys[skip:], self.payloads[skip:]
        return Chunk.of(self.first + skip, self.arrived_at_ms, self.sequence_numbers[skip:], records)

    def head(self, count: int) -> "Chunk":
        """At most so many records from the beginning."""
        if count >= len(self.payloads):
            return self
        records = self.partition_keys[:count], self.payloads[:count]
        return Chunk.of(self.first, self.arrived_at_ms, self.sequence_numbers[:count], records)

    def fitting(self, size_bytes: int) -> int:
        """How many records from the beginning have together at most this size."""
        sizes = accumulate(map(len, self.payloads))
        keys = accumulate(map(len, self.partition_keys))
        return bisect_right([data + key for data, key in zip(sizes, keys, strict=True)], size_bytes)

    def records(self) -> list[Record]:
        """Each by itself."""
        arrived_at_ms = self.arrived_at_ms
        return [
            Record(number, key, data, arrived_at_ms)
            for number, key, data in zip(self.sequence_numbers, self.partition_keys, self.payloads, strict=True)
        ]

    def to_row(self) -> Row:
        """As it is stored."""
        sizes = list(map(len, self.payloads))
        return self.arrived_at_ms, orjson.dumps([self.partition_keys, sizes]), b"".join(self.payloads)


def from_row(first: int, shard_number: int, row: Row) -> Chunk:
    """As it was before `to_row`."""
    arrived_at_ms, layout, payload = row
    partition_keys, sizes = orjson.loads(layout)
    payloads = [payload[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]
    return Chunk.of(first, arrived_at_ms, sequence_numbers(first, len(sizes), shard_number), (partition_keys, payloads))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What one read brought, as chunks that hold no other records."""

    chunks: tuple[Chunk, ...]
    size_bytes: int
    """Of data and partition keys."""
    millis_behind_latest: int
    end_of_shard: bool

    @property
    def last_sequence_number(self) -> str | None:
        """Of the last record; None when there is none."""
        return self.chunks[-1].sequence_numbers[-1] if self.chunks else None


def take(chunks: Iterable[Chunk], after: int, limit: int, max_bytes: int) -> tuple[list[Chunk], int]:
    """At most `limit` records and `max_bytes` with an ordinal above `after`, and their size. One record at least, however large it is."""
    taken: list[Chunk] = []
    count = size_bytes = 0
    for whole in chunks:
        chunk = whole.since(after).head(limit - count)
        added_bytes = chunk.size_bytes
        if size_bytes + added_bytes > max_bytes:
            fitting = chunk.head(max(chunk.fitting(max_bytes - size_bytes), 0 if taken else 1))
            return ([*taken, fitting] if fitting.payloads else taken), size_bytes + fitting.size_bytes
        if chunk.payloads:
            taken.append(chunk)
            count, size_bytes = count + len(chunk.payloads), size_bytes + added_bytes
        if count == limit:
            break
    return taken, size_bytes
