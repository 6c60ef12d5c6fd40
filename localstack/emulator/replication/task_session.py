"""One connection's worth of a task: load what is not loaded, then follow the log, until something breaks or the task is to stop."""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from emulator.replication.binary_log import BinaryLog
from emulator.replication.change_records import Batch, ChangeRecords, created
from emulator.replication.delivery import LARGEST_CALL, Delivery
from emulator.replication.errors import StoppedError
from emulator.replication.positions import LogPosition
from emulator.replication.record_format import Format, Moment, now, stamp
from emulator.replication.snapshot import Snapshot, snapshot
from emulator.replication.source import Source, replica_id
from emulator.replication.task_state import BEING_RELOADED, FULL_LOAD, LOADED, Definition, Order, Progress, Table, TableName, TaskStates

_QUEUED_BATCHES = 256
_IDLE_S = 1.0
"""How often an idle task's checkpoint and latencies are stored."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a session works with."""

    order: Order
    definition: Definition
    form: Format
    source: Source
    delivery: Delivery
    states: TaskStates
    stopping: threading.Event


class TaskSession:
    """Use once. Every method raises StoppedError, SourceUnavailableError and TaskFailedError."""

    def __init__(self, work: Work, progress: Progress) -> None:
        self._work = work
        self._tables = work.states.tables(work.order.task_arn)
        self._progress = progress
        self._kept_at = 0.0

    def load(self) -> LogPosition:
        """Load the tables that are not loaded yet, and say where changes go on.

        Changes go on from the first snapshot, also when a load had to begin again with a later one: whatever an earlier attempt put
        into the stream and has changed since comes again as a change.
        """
        work, task_arn = self._work, self._work.order.task_arn
        with snapshot(work.source) as view:
            selected = view.tables(work.form.mappings.selects)
            checkpoint = work.states.checkpoint(task_arn) or self._first_position(view)
            unloaded = self._unloaded(selected)
            work.states.keep(work.order, checkpoint=checkpoint, tables=self._tables)
            if unloaded:
                work.states.stamp(work.order, "load_started_at")
                for name in unloaded:
                    self._load_table(view, name)
                work.states.stamp(work.order, "load_finished_at")
        return checkpoint

    def replicate(self, start: LogPosition) -> None:
        """Follow the log from a position on; never returns."""
        columns = {name: table.columns for name, table in self._tables.items() if table.columns}
        with self._reading(start, ChangeRecords(self._work.form, columns)) as batches:
            while True:
                self._apply(_taken(batches))
                if self._work.stopping.is_set():
                    raise StoppedError

    def _first_position(self, view: Snapshot) -> LogPosition:
        told = self._work.definition.start_position
        return LogPosition.parse(told) if told else view.position

    def _unloaded(self, selected: list[TableName]) -> list[TableName]:
        loads = self._work.definition.migration_type != "cdc"
        for name in selected:
            self._tables.setdefault(name, Table() if loads else Table(LOADED))
        return [name for name in selected if self._tables[name].state != LOADED]

    def _load_table(self, view: Snapshot, name: TableName) -> None:
        work, table = self._work, self._tables[name]
        statistics = table.statistics
        statistics.reloaded = table.state == BEING_RELOADED
        statistics.full_load_rows, statistics.load_started_at, table.state = 0, time.time(), FULL_LOAD
        shape = view.shape(*name)
        form, table.columns = work.form.table(shape), shape.types
        work.states.keep(work.order, tables={name: table})
        work.delivery.deliver([created(work.form, shape)])
        for rows in view.rows(shape):
            work.delivery.deliver(list(form.load(rows, Moment(view.position, stamp(now()), read_at=view.read_at))))
            statistics.full_load_rows += len(rows)
            if work.stopping.is_set():
                raise StoppedError
        statistics.load_ended_at = statistics.updated_at = time.time()
        table.state = LOADED
        work.states.keep(work.order, tables={name: table})

    @contextmanager
    def _reading(self, start: LogPosition, changes: ChangeRecords) -> Iterator["queue.Queue[Batch | Exception]"]:
        """A thread that reads ahead, as far as the queue is long, until the block ends."""
        work = self._work
        log = BinaryLog(work.source, start, work.form.mappings.selects, replica_id(work.order.task_arn))
        batches: queue.Queue[Batch | Exception] = queue.Queue(_QUEUED_BATCHES)
        done = threading.Event()
        reader = threading.Thread(target=self._read, args=(log, changes, batches, done), name="binary-log", daemon=True)
        reader.start()
        try:
            yield batches
        finally:
            done.set()
            reader.join()

    def _apply(self, taken: list[Batch]) -> None:
        """Deliver batches; then, and only then, the checkpoint moves behind them."""
        work = self._work
        records = [record for batch in taken for record in batch.records]
        work.delivery.deliver(records)
        checkpoint = next((batch.checkpoint for batch in reversed(taken) if batch.checkpoint is not None), None)
        changed = {batch.table: self._count(batch.table, batch) for batch in taken if batch.table is not None}
        self._progress.delivered_until = taken[-1].until
        if checkpoint is not None:
            self._progress.position = str(checkpoint)
        if records or time.monotonic() - self._kept_at >= _IDLE_S:
            self._kept_at = time.monotonic()
            work.states.keep(work.order, checkpoint=checkpoint, tables=changed, progress=self._progress)

    def _count(self, name: TableName, batch: Batch) -> Table:
        table = self._tables.setdefault(name, Table(LOADED))
        statistics, counts = table.statistics, batch.counts
        statistics.inserts += counts.inserts
        statistics.updates += counts.updates
        statistics.deletes += counts.deletes
        statistics.ddls += counts.ddls
        statistics.updated_at = time.time()
        if batch.columns is not None:
            table.columns = batch.columns
        return table

    def _read(self, log: BinaryLog, changes: ChangeRecords, batches: "queue.Queue[Any]", done: threading.Event) -> None:
        """The reading thread: batches into the queue, and at last what ended it."""
        try:
            for item in log:
                batch = changes.batch(item)
                if not _put(batches, batch, done):
                    return
                self._progress.read_until = batch.until
        except Exception as error:  # noqa: BLE001 - it is raised again by whoever takes it from the queue
            _put(batches, error, done)
        finally:
            log.close()


def _put(batches: "queue.Queue[Any]", item: Batch | Exception, done: threading.Event) -> bool:
    while not done.is_set():
        try:
            batches.put(item, timeout=0.2)
        except queue.Full:
            continue
        return True
    return False


def _taken(batches: "queue.Queue[Batch | Exception]") -> list[Batch]:
    """At least one batch, and as many more as are there and fill a call. Raises what ended the reading, after all before it was taken."""
    taken: list[Batch] = []
    size = 0
    item = batches.get()
    while True:
        if isinstance(item, Exception):
            if not taken:
                raise item
            batches.put(item)
            return taken
        taken.append(item)
        size += len(item.records)
        try:
            if size >= LARGEST_CALL:
                return taken
            item = batches.get_nowait()
        except queue.Empty:
            return taken
