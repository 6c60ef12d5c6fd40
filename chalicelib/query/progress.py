"""A member's progress by day (UTC): how far the joints moved, and how much was exercised.

Range of motion is a metric's maximum minus its minimum of a day, from the day rollups of the devices that the member's
sessions used that day. A rollup does not know sessions: where two members share a device on one day, both see its range.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched

from msgspec import Struct

from chalicelib.domain.errors import InvalidRequestError
from chalicelib.domain.instants import DAY_MS, epoch_ms, iso, iso_day
from chalicelib.domain.read_model import DAY_ROLLUPS, SESSIONS, DocumentType, RollupDocument, SessionDocument
from chalicelib.domain.searches import Between, Condition, Key, Search, Term
from chalicelib.ports import Clock, DocumentStore
from chalicelib.query.members import member
from chalicelib.query.sessions import began_between
from chalicelib.service.parameters import Parameters
from chalicelib.service.requests import Deadline
from chalicelib.service.router import Call

DEFAULT_DAYS = 30
MAX_DAYS = 366
_BATCH = 1000
"""Documents of one search; OpenSearch lets 10,000 pass."""
_DEVICES_PER_SEARCH = 500
_MINUTE_MS = 60_000


class RangeOfMotion(Struct, frozen=True):
    """How far a metric moved on a day."""

    metric: str
    min: float
    max: float
    range: float


class Day(Struct, frozen=True):
    """A day on which the member exercised: sessions that began on it, their minutes, and the metrics' ranges."""

    day: str
    session_count: int
    minutes: float
    range_of_motion: list[RangeOfMotion]


class Progress(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The days with sessions, the first one first; a day without is left out."""

    member_id: str
    start: str
    end: str
    items: list[Day]


@dataclass(frozen=True, slots=True)
class Exercise:
    """When a session took place, as far as is known, and with which devices. Epoch milliseconds."""

    start_ms: int
    end_ms: int
    device_ids: tuple[str, ...]

    def days(self) -> list[str]:
        """The days that it touches, in their order."""
        return [iso_day(day_ms) for day_ms in range(_day(self.start_ms), self.end_ms + 1, DAY_MS)]


def get_progress(documents: DocumentStore, clock: Clock, call: Call) -> Progress:
    """The progress of the member whom the path names. Raises the errors of a request."""
    found = member(documents, call)
    start_ms, end_ms = _span(call.query, clock)
    scope: tuple[Condition, ...] = (Term("tenant_id", (found.tenant_id,)),)
    sessions = _every(
        documents,
        SESSIONS,
        (*scope, Term("member_id", (found.member_id,)), began_between(iso(start_ms), iso(end_ms))),
        (Key("session_id"),),
        deadline=call.deadline,
    )
    exercises = [it for it in map(_exercise, sessions) if it is not None]
    rollups = _rollups(documents, scope, exercises, call.deadline)
    return Progress(found.member_id, iso(start_ms), iso(end_ms), days_of(exercises, rollups))


def days_of(exercises: Iterable[Exercise], rollups: Iterable[RollupDocument]) -> list[Day]:
    """The days that exercises touch, with the ranges of the devices that were used on them."""
    used: set[tuple[str, str]] = set()
    begun: dict[str, list[Exercise]] = {}
    for exercise in exercises:
        days = exercise.days()
        begun.setdefault(days[0], []).append(exercise)
        used.update((day, device_id) for day in days for device_id in exercise.device_ids)
    bounds: dict[str, dict[str, tuple[float, float]]] = {}
    for rollup in rollups:
        day = rollup.start_at[:10]
        if (day, rollup.device_id) in used:
            metrics = bounds.setdefault(day, {})
            low, high = metrics.get(rollup.metric, (rollup.min, rollup.max))
            metrics[rollup.metric] = min(low, rollup.min), max(high, rollup.max)
    return [_told(day, begun.get(day, []), bounds.get(day, {})) for day in sorted(begun.keys() | bounds.keys())]


def _told(day: str, begun: Sequence[Exercise], bounds: dict[str, tuple[float, float]]) -> Day:
    minutes = sum(it.end_ms - it.start_ms for it in begun) / _MINUTE_MS
    ranges = [RangeOfMotion(metric, low, high, high - low) for metric, (low, high) in sorted(bounds.items())]
    return Day(day, len(begun), round(minutes, 2), ranges)


def _exercise(session: SessionDocument) -> Exercise | None:
    """The session's time: from its values where there are any, else from its events. None where nothing tells it."""
    start_at = session.first_value_at or session.started_at
    end_at = session.last_value_at or session.ended_at
    if start_at is None:
        return None
    start_ms = epoch_ms(start_at)
    end_ms = start_ms if end_at is None else max(start_ms, epoch_ms(end_at))
    return Exercise(start_ms, end_ms, tuple(session.device_ids or ()))


def _rollups(
    documents: DocumentStore, scope: tuple[Condition, ...], exercises: Sequence[Exercise], deadline: Deadline
) -> list[RollupDocument]:
    devices = sorted({device_id for it in exercises for device_id in it.device_ids})
    if not devices:
        return []
    first_ms, last_ms = min(_day(it.start_ms) for it in exercises), max(it.end_ms for it in exercises)
    days = Between("start_at", iso(first_ms), iso(last_ms + 1))
    order = (Key("start_at"), Key("device_id"), Key("metric"))
    return [
        rollup
        for part in batched(devices, _DEVICES_PER_SEARCH)
        for rollup in _every(documents, DAY_ROLLUPS, (*scope, Term("device_id", part), days), order, deadline=deadline)
    ]


def _every[T: Struct](
    documents: DocumentStore, kind: DocumentType[T], conditions: tuple[Condition, ...], order: tuple[Key, ...], *, deadline: Deadline
) -> list[T]:
    """All documents for which the conditions hold; what they are bounded by keeps them few."""
    found: list[T] = []
    after = None
    while True:
        hits = documents.search(kind, Search(conditions, order, _BATCH, after=after), deadline.left_s())
        found += (hit.document for hit in hits)
        if len(hits) < _BATCH:
            return found
        after = hits[-1].position


def _span(query: Parameters, clock: Clock) -> tuple[int, int]:
    """From when to when: `to` is now where it is left out, `from` the beginning of the day 30 days before."""
    end_ms = query.instant("to")
    end_ms = clock.now_ms() if end_ms is None else end_ms
    start_ms = query.instant("from")
    start_ms = _day(end_ms - DEFAULT_DAYS * DAY_MS) if start_ms is None else start_ms
    if not 0 < end_ms - start_ms <= MAX_DAYS * DAY_MS:
        raise InvalidRequestError(f"`to` comes after `from`, by at most {MAX_DAYS} days")
    return start_ms, end_ms


def _day(instant_ms: int) -> int:
    return instant_ms - instant_ms % DAY_MS
