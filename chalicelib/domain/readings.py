"""Values of one metric of one device, as they are asked for and answered."""

from dataclasses import dataclass
from typing import NamedTuple

from chalicelib.domain.rollups import Rollup


class SeriesKey(NamedTuple):
    """One metric of one device."""

    tenant_id: str
    device_id: str
    metric: str


class TimeSpan(NamedTuple):
    """A stretch of time in epoch milliseconds; `end_ms` lies outside."""

    start_ms: int
    end_ms: int


class Reading(NamedTuple):
    """A value and when it was measured, in epoch milliseconds."""

    measured_at_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class Readings:
    """Values in the order of time, and when each was measured; `next_ms` is where the rest begins, when there is one.

    In columns: an object for each of so many values would cost more than all else that is done with them.
    """

    instants_ms: list[int]
    values: list[float]
    next_ms: int | None


class BucketRollup(NamedTuple):
    """A rollup and the first instant of its bucket, in epoch milliseconds."""

    start_ms: int
    rollup: Rollup


@dataclass(frozen=True, slots=True)
class LastValue:
    """The newest value of a metric."""

    metric: str
    unit: str
    reading: Reading
