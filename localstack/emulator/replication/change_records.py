"""From the log's items to batches of records, with what they count for. Keeps what it must know of tables between items."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from emulator.replication.binary_log import Boundary, LogItem, Rows, Statements
from emulator.replication.positions import LogPosition
from emulator.replication.record_format import Format, Moment, Record, TableFormat, column_change, now, stamp, table_definition
from emulator.replication.shapes import TableShape, column_operations
from emulator.replication.statements import TableStatement
from emulator.replication.task_state import TableName


@dataclass(slots=True)
class Counts:
    """What a batch adds to a table's statistics."""

    inserts: int = 0
    updates: int = 0
    deletes: int = 0
    ddls: int = 0


@dataclass(slots=True)
class Batch:
    """Records in the log's order, and what is known once the stream has accepted them."""

    records: list[Record] = field(default_factory=list)
    checkpoint: LogPosition | None = None
    """Where reading may begin again after these records; nothing within a transaction."""
    committed_at: datetime | None = None
    table: TableName | None = None
    counts: Counts = field(default_factory=Counts)
    columns: dict[str, str] | None = None
    """The table's columns from here on, where they are news."""
    read_at: float = field(default_factory=time.time)

    @property
    def until(self) -> float:
        """The moment of the source up to which all is read with this batch: its commit, or that of the look at an idle source."""
        return self.read_at if self.committed_at is None else self.committed_at.timestamp()


class ChangeRecords:
    """Writes one task's changes. `columns` is what the last record of each table was made with."""

    def __init__(self, form: Format, columns: dict[TableName, dict[str, str]]) -> None:
        self._form = form
        self._columns = columns
        self._formats: dict[int, TableFormat] = {}

    def batch(self, item: LogItem) -> Batch:
        """What an item of the log is in the stream."""
        match item:
            case Rows():
                return self._rows(item)
            case Boundary():
                return Batch(checkpoint=item.position, committed_at=item.committed_at)
            case Statements():
                records = [record for statement in item.statements for record in self._statement(statement)]
                first = item.statements[0]
                counts = Counts(ddls=len(item.statements))
                return Batch(records, item.position, item.executed_at, table=(first.schema, first.table), counts=counts)

    def _rows(self, rows: Rows) -> Batch:
        batch = Batch(committed_at=rows.transaction.committed_at, table=(rows.shape.schema, rows.shape.table))
        form = self._formats.get(id(rows.shape))
        if form is None or form.shape is not rows.shape:
            form = self._formats[id(rows.shape)] = self._form.table(rows.shape)
            self._note_columns(rows.shape, batch)
        batch.records += form.changes(rows.changes, Moment(rows.position, stamp(now()), rows.transaction))
        before, after = rows.changes[0]
        operation = "inserts" if before is None else "deletes" if after is None else "updates"
        setattr(batch.counts, operation, len(rows.changes))
        return batch

    def _note_columns(self, shape: TableShape, batch: Batch) -> None:
        """Control records for what differs from the columns that were known, before the first record that has them."""
        name = (shape.schema, shape.table)
        known = self._columns.get(name)
        if known == shape.types:
            return
        self._columns[name] = batch.columns = shape.types
        changes = column_operations(known, shape.types) if known else []
        batch.counts.ddls = len(changes)
        if self._form.settings.table_alter_operations:
            batch.records += [self._form.control(change.operation, name, now(), column_change(change)) for change in changes]

    def _statement(self, statement: TableStatement) -> list[Record]:
        name = (statement.schema, statement.table)
        if statement.operation in {"drop-table", "rename-table"}:
            known = self._columns.pop(name, None)
            if statement.new_table and known:
                self._columns[statement.new_table] = known
        if not self._form.settings.table_alter_operations and statement.operation != "create-table":
            return []
        new = statement.new_table
        details = {"table-def": {"new-schema-name": new[0], "new-table-name": new[1]}} if new else None
        return [self._form.control(statement.operation, name, now(), details)]


def created(form: Format, shape: TableShape) -> Record:
    """The control record that comes before a table's full load."""
    return form.control("create-table", (shape.schema, shape.table), now(), table_definition(shape))
