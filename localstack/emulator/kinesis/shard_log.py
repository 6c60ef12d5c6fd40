"""One shard in memory: where it stands, who waits for it, and its newest records.

Consumers mostly read what was just written. So each shard keeps its newest chunks in memory, and only a consumer that has
fallen behind, or begins at the trim horizon, reads the file.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from threading import Condition

from emulator.kinesis.chunk import Chunk
from emulator.kinesis.hashing import HashRange
from emulator.kinesis.model import Shard
from emulator.kinesis.sequence import ordinal_of, sequence_number

TAIL_BYTES = 16 * 1024 * 1024
"""How much a shard keeps in memory, counted as its chunks are stored and with what Python's objects add to each record."""
_OVERHEAD_BYTES = 250


@dataclass(frozen=True, slots=True)
class Standing:
    """A shard at one moment. `tail`: the chunks that hold what follows the asked position, or None where the file must tell."""

    last: int
    closed: bool
    tail: list[Chunk] | None


class ShardLog:
    """Thread-safe. `last` is the ordinal of the newest record, and one below the shard's first ordinal when there was none."""

    def __init__(self, row_id: int, number: int, shard: Shard) -> None:
        self.row_id = row_id
        self.number = number
        self.shard = shard
        self.last = ordinal_of(shard.first_sequence_number) - 1
        self._floor = self.last
        self._changed = Condition()
        self._chunks: list[Chunk] = []
        self._firsts: list[int] = []
        self._sizes: list[int] = []
        self._bytes = 0

    @property
    def keys(self) -> HashRange:
        """The hash keys that the shard is responsible for."""
        return self.shard.first_hash_key, self.shard.last_hash_key

    @property
    def closed(self) -> bool:
        """Whether no record follows."""
        return self.shard.closed_at_ms is not None

    def resume(self, last: int) -> None:
        """After a restart: the newest record in the file."""
        self.last = self._floor = last

    def position(self, after: str | None) -> int:
        """The ordinal to read after; None and what lies before the shard mean its beginning."""
        beginning = ordinal_of(self.shard.first_sequence_number) - 1
        return beginning if after is None else max(beginning, ordinal_of(after))

    def sequence(self, ordinal: int) -> str:
        """The sequence number that an ordinal has in this shard."""
        return sequence_number(ordinal, self.number)

    def append(self, chunk: Chunk, size_bytes: int) -> None:
        """A chunk that is safely stored becomes readable."""
        size_bytes += _OVERHEAD_BYTES * len(chunk.payloads)
        with self._changed:
            self._chunks.append(chunk)
            self._firsts.append(chunk.first)
            self._sizes.append(size_bytes)
            self._bytes += size_bytes
            self.last = chunk.last
            if self._bytes > TAIL_BYTES:
                self._forget_half()
            self._changed.notify_all()

    def close(self, last_sequence_number: str, at_ms: int) -> None:
        """No record follows."""
        with self._changed:
            self.shard = replace(self.shard, last_sequence_number=last_sequence_number, closed_at_ms=at_ms)
            self._changed.notify_all()

    def standing(self, position: int) -> Standing:
        """Where the shard stands, seen from a reader's position."""
        with self._changed:
            return Standing(self.last, self.closed, self._after(position))

    def wait(self, position: int, timeout_s: float) -> bool:
        """Until something follows the position or nothing ever will."""
        with self._changed:
            return self._changed.wait_for(lambda: self.last > position or self.closed, timeout_s)

    def _after(self, position: int) -> list[Chunk] | None:
        if position < self._floor:
            return None
        return self._chunks[max(0, bisect_right(self._firsts, position) - 1) :] if position < self.last else []

    def _forget_half(self) -> None:
        count = 0
        while self._bytes > TAIL_BYTES // 2 and count < len(self._chunks):
            self._bytes -= self._sizes[count]
            count += 1
        self._floor = self._chunks[count - 1].last
        del self._chunks[:count], self._firsts[:count], self._sizes[:count]
