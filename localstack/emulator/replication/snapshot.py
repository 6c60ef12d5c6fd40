"""A consistent view of the source's tables, with the place in the log that belongs to it.

MariaDB tells both without a lock: what `START TRANSACTION WITH CONSISTENT SNAPSHOT` shows is exactly what the log holds up to
`binlog_snapshot_position` (https://mariadb.com/kb/en/enhancements-for-start-transaction-with-consistent-snapshot/). MySQL 8 does not; there
the tables are locked for the instant in which view and place are taken, which needs the RELOAD privilege.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pymysql.connections import Connection
from pymysql.cursors import Cursor, SSDictCursor
from pymysqlreplication.constants import FIELD_TYPE

from emulator.replication.column_values import Row
from emulator.replication.errors import SourceUnavailableError
from emulator.replication.positions import LogPosition
from emulator.replication.shapes import Column, TableShape
from emulator.replication.source import Source

_ROWS_AT_ONCE = 500
_SYSTEM_SCHEMAS = ("information_schema", "mysql", "performance_schema", "sys")
_TABLES = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY 1, 2"
_COLUMNS = """
    SELECT column_name, data_type, column_type, character_set_name FROM information_schema.columns
    WHERE table_schema = %s AND table_name = %s ORDER BY ordinal_position
"""
_KEY = """
    SELECT column_name FROM information_schema.statistics
    WHERE table_schema = %s AND table_name = %s AND index_name = 'PRIMARY' ORDER BY seq_in_index
"""
_CODES = {
    "tinyint": FIELD_TYPE.TINY,
    "smallint": FIELD_TYPE.SHORT,
    "mediumint": FIELD_TYPE.INT24,
    "int": FIELD_TYPE.LONG,
    "bigint": FIELD_TYPE.LONGLONG,
    "float": FIELD_TYPE.FLOAT,
    "double": FIELD_TYPE.DOUBLE,
    "decimal": FIELD_TYPE.NEWDECIMAL,
    "date": FIELD_TYPE.DATE,
    "time": FIELD_TYPE.TIME2,
    "datetime": FIELD_TYPE.DATETIME2,
    "timestamp": FIELD_TYPE.TIMESTAMP2,
    "year": FIELD_TYPE.YEAR,
    "bit": FIELD_TYPE.BIT,
    "enum": FIELD_TYPE.ENUM,
    "set": FIELD_TYPE.SET,
    "json": FIELD_TYPE.JSON,
    "char": FIELD_TYPE.STRING,
    "binary": FIELD_TYPE.STRING,
    "varchar": FIELD_TYPE.VARCHAR,
    "varbinary": FIELD_TYPE.VARCHAR,
    **dict.fromkeys(("tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob"), FIELD_TYPE.BLOB),
}
"""Types of the information schema as the log's codes; every other type is geometry."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The view, as long as its block lasts."""

    position: LogPosition
    read_at: datetime
    _connection: "Connection[Cursor]"

    def tables(self, selects: Callable[[str, str], bool]) -> list[tuple[str, str]]:
        """The selected tables, by schema and name."""
        with self._connection.cursor() as cursor:
            cursor.execute(_TABLES)
            return [(schema, name) for schema, name in cursor.fetchall() if schema not in _SYSTEM_SCHEMAS and selects(schema, name)]

    def shape(self, schema: str, table: str) -> TableShape:
        """The table's columns and primary key."""
        with self._connection.cursor() as cursor:
            cursor.execute(_COLUMNS, (schema, table))
            columns = tuple(_column(*row) for row in cursor.fetchall())
            cursor.execute(_KEY, (schema, table))
            return TableShape(schema, table, columns, tuple(name for (name,) in cursor.fetchall()))

    def rows(self, shape: TableShape) -> Iterator[list[Row]]:
        """The table's rows, some hundred at a time."""
        names = ", ".join(_quoted(column.name) for column in shape.columns)
        with self._connection.cursor(SSDictCursor) as cursor:
            cursor.execute(f"SELECT {names} FROM {_quoted(shape.schema)}.{_quoted(shape.table)}")  # noqa: S608 - names, quoted
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield list(rows)


@contextmanager
def snapshot(source: Source) -> Iterator[Snapshot]:
    """Take a snapshot. Raises SourceUnavailableError, in the block too."""
    with source.connection() as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            position = _begin(cursor)
        yield Snapshot(position, datetime.now(UTC), connection)


def _begin(cursor: Cursor) -> LogPosition:
    cursor.execute("SELECT VERSION()")
    ((version,),) = cursor.fetchall()
    if "mariadb" in version.lower():
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        cursor.execute("SHOW STATUS LIKE 'binlog\\_snapshot\\_%'")
        told = {name.lower(): value for name, value in cursor.fetchall()}
        return _logged(told.get("binlog_snapshot_file"), told.get("binlog_snapshot_position"))
    cursor.execute("FLUSH TABLES WITH READ LOCK")
    try:
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        cursor.execute("SHOW BINARY LOG STATUS" if version >= "8.4" else "SHOW MASTER STATUS")
        file, offset, *_ = cursor.fetchone() or (None, None)
    finally:
        cursor.execute("UNLOCK TABLES")
    return _logged(file, offset)


def _logged(file: str | None, offset: str | int | None) -> LogPosition:
    if not file or offset is None:
        raise SourceUnavailableError("the server writes no binary log: set log_bin and binlog_format=ROW")
    return LogPosition(file, int(offset))


def _column(name: str, data_type: str, column_type: str, charset: str | None) -> Column:
    members = tuple(column_type[5:-2].replace("''", "'").split("','")) if data_type == "set" else ()
    return Column(name, _CODES.get(data_type, FIELD_TYPE.GEOMETRY), charset is None, members)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
