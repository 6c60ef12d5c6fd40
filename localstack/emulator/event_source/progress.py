"""How far a shard is settled when several lanes work on it at once."""

from collections import deque
from collections.abc import Callable, Iterable
from threading import Lock


class Settled:
    """Turns "these records are settled" from any lane into "everything up to here is": the shard's checkpoint. Not thread-safe."""

    def __init__(self) -> None:
        self._read: deque[tuple[int, int]] = deque()
        self._ahead: set[int] = set()

    def read(self, records: Iterable[tuple[int, int]]) -> None:
        """Records were read, in the shard's order: sequence number, and arrival in epoch milliseconds."""
        self._read.extend(records)

    def settle(self, sequences: Iterable[int]) -> int | None:
        """Records are settled. The sequence number up to which all are, if that moved."""
        self._ahead.update(sequences)
        reached = None
        while self._read and self._read[0][0] in self._ahead:
            reached, _ = self._read.popleft()
            self._ahead.remove(reached)
        return reached

    @property
    def oldest_at_ms(self) -> int | None:
        """When the oldest record that is not settled arrived."""
        return self._read[0][1] if self._read else None

    @property
    def empty(self) -> bool:
        """Whether all that was read is settled."""
        return not self._read


class ShardProgress:
    """A shard's settled position, saved whenever it moves. Thread-safe: positions are saved in rising order."""

    def __init__(self, save: Callable[[str], None]) -> None:
        self._settled = Settled()
        self._save = save
        self._lock = Lock()

    def read(self, records: Iterable[tuple[int, int]]) -> None:
        """Records were read, in the shard's order: sequence number, and arrival in epoch milliseconds."""
        with self._lock:
            self._settled.read(records)

    def settle(self, sequences: Iterable[int]) -> None:
        """Records are settled; the checkpoint is durable when this returns."""
        with self._lock:
            reached = self._settled.settle(sequences)
            if reached is not None:
                self._save(str(reached))

    @property
    def oldest_at_ms(self) -> int | None:
        """When the oldest record that is not settled arrived."""
        with self._lock:
            return self._settled.oldest_at_ms
