"""What the engine needs of the outside: the function, the destination, time, its checkpoints, and where its state shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event as Flag
from typing import Any, Protocol

from emulator.event_source.batch_run import NotInvoked
from emulator.event_source.events import RecordFilter
from emulator.event_source.model import Event
from emulator.event_source.response import Answer
from emulator.event_source.shard_plan import Checkpoint
from emulator.kinesis.model import StreamReader


class DeliveryError(Exception):
    """A destination did not take an invocation record."""


class CheckpointError(Exception):
    """A checkpoint could not be stored or read."""


class Function(Protocol):
    """The function that a mapping invokes. Thread-safe."""

    def invoke(self, payload: bytes) -> Answer | NotInvoked:
        """Invoke synchronously with an event, and return what came of it. Raises nothing of the vendor's."""


class Destination(Protocol):
    """The on-failure destination. Thread-safe."""

    def send(self, record: dict[str, Any], events: Sequence[Event], shard_id: str) -> None:
        """Deliver an invocation record. Raises DeliveryError."""


class Checkpoints(Protocol):
    """A consumer's durable checkpoints. Thread-safe. All methods raise CheckpointError."""

    def load(self) -> Mapping[str, Checkpoint]:
        """By shard id."""

    def save(self, checkpoint: Checkpoint) -> None:
        """Store how far one shard has come."""

    def begin(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Store where a mapping without applicable checkpoints starts, in place of all that was stored."""


class Clock(Protocol):
    """Time, and waiting for it."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""

    def pause(self, seconds: float, stop: Flag) -> None:
        """Return after so many seconds, or as soon as `stop` is set."""


class Status(Protocol):
    """Where a mapping's last result shows. Thread-safe."""

    def processed(self, result: str) -> None:
        """LastProcessingResult, in AWS's words: "OK", "PROBLEM: Function call failed", ..."""

    def iterator_age(self, shard_id: str, age_ms: int) -> None:
        """Age of a batch's last record when the function got it."""

    def lags(self, lags_ms: Mapping[str, int]) -> None:
        """How old the oldest unsettled record of each shard is that is being read, now and every ten seconds. Raises nothing."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All of them, for one mapping. `destination` is None where the mapping names none."""

    reader: StreamReader
    record_filter: RecordFilter
    function: Function
    destination: Destination | None
    checkpoints: Checkpoints
    clock: Clock
    status: Status
