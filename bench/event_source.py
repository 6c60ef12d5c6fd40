"""The event source mapping on the durable stream log, in process, with a function that answers at once.

Each figure stands beside a counterpart measured in the same run:

- drain: a backlog of 1 KB records through lanes, retry rules and checkpoints, against a thread a shard that only reads and
  builds the same events, which is the least that any mapping must do;
- latency: from put to the function, against a thread that only waits for the record and reads it.

Python's interpreter lock limits the drain to little more than one core, whatever the number of lanes; what the function costs comes
on top.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from statistics import median
from threading import Event as Flag
from threading import Thread
from typing import Any

from emulator.event_source.batch_run import Invocation
from emulator.event_source.checkpoints import CheckpointFile, ConsumerCheckpoints
from emulator.event_source.engine import Engine
from emulator.event_source.events import EventFormat, RecordFilter, payload
from emulator.event_source.ports import Ports
from emulator.event_source.response import Answer
from emulator.event_source.worker import SystemClock
from emulator.kinesis.hashing import even_ranges
from emulator.kinesis.log import StreamLog
from emulator.kinesis.model import Entry, StreamDetails
from tests.emulator.event_source.fakes import STREAM, FakeStatus, mapping

SHARDS = 4
RECORDS = 40_000
BATCH = 500
PUTS = 200
ROUNDS = 3
_DATA = b"x" * 1024
_ANSWER = Answer(Invocation("request", "$LATEST", 200, None), b"null")


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison."""

    name: str
    unit: str
    ours: float
    counterpart: str
    theirs: float

    def __str__(self) -> str:
        ratio = self.ours / self.theirs
        return f"{self.name:44} {self.ours:10.1f} {self.unit:9} {self.counterpart:34} {self.theirs:10.1f} {self.unit:9} ratio {ratio:5.2f}"


@dataclass(slots=True)
class CountingFunction:
    """Takes everything; `arrived` is set with every invocation."""

    arrived: Flag = field(default_factory=Flag)

    def invoke(self, payload: bytes) -> Answer:  # noqa: ARG002
        """Answer at once."""
        self.arrived.set()
        return _ANSWER


@contextmanager
def _engine(log: StreamLog, folder: Path, function: CountingFunction, **settings: Any) -> Iterator[ConsumerCheckpoints]:
    config = mapping(BatchSize=BATCH, **settings)
    file = CheckpointFile(folder / f"checkpoints-{time.monotonic_ns()}.sqlite")
    checkpoints = ConsumerCheckpoints(file, config.consumer)
    nothing_held_back = RecordFilter((), lambda _pattern, _event: True)
    engine = Engine(config, Ports(log, nothing_held_back, function, None, checkpoints, SystemClock(), FakeStatus()))
    thread = Thread(target=engine.run, daemon=True)
    thread.start()
    yield checkpoints
    engine.stop()
    thread.join()
    file.close()


def _filled(log: StreamLog) -> list[str]:
    """A stream with the backlog; the last sequence number of each shard."""
    log.create(STREAM, SHARDS, StreamDetails(created_at_ms=0))
    keys = [first for first, _ in even_ranges(SHARDS)]
    for start in range(0, RECORDS, BATCH):
        placements = log.put(STREAM, [Entry(f"device-{n}", _DATA, keys[n % SHARDS]) for n in range(start, start + BATCH)])
    return [str(placement.sequence_number) for placement in placements[-SHARDS:]]


def _drain_s(log: StreamLog, folder: Path, last: list[str], **settings: Any) -> float:
    function, began = CountingFunction(), time.perf_counter()
    with _engine(log, folder, function, **settings) as checkpoints:
        while {checkpoint.settled for checkpoint in checkpoints.load().values()} != set(last):
            time.sleep(0.002)
        return time.perf_counter() - began


def _bare_read_s(log: StreamLog) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(SHARDS) as threads:
        list(threads.map(lambda shard: _bare_read(log, shard.shard_id), log.shards(STREAM)))
    return time.perf_counter() - began


def _bare_read(log: StreamLog, shard_id: str) -> None:
    after, form = None, EventFormat(mapping(), shard_id)
    while records := log.read(STREAM, shard_id, after, 2 * BATCH).records:
        for batch in batched(records, BATCH):
            payload([form.event(record) for record in batch])
        after = records[-1].sequence_number


def _latency_ms(log: StreamLog, arrived: Flag) -> float:
    def once() -> float:
        arrived.clear()
        began = time.perf_counter()
        log.put(STREAM, [Entry("device", _DATA, 0)])
        arrived.wait()
        return (time.perf_counter() - began) * 1000

    return median(once() for _ in range(PUTS))


@contextmanager
def _bare_reader(log: StreamLog, arrived: Flag) -> Iterator[None]:
    ended, shard_id = Flag(), "shardId-000000000000"

    def follow() -> None:
        after = log.sequence_before(STREAM, shard_id, None)
        while not ended.is_set():
            if log.wait(STREAM, shard_id, after, 0.2):
                after = log.read(STREAM, shard_id, after, BATCH).records[-1].sequence_number
                arrived.set()

    thread = Thread(target=follow, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


def _in_a_fresh_log(measure: Callable[[StreamLog, Path], list[Row]]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        log = StreamLog(Path(folder) / "streams.sqlite")
        rows = measure(log, Path(folder))
        log.close()
        return rows


def _drains(log: StreamLog, folder: Path) -> list[Row]:
    last = _filled(log)
    best: dict[int, float] = {}
    # Rounds in turn, so that the machine's moods meet all; 0 stands for the counterpart.
    for _ in range(ROUNDS):
        for lanes in (0, 1, 4):
            seconds = _drain_s(log, folder, last, ParallelizationFactor=lanes) if lanes else _bare_read_s(log)
            best[lanes] = min(seconds, best.get(lanes, seconds))
    return [
        Row(f"drain, lanes a shard: {lanes}", "records/s", RECORDS / best[lanes], "read and build events", RECORDS / best[0])
        for lanes in (1, 4)
    ]


def _latencies(log: StreamLog, folder: Path) -> list[Row]:
    log.create(STREAM, 1, StreamDetails(created_at_ms=0))
    function = CountingFunction()
    with _engine(log, folder, function, StartingPosition="LATEST") as checkpoints:
        while not checkpoints.load():
            time.sleep(0.002)
        ours = _latency_ms(log, function.arrived)
    arrived = Flag()
    with _bare_reader(log, arrived):
        return [Row("put to function, median", "ms", ours, "put to bare reader", _latency_ms(log, arrived))]


def run() -> list[Row]:
    """Measure everything; a few seconds."""
    return [*_in_a_fresh_log(_drains), *_in_a_fresh_log(_latencies)]


def main() -> None:
    """Print the table."""
    for row in run():
        print(row)


if __name__ == "__main__":
    main()
