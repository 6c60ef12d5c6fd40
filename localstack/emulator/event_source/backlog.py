"""Records that were read and are not settled: a queue a lane, with one bound for the shard."""

from collections import deque
from collections.abc import Sequence
from threading import Condition, Lock
from time import monotonic

from emulator.event_source.events import PAYLOAD_OVERHEAD_BYTES
from emulator.event_source.model import BatchPolicy, Event

MAX_BYTES = 32 * 1024 * 1024
"""Bound on what one shard's unsettled records hold in memory, beyond the last read."""


READ_AHEAD = 1000
"""Records that may be unsettled whatever the batch size, so that small batches do not make small reads."""


def batch_length(events: Sequence[Event], policy: BatchPolicy) -> tuple[int, bool]:
    """How many of the waiting events make the next batch, and whether it is full (by count or by the payload limit).

    A single event above the limit makes a batch of its own: Lambda, not the mapping, refuses it.
    """
    size = PAYLOAD_OVERHEAD_BYTES
    for count, event in enumerate(events):
        size += len(event.body) + (1 if count else 0)
        if count == policy.max_records or (count and size > policy.max_bytes):
            return count, True
    return len(events), len(events) == policy.max_records


class Backlog:
    """Between a shard's reader and its lanes. Thread-safe; `stop` and `close` wake everybody."""

    def __init__(self, lanes: int, policy: BatchPolicy, read_ahead: int = READ_AHEAD) -> None:
        self._policy = policy
        self._lanes: list[deque[Event]] = [deque() for _ in range(lanes)]
        self._arrived_at: list[float] = [0.0] * lanes
        self._max_records = max(2 * lanes * policy.max_records, read_ahead)
        self._records = 0
        self._bytes = 0
        self._closed = False
        self._stopped = False
        self._lock = Lock()
        # A condition a lane, so that a record wakes its own lane alone.
        self._filled = [Condition(self._lock) for _ in range(lanes)]
        self._settled = Condition(self._lock)

    def wait_for_room(self) -> int:
        """How many records may be read now; blocks while there is no room. 0: stopped."""
        with self._lock:
            self._settled.wait_for(lambda: self._stopped or (self._records < self._max_records and self._bytes < MAX_BYTES))
            return 0 if self._stopped else self._max_records - self._records

    def wait_until_settled(self) -> bool:
        """Block until every record is settled (True), or until stopped (False)."""
        with self._lock:
            self._settled.wait_for(lambda: self._stopped or self._records == 0)
            return not self._stopped

    def put(self, lane: int, events: Sequence[Event]) -> None:
        """Hand a lane its next records."""
        with self._lock:
            if not self._lanes[lane]:
                self._arrived_at[lane] = monotonic()
            self._lanes[lane].extend(events)
            self._records += len(events)
            self._bytes += sum(len(event.body) for event in events)
            self._filled[lane].notify()

    def take(self, lane: int) -> tuple[Event, ...]:
        """A lane's next batch: full, or the batching window has passed since its first record came. Empty: stopped or at the end."""
        waiting = self._lanes[lane]
        with self._lock:
            while not self._stopped:
                length, full = batch_length(waiting, self._policy)
                window_left = self._arrived_at[lane] + self._policy.window_s - monotonic()
                if length and (full or self._closed or window_left <= 0):
                    self._arrived_at[lane] = monotonic()
                    return tuple(waiting.popleft() for _ in range(length))
                if self._closed and not waiting:
                    return ()
                self._filled[lane].wait(window_left if waiting else None)
        return ()

    def settled(self, events: Sequence[Event]) -> None:
        """Records that were taken are settled and make room."""
        with self._lock:
            self._records -= len(events)
            self._bytes -= sum(len(event.body) for event in events)
            self._settled.notify_all()

    def close(self) -> None:
        """No more records will come: the shard is at its end."""
        with self._lock:
            self._closed = True
            self._wake()

    def stop(self) -> None:
        """End all waiting; what is queued stays unsettled."""
        with self._lock:
            self._stopped = True
            self._wake()

    def _wake(self) -> None:
        self._settled.notify_all()
        for condition in self._filled:
            condition.notify_all()
