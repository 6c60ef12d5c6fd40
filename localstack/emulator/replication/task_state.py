"""What the engine reads and writes of tasks: orders, definitions, checkpoints, statistics and statuses."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from emulator.replication.positions import LogPosition
from emulator.replication.store import Store, decoded

LOADED = "Table completed"
BEFORE_LOAD = "Before load"
FULL_LOAD = "Full load"
BEING_RELOADED = "Table is being reloaded"
"""Table states: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html, "Table state during tasks"."""

type TableName = tuple[str, str]
"""Schema and table."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the control plane wants of a task: `running` or `stopped`. Orders are numbered."""

    task_arn: str
    number: int
    wanted: str
    status: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A task as it was created or last modified, with its endpoints and the identifier of its instance."""

    task_arn: str
    identifier: str
    instance: str
    migration_type: str
    mappings: str
    settings: str | None
    source: Mapping[str, Any]
    target: Mapping[str, Any]
    start_position: str | None = None


@dataclass(slots=True)
class TableStatistics:
    """Counts of one table since the task's start."""

    inserts: int = 0
    updates: int = 0
    deletes: int = 0
    ddls: int = 0
    full_load_rows: int = 0
    load_started_at: float | None = None
    load_ended_at: float | None = None
    updated_at: float | None = None
    reloaded: bool = False


@dataclass(slots=True)
class Table:
    """A table's state, its counts, and the columns that it had when its last record was made (name to DMS type)."""

    state: str = BEFORE_LOAD
    statistics: TableStatistics = field(default_factory=TableStatistics)
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Progress:
    """Up to which moment of its source a task has read, and up to which the target has accepted everything, in epoch seconds."""

    read_until: float = field(default_factory=time.time)
    delivered_until: float = field(default_factory=time.time)
    position: str | None = None

    def latencies_s(self, now: float) -> tuple[float, float]:
        """How far source and target are behind. Both grow while nothing can be read; the target's alone while nothing can be delivered.

        https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html: the target's is never smaller than the source's.
        """
        source = max(0.0, now - self.read_until)
        return source, max(source, now - self.delivered_until)


class TaskStates:
    """The tasks of a store, for the engine. An answer to an order that is no longer the task's last is ignored."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def orders(self) -> list[Order]:
        """The last order of each task."""
        rows = self._store.read("SELECT task, number, wanted, status FROM runs")
        return [Order(row["task"], row["number"], row["wanted"], row["status"]) for row in rows]

    def definition(self, task_arn: str) -> Definition:
        """A task's definition now. Raises KeyError when it, an endpoint or its instance is gone."""
        task = self._body(task_arn)
        return Definition(
            task_arn=task_arn,
            identifier=task["ReplicationTaskIdentifier"],
            instance=self._body(task["ReplicationInstanceArn"])["ReplicationInstanceIdentifier"],
            migration_type=task["MigrationType"],
            mappings=task["TableMappings"],
            settings=task.get("ReplicationTaskSettings"),
            source=self._body(task["SourceEndpointArn"]),
            target=self._body(task["TargetEndpointArn"]),
            start_position=task.get("CdcStartPosition"),
        )

    def checkpoint(self, task_arn: str) -> LogPosition | None:
        """Where the task's changes go on, or nothing before its first start."""
        rows = self._store.read("SELECT checkpoint FROM runs WHERE task = ?", task_arn)
        text = rows[0]["checkpoint"] if rows else None
        return LogPosition.parse(text) if text else None

    def progress(self, task_arn: str) -> Progress:
        """How far the task had come when it last told; before it ever did, up to now."""
        rows = self._store.read("SELECT progress FROM runs WHERE task = ?", task_arn)
        stored = decoded(rows[0]["progress"]) if rows else {}
        return Progress(**{name: stored[name] for name in ("read_until", "delivered_until") if name in stored})

    def tables(self, task_arn: str) -> dict[TableName, Table]:
        """What is known of the task's tables."""
        rows = self._store.read("SELECT * FROM tables WHERE task = ?", task_arn)
        return {(row["schema_name"], row["table_name"]): _table(row["state"], decoded(row["statistics"])) for row in rows}

    def keep(
        self,
        order: Order,
        *,
        checkpoint: LogPosition | None = None,
        tables: Mapping[TableName, Table] | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Store what is given, in one transaction."""
        with self._store.writing() as connection:
            if not self._is_last(connection, order):
                return
            if checkpoint is not None:
                connection.execute("UPDATE runs SET checkpoint = ? WHERE task = ?", (str(checkpoint), order.task_arn))
            for (schema, name), table in (tables or {}).items():
                values = (order.task_arn, schema, name, table.state, json.dumps(asdict(table.statistics) | {"columns": table.columns}))
                connection.execute("INSERT OR REPLACE INTO tables VALUES (?, ?, ?, ?, ?)", values)
            if progress is not None:
                connection.execute("UPDATE runs SET progress = ? WHERE task = ?", (json.dumps(asdict(progress)), order.task_arn))

    def status(self, order: Order, status: str, *, stop_reason: str | None = None, failure: str | None = None) -> None:
        """Tell what the task does now, and why it stopped or cannot go on. A task that ended is not started again by itself."""
        ended = status in {"stopped", "failed"}
        with self._store.writing() as connection:
            if not self._is_last(connection, order):
                return
            connection.execute(
                "UPDATE runs SET status = ?, stop_reason = ?, failure = ?, wanted = iif(?, 'stopped', wanted) WHERE task = ?",
                (status, stop_reason, failure, ended, order.task_arn),
            )
            if ended:
                _stamp(connection, order.task_arn, "stopped_at")

    def trouble(self, order: Order, message: str | None) -> None:
        """Tell what keeps a running task from going on, or that nothing does any longer."""
        with self._store.writing() as connection:
            if self._is_last(connection, order):
                connection.execute("UPDATE runs SET failure = ? WHERE task = ?", (message, order.task_arn))

    def stamp(self, order: Order, moment: str) -> None:
        """Note that it is now: `load_started_at` or `load_finished_at`."""
        with self._store.writing() as connection:
            if self._is_last(connection, order):
                _stamp(connection, order.task_arn, moment)

    def _body(self, arn: str) -> dict[str, Any]:
        rows = self._store.read("SELECT body FROM resources WHERE arn = ?", arn)
        if not rows:
            raise KeyError(arn)
        return decoded(rows[0]["body"])

    @staticmethod
    def _is_last(connection: Any, order: Order) -> bool:
        row = connection.execute("SELECT number FROM runs WHERE task = ?", (order.task_arn,)).fetchone()
        return row is not None and row["number"] == order.number


def _stamp(connection: Any, task_arn: str, moment: str) -> None:
    connection.execute("UPDATE runs SET times = json_set(times, ?, ?) WHERE task = ?", (f"$.{moment}", time.time(), task_arn))


def _table(state: str, stored: dict[str, Any]) -> Table:
    columns = stored.pop("columns", {})
    return Table(state, TableStatistics(**stored), columns)
