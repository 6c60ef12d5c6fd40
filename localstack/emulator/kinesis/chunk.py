"""A chunk: the records that one put brought to one shard, kept together as the unit of storage.

One row a chunk and not one a record makes puts and reads several times faster, since SQLite's cost is by the row.
A chunk's records have neighbouring ordinals and one arrival time.
"""

from dataclasses import dataclass
from itertools import accumulate, pairwise

import orjson

from emulator.kinesis.model import Record
from emulator.kinesis.sequence import sequence_number

type Row = tuple[int, bytes, bytes]
"""Arrival time in epoch milliseconds, partition keys and sizes as JSON, the records' data end to end."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Record i has the ordinal `first + i`."""

    first: int
    arrived_at_ms: int
    partition_keys: list[str]
    payloads: list[bytes]

    @property
    def last(self) -> int:
        """The ordinal of the last record."""
        return self.first + len(self.payloads) - 1

    def records(self, after: int, shard_number: int) -> list[Record]:
        """The records with an ordinal above `after`."""
        skip = max(0, after + 1 - self.first)
        return [
            Record(sequence_number(ordinal, shard_number), key, data, self.arrived_at_ms)
            for ordinal, key, data in zip(
                range(self.first + skip, self.last + 1), self.partition_keys[skip:], self.payloads[skip:], strict=True
            )
        ]

    def to_row(self) -> Row:
        """As it is stored."""
        sizes = list(map(len, self.payloads))
        return self.arrived_at_ms, orjson.dumps([self.partition_keys, sizes]), b"".join(self.payloads)


def from_row(first: int, row: Row) -> Chunk:
    """As it was before `to_row`."""
    arrived_at_ms, layout, payload = row
    partition_keys, sizes = orjson.loads(layout)
    ends = accumulate(sizes, initial=0)
    return Chunk(first, arrived_at_ms, partition_keys, [payload[start:end] for start, end in pairwise(ends)])
