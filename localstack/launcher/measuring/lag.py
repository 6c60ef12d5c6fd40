"""What waits in a stream: by shard, the records behind the consumer's checkpoint, and how old the oldest of them is.

No AWS interface tells where an event source mapping stands; here its checkpoints lie in a file, which is read and not written. What
lies behind them comes from the stream itself. The metric IteratorAgeMilliseconds tells each shard's age, there as here.
"""

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKPOINTS = "event-source-checkpoints.sqlite"
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last record of a shard that its consumer settled; None before the first. `finished`: the shard ended, and all of it is."""

    sequence_number: str | None
    finished: bool = False


@dataclass(frozen=True, slots=True)
class ShardLag:
    """What a shard's consumer has before it."""

    shard_id: str
    records: int
    has_more: bool = False
    """Whether there are more records than were counted."""
    oldest_ms: int = 0
    """Since when the oldest of them lies in the stream."""

    def __str__(self) -> str:
        if not self.records and not self.has_more:
            return "0 records behind"
        return f"{self.records}{'+' if self.has_more else ''} records, {self.oldest_ms} ms behind"


def checkpoints(file: Path, stream: str, function: str) -> dict[str, Checkpoint]:
    """A consumer's checkpoints by shard id. Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)) as database:
        rows = database.execute(
            "SELECT shard_id, settled, finished FROM checkpoint WHERE stream_arn LIKE ? AND function_arn LIKE ?",
            (f"%:stream/{stream}", f"%:function:{function}"),
        ).fetchall()
    return {shard: Checkpoint(settled, bool(finished)) for shard, settled, finished in rows}


def shard_lags(kinesis: Any, stream: str, known: Mapping[str, Checkpoint], now_ms: int) -> list[ShardLag]:
    """The lag of every shard that is not settled to its end. Raises what the client raises."""
    shards: Sequence[dict[str, Any]] = kinesis.list_shards(StreamName=stream)["Shards"]
    nothing = Checkpoint(None)
    open_ones = [shard["ShardId"] for shard in shards if not known.get(shard["ShardId"], nothing).finished]
    return [_lag(kinesis, stream, shard_id, known.get(shard_id, nothing), now_ms=now_ms) for shard_id in sorted(open_ones)]


def _lag(kinesis: Any, stream: str, shard_id: str, checkpoint: Checkpoint, *, now_ms: int) -> ShardLag:
    position = {"ShardIteratorType": "TRIM_HORIZON"}
    if checkpoint.sequence_number:
        position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": checkpoint.sequence_number}
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard_id, **position)["ShardIterator"]
    answer = kinesis.get_records(ShardIterator=iterator, Limit=_MOST)
    records, left_ms = answer["Records"], answer["MillisBehindLatest"]
    if not records:
        return ShardLag(shard_id, 0, has_more=left_ms > 0, oldest_ms=left_ms)
    oldest_ms = max(0, now_ms - int(records[0]["ApproximateArrivalTimestamp"].timestamp() * 1000))
    return ShardLag(shard_id, len(records), has_more=left_ms > 0, oldest_ms=oldest_ms)
