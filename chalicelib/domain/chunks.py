"""Series chunks: how values are stored. One row holds a stretch of a series that lies within one minute.

A chunk never crosses a minute, so it belongs to one bucket of every resolution, and its own count, minimum, maximum and
sum are all that rollups need. Position `i` of a chunk is position `position + i` of its series.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import Struct

from chalicelib.domain.records import Arrival
from chalicelib.domain.rollups import Bucket, Resolution, Rollup, rollup_of
from chalicelib.domain.telemetry import Series, Telemetry, measured_at, value_texts


class Chunk(Struct, frozen=True, kw_only=True):
    """Values of one series within one minute; None is a value that another message holds. At least one is not."""

    bucket: Bucket
    message_id: str
    series_number: int
    position: int
    session_id: str | None
    unit: str
    t0_ms: int
    dt_ms: float
    first_ms: int
    last_ms: int
    values: Sequence[float | None]
    rollup: Rollup
    values_json: str | None = None
    """The values as the device wrote them, where that serves: writing them again is what costs most."""

    def instants(self) -> list[int]:
        """When each position was measured, in epoch milliseconds."""
        return [measured_at(self.t0_ms, self.dt_ms, self.position + offset) for offset in range(len(self.values))]


def chunks_of(arrival: Arrival, message: Telemetry) -> list[Chunk]:
    """All values of a message, cut at minutes."""
    texts = value_texts(arrival.data)
    return [chunk for number, text in enumerate(texts) for chunk in _cut(arrival, message, number, text)]


def _cut(arrival: Arrival, message: Telemetry, number: int, text: bytes) -> list[Chunk]:
    series = message.series[number]
    dt_ms = series.dt_ms
    session_id = message.session if isinstance(message.session, str) else None
    return [
        Chunk(
            bucket=Bucket(arrival.tenant_id, arrival.device_id, series.metric, first_ms - first_ms % Resolution.MINUTE),
            message_id=message.id,
            series_number=number,
            position=position,
            session_id=session_id,
            unit=series.unit,
            t0_ms=series.t0,
            dt_ms=dt_ms,
            first_ms=first_ms,
            last_ms=measured_at(series.t0, dt_ms, position + len(values) - 1),
            values=values,
            rollup=rollup_of(values),
            values_json=_plain(text) if len(values) == len(series.values) else None,
        )
        for position, first_ms, values in _minutes(series, dt_ms)
    ]


def _plain(text: bytes) -> str | None:
    """The JSON array where it is written in digits alone, without white space or exponents."""
    return None if text.translate(None, b"0123456789.,-[]") else text.decode()


def _minutes(series: Series, dt_ms: float) -> Iterator[tuple[int, int, list[float]]]:
    """Position, instant and values of each stretch within one minute."""
    count, last_ms = len(series.values), series.last_ms
    at_ms = partial(measured_at, series.t0, dt_ms)
    position = 0
    while position < count:
        first_ms = at_ms(position)
        next_minute_ms = first_ms - first_ms % Resolution.MINUTE + Resolution.MINUTE
        end = count if last_ms < next_minute_ms else bisect_left(range(count), next_minute_ms, lo=position + 1, key=at_ms)
        yield position, first_ms, series.values[position:end]
        position = end
