"""The durable stream provider against moto's Kinesis, both in process, with the same records.

What is compared: one operation on a parsed request, from its members to the members of its answer. That is `KinesisProvider.call`
here and `KinesisBackend` (with its records' `to_json`) there. Moto keeps its records in memory only; the provider writes each put
to its file before it answers. Requests carry 500 records of 1 KB, as a busy producer's do, to one shard that already holds some.
`GetRecords` reads the whole shard from its trim horizon, 500 records at a time.

Run with LocalStack's interpreter: `localstack/.venv/bin/python -m bench.streams`
"""

import base64
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from moto.kinesis.models import KinesisBackend, Record, kinesis_backends

from emulator.kinesis.limits import NoLimits
from emulator.kinesis.log import StreamLog
from emulator.kinesis.provider import OPERATIONS, KinesisProvider

ACCOUNT, REGION, STREAM, SHARD = "000000000000", "eu-west-1", "bench", "shardId-000000000000"
BATCH, RECORD_BYTES, BATCHES, ROUNDS = 500, 1000, 4, 5
HELD = (0, 20_000, 50_000)
_ANY_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """Records a second, here and there."""

    operation: str
    held: int
    ours: float
    moto: float

    @property
    def ratio(self) -> float:
        """How many times as fast as moto."""
        return self.ours / self.moto


class Peer(Protocol):
    """One of the two that are compared."""

    def put(self, records: list[tuple[str, bytes]]) -> Callable[[], object]:
        """A put of these records that is ready to be made."""

    def hold(self, batches: int) -> None:
        """Put so many times before the measurement."""

    def get_all(self) -> int:
        """Read the shard from its trim horizon; how many records came."""


class Durable:
    """The provider over a log in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._log = StreamLog(folder / "streams.sqlite")
        self._provider = KinesisProvider(self._log, NoLimits())
        self._call("CreateStream", StreamName=STREAM, ShardCount=1)

    def put(self, records: list[tuple[str, bytes]]) -> Callable[[], object]:
        """A put that is ready to be made."""
        request = [{"PartitionKey": key, "Data": data} for key, data in records]
        return lambda: self._call("PutRecords", StreamName=STREAM, Records=request)

    def hold(self, batches: int) -> None:
        """By plain puts."""
        for _ in range(batches):
            self.put(_records())()

    def get_all(self) -> int:
        """How many records came."""
        request = {"StreamName": STREAM, "ShardId": SHARD, "ShardIteratorType": "TRIM_HORIZON"}
        iterator, count = self._call("GetShardIterator", **request)["ShardIterator"], 0
        while records := (answer := self._call("GetRecords", ShardIterator=iterator, Limit=BATCH))["Records"]:
            iterator, count = answer["NextShardIterator"], count + len(records)
        return count

    def close(self) -> None:
        """Let go of the file."""
        self._log.close()

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        return self._provider.call(OPERATIONS[operation], request, ACCOUNT, REGION)


class Moto:
    """Moto's backend, in memory."""

    def __init__(self) -> None:
        self._backend: KinesisBackend = kinesis_backends[ACCOUNT][REGION]
        self._backend.create_stream(STREAM, 1)
        self._arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{STREAM}"

    def put(self, records: list[tuple[str, bytes]]) -> Callable[[], object]:
        """A put that is ready to be made; moto takes the data in base64, as it came."""
        request = [{"PartitionKey": key, "Data": base64.b64encode(data).decode()} for key, data in records]
        return lambda: self._backend.put_records(self._arn, STREAM, request)

    def hold(self, batches: int) -> None:
        """Directly into moto's shard: its puts take the longer the more it holds, and would take minutes here."""
        held = self._backend.streams[STREAM].shards[SHARD].records
        for number in range(1, batches * BATCH + 1):
            data = base64.b64encode(random.randbytes(RECORD_BYTES)).decode()
            held[number] = Record(f"device-{random.randrange(100)}", data, number, "")

    def get_all(self) -> int:
        """How many records came."""
        iterator, count = self._backend.get_shard_iterator(self._arn, STREAM, SHARD, "TRIM_HORIZON", 0, _ANY_TIME), 0
        while True:
            iterator, records, _ = self._backend.get_records(self._arn, iterator, BATCH)
            if not [record.to_json() for record in records]:
                return count
            count += len(records)

    def close(self) -> None:
        """Forget everything."""
        self._backend.reset()


def run() -> list[Row]:
    """Measure and print the table."""
    rows = [row for held in HELD for row in _compare(held)]
    print(f"{'operation':<12}{'held before':>12}{'ours, records/s':>18}{'moto, records/s':>18}{'ratio':>8}")
    for row in rows:
        print(f"{row.operation:<12}{row.held:>12,}{row.ours:>18,.0f}{row.moto:>18,.0f}{row.ratio:>8.1f}")
    return rows


def _compare(held: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        durable, moto = Durable(Path(folder)), Moto()
        for peer in (durable, moto):
            peer.hold(held // BATCH)
        puts = _best_of_rounds(durable, moto, _put_rate)
        gets = _best_of_rounds(durable, moto, _get_rate)
        durable.close()
        moto.close()
    return [Row("PutRecords", held, *puts), Row("GetRecords", held, *gets)]


def _best_of_rounds(ours: Peer, moto: Peer, rate: Callable[[Peer], float]) -> tuple[float, float]:
    """Turn by turn, since other processes only ever make a figure worse."""
    rounds = [(rate(ours), rate(moto)) for _ in range(ROUNDS)]
    return max(first for first, _ in rounds), max(second for _, second in rounds)


def _put_rate(peer: Peer) -> float:
    puts = [peer.put(_records()) for _ in range(BATCHES)]
    began = time.perf_counter()
    for put in puts:
        put()
    return BATCH * BATCHES / (time.perf_counter() - began)


def _get_rate(peer: Peer) -> float:
    began = time.perf_counter()
    count = peer.get_all()
    return count / (time.perf_counter() - began)


def _records() -> list[tuple[str, bytes]]:
    return [(f"device-{random.randrange(100)}", random.randbytes(RECORD_BYTES)) for _ in range(BATCH)]


def main() -> None:
    """Print the table."""
    run()


if __name__ == "__main__":
    main()
