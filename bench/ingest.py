"""`ingest` against bare PyMySQL: how much of the database driver's rate is left when every rule is kept.

Both store the same chunk rows in batches of one transaction each, on one connection to one MariaDB that makes each commit
durable. The counterpart gets ready rows and writes them with `executemany`. `ingest` gets stream records: it decodes and
checks them, finds what is stored already and what overlaps, writes chunks, messages, sessions, contacts, and the rollups of
minute, hour and day. Batches alternate between the two, and medians count, so that the machine's moods meet both alike.

What limits `ingest` where series are long: of its time for 240 values a message the server takes two fifths, more than half of
it for the chunk rows that the counterpart writes too; a sixth goes into decoding and checking the payloads, an eighth into
chunks and their statistics, and as much into writing rows as SQL. The values' JSON is taken from the payload as it stands.
Where series are short, the counterpart's own way of writing rows is what costs most, and `ingest` has a quicker one.
What is left is Python's work on each value (a float made, compared, added), and ten statements that are waited for.

    python -m bench.ingest [--profile]
"""

import cProfile
import json
import pstats
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.mysql_readings import CHUNK_COLUMNS, MySqlReadingStore, chunk_rows
from chalicelib.adapters.system_clock import RandomBackoff, SystemClock
from chalicelib.domain.chunks import Chunk, chunks_of
from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.records import Arrival, PoisonRecord, StreamRecord, read
from chalicelib.domain.telemetry import Telemetry
from chalicelib.ingest.batch import Ingest
from tests.mariadb import MariaDb, running

START_MS = 1_795_464_000_000
BATCHES = 48
ADD_CHUNKS = f"INSERT INTO series_chunks ({CHUNK_COLUMNS}) VALUES ({', '.join(['%s'] * 18)})"
DURABLE = ["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=256M", "--innodb-log-file-size=256M", "--sync-binlog=0"]


@dataclass(frozen=True, slots=True)
class Load:
    """What devices send: messages a batch, from how many devices, of how many metrics and values each."""

    name: str
    messages: int
    devices: int
    metrics: int
    values: int


LOADS = (
    Load("8 metrics of 30 values", messages=200, devices=20, metrics=8, values=30),
    Load("1 metric of 240 values", messages=200, devices=20, metrics=1, values=240),
)


@dataclass(frozen=True, slots=True)
class Result:
    """Values a second of both, and what part of the counterpart's rate `ingest` reaches."""

    load: str
    ingest: float
    bare: float

    @property
    def ratio(self) -> float:
        """`ingest` over the counterpart."""
        return self.ingest / self.bare


class NoQuarantine:
    """Nothing is poison here."""

    def keep(self, poison: PoisonRecord) -> None:
        """Fails: the benchmark's records keep the contract."""
        raise AssertionError(poison.reason)

    def keep_all(self, poison: Sequence[PoisonRecord]) -> list[UnavailableError | None]:
        """The same of several."""
        for it in poison:
            self.keep(it)
        return []


def run(profile: cProfile.Profile | None = None) -> list[Result]:
    """Measures each load on a database of its own."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), DURABLE) as server:
        return [_measure(server, load, profile) for load in LOADS]


def main() -> int:
    """Prints the table; with `--profile` also where `ingest` spends its time."""
    profile = cProfile.Profile() if "--profile" in sys.argv[1:] else None
    print(f"{'messages of':<26}{'ingest values/s':>18}{'bare values/s':>18}{'ratio':>8}")
    for result in run(profile):
        print(f"{result.load:<26}{result.ingest:>18,.0f}{result.bare:>18,.0f}{result.ratio:>8.2f}")
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return 0


def _measure(server: MariaDb, load: Load, profile: cProfile.Profile | None) -> Result:
    ours, bare = (MySqlDatabase(server.new_database) for _ in range(2))
    ingest = Ingest(MySqlReadingStore(ours), NoQuarantine(), SystemClock(), RandomBackoff(), slice_size=load.messages)
    with closing(ours), closing(bare):
        took = [(_ingest(ingest, batch, profile), _write(bare, batch)) for batch in _batches(load)]
    ingest_s, bare_s = (median(seconds) for seconds in zip(*took, strict=True))
    values = load.messages * load.metrics * load.values
    return Result(load.name, values / ingest_s, values / bare_s)


def _ingest(ingest: Ingest, batch: list[StreamRecord], profile: cProfile.Profile | None) -> float:
    start = perf_counter()
    if profile is not None:
        profile.enable()
    report = ingest.run(batch)
    if profile is not None:
        profile.disable()
    assert report.stored == len(batch), report.failure
    return perf_counter() - start


def _write(database: MySqlDatabase, batch: list[StreamRecord]) -> float:
    rows = chunk_rows(chunk for record in batch for chunk in _chunks(record))
    start = perf_counter()
    with database.transaction() as cursor:
        cursor.executemany(ADD_CHUNKS, rows)
    return perf_counter() - start


def _chunks(record: StreamRecord) -> list[Chunk]:
    arrival = read(record)
    assert isinstance(arrival, Arrival)
    assert isinstance(arrival.message, Telemetry)
    return chunks_of(arrival, arrival.message)


def _batches(load: Load) -> Iterator[list[StreamRecord]]:
    for first in range(0, BATCHES * load.messages, load.messages):
        yield [_record(load, number) for number in range(first, first + load.messages)]


def _record(load: Load, number: int) -> StreamRecord:
    """Each device in turn sends its next stretch of time, 30 values a second."""
    device, turn = f"device-{number % load.devices}", number // load.devices
    t0 = START_MS + round(turn * load.values * 1000 / 30)
    series = [
        {"metric": f"metric_{metric}", "unit": "deg", "t0": t0, "dt": 33.333, "values": _values(load, number, metric)}
        for metric in range(load.metrics)
    ]
    payload = {"v": 1, "id": f"{number:026d}", "session": f"s-{device}", "series": series}
    topic = {"tenant_id": "clinic", "device_id": device, "topic": f"dt/gonio/clinic/{device}/telemetry", "received_at": t0 + 9000}
    data = json.dumps(payload | topic, separators=(",", ":")).encode()  # As rules write it.
    return StreamRecord(data, "shardId-000000000000", str(number), device, t0 + 9000)


def _values(load: Load, number: int, metric: int) -> list[float]:
    return [round(90 + 60 * ((number * 31 + metric * 7 + position) % 97 / 97 - 0.5), 1) for position in range(load.values)]


if __name__ == "__main__":
    sys.exit(main())
