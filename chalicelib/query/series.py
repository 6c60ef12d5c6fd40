"""A metric of a device over time: values as they were measured, or rollups by minute, hour and day.

From the database's reader, not from the read model: raw values never go there, and minute rollups neither. A raw span is
bounded in time and in values: where it holds more, the answer is `truncated` and says where to go on. Rollups are
bounded by the span alone.
"""

from enum import StrEnum

import msgspec
from msgspec import Struct

from chalicelib.domain.errors import InvalidRequestError, NotFoundError
from chalicelib.domain.instants import DAY_MS, iso, iso_many
from chalicelib.domain.readings import BucketRollup, SeriesKey, TimeSpan
from chalicelib.domain.rollups import Resolution
from chalicelib.ports import Clock, SeriesStore
from chalicelib.service.parameters import Parameters, is_name
from chalicelib.service.responses import JsonText
from chalicelib.service.router import Call

MAX_VALUES = 50_000
"""Of one answer; at most 3.7 MB as a text in Lambda's JSON, where 6 MB pass."""
_HOUR_MS = 3_600_000


class Detail(StrEnum):
    """How fine the answer is."""

    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


_RESOLUTIONS = {Detail.MINUTE: Resolution.MINUTE, Detail.HOUR: Resolution.HOUR, Detail.DAY: Resolution.DAY}
DEFAULT_SPAN_MS = {Detail.RAW: _HOUR_MS, Detail.MINUTE: DAY_MS, Detail.HOUR: 30 * DAY_MS, Detail.DAY: 366 * DAY_MS}
MAX_SPAN_MS = {Detail.RAW: DAY_MS, Detail.MINUTE: 7 * DAY_MS, Detail.HOUR: 366 * DAY_MS, Detail.DAY: 3660 * DAY_MS}
"""The longest span that one may ask for; at most about 10,000 buckets."""


class ValuePoint(Struct, frozen=True, gc=False):
    """A value and when it was measured."""

    at: str
    value: float


class RollupPoint(Struct, frozen=True, gc=False):
    """A bucket's rollup; `at` is its first instant."""

    at: str
    count: int
    min: float
    max: float
    sum: float
    mean: float


class SeriesAnswer(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Points in the order of time. `unit` is None where nothing was measured; `next_from` is set when `truncated`."""

    device_id: str
    metric: str
    unit: str | None
    resolution: Detail
    start: str
    end: str
    points: list[ValuePoint] | list[RollupPoint]
    truncated: bool = False
    next_from: str | None = None


def get_series(store: SeriesStore, clock: Clock, call: Call) -> JsonText:
    """The series that a request asks for, as a `SeriesAnswer` in JSON. Raises the errors of a request."""
    tenant_id, device_id = call.caller.clinical_tenant(), call.names["device_id"]
    metric = call.query.name("metric")
    if metric is None:
        raise InvalidRequestError("`metric` says which series is wanted")
    detail = call.query.choice("resolution", Detail.RAW)
    span = _span(call.query, detail, clock)
    call.deadline.left_s()
    if not is_name("device_id", device_id) or not store.knows_device(tenant_id, device_id):
        raise NotFoundError("There is no such device")
    answer = _answer(store, SeriesKey(tenant_id, device_id, metric), detail, span)
    return JsonText(msgspec.json.encode(answer).decode())


def _answer(store: SeriesStore, series: SeriesKey, detail: Detail, span: TimeSpan) -> SeriesAnswer:
    points: list[ValuePoint] | list[RollupPoint]
    next_from = None
    if detail is Detail.RAW:
        points, next_from = _values(store, series, span)
    else:
        points = [_rollup_point(it) for it in store.rollups(series, _RESOLUTIONS[detail], span)]
    return SeriesAnswer(
        device_id=series.device_id,
        metric=series.metric,
        unit=store.unit(series, span.end_ms),
        resolution=detail,
        start=iso(span.start_ms),
        end=iso(span.end_ms),
        points=points,
        truncated=next_from is not None,
        next_from=next_from,
    )


def _values(store: SeriesStore, series: SeriesKey, span: TimeSpan) -> tuple[list[ValuePoint], str | None]:
    readings = store.readings(series, span, MAX_VALUES)
    points = list(map(ValuePoint, iso_many(readings.instants_ms), readings.values))
    return points, None if readings.next_ms is None else iso(readings.next_ms)


def _rollup_point(it: BucketRollup) -> RollupPoint:
    rollup = it.rollup
    return RollupPoint(iso(it.start_ms), rollup.count, rollup.minimum, rollup.maximum, rollup.total, rollup.total / rollup.count)


def _span(query: Parameters, detail: Detail, clock: Clock) -> TimeSpan:
    """From when to when: `to` is now where it is left out, and `from` as long before as is usual for the resolution."""
    end_ms = query.instant("to")
    end_ms = clock.now_ms() if end_ms is None else end_ms
    start_ms = query.instant("from")
    start_ms = end_ms - DEFAULT_SPAN_MS[detail] if start_ms is None else start_ms
    if not 0 < end_ms - start_ms <= MAX_SPAN_MS[detail]:
        longest_h = MAX_SPAN_MS[detail] // _HOUR_MS
        raise InvalidRequestError(f"`to` comes after `from`, by at most {longest_h} h for resolution {detail}")
    return TimeSpan(start_ms, end_ms)
