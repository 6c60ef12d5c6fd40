"""The SQL of the stream log: what is written and read, and how it is laid out. No locks and no rules here."""

import sqlite3
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from emulator.kinesis.chunk import Chunk, Row, from_row
from emulator.kinesis.model import Consumer, Shard, StreamDetails, StreamKey
from emulator.kinesis.sequence import ordinal_of
from emulator.kinesis.shard_log import ShardLog

_ORDINAL_BITS = 42
_FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class StoredStream:
    """A stream as found in the file."""

    row_id: int
    key: StreamKey
    details: StreamDetails
    shards: tuple[ShardLog, ...]


def _place(shard_row_id: int, ordinal: int) -> int:
    return shard_row_id << _ORDINAL_BITS | ordinal


def load_position(connection: sqlite3.Connection) -> tuple[int, int]:
    """The last ordinal that was handed out, and the last time that was noted."""
    ordinal, at_ms = connection.execute("SELECT ordinal, at_ms FROM position").fetchone()
    return ordinal, at_ms


def save_position(connection: sqlite3.Connection, ordinal: int, at_ms: int) -> None:
    """Belongs into every transaction that hands out ordinals."""
    connection.execute("UPDATE position SET ordinal = ?, at_ms = ?", (ordinal, at_ms))


def load_streams(connection: sqlite3.Connection) -> Iterator[StoredStream]:
    """Every stream with its shards, parents before children."""
    for row_id, account, region, name, details in connection.execute("SELECT * FROM streams ORDER BY id").fetchall():
        yield StoredStream(row_id, StreamKey(account, region, name), _details_from(details), tuple(_load_shards(connection, row_id)))


def _load_shards(connection: sqlite3.Connection, stream_row_id: int) -> Iterator[ShardLog]:
    rows = connection.execute("SELECT id, number, shard FROM shards WHERE stream = ? ORDER BY number", (stream_row_id,)).fetchall()
    for row_id, number, content in rows:
        shard = ShardLog(row_id, number, _shard_from(content))
        newest = connection.execute(
            "SELECT place, layout FROM chunks WHERE place < ? ORDER BY place DESC LIMIT 1", (_place(row_id + 1, 0),)
        ).fetchone()
        if newest and newest[0] >= _place(row_id, 0):
            shard.resume(_last_ordinal(newest))
        elif shard.shard.last_sequence_number is not None:
            shard.resume(ordinal_of(shard.shard.last_sequence_number))
        yield shard


def _last_ordinal(row: tuple[int, bytes]) -> int:
    place, layout = row
    _, sizes = orjson.loads(layout)
    return ordinal_at(place) + len(sizes) - 1


def insert_stream(connection: sqlite3.Connection, key: StreamKey, details: StreamDetails) -> int:
    """The new stream's row."""
    row = (key.account_id, key.region, key.name, orjson.dumps(asdict(details)))
    cursor = connection.execute("INSERT INTO streams (account, region, name, details) VALUES (?, ?, ?, ?)", row)
    return int(cursor.lastrowid or 0)


def save_details(connection: sqlite3.Connection, stream_row_id: int, details: StreamDetails) -> None:
    """Replaces all that the stream remembers."""
    connection.execute("UPDATE streams SET details = ? WHERE id = ?", (orjson.dumps(asdict(details)), stream_row_id))


def delete_stream(connection: sqlite3.Connection, stream_row_id: int, shards: Iterable[ShardLog]) -> None:
    """With its shards and records."""
    for shard in shards:
        delete_shard(connection, shard)
    connection.execute("DELETE FROM streams WHERE id = ?", (stream_row_id,))


def insert_shard(connection: sqlite3.Connection, stream_row_id: int, number: int, shard: Shard) -> ShardLog:
    """A new, open shard."""
    row = (stream_row_id, number, _shard_row(shard))
    cursor = connection.execute("INSERT INTO shards (stream, number, shard) VALUES (?, ?, ?)", row)
    return ShardLog(int(cursor.lastrowid or 0), number, shard)


def save_shard(connection: sqlite3.Connection, row_id: int, shard: Shard) -> None:
    """A shard that was closed."""
    connection.execute("UPDATE shards SET shard = ? WHERE id = ?", (_shard_row(shard), row_id))


def delete_shard(connection: sqlite3.Connection, shard: ShardLog) -> None:
    """With its records."""
    delete_chunks(connection, shard, _place(shard.row_id + 1, 0))
    connection.execute("DELETE FROM shards WHERE id = ?", (shard.row_id,))


def append(connection: sqlite3.Connection, chunks: Iterable[tuple[ShardLog, Chunk, Row]]) -> None:
    """Store chunks at the ends of their shards."""
    rows = [(_place(shard.row_id, chunk.first), *row) for shard, chunk, row in chunks]
    connection.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?)", rows)


def chunks_after(connection: sqlite3.Connection, shard: ShardLog, position: int, since_ms: int) -> Generator[Chunk]:
    """The shard's chunks with records above a position that arrived at or after a time, in order. Exhaust or close it."""
    first, end = _place(shard.row_id, position + 1), _place(shard.row_id + 1, 0)
    containing = connection.execute(
        "SELECT max(place) FROM chunks WHERE place BETWEEN ? AND ?", (_place(shard.row_id, 0), first)
    ).fetchone()[0]
    cursor = connection.execute(
        "SELECT * FROM chunks WHERE place >= ? AND place < ? AND arrived_at_ms >= ? ORDER BY place", (containing or first, end, since_ms)
    )
    try:
        for place, arrived_at_ms, layout, payload in cursor:
            yield from_row(ordinal_at(place), shard.number, (arrived_at_ms, layout, payload))
    finally:
        cursor.close()


def place_at(connection: sqlite3.Connection, shard: ShardLog, timestamp_ms: int) -> int:
    """Where the shard's first chunk that arrived at or after a time lies, or would lie: chunks are in the order of their arrival."""
    base, end = _place(shard.row_id, 0), _place(shard.row_id + 1, 0)

    def arrival(place: int) -> int:
        row = connection.execute(
            "SELECT arrived_at_ms FROM chunks WHERE place >= ? AND place < ? ORDER BY place LIMIT 1", (place, end)
        ).fetchone()
        return int(row[0]) if row else _FOREVER

    if arrival(base) >= timestamp_ms:
        return base
    places = range(base, _place(shard.row_id, shard.last) + 1)
    return base + bisect_left(places, timestamp_ms, key=arrival)


def ordinal_at(place: int) -> int:
    """The ordinal in a place."""
    return place & ((1 << _ORDINAL_BITS) - 1)


def delete_chunks(connection: sqlite3.Connection, shard: ShardLog, before: int) -> None:
    """The shard's chunks that lie before a place."""
    connection.execute("DELETE FROM chunks WHERE place >= ? AND place < ?", (_place(shard.row_id, 0), before))


def _details_from(content: bytes) -> StreamDetails:
    fields: dict[str, Any] = orjson.loads(content)
    consumers = tuple(Consumer(**consumer) for consumer in fields.pop("consumers"))
    metrics = tuple(fields.pop("shard_level_metrics"))
    return StreamDetails(**fields, consumers=consumers, shard_level_metrics=metrics)


def _shard_row(shard: Shard) -> bytes:
    fields = asdict(shard)
    return orjson.dumps(fields | {"first_hash_key": str(shard.first_hash_key), "last_hash_key": str(shard.last_hash_key)})


def _shard_from(content: bytes) -> Shard:
    fields: dict[str, Any] = orjson.loads(content)
    fields["first_hash_key"], fields["last_hash_key"] = int(fields["first_hash_key"]), int(fields["last_hash_key"])
    return Shard(**fields)
