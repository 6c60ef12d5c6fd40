"""A batch of change records to the read model: the last change of each document first, and mostly only that one.

Poison records go to the quarantine and the rest flows. What can succeed later fails the batch from the first record concerned:
the event source sends everything from there again, and what the index has already is superseded the second time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import msgspec
from msgspec import Struct

from chalicelib.domain.errors import FaultError, GonioError, PoisonError, Reason, ReasonCode, RetryableError, UnavailableError
from chalicelib.domain.records import Origin, PoisonRecord, StreamRecord
from chalicelib.ports import Clock, Quarantine
from chalicelib.projection import changes
from chalicelib.projection.changes import Change, Ignored
from chalicelib.projection.index import DocumentIndex, DocumentKey, Outcome, Result


@dataclass(slots=True)
class ProjectionReport:
    """What became of a batch. `failed` is the first record that must come again, with all after it."""

    records: int = 0
    written: int = 0
    """Documents written or deleted."""
    superseded: int = 0
    """Documents that the index had in that version or a later one."""
    ignored: Counter[str] = field(default_factory=Counter)
    """Records that are none of the read model's, by table; control records under `control`."""
    poison: list[PoisonRecord] = field(default_factory=list)
    latencies_ms: list[int] = field(default_factory=list)
    """From a transaction's commit to its document in the index, before the refresh that lets searches see it."""
    failed: StreamRecord | None = None
    failure: GonioError | None = None
    faults: list[FaultError] = field(default_factory=list)
    """Errors of Gonio's own behind poison records, for the log."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A change and its place in the batch."""

    place: int
    change: Change

    @property
    def rank(self) -> tuple[int, int]:
        """Orders changes of one document."""
        return self.change.operation.version, self.place


type _History = list[_Step]
"""One document's changes within the batch, the latest last."""


@dataclass(slots=True)
class _Batch:
    """A batch under way."""

    records: Sequence[StreamRecord]
    report: ProjectionReport
    poison: dict[int, Reason] = field(default_factory=dict)
    """By place in the batch."""
    failures: dict[int, GonioError] = field(default_factory=dict)
    """By place in the batch."""


class Project:
    """The use case behind the function `project`."""

    def __init__(self, index: DocumentIndex, quarantine: Quarantine, clock: Clock) -> None:
        self._index = index
        self._quarantine = quarantine
        self._clock = clock

    def run(self, records: Sequence[StreamRecord]) -> ProjectionReport:
        """Brings a batch's changes to the index; never raises what a repetition could mend, but reports it."""
        batch = _Batch(records, ProjectionReport(records=len(records)))
        self._write(batch, _histories(batch))
        self._keep_poison(batch)
        if batch.failures:
            first = min(batch.failures)
            batch.report.failed, batch.report.failure = records[first], batch.failures[first]
        return batch.report

    def _write(self, batch: _Batch, histories: list[_History]) -> None:
        """Writes each document's last change; where the index refuses it for ever, the change before it, and so on."""
        while histories:
            try:
                outcomes = self._index.bulk([history[-1].change.operation for history in histories])
            except RetryableError as error:
                for history in histories:
                    batch.failures[_first(history)] = error
                return
            now_ms = self._clock.now_ms()
            for history, outcome in zip(histories, outcomes, strict=True):
                _settle(batch, history, outcome, now_ms)
            histories = [
                history for history, outcome in zip(histories, outcomes, strict=True) if outcome.result is Result.REFUSED and history
            ]

    def _keep_poison(self, batch: _Batch) -> None:
        """Keeps what stands before the first failure; the rest comes again."""
        end = min(batch.failures, default=len(batch.records))
        places = sorted(place for place in batch.poison if place < end)
        poison = [_poison(batch.records[place], batch.poison[place]) for place in places]
        for place, it, failure in zip(places, poison, self._quarantine.keep_all(poison), strict=True):
            if failure is None:
                batch.report.poison.append(it)
            else:
                batch.failures[place] = failure


def _histories(batch: _Batch) -> list[_History]:
    histories: dict[DocumentKey, _History] = {}
    for place, record in enumerate(batch.records):
        change = _read(batch, place, record)
        if change is not None:
            histories.setdefault(change.operation.key, []).append(_Step(place, change))
    for history in histories.values():
        history.sort(key=attrgetter("rank"))
    return list(histories.values())


def _read(batch: _Batch, place: int, record: StreamRecord) -> Change | None:
    """The change in a record; None, with a note of it in the batch, when it is poison or none of the read model's."""
    try:
        change = _change(record)
    except PoisonError as error:
        batch.poison[place] = error.reason
    except FaultError as error:
        batch.poison[place] = Reason(ReasonCode.FAULT, str(error))
        batch.report.faults.append(error)
    else:
        if isinstance(change, Change):
            return change
        batch.report.ignored[change.what] += 1
    return None


def _change(record: StreamRecord) -> Change | Ignored:
    try:
        return changes.read(record.data)
    except PoisonError:
        raise
    except Exception as error:  # The record loop: one record must not hold up its shard for ever.
        raise FaultError(f"{type(error).__name__}: {error}") from error


def _settle(batch: _Batch, history: _History, outcome: Outcome, now_ms: int) -> None:
    """Counts a document's outcome; takes a change that is refused off its history."""
    step = history[-1]
    match outcome.result:
        case Result.DONE:
            batch.report.written += 1
            committed_at_ms = step.change.committed_at_ms
            if committed_at_ms is not None:
                batch.report.latencies_ms.append(now_ms - committed_at_ms)
        case Result.SUPERSEDED:
            batch.report.superseded += 1
        case Result.REFUSED:
            batch.poison[step.place] = Reason(ReasonCode.REFUSED_BY_INDEX, outcome.detail)
            history.pop()
        case Result.UNAVAILABLE:
            batch.failures[_first(history)] = UnavailableError(outcome.detail)


def _first(history: _History) -> int:
    """Where the batch must begin again for this document: at the first of its changes, not only at the last."""
    return min(step.place for step in history)


class _Hints(Struct, frozen=True):
    tenant_id: object = None
    device_id: object = None


class _RecordHints(Struct, frozen=True):
    data: _Hints = _Hints()


_hints = msgspec.json.Decoder(_RecordHints)


def _poison(record: StreamRecord, reason: Reason) -> PoisonRecord:
    return PoisonRecord(record, reason, _origin_of(record))


def _origin_of(record: StreamRecord) -> Origin:
    """What a record says of its origin; nothing where it cannot be read."""
    try:
        hints = _hints.decode(record.data).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Origin()
    tenant_id, device_id = (it if isinstance(it, str) else None for it in (hints.tenant_id, hints.device_id))
    return Origin(tenant_id=tenant_id, device_id=device_id)
