"""The port `SeriesStore` on MySQL: values straight from their chunks, rollups from their tables.

The view `reading_values` promises the same values; opening the arrays here spares a row and a conversion for each value. SQL that
MySQL 8 and MariaDB 10.11 both speak. A unit is a chunk's; rollups have none of their own.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import msgspec
from pymysql.cursors import Cursor

from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.mysql_readings import TABLES
from chalicelib.domain.readings import BucketRollup, LastValue, Reading, Readings, SeriesKey, TimeSpan
from chalicelib.domain.rollups import Resolution, Rollup
from chalicelib.domain.telemetry import measured_at

_OF_SERIES = "tenant_id = %s AND device_id = %s AND metric = %s"
_KNOWS_DEVICE = """
    SELECT EXISTS (SELECT 1 FROM devices WHERE device_id = %s AND tenant_id = %s)
        OR EXISTS (SELECT 1 FROM device_contacts WHERE tenant_id = %s AND device_id = %s)
"""
_MINUTES = f"SELECT start_ms, value_count FROM minute_rollups WHERE {_OF_SERIES} AND start_ms >= %s AND start_ms < %s ORDER BY start_ms"  # noqa: S608
_CHUNKS = f"""
    SELECT t0_ms, dt_ms, position, value_list FROM series_chunks WHERE {_OF_SERIES} AND minute_ms >= %s AND minute_ms < %s
"""  # noqa: S608
_ROLLUPS = f"""
    SELECT start_ms, value_count, value_min, value_max, value_sum FROM {{table}}
    WHERE {_OF_SERIES} AND start_ms >= %s AND start_ms < %s ORDER BY start_ms
"""  # noqa: S608
_UNIT = f"SELECT unit FROM series_chunks WHERE {_OF_SERIES} AND minute_ms < %s ORDER BY minute_ms DESC, last_ms DESC LIMIT 1"  # noqa: S608
# The newest minute of each metric, and in it the newest chunk's end: by skipping along the primary key from group to group,
# which the servers do only where all of its leading columns are named.
_LAST_MINUTES = """
    SELECT metric, MAX(minute_ms) FROM series_chunks
    WHERE tenant_id = %s AND device_id = %s GROUP BY tenant_id, device_id, metric
"""
_LAST_ENDS = """
    SELECT metric, minute_ms, MAX(last_ms) FROM series_chunks
    WHERE tenant_id = %s AND device_id = %s AND (metric, minute_ms) IN %s GROUP BY tenant_id, device_id, metric, minute_ms
"""
_LAST_CHUNKS = """
    SELECT metric, unit, t0_ms, dt_ms, position, value_list FROM series_chunks
    WHERE tenant_id = %s AND device_id = %s AND (metric, minute_ms, last_ms) IN %s ORDER BY metric
"""

_values = msgspec.json.Decoder(list[float | None])


class MySqlSeriesStore:
    """Values and rollups in MySQL, read where one transaction sees them."""

    def __init__(self, database: MySqlDatabase) -> None:
        self._database = database

    def knows_device(self, tenant_id: str, device_id: str) -> bool:
        """See the port."""
        with self._database.transaction() as cursor:
            cursor.execute(_KNOWS_DEVICE, (device_id, tenant_id, tenant_id, device_id))
            return bool(_one(cursor)[0])

    def readings(self, series: SeriesKey, span: TimeSpan, limit: int) -> Readings:
        """See the port.

        The counts of minutes tell, before anything is opened, how far the limit reaches; a first minute that the span cuts counts
        whole, so that an answer may hold less than the limit and still say where to go on.
        """
        with self._database.transaction() as cursor:
            end_ms = _reach_ms(cursor, series, span, limit)
            cursor.execute(_CHUNKS, (*series, _minute(span.start_ms), end_ms))
            instants, values = _in_order([_opened(*row) for row in cursor.fetchall()])
        begin, end = (bisect_left(instants, it) for it in span)
        next_ms = end_ms if end_ms < span.end_ms else None
        if end - begin > limit:
            end = begin + limit
            next_ms = instants[end]
        return Readings(instants[begin:end], values[begin:end], next_ms)

    def rollups(self, series: SeriesKey, resolution: Resolution, span: TimeSpan) -> list[BucketRollup]:
        """See the port."""
        with self._database.transaction() as cursor:
            cursor.execute(_ROLLUPS.format(table=TABLES[resolution]), (*series, *span))
            return [BucketRollup(start_ms, Rollup(*rest)) for start_ms, *rest in cursor.fetchall()]

    def unit(self, series: SeriesKey, before_ms: int) -> str | None:
        """See the port."""
        with self._database.transaction() as cursor:
            cursor.execute(_UNIT, (*series, before_ms))
            row = cursor.fetchone()
            return row[0] if row else None

    def last_values(self, tenant_id: str, device_id: str) -> list[LastValue]:
        """See the port.

        The newest value stands in a chunk that ends last: where such a chunk's own end is another message's, that message's
        chunk ends at the same instant.
        """
        with self._database.transaction() as cursor:
            found: Sequence[tuple[Any, ...]] = ()
            for query in (_LAST_MINUTES, _LAST_ENDS, _LAST_CHUNKS):
                cursor.execute(query, (tenant_id, device_id, *([found] if found else ())))
                found = cursor.fetchall()
                if not found:
                    return []
        return _newest(found)


def _reach_ms(cursor: Cursor, series: SeriesKey, span: TimeSpan, limit: int) -> int:
    """The end of the minute in which the limit is reached, or of the span."""
    cursor.execute(_MINUTES, (*series, _minute(span.start_ms), span.end_ms))
    total = 0
    for start_ms, count in cursor.fetchall():
        total += count
        if total > limit:
            return min(int(start_ms) + Resolution.MINUTE, span.end_ms)
    return span.end_ms


def _opened(t0_ms: int, dt_ms: float, position: int, value_list: str) -> tuple[list[int], list[float]]:
    """The instants and the values of a chunk; those that another message holds are left out."""
    values = _values.decode(value_list)
    instants = [measured_at(t0_ms, dt_ms, at) for at, it in enumerate(values, position) if it is not None]
    return instants, [it for it in values if it is not None]


def _in_order(chunks: Sequence[tuple[list[int], list[float]]]) -> tuple[list[int], list[float]]:
    """The instants and the values of chunks, which come in any order and may lie in each other, in the order of time."""
    instants = [it for column, _ in chunks for it in column]
    values = [it for _, column in chunks for it in column]
    order = sorted(range(len(instants)), key=instants.__getitem__)
    return [instants[it] for it in order], [values[it] for it in order]


def _newest(chunks: Sequence[tuple[Any, ...]]) -> list[LastValue]:
    """The newest value of each metric among chunks that are ordered by metric."""
    newest: dict[str, LastValue] = {}
    for metric, unit, *chunk in chunks:
        instants, values = _opened(*chunk)
        last = Reading(instants[-1], values[-1])
        known = newest.get(metric)
        if known is None or last > known.reading:
            newest[metric] = LastValue(metric, unit, last)
    return list(newest.values())


def _minute(instant_ms: int) -> int:
    return instant_ms - instant_ms % Resolution.MINUTE


def _one(cursor: Cursor) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None, "A query without a table has one row"  # noqa: S101 - SQL's own promise, told to the type checker
    return row
