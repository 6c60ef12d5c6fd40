"""The replication engine against bare mysql-replication decoding, on one binary log of a MariaDB of its own, in the same run.

Each figure is rows of the same log for a second of this process's processor time, which both are bound by and which neighbours on the
machine do not change. Bare decoding reads every event and its rows and does nothing with them, which is the least that any engine on this
library must do; the engine makes of them records in DMS's format, in calls as PutRecords takes them, for a stream that accepts everything
at once, with statistics and checkpoints in the store. Rounds alternate, and the best of each counts.
"""

import json
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.row_event import DeleteRowsEvent, UpdateRowsEvent, WriteRowsEvent

from emulator.replication import table_mappings, task_settings
from emulator.replication.delivery import Delivery
from emulator.replication.errors import StoppedError
from emulator.replication.positions import LogPosition
from emulator.replication.record_format import Format, Record
from emulator.replication.source import Source
from emulator.replication.store import Store
from emulator.replication.task_session import TaskSession, Work
from emulator.replication.task_state import Definition, Order, Progress, TaskStates
from tests.emulator.replication.database import PASSWORD, USER, Database
from tests.emulator.replication.fakes import FakeTarget
from tests.emulator.replication.laboratory import EVERYTHING, selection

ROWS = 30_000
ROUNDS = 3
TASK = "arn:aws:dms:eu-west-1:000000000000:task:BENCH"
_TABLES = {
    "hour_rollups": """
        CREATE TABLE hour_rollups (tenant_id VARCHAR(64), device_id VARCHAR(64), metric VARCHAR(64), bucket_at_ms BIGINT, value_count INT,
        value_min DOUBLE, value_max DOUBLE, value_sum DOUBLE, PRIMARY KEY (device_id, metric, bucket_at_ms))""",
    "sessions": """
        CREATE TABLE sessions (tenant_id VARCHAR(64), session_id VARCHAR(64), member_id VARCHAR(64), exercise VARCHAR(64),
        started_at_ms BIGINT, ended_at_ms BIGINT, value_count INT, device_ids JSON, PRIMARY KEY (tenant_id, session_id))""",
}
_INSERTS = {
    "hour_rollups": "SELECT 'clinic-north', CONCAT('device-', seq MOD 50), 'knee_flexion', 1795464000000 + seq, 30, 0.9, 88.25, 1234.5",
    "sessions": "SELECT 'clinic-north', CONCAT('s-', seq), 'm-1', 'sit_to_stand', 1795464000000 + seq, NULL, 30, '[\"device-1\"]'",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison."""

    name: str
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """The engine's rate as a part of bare decoding's."""
        return self.ours / self.theirs

    def __str__(self) -> str:
        return f"{self.name:36} engine {self.ours:9.0f} rows/s   bare decoding {self.theirs:9.0f} rows/s   ratio {self.ratio:5.2f}"


@dataclass(slots=True)
class _Span:
    """A part of the log: where it begins, and how many rows of one table it holds."""

    schema: str
    start: LogPosition
    rows: int


class _CountingTarget(FakeTarget):
    """Accepts everything, and says when it has as many records as are expected."""

    def __init__(self, expected: int) -> None:
        super().__init__()
        self.expected = expected
        self.count = 0
        self.complete = threading.Event()

    def put(self, records: Sequence[Record]) -> list[bool]:
        """Accept without keeping."""
        self.count += len(records)
        if self.count >= self.expected:
            self.complete.set()
        return [True] * len(records)


def run() -> list[Row]:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        database = Database(place)
        database.start()
        try:
            rows = [_compare(database, place, kind, table) for table in _TABLES for kind in ("insert", "update")]
        finally:
            database.stop()
    for row in rows:
        print(row)
    return rows


def main() -> None:
    """Run from the command line."""
    run()


def _compare(database: Database, place: Path, kind: str, table: str) -> Row:
    span = _written(database, kind, table)
    source = Source("127.0.0.1", database.port, USER, PASSWORD)
    ours, theirs = [], []
    for number in range(ROUNDS):
        theirs.append(span.rows / _decode(source, span))
        ours.append(span.rows / _replicate(source, span, place / f"{table}-{kind}-{number}"))
    return Row(f"{kind}s of {table}", max(ours), max(theirs))


def _written(database: Database, kind: str, table: str) -> _Span:
    schema = database.new_schema(f"bench_{kind}_{table}", _TABLES[table])
    insert = f"INSERT INTO {table} {_INSERTS[table]} FROM {schema}.seq_1_to_{ROWS}"
    if kind == "update":
        database.execute(insert, schema=schema)
    database.execute("FLUSH BINARY LOGS")
    ((file, offset, *_),) = database.execute("SHOW MASTER STATUS")
    database.execute(insert if kind == "insert" else f"UPDATE {table} SET value_count = value_count + 1", schema=schema)
    return _Span(schema, LogPosition(file, int(offset)), ROWS)


def _decode(source: Source, span: _Span) -> float:
    """Processor seconds that bare decoding takes."""
    began = time.process_time()
    events = [WriteRowsEvent, UpdateRowsEvent, DeleteRowsEvent]
    place = {"log_file": span.start.file, "log_pos": span.start.offset, "resume_stream": True}
    reader = BinLogStreamReader(source.settings, server_id=77, only_events=events, only_schemas=[span.schema], **place)
    count = 0
    for event in reader:
        count += len(event.rows)
        if count >= span.rows:
            break
    took = time.process_time() - began
    reader.close()
    assert count == span.rows
    return took


def _replicate(source: Source, span: _Span, folder: Path) -> float:
    """Processor seconds from the session's beginning until the stream has every row."""
    target, stopping = _CountingTarget(span.rows), threading.Event()
    store = Store(folder)
    with store.writing() as connection:
        connection.execute("INSERT INTO runs (task, number, wanted) VALUES (?, 1, 'running')", (TASK,))
    mappings = json.dumps({"rules": [selection(span.schema)]})
    settings = json.dumps({"TargetMetadata": {"ParallelApplyThreads": 4}})
    form = Format(table_mappings.parse(mappings), task_settings.parse(settings), task_settings.record_settings(EVERYTHING), "BENCH")
    work = Work(
        Order(TASK, 1, "running", "running"),
        Definition(TASK, "bench", "bench", "cdc", mappings, settings, {}, EVERYTHING),
        form,
        source,
        Delivery(target, stopping, lambda _trouble: None),
        TaskStates(store),
        stopping,
    )
    replicating = threading.Thread(target=_until_stopped, args=(TaskSession(work, Progress()), span.start))
    began = time.process_time()
    replicating.start()
    assert target.complete.wait(120)
    took = time.process_time() - began
    stopping.set()
    replicating.join()
    store.close()
    return took


def _until_stopped(session: TaskSession, start: LogPosition) -> None:
    try:
        session.replicate(start)
    except StoppedError:
        return


if __name__ == "__main__":
    main()
