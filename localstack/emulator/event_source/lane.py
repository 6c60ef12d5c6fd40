"""One lane of a shard: takes a batch, carries it through to its end, takes the next."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Flag

from emulator.event_source.back_off import back_off_s
from emulator.event_source.batch_run import BatchRun, Discard, Failed, FailedFrom, Invoke, NotInvoked, Outcome
from emulator.event_source.events import payload
from emulator.event_source.failure_record import failure_record
from emulator.event_source.model import Event, MappingConfig
from emulator.event_source.ports import DeliveryError, Ports
from emulator.event_source.response import interpret

LOG = logging.getLogger(__name__)

DELIVERY_TRIES = 5
"""How often an invocation record is offered to its destination before it is dropped, as AWS drops it."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The work on one batch after another; holds no state between batches.

    `settle` is told of records, in order, as soon as they are settled; `stop` ends the work at the next step, and what is
    unsettled then is sent again by whoever resumes from the checkpoint.
    """

    config: MappingConfig
    shard_id: str
    ports: Ports
    settle: Callable[[tuple[Event, ...]], None]
    stop: Flag

    def carry(self, events: tuple[Event, ...]) -> None:
        """Invoke, retry, split and report until the batch is settled, or the mapping stops."""
        run = BatchRun.of(self.config.retry, events)
        while run.pending and not self.stop.is_set():
            advanced = self._advance(run)
            if advanced.unsettled < run.unsettled:
                self.settle(events[len(events) - run.unsettled : len(events) - advanced.unsettled])
            run = advanced

    def _advance(self, run: BatchRun) -> BatchRun:
        """Take the next step."""
        try:
            step = run.next_step(self.ports.clock.now_ms(), self._horizon(run))
            if isinstance(step, Discard):
                return run.discarded(step) if self._reported(step) else run
            return run.after(self._invoke(step)) if step and self._backed_off(step) else run
        except Exception:  # the record loop: an error of ours delays one batch, it must not end the lane
            LOG.exception("Batch of %s in %s failed unexpectedly", self.config.consumer, self.shard_id)
            return run.after(NotInvoked("Internal error"))

    def _backed_off(self, step: Invoke) -> bool:
        """Wait as the step asks. False: the mapping stopped meanwhile."""
        if step.failures_in_a_row:
            self.ports.clock.pause(back_off_s(step.failures_in_a_row), self.stop)
        return not self.stop.is_set()

    def _horizon(self, run: BatchRun) -> int:
        """The lowest sequence number still in the stream; looked up only for a batch that failed before."""
        if not run.pending or not run.pending[0].failures_in_a_row:
            return 0
        oldest = self.ports.reader.read(self.config.stream, self.shard_id, None, 1).records
        return int(oldest[0].sequence_number) if oldest else run.pending[-1].events[-1].sequence + 1

    def _invoke(self, step: Invoke) -> Outcome:
        self.ports.status.iterator_age(self.shard_id, self.ports.clock.now_ms() - step.events[-1].arrived_at_ms)
        answer = self.ports.function.invoke(payload(step.events))
        sent = {str(event.sequence) for event in step.events}
        outcome = interpret(answer, sent, reports_item_failures=self.config.reports_item_failures)
        self.ports.status.processed(_result(outcome))
        return outcome

    def _reported(self, discard: Discard) -> bool:
        """Report discarded records, as well as can be. False: the mapping stopped first."""
        record = failure_record(self.config, self.shard_id, discard, self.ports.clock.now_ms())
        if self.ports.destination is None:
            LOG.warning("Records given up, and no on-failure destination is set: %s", record)
            return True
        for attempt in range(DELIVERY_TRIES):
            self.ports.clock.pause(back_off_s(attempt), self.stop)
            if self.stop.is_set():
                return False
            try:
                self.ports.destination.send(record, discard.events, self.shard_id)
            except DeliveryError as error:
                LOG.warning("Destination %s did not take an invocation record: %s", self.config.destination_arn, error)
            else:
                return True
        LOG.error("Invocation record dropped after %d tries: %s", DELIVERY_TRIES, record)
        return True


def _result(outcome: Outcome) -> str:
    match outcome:
        case NotInvoked(reason):
            return f"PROBLEM: {reason}"
        case Failed() | FailedFrom():
            return "PROBLEM: Function call failed"
        case _:
            return "OK"
