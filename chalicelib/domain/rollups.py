"""Rollups: count, minimum, maximum and sum of a metric's values by minute, hour and day (UTC)."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from msgspec import Struct


class Resolution(IntEnum):
    """How long a bucket is, in milliseconds."""

    MINUTE = 60_000
    HOUR = 3_600_000
    DAY = 86_400_000


class Bucket(NamedTuple):
    """What one rollup is of; `start_ms` is the bucket's first instant in epoch milliseconds."""

    tenant_id: str
    device_id: str
    metric: str
    start_ms: int

    def within(self, resolution: Resolution) -> "Bucket":
        """The coarser bucket that this one lies in."""
        return self._replace(start_ms=self.start_ms - self.start_ms % resolution)


class Rollup(Struct, frozen=True):
    """Count, minimum, maximum and sum of at least one value."""

    count: int
    minimum: float
    maximum: float
    total: float


def rollup_of(values: Sequence[float]) -> Rollup:
    """The rollup of one or more values. Python's `sum` of floats compensates for rounding, so order hardly matters."""
    # Sorting compares floats faster than `min` and `max` do, and hardly at all where they rise and fall as motion does.
    ordered = sorted(values)
    return Rollup(len(values), ordered[0], ordered[-1], sum(values))


def merged(rollups: Iterable[tuple[Bucket, Rollup]]) -> dict[Bucket, Rollup]:
    """One rollup a bucket, where several tell of the same."""
    result: dict[Bucket, Rollup] = {}
    for bucket, rollup in rollups:
        known = result.get(bucket)
        result[bucket] = rollup if known is None else _merge(known, rollup)
    return result


def coarser(rollups: dict[Bucket, Rollup], resolution: Resolution) -> dict[Bucket, Rollup]:
    """The same values' rollups in longer buckets."""
    return merged((bucket.within(resolution), rollup) for bucket, rollup in rollups.items())


def _merge(one: Rollup, other: Rollup) -> Rollup:
    return Rollup(
        one.count + other.count,
        min(one.minimum, other.minimum),
        max(one.maximum, other.maximum),
        one.total + other.total,
    )
