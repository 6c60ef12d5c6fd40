"""Delivery of records to the stream: in order per partition key, for as long as it takes.

PutRecords accepts each record by itself. Where it refuses one, that record is sent again and with it every later one of its key that was
sent in the same call, so that the last record of a key in the stream is always the last one of the log. (Records come at least once.)
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from emulator.replication.errors import StoppedError, TargetUnavailableError, TaskFailedError
from emulator.replication.record_format import Record

LOG = logging.getLogger(__name__)

LARGEST_CALL = 500
LARGEST_CALL_BYTES = 5 * 1024 * 1024
LARGEST_RECORD_BYTES = 1024 * 1024
"""PutRecords' limits, partition keys included."""
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0


class Target(Protocol):
    """A stream."""

    def put(self, records: Sequence[Record]) -> list[bool]:
        """Put at most 500 records and 5 MiB; whether each was accepted. Raises TargetUnavailableError, TaskFailedError."""


class BackOff:
    """Waits that double up to five seconds and end at once when the task is to stop."""

    def __init__(self, stopping: threading.Event, first_s: float = _FIRST_WAIT_S) -> None:
        self._stopping = stopping
        self._first_s = first_s
        self._next_s = first_s

    def wait(self) -> None:
        """Wait. Raises StoppedError."""
        if self._stopping.wait(self._next_s):
            raise StoppedError
        self._next_s = min(2 * self._next_s, _LONGEST_WAIT_S)

    def reset(self) -> None:
        """It works again."""
        self._next_s = self._first_s


class Delivery:
    """Puts records until all are accepted. `tell` hears why nothing is accepted at the moment, and nothing (None) once it is again."""

    def __init__(self, target: Target, stopping: threading.Event, tell: Callable[[str | None], None]) -> None:
        self._target = target
        self._stopping = stopping
        self._tell = tell

    def deliver(self, records: Sequence[Record]) -> None:
        """Return when the stream has accepted all of them. Raises StoppedError, TaskFailedError."""
        for call in calls(records):
            self._put(call)

    def _put(self, records: Sequence[Record]) -> None:
        back_off = BackOff(self._stopping)
        troubled = False
        while records:
            try:
                accepted = self._target.put(records)
            except TargetUnavailableError as error:
                LOG.warning("the target takes nothing: %s", error)
                self._tell(str(error))
                troubled = True
                back_off.wait()
                continue
            records = to_repeat(records, accepted)
            if records:
                back_off.wait()
        if troubled:
            self._tell(None)


def calls(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records in calls that PutRecords takes. Raises TaskFailedError where one record is too large for any."""
    call: list[Record] = []
    size = 0
    for record in records:
        weight = len(record.data) + len(record.partition_key.encode())
        if weight > LARGEST_RECORD_BYTES:
            raise TaskFailedError(f"the record of {record.partition_key} has {weight} bytes; Kinesis takes {LARGEST_RECORD_BYTES}")
        if call and (len(call) == LARGEST_CALL or size + weight > LARGEST_CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(record)
        size += weight
    if call:
        yield call


def to_repeat(records: Sequence[Record], accepted: Sequence[bool]) -> list[Record]:
    """What is to be sent again: each key's records from its first refused one on."""
    refused: set[str] = set()
    again = []
    for record, was_accepted in zip(records, accepted, strict=True):
        if not was_accepted:
            refused.add(record.partition_key)
        if record.partition_key in refused:
            again.append(record)
    return again
