"""The port `ReadingStore` on MySQL: messages, chunks and rollups here, the rest in `mysql_sessions`.

SQL that MySQL 8 and MariaDB 10.11 both speak: `VALUES()` in upserts and no row alias.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import Any

import msgspec
import pymysql
from pymysql.constants import ER

from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.mysql_rows import insert_at_once, insert_rows
from chalicelib.adapters.mysql_sessions import SessionRows
from chalicelib.domain.chunks import Chunk
from chalicelib.domain.overlaps import Change
from chalicelib.domain.rollups import Bucket, Resolution, Rollup
from chalicelib.ports import MessageKey, ReadingTransaction, Span, StoredMessage

TABLES = {Resolution.MINUTE: "minute_rollups", Resolution.HOUR: "hour_rollups", Resolution.DAY: "day_rollups"}

SPANS_PER_QUERY = 500
"""The optimiser's work grows faster than the number of ranges."""

_KNOWN_MESSAGES = """
    SELECT tenant_id, device_id, kind, message_id FROM messages WHERE (tenant_id, device_id, kind, message_id) IN %s
"""
_ADD_MESSAGES = """
    INSERT INTO messages
        (tenant_id, device_id, kind, message_id, session_id, value_count, received_at_ms, stored_at_ms)
    VALUES :rows
"""
_UNLESS_KNOWN = "ON DUPLICATE KEY UPDATE received_at_ms = LEAST(received_at_ms, VALUES(received_at_ms))"
_CHUNK_KEY = "tenant_id, device_id, metric, minute_ms, last_ms, message_id, series_number, position"
CHUNK_COLUMNS = f"""
    {_CHUNK_KEY}, first_ms, t0_ms, dt_ms, session_id, unit, value_count, value_min, value_max, value_sum, value_list
"""
_ADD_CHUNKS = f"INSERT INTO series_chunks ({CHUNK_COLUMNS}) VALUES :rows"  # noqa: S608
_REMOVE_CHUNKS = f"DELETE FROM series_chunks WHERE ({_CHUNK_KEY}) IN %s"  # noqa: S608
_MEETS_SPAN = "(tenant_id = %s AND device_id = %s AND metric = %s AND minute_ms = %s AND last_ms >= %s AND first_ms <= %s)"
_ADD_TO_ROLLUPS = """
    INSERT INTO {table} (tenant_id, device_id, metric, start_ms, value_count, value_min, value_max, value_sum)
    VALUES :rows
    ON DUPLICATE KEY UPDATE
        value_count = value_count + VALUES(value_count), value_min = LEAST(value_min, VALUES(value_min)),
        value_max = GREATEST(value_max, VALUES(value_max)), value_sum = value_sum + VALUES(value_sum)
"""
_REBUILD_ROLLUPS = """
    INSERT INTO {table} (tenant_id, device_id, metric, start_ms, value_count, value_min, value_max, value_sum)
    SELECT tenant_id, device_id, metric, %s AS bucket_ms, SUM(value_count), MIN(value_min), MAX(value_max), SUM(value_sum)
    FROM {source}
    WHERE tenant_id = %s AND device_id = %s AND metric = %s AND {instant} >= %s AND {instant} < %s
    GROUP BY tenant_id, device_id, metric
    ON DUPLICATE KEY UPDATE
        value_count = VALUES(value_count), value_min = VALUES(value_min),
        value_max = VALUES(value_max), value_sum = VALUES(value_sum)
"""

_values = msgspec.json.Decoder(list[float | None])
_encoder = msgspec.json.Encoder()


class MySqlReadingStore:
    """Readings in MySQL."""

    def __init__(self, database: MySqlDatabase) -> None:
        self.database = database

    @contextmanager
    def transaction(self) -> Iterator[ReadingTransaction]:
        """See the port."""
        with self.database.transaction() as cursor:
            yield MySqlReadingTransaction(cursor)


class MySqlReadingTransaction(SessionRows):
    """One transaction on readings."""

    def save_messages(self, messages: Sequence[StoredMessage]) -> set[MessageKey]:
        """See the port. Nearly always all are new, so they are inserted first and looked for only where that fails.

        A statement that fails takes back all that it did, and no more than that (MySQL manual, "InnoDB Error Handling").
        """
        rows = [(*it.key, it.session_id, it.value_count, it.received_at_ms, it.stored_at_ms) for it in messages]
        try:
            insert_at_once(self._cursor, _ADD_MESSAGES, rows)
        except pymysql.err.IntegrityError as error:
            if error.args[0] != ER.DUP_ENTRY:
                raise
            return self._save_known_messages([it.key for it in messages], rows)
        return set()

    def _save_known_messages(self, keys: list[MessageKey], rows: list[tuple[Any, ...]]) -> set[MessageKey]:
        # PyMySQL writes tuples as rows of values, and none of their subclasses.
        self._cursor.execute(_KNOWN_MESSAGES, [[tuple(key) for key in keys]])
        known = {MessageKey(*row) for row in self._cursor.fetchall()}
        insert_rows(self._cursor, _ADD_MESSAGES + _UNLESS_KNOWN, rows)
        return known

    def chunks_in(self, spans: Sequence[Span]) -> list[Chunk]:
        """See the port."""
        return [chunk for part in batched(spans, SPANS_PER_QUERY) for chunk in self._chunks_in(part)]

    def _chunks_in(self, spans: Sequence[Span]) -> list[Chunk]:
        meets_any = " OR ".join([_MEETS_SPAN] * len(spans))
        bounds = [bound for span in spans for bound in (*span.bucket, span.first_ms, span.last_ms)]
        self._cursor.execute(f"SELECT {CHUNK_COLUMNS} FROM series_chunks WHERE {meets_any}", bounds)  # noqa: S608
        return [_chunk(*row) for row in self._cursor.fetchall()]

    def add_chunks(self, chunks: Iterable[Chunk]) -> None:
        """See the port."""
        insert_rows(self._cursor, _ADD_CHUNKS, chunk_rows(chunks))

    def change_chunks(self, changes: Iterable[Change]) -> None:
        """See the port."""
        known = list(changes)
        if known:
            self._cursor.execute(_REMOVE_CHUNKS, [[_chunk_key(change.before) for change in known]])
            self.add_chunks(change.after for change in known if change.after is not None)

    def add_to_rollups(self, resolution: Resolution, rollups: dict[Bucket, Rollup]) -> None:
        """See the port."""
        rows = [(*bucket, it.count, it.minimum, it.maximum, it.total) for bucket, it in sorted(rollups.items(), key=_by_bucket)]
        insert_rows(self._cursor, _ADD_TO_ROLLUPS.format(table=TABLES[resolution]), rows)

    def rebuild_rollups(self, minutes: Iterable[Bucket]) -> None:
        """See the port."""
        dirty = set(minutes)
        self._rebuild(Resolution.MINUTE, dirty, source="series_chunks", instant="minute_ms")
        for resolution, finer in ((Resolution.HOUR, Resolution.MINUTE), (Resolution.DAY, Resolution.HOUR)):
            buckets = {bucket.within(resolution) for bucket in dirty}
            self._rebuild(resolution, buckets, source=TABLES[finer], instant="start_ms")

    def _rebuild(self, resolution: Resolution, buckets: Iterable[Bucket], *, source: str, instant: str) -> None:
        statement = _REBUILD_ROLLUPS.format(table=TABLES[resolution], source=source, instant=instant)
        for bucket in sorted(buckets):
            self._cursor.execute(statement, (bucket.start_ms, *bucket, bucket.start_ms + resolution))


def chunk_rows(chunks: Iterable[Chunk]) -> list[tuple[Any, ...]]:
    """Chunks as rows of `series_chunks`, in the order of `CHUNK_COLUMNS`."""
    return [
        (
            *_chunk_key(chunk),
            chunk.first_ms,
            chunk.t0_ms,
            chunk.dt_ms,
            chunk.session_id,
            chunk.unit,
            chunk.rollup.count,
            chunk.rollup.minimum,
            chunk.rollup.maximum,
            chunk.rollup.total,
            chunk.values_json or _encoder.encode(chunk.values).decode(),
        )
        for chunk in chunks
    ]


def _chunk_key(chunk: Chunk) -> tuple[Any, ...]:
    return (*chunk.bucket, chunk.last_ms, chunk.message_id, chunk.series_number, chunk.position)


def _chunk(*row: Any) -> Chunk:
    return Chunk(
        bucket=Bucket(*row[:4]),
        last_ms=row[4],
        message_id=row[5],
        series_number=row[6],
        position=row[7],
        first_ms=row[8],
        t0_ms=row[9],
        dt_ms=row[10],
        session_id=row[11],
        unit=row[12],
        rollup=Rollup(*row[13:17]),
        values=_values.decode(row[17]),
    )


def _by_bucket(item: tuple[Bucket, Rollup]) -> Bucket:
    return item[0]
