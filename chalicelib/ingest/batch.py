"""A batch of stream records, slice by slice, up to the first record that fails.

Poison records go to the quarantine and the rest flows. What can succeed later fails the batch from that record on: the
event source sends everything from there again, and what was stored already does nothing the second time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched

from chalicelib.domain.errors import ConflictError, FaultError, GonioError, PermanentError, PoisonError, Reason, ReasonCode, RetryableError
from chalicelib.domain.lifecycle import PresenceEvent
from chalicelib.domain.records import Arrival, PoisonRecord, StreamRecord, origin_of, read
from chalicelib.ingest import slices
from chalicelib.ports import Backoff, Clock, Quarantine, ReadingStore

ATTEMPTS = 5
"""How often a transaction is tried that others are in the way of."""


@dataclass(slots=True)
class BatchReport:
    """What became of a batch. `failed` is the first record that must come again, with all after it."""

    records: int = 0
    stored: int = 0
    repeated: int = 0
    presence: int = 0
    """Presence events of registered devices."""
    strangers: int = 0
    """Presence events of clients that are no registered devices: ignored."""
    poison: list[PoisonRecord] = field(default_factory=list)
    delays_ms: list[int] = field(default_factory=list)
    """From a message's arrival at the rule until its row is committed, one a new or repeated message."""
    failed: StreamRecord | None = None
    failure: GonioError | None = None
    faults: list[FaultError] = field(default_factory=list)
    """Errors of Gonio's own behind poison records, for the log."""


class _FailedAt(Exception):  # noqa: N818 - not an error of its own: it carries one, and where it struck, to `Ingest.run`
    def __init__(self, record: StreamRecord, cause: GonioError) -> None:
        super().__init__(record.sequence_number)
        self.record = record
        self.cause = cause


type _Good = Arrival | PresenceEvent
type _Read = tuple[StreamRecord, _Good | Reason]


class Ingest:
    """The use case behind the function `ingest`."""

    def __init__(self, store: ReadingStore, quarantine: Quarantine, clock: Clock, backoff: Backoff, *, slice_size: int = 200) -> None:
        self._store = store
        self._quarantine = quarantine
        self._clock = clock
        self._backoff = backoff
        self._slice_size = slice_size

    def run(self, records: Sequence[StreamRecord]) -> BatchReport:
        """Stores a batch in the order of its records; never raises what a repetition could mend, but reports it."""
        report = BatchReport(records=len(records))
        try:
            for part in batched(records, self._slice_size):
                self._run_slice(report, [(record, _read(record)) for record in part])
        except _FailedAt as failed:
            report.failed, report.failure = failed.record, failed.cause
        return report

    def _run_slice(self, report: BatchReport, part: list[_Read]) -> None:
        try:
            self._store_good(report, part)
        except PermanentError:
            self._run_each(report, part)
        else:
            self._keep_poison(report, part)

    def _run_each(self, report: BatchReport, part: list[_Read]) -> None:
        """Record by record, so that only those become poison which cannot be stored for their own sake."""
        for record, it in part:
            try:
                self._store_good(report, [(record, it)])
            except PermanentError as error:
                self._keep_poison(report, [(record, _reason(error))])
                report.faults += [error] if isinstance(error, FaultError) else []
            else:
                self._keep_poison(report, [(record, it)])

    def _store_good(self, report: BatchReport, part: Sequence[_Read]) -> None:
        """Stores what is good of a slice together. Raises `PermanentError` when that can never succeed."""
        good = [it for _, it in part if not isinstance(it, Reason)]
        if not good:
            return
        try:
            stored = self._in_transaction(good)
        except RetryableError as error:
            raise _FailedAt(part[0][0], error) from error
        committed_at_ms = self._clock.now_ms()
        delays_ms = [committed_at_ms - it.received_at_ms for it in good if isinstance(it, Arrival)]
        report.stored += stored.fresh
        report.repeated += len(delays_ms) - stored.fresh
        report.presence += len(good) - len(delays_ms) - stored.strangers
        report.strangers += stored.strangers
        report.delays_ms += delays_ms

    def _in_transaction(self, good: Sequence[_Good]) -> slices.Stored:
        for attempt in _attempts(self._backoff):
            try:
                with self._store.transaction() as transaction:
                    return slices.store(transaction, good, self._clock.now_ms())
            except ConflictError:
                if attempt == ATTEMPTS:
                    raise
            except GonioError:
                raise
            except Exception as error:  # The record loop: one message must not hold up its shard for ever.
                raise FaultError(f"{type(error).__name__}: {error}") from error
        raise AssertionError("the last attempt returns or raises")

    def _keep_poison(self, report: BatchReport, part: Sequence[_Read]) -> None:
        """Keeps a slice's poison at once; what comes after the first that cannot be kept comes, and is kept, again."""
        poison = [PoisonRecord(record, it, origin_of(record)) for record, it in part if isinstance(it, Reason)]
        for kept, failure in zip(poison, self._quarantine.keep_all(poison), strict=True):
            if failure is not None:
                raise _FailedAt(kept.record, failure) from failure
            report.poison.append(kept)


def _read(record: StreamRecord) -> _Good | Reason:
    try:
        return read(record)
    except PoisonError as error:
        return error.reason


def _reason(error: PermanentError) -> Reason:
    code = ReasonCode.FAULT if isinstance(error, FaultError) else ReasonCode.REFUSED_BY_DATABASE
    return Reason(code, str(error))


def _attempts(backoff: Backoff) -> Iterator[int]:
    """1, 2, … up to `ATTEMPTS`, with a wait before each but the first."""
    for attempt in range(1, ATTEMPTS + 1):
        if attempt > 1:
            backoff.wait(attempt - 1)
        yield attempt
