"""The source's binary log, read from a position on, as changes of rows and the ends of transactions.

mysql-replication decodes. Known of it: with `is_mariadb=True` it ignores the position and begins with the oldest log, so a MariaDB server
is read as if it were MySQL, which the protocol allows; when the connection breaks it connects again by itself, also in the middle of a
transaction, which is refused here; with `freeze_schema` it reads a table's description once for each table id, which is enough, because
every change of a table gives it another id, as long as ids of another log file, written after a restart, are not mixed with them.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pymysql
from pymysqlreplication import BinLogStreamReader
from pymysqlreplication.event import (
    GtidEvent,
    HeartbeatLogEvent,
    MariadbGtidEvent,
    QueryEvent,
    RotateEvent,
    XidEvent,
)
from pymysqlreplication.row_event import DeleteRowsEvent, TableMapEvent, UpdateRowsEvent, WriteRowsEvent

from emulator.replication.errors import SourceUnavailableError
from emulator.replication.positions import LogPosition
from emulator.replication.record_format import RowChange, Transaction
from emulator.replication.shapes import Column, TableShape
from emulator.replication.source import Source, reaching
from emulator.replication.statements import TableStatement, read_statement

HEARTBEAT_S = 0.5
"""How often an idle source says so."""
_STANDALONE = 1
"""Flag of MariaDB's GTID event: what follows is one statement that has no end of its own."""
_EVENTS = [
    DeleteRowsEvent,
    GtidEvent,
    HeartbeatLogEvent,
    MariadbGtidEvent,
    QueryEvent,
    RotateEvent,
    TableMapEvent,
    UpdateRowsEvent,
    WriteRowsEvent,
    XidEvent,
]


class Rows(NamedTuple):
    """Changed rows of a selected table: one event of the log."""

    shape: TableShape
    changes: list[RowChange]
    position: LogPosition
    transaction: Transaction


class Boundary(NamedTuple):
    """Everything before this position is whole; reading may begin again here."""

    position: LogPosition
    committed_at: datetime | None
    """When what ends here was committed, to the second; nothing where the source has no more to tell."""


class Statements(NamedTuple):
    """A statement about tables."""

    statements: list[TableStatement]
    position: LogPosition
    executed_at: datetime


type LogItem = Rows | Boundary | Statements


class BinaryLog:
    """One connection's reading. Iterate once; a heartbeat without news is a Boundary too. Raises SourceUnavailableError, LogPurgedError."""

    def __init__(self, source: Source, start: LogPosition, selects: Callable[[str, str], bool], server_id: int) -> None:
        self._source = source
        self._selects = selects
        self._connections = 0
        self._shapes: dict[int, TableShape | None] = {}
        self._transaction = Transaction("0", datetime.now(UTC))
        self._whole = start
        self._open = False
        """Whether a transaction has begun and not ended."""
        self._reader = BinLogStreamReader(
            source.settings,
            server_id=server_id,
            blocking=True,
            resume_stream=True,
            log_file=start.file,
            log_pos=start.offset,
            only_events=_EVENTS,
            freeze_schema=True,
            slave_heartbeat=HEARTBEAT_S,
            pymysql_wrapper=self._connect,
            enable_logging=False,
        )

    def close(self) -> None:
        """End the connection."""
        self._reader.close()

    def __iter__(self) -> Iterator[LogItem]:
        handlers: dict[type, Callable[[Any], LogItem | None]] = {
            WriteRowsEvent: self._rows,
            UpdateRowsEvent: self._rows,
            DeleteRowsEvent: self._rows,
            TableMapEvent: self._describe,
            MariadbGtidEvent: self._begin_mariadb,
            GtidEvent: self._begin_mysql,
            XidEvent: self._end,
            QueryEvent: self._query,
            RotateEvent: self._rotate,
            HeartbeatLogEvent: self._heartbeat,
        }
        while True:
            with reaching(self._source):
                event = self._reader.fetchone()
                if event is None:
                    raise SourceUnavailableError("the server ended the log")
                item = handlers[type(event)](event)
            if item is not None:
                yield item

    def _connect(self, **settings: Any) -> Any:
        """The reader's connections: one for the log, one for questions, and no third."""
        self._connections += 1
        if self._connections > 2:
            raise SourceUnavailableError(f"{self._source.host}:{self._source.port}: the connection to the log broke")
        if "db" in settings:
            settings["database"] = settings.pop("db")  # the name that pymysql has left behind
        return pymysql.connect(**settings)

    @property
    def _position(self) -> LogPosition:
        return LogPosition(self._reader.log_file, self._reader.log_pos)

    def _describe(self, event: Any) -> None:
        selected = self._selects(event.schema, event.table)
        self._shapes[event.table_id] = _shape(event) if selected else None

    def _rows(self, event: Any) -> Rows | None:
        shape = self._shapes[event.table_id]
        if shape is None:
            return None
        return Rows(shape, _changes(event), self._position, self._transaction)

    def _begin_mariadb(self, event: Any) -> None:
        self._begin(event.gtid, _time(event))
        self._open = not event.flags & _STANDALONE

    def _begin_mysql(self, event: Any) -> None:
        committed_us = getattr(event, "immediate_commit_timestamp", None)
        self._begin(event.gtid, datetime.fromtimestamp(committed_us / 1e6 if committed_us else event.timestamp, UTC))

    def _begin(self, identifier: str, committed_at: datetime) -> None:
        before = self._transaction
        known = before.identifier != "0"
        self._transaction = Transaction(identifier, committed_at, before.identifier if known else None, before.records)

    def _end(self, _event: Any) -> Boundary:
        self._open = False
        self._whole = self._position
        return Boundary(self._whole, self._transaction.committed_at)

    def _query(self, event: Any) -> LogItem | None:
        word = event.query.split(None, 1)[0].upper() if event.query.strip() else ""
        if word in {"BEGIN", "SAVEPOINT"}:
            self._open = True
            return None
        if word in {"COMMIT", "ROLLBACK"} and self._open:
            return self._end(event)
        statements = [
            statement
            for statement in read_statement(event.query, event.schema.decode())
            if self._selects(statement.schema, statement.table) or (statement.new_table and self._selects(*statement.new_table))
        ]
        if not self._open:
            self._whole = self._position
        if statements:
            return Statements(statements, self._position, _time(event))
        return None if self._open else Boundary(self._position, _time(event))

    def _rotate(self, event: Any) -> Boundary | None:
        """Another file, real or told by the server at a file's beginning: table ids begin anew."""
        self._shapes.clear()
        self._reader.table_map.clear()
        if event.timestamp == 0 or self._open:
            return None
        self._whole = LogPosition(event.next_binlog, event.position)
        return Boundary(self._whole, _time(event))

    def _heartbeat(self, _event: Any) -> Boundary:
        return Boundary(self._whole, None)


def _time(event: Any) -> datetime:
    """When the server wrote the event, to the second."""
    return datetime.fromtimestamp(event.timestamp, UTC)


def _changes(event: Any) -> list[RowChange]:
    if isinstance(event, WriteRowsEvent):
        return [RowChange(None, _values(row, "values", "none_sources")) for row in event.rows]
    if isinstance(event, DeleteRowsEvent):
        return [RowChange(_values(row, "values", "none_sources"), None) for row in event.rows]
    return [
        RowChange(_values(row, "before_values", "before_none_sources"), _values(row, "after_values", "after_none_sources"))
        for row in event.rows
    ]


def _values(row: dict[str, Any], values: str, none_sources: str) -> dict[str, Any]:
    """The row's values. The reader makes an empty SET nothing, and says so aside."""
    for name, why in row[none_sources].items():
        if why == "empty set":
            row[values][name] = ""
    return row[values]  # type: ignore[no-any-return]


def _shape(event: Any) -> TableShape:
    """What the log says of a table. Its key's columns come in the key's order."""
    names = [column.name for column in event.columns]
    described = event.optional_metadata
    key = described.simple_primary_key_list or list(described.primary_keys_with_prefix)
    columns = (
        Column(column.name, column.type, column.character_set_name in {None, "binary"}, tuple(column.set_values or ()))
        for column in event.columns
    )
    if None in names:
        raise SourceUnavailableError(f"{event.schema}.{event.table} has no column names in the log: set binlog_row_metadata=FULL")
    return TableShape(event.schema, event.table, tuple(columns), tuple(names[index] for index in key))
