"""From rows to the records of a Kinesis target, as DMS writes them. Pure.

https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.Kinesis.html. An update that moves a row to another primary key becomes the
deletion of the old and the insertion of the new one, so that a consumer who keeps documents by key is left with the right ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from emulator.replication.column_values import Row, conversions, convert
from emulator.replication.positions import LogPosition
from emulator.replication.shapes import LARGE, ColumnOperation, TableShape
from emulator.replication.table_mappings import TableMappings
from emulator.replication.task_settings import BeforeImage, RecordSettings, TaskSettings

_JSON = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z
_LARGEST_KEY = 256
"""Characters of a partition key that Kinesis takes."""


class Record(NamedTuple):
    """What goes into the stream."""

    partition_key: str
    data: bytes


@dataclass(slots=True)
class Transaction:
    """A transaction of the source, while its rows pass."""

    identifier: str
    committed_at: datetime
    previous: str | None = None
    previous_records: int = 0
    records: int = 0
    """How many records were made of it so far."""
    committed_text: str = ""

    def __post_init__(self) -> None:
        self.committed_text = stamp(self.committed_at)


class RowChange(NamedTuple):
    """A row of an event: what it was (nothing for an insertion) and what it is (nothing for a deletion)."""

    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a row was changed, or read by a full load (which has no transaction)."""

    position: LogPosition
    built_at: str
    """As `stamp` writes it."""
    transaction: Transaction | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """How one task writes records."""

    mappings: TableMappings
    task: TaskSettings
    settings: RecordSettings
    task_id: str

    def table(self, shape: TableShape) -> "TableFormat":
        """The format of a table of this shape."""
        return TableFormat(self, shape)

    def control(self, operation: str, table: tuple[str, str], built_at: datetime, details: Mapping[str, Any] | None = None) -> Record:
        """A control record about a table, given by schema and name."""
        schema, name = table
        metadata = {
            "timestamp": stamp(built_at),
            "record-type": "control",
            "operation": operation,
            "partition-key-type": "task-id",
            "schema-name": self.mappings.schema_name(schema, name),
            "table-name": self.mappings.table_name(schema, name),
        }
        control = {"control": details} if details and self.settings.control_details else {}
        return Record(f"{self.task_id}.{schema}.{name}"[:_LARGEST_KEY], self.encoded(control | {"metadata": metadata}))

    def encoded(self, document: Mapping[str, Any]) -> bytes:
        """A document as one line of JSON; with its end where the endpoint's format is unformatted."""
        return orjson.dumps(document, option=_JSON | orjson.OPT_APPEND_NEWLINE if self.settings.unformatted else _JSON)


class TableFormat:
    """How rows of one shape of a table become records: everything that is the same for all of them is decided once, here."""

    def __init__(self, form: Format, shape: TableShape) -> None:
        schema, table = shape.schema, shape.table
        self.shape = shape
        self._form = form
        self._settings = form.settings
        self._names = {"schema-name": form.mappings.schema_name(schema, table), "table-name": form.mappings.table_name(schema, table)}
        self._key_types = {loading: _key_type(form, shape, loading=loading) for loading in (True, False)}
        self._conversions = conversions(
            shape.columns, large_integers=form.settings.large_integers, hex_prefix=not form.settings.no_hex_prefix
        )
        columns = [(column.name, form.mappings.column_name(column.name, schema, table)) for column in shape.columns]
        self._renamed = [(name, target) for name, target in columns if target is not None]
        self._as_is = all(name == target for name, target in columns)
        self._before_columns = _before_columns(form.task.before_image, shape)

    def load(self, rows: Sequence[Row], moment: Moment) -> Iterator[Record]:
        """Records of a full load. The rows are changed in place."""
        details = {}
        if self._settings.transaction_details:
            details = {"commit-timestamp": moment.read_at and stamp(moment.read_at), "stream-position": moment.position.of_row(0)}
        for row in rows:
            convert(row, self._conversions)
            yield self._record("load", row, None, (moment, details))

    def changes(self, changes: Sequence[RowChange], moment: Moment) -> Iterator[Record]:
        """Records of a log event's rows, which are changed in place."""
        for number, (before, after) in enumerate(changes):
            moved = before is not None and after is not None and any(before[name] != after[name] for name in self.shape.primary_key)
            for row in (before, after):
                if row is not None:
                    convert(row, self._conversions)
            for operation, row, image in _operations(before, after, moved=moved):
                yield self._record(operation, row, image, (moment, self._transaction_details(moment, number)))

    def _transaction_details(self, moment: Moment, row: int) -> dict[str, Any]:
        transaction = moment.transaction
        if transaction is None or not self._settings.transaction_details:
            return {}
        transaction.records += 1
        return {
            "transaction-id": transaction.identifier,
            "transaction-record-id": transaction.records,
            "prev-transaction-id": transaction.previous,
            "prev-transaction-record-id": transaction.previous_records,
            "commit-timestamp": transaction.committed_text,
            "stream-position": moment.position.of_row(row),
        }

    def _record(self, operation: str, row: Row, before: Row | None, at: tuple[Moment, dict[str, Any]]) -> Record:
        moment, details = at
        key_type, key = self._key(row, moment, loading=operation == "load")
        metadata = {"timestamp": moment.built_at, "record-type": "data", "operation": operation, "partition-key-type": key_type}
        if self._settings.partition_value and key_type != "schema-table":
            metadata["partition-key-value"] = key
        document: dict[str, Any] = {"data": self._data(row), "metadata": metadata | self._names | details}
        if before is not None and self._before_columns is not None:
            field_name, columns = self._before_columns
            document[field_name] = {name: before[name] for name in columns}
        return Record(key[:_LARGEST_KEY], self._form.encoded(document))

    def _key(self, row: Row, moment: Moment, *, loading: bool) -> tuple[str, str]:
        key_type = self._key_types[loading]
        if key_type == "primary-key":
            key = ".".join([_key_text(row[name]) for name in self.shape.primary_key])
            return key_type, f"{self.shape.schema}.{self.shape.table}.{key}" if self._settings.schema_table_in_key else key
        if key_type == "transaction-id" and moment.transaction is not None:
            return key_type, moment.transaction.identifier
        return "schema-table", f"{self.shape.schema}.{self.shape.table}"

    def _data(self, row: Row) -> Row:
        data = row if self._as_is else {target: row[name] for name, target in self._renamed}
        return data if self._settings.null_and_empty else {name: value for name, value in data.items() if value not in (None, "")}


def table_definition(shape: TableShape) -> dict[str, Any]:
    """The `control` of a create-table record."""
    columns = {name: {"type": kind} for name, kind in shape.types.items()}
    return {"table-def": {"columns": columns, "primary-key": {"name": "PRIMARY", "columns": list(shape.primary_key)}}}


def column_change(change: ColumnOperation) -> dict[str, Any]:
    """The `control` of a column operation's record."""
    return {"table-def": {"columns": {change.column: {"type": change.type}}}}


def stamp(moment: datetime) -> str:
    """A time of the metadata: ISO 8601 in UTC, always with microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


def _operations(before: Row | None, after: Row | None, *, moved: bool) -> Iterator[tuple[str, Row, Row | None]]:
    """What a change is in the stream: operation, row, and the row before it."""
    if before is not None and (after is None or moved):
        yield "delete", before, before
    if after is not None:
        yield ("insert", after, None) if before is None or moved else ("update", after, before)


def _key_text(value: Any) -> str:
    """An integer that is written in scientific notation is so in the key too."""
    if not isinstance(value, orjson.Fragment):
        return str(value)
    return value.contents if isinstance(value.contents, str) else value.contents.decode()


def _key_type(form: Format, shape: TableShape, *, loading: bool) -> str:
    """Rules first; otherwise DMS takes the primary key for loads, and for changes only with ParallelApplyThreads."""
    chosen = form.mappings.key_type(shape.schema, shape.table)
    if chosen is None:
        chosen = "primary-key" if loading or form.task.parallel_apply else "schema-table"
    return "schema-table" if chosen == "primary-key" and not shape.primary_key else chosen


def _before_columns(wanted: BeforeImage | None, shape: TableShape) -> tuple[str, list[str]] | None:
    if wanted is None:
        return None
    if wanted.column_filter == "pk-only":
        return wanted.field_name, list(shape.primary_key)
    large = LARGE if wanted.column_filter == "non-lob" else frozenset()
    return wanted.field_name, [column.name for column in shape.columns if column.code not in large]
