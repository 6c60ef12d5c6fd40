"""The Kinesis action: records gather for a few milliseconds and go out by PutRecords, several batches in flight.

A PutRecords costs about a millisecond whatever it carries, so the size of batches is what decides the throughput.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from emulator.iot_core.actions.port import ActionFailure, Outcome, Remedy
from emulator.iot_core.aws_calls import AwsCallError
from emulator.iot_core.put_records import Entry, Refusal, StreamClient
from emulator.iot_core.sql import Message
from emulator.iot_core.templates import Template

BATCH_RECORDS = 500
BATCH_BYTES = 5 * 1024 * 1024
"""PutRecords' limits."""
IN_FLIGHT_BATCHES = 6
_PARTITION_KEY_CHARACTERS = 256
_RETRYABLE = frozenset({"ProvisionedThroughputExceededException", "InternalFailure", "KMSThrottlingException"})


@dataclass(frozen=True, slots=True)
class _Record:
    entry: Entry
    outcome: Outcome


class KinesisBatcher:
    """Gathers one stream's records into batches. Belongs to the event loop's thread."""

    def __init__(self, client: StreamClient, stream: str, linger_s: float) -> None:
        self._client = client
        self._stream = stream
        self._linger_s = linger_s
        self._waiting: deque[_Record] = deque()
        self._waiting_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._overdue = False
        self._batches: set[asyncio.Task[None]] = set()

    def add(self, record: _Record) -> None:
        """Queues a record; its outcome is called when PutRecords has answered."""
        self._waiting.append(record)
        self._waiting_bytes += record.entry.size_bytes
        if self._full:
            self._send()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._linger_s, self._linger_over)

    @property
    def _full(self) -> bool:
        return len(self._waiting) >= BATCH_RECORDS or self._waiting_bytes >= BATCH_BYTES

    def _linger_over(self) -> None:
        self._timer = None
        self._overdue = True
        self._send()

    def _send(self) -> None:
        """Sends full batches, and an overdue rest. A completed batch alone is no reason to send a small one: that defeats the linger."""
        while self._waiting and (self._full or self._overdue) and len(self._batches) < IN_FLIGHT_BATCHES:
            task = asyncio.ensure_future(self._put(self._take()))
            self._batches.add(task)
            task.add_done_callback(self._sent)
        if not self._waiting:
            self._overdue = False

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._batches.discard(task)
        self._send()

    def _take(self) -> list[_Record]:
        batch: list[_Record] = []
        size = 0
        while self._waiting and len(batch) < BATCH_RECORDS and size + self._waiting[0].entry.size_bytes <= BATCH_BYTES:
            record = self._waiting.popleft()
            size += record.entry.size_bytes
            batch.append(record)
        self._waiting_bytes -= size
        return batch

    async def _put(self, batch: Sequence[_Record]) -> None:
        try:
            refusals = await self._client.put(self._stream, [record.entry for record in batch])
        except AwsCallError as error:
            failure = ActionFailure.of(error)
            for record in batch:
                record.outcome(failure)
            return
        for record, refusal in zip(batch, refusals, strict=True):
            record.outcome(_failure(refusal) if refusal else None)


def _failure(refusal: Refusal) -> ActionFailure:
    return ActionFailure(f"{refusal.code}: {refusal.message}", Remedy.RETRY if refusal.code in _RETRYABLE else Remedy.CONFIGURATION)


@dataclass(frozen=True, slots=True)
class KinesisAction:
    """Puts the rule's output on a stream."""

    stream: str
    partition_key: Template
    batcher: KinesisBatcher
    kind: str = "KinesisAction"

    @property
    def resource(self) -> str:
        """The stream's name."""
        return self.stream

    def deliver(self, message: Message, payload: bytes, outcome: Outcome) -> None:
        """Hands the payload to the stream's batcher."""
        key = self.partition_key.render(message)
        if 0 < len(key) <= _PARTITION_KEY_CHARACTERS:
            self.batcher.add(_Record(Entry(payload, key), outcome))
        else:
            outcome(ActionFailure(f"partition key of {len(key)} characters, 1 to 256 are allowed", Remedy.NONE))
