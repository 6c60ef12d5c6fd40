"""What to do next with a batch, and what its last result means: AWS's retry rules as a small, I/O-free state machine.

A run holds the part of a batch that is not settled yet, cut into slices that are invoked one after another. It is always a
suffix of the batch: records are settled in order, by success, by expiry or by being reported to the on-failure destination.

Rules (Lambda developer guide, "Retain discarded batch records for a Kinesis Data Streams event source" and "Configuring
partial batch response with Kinesis Data Streams"):
an invocation that could not take place (throttled, say) is repeated without using up retries; a function's error uses one up,
unless the batch is split instead, which is free; the lowest failed item is the checkpoint, and all from there comes again.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from emulator.event_source.model import Event, RetryPolicy


class Condition(StrEnum):
    """Why records are given up, in the destination message's words."""

    RETRY_ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
    RECORD_AGE_EXCEEDED = "RecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class Invocation:
    """What is known of one invocation that took place."""

    request_id: str
    executed_version: str
    status_code: int
    function_error: str | None


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The function took the whole slice."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The function failed the whole slice."""

    invocation: Invocation


@dataclass(frozen=True, slots=True)
class FailedFrom:
    """The function took what comes before `sequence`, the lowest item that it reported."""

    sequence: int
    invocation: Invocation


@dataclass(frozen=True, slots=True)
class NotInvoked:
    """The function was not reached: throttled, not ready, gone."""

    reason: str


type Outcome = Succeeded | Failed | FailedFrom | NotInvoked


@dataclass(frozen=True, slots=True)
class Slice:
    """Neighbouring records that are sent together."""

    events: tuple[Event, ...]
    retries_used: int = 0
    invocations: int = 0
    failures_in_a_row: int = 0
    last: Invocation | None = None


@dataclass(frozen=True, slots=True)
class Invoke:
    """Send these records; first wait as befits so many failures in a row (0: at once)."""

    events: tuple[Event, ...]
    failures_in_a_row: int


@dataclass(frozen=True, slots=True)
class Discard:
    """Report these records to the destination and go on behind them."""

    events: tuple[Event, ...]
    condition: Condition
    invocations: int
    last: Invocation | None


@dataclass(frozen=True, slots=True)
class BatchRun:
    """The unsettled rest of one batch."""

    policy: RetryPolicy
    pending: tuple[Slice, ...]

    @classmethod
    def of(cls, policy: RetryPolicy, events: tuple[Event, ...]) -> Self:
        """A batch that has not been sent yet."""
        return cls(policy, (Slice(events),) if events else ())

    @property
    def unsettled(self) -> int:
        """How many of the batch's last records are still to be settled."""
        return sum(len(part.events) for part in self.pending)

    def next_step(self, now_ms: int, horizon: int = 0) -> Invoke | Discard | None:
        """What to do now; None: the batch is settled. Records below sequence number `horizon` have left the stream."""
        if not self.pending:
            return None
        head = self.pending[0]
        if expired := self._expired(head, now_ms, horizon):
            return Discard(head.events[:expired], Condition.RECORD_AGE_EXCEEDED, head.invocations, head.last)
        if self.policy.max_retries is not None and head.retries_used > self.policy.max_retries:
            return Discard(head.events, Condition.RETRY_ATTEMPTS_EXHAUSTED, head.invocations, head.last)
        return Invoke(head.events, head.failures_in_a_row)

    def discarded(self, step: Discard) -> "BatchRun":
        """The run once a step's records were reported."""
        return self._continue_at(self.pending[0], len(step.events))

    def after(self, outcome: Outcome) -> "BatchRun":
        """The run once the step's invocation has ended, or has turned out impossible."""
        head = self.pending[0]
        match outcome:
            case Succeeded():
                return self._continue_at(head, len(head.events))
            case NotInvoked():
                return self._with_head(replace(head, failures_in_a_row=head.failures_in_a_row + 1))
            case Failed(invocation):
                return self._failed_at_once(_invoked(head, invocation))
            case FailedFrom(sequence, invocation):
                return self._failed_from(_invoked(head, invocation), sequence)

    def _failed_at_once(self, head: Slice) -> "BatchRun":
        if self.policy.bisect and len(head.events) > 1:
            middle = len(head.events) // 2
            return self._with_head(
                replace(head, events=head.events[:middle], failures_in_a_row=0),
                replace(head, events=head.events[middle:], failures_in_a_row=0),
            )
        return self._with_head(_retry(head))

    def _failed_from(self, head: Slice, sequence: int) -> "BatchRun":
        taken = sum(event.sequence < sequence for event in head.events)
        if taken == 0:
            return self._failed_at_once(head)
        if self.policy.bisect:
            # "Bisected at the returned sequence number": a split, so it costs no retry.
            return self._continue_at(replace(head, failures_in_a_row=0), taken)
        return self._continue_at(_retry(head), taken)

    def _continue_at(self, head: Slice, settled: int) -> "BatchRun":
        rest = head.events[settled:]
        return self._with_head(replace(head, events=rest)) if rest else self._with_head()

    def _with_head(self, *parts: Slice) -> "BatchRun":
        return replace(self, pending=(*parts, *self.pending[1:]))

    def _expired(self, head: Slice, now_ms: int, horizon: int) -> int:
        oldest_ms = 0 if self.policy.max_age_ms is None else now_ms - self.policy.max_age_ms
        for count, event in enumerate(head.events):
            if event.arrived_at_ms >= oldest_ms and event.sequence >= horizon:
                return count
        return len(head.events)


def _invoked(head: Slice, invocation: Invocation) -> Slice:
    return replace(head, invocations=head.invocations + 1, last=invocation)


def _retry(head: Slice) -> Slice:
    return replace(head, retries_used=head.retries_used + 1, failures_in_a_row=head.failures_in_a_row + 1)
