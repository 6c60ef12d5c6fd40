"""What one shard of a provisioned stream takes and gives in a second. Off by default; on by the emulator's settings.

Source: Kinesis Data Streams developer guide, quotas and limits: 1,000 records and 1 MiB in, five reads and 2 MiB out.
A budget refills steadily and holds at most one second's worth. Time comes from the caller.
"""

from collections import defaultdict
from threading import Lock
from typing import Protocol

from emulator.kinesis.model import StreamKey

WRITE_RECORDS_PER_S = 1000
WRITE_BYTES_PER_S = 1024 * 1024
READS_PER_S = 5
READ_BYTES_PER_S = 2 * 1024 * 1024

type ShardName = tuple[StreamKey, str]


class Limits(Protocol):
    """Decides over each write and read of a shard. Thread-safe."""

    def may_write(self, shard: ShardName, size_bytes: int, now_ms: int) -> bool:
        """Whether one record of this size (partition key and data) goes in now; if so, it is counted."""

    def may_read(self, shard: ShardName, now_ms: int) -> bool:
        """Whether one GetRecords may be made now; if so, it is counted."""

    def has_read(self, shard: ShardName, size_bytes: int) -> None:
        """Count what the read brought. A large read makes the following ones wait, as on AWS."""


class NoLimits:
    """Everything passes."""

    def may_write(self, shard: ShardName, size_bytes: int, now_ms: int) -> bool:  # noqa: ARG002 - the port's shape
        """Always."""
        return True

    def may_read(self, shard: ShardName, now_ms: int) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def has_read(self, shard: ShardName, size_bytes: int) -> None:
        """Nothing to count."""


class Budget:
    """A token bucket of one second's capacity, which may be overdrawn once. It counts in thousandths, so that no time is rounded away."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._left = per_second * 1000
        self._at_ms = 0

    def refill(self, now_ms: int) -> None:
        """Add what has come in since the last time."""
        self._left = min(self._per_second * 1000, self._left + (now_ms - self._at_ms) * self._per_second)
        self._at_ms = now_ms

    def has(self, amount: int) -> bool:
        """Whether so much is left. More than a second's worth passes when the bucket is full."""
        return self._left >= min(amount, self._per_second) * 1000

    def take(self, amount: int) -> None:
        """Take it, even below zero."""
        self._left -= amount * 1000


class _ShardBudgets:
    def __init__(self) -> None:
        self.write_records = Budget(WRITE_RECORDS_PER_S)
        self.write_bytes = Budget(WRITE_BYTES_PER_S)
        self.reads = Budget(READS_PER_S)
        self.read_bytes = Budget(READ_BYTES_PER_S)


class ShardLimits:
    """The limits of a provisioned stream, for each shard by itself."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._budgets: dict[ShardName, _ShardBudgets] = defaultdict(_ShardBudgets)

    def may_write(self, shard: ShardName, size_bytes: int, now_ms: int) -> bool:
        """Takes one record and its bytes from the budgets, both or neither."""
        with self._lock:
            budgets = self._budgets[shard]
            budgets.write_records.refill(now_ms)
            budgets.write_bytes.refill(now_ms)
            if not (budgets.write_records.has(1) and budgets.write_bytes.has(size_bytes)):
                return False
            budgets.write_records.take(1)
            budgets.write_bytes.take(size_bytes)
            return True

    def may_read(self, shard: ShardName, now_ms: int) -> bool:
        """Takes one read; refused while an earlier read's bytes are not worked off."""
        with self._lock:
            budgets = self._budgets[shard]
            budgets.reads.refill(now_ms)
            budgets.read_bytes.refill(now_ms)
            if not (budgets.reads.has(1) and budgets.read_bytes.has(0)):
                return False
            budgets.reads.take(1)
            return True

    def has_read(self, shard: ShardName, size_bytes: int) -> None:
        """Overdraws where the read was large."""
        with self._lock:
            self._budgets[shard].read_bytes.take(size_bytes)
