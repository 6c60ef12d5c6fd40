"""One order to run a task: sessions one after the other, until the task has ended or is to stop."""

import logging
import threading
from collections.abc import Mapping
from typing import Any, Protocol

from emulator.replication import table_mappings, task_settings
from emulator.replication.delivery import BackOff, Delivery, Target
from emulator.replication.errors import SourceUnavailableError, StoppedError, TaskFailedError
from emulator.replication.record_format import Format
from emulator.replication.source import Source
from emulator.replication.task_session import TaskSession, Work
from emulator.replication.task_state import Definition, Order, TaskStates

LOG = logging.getLogger(__name__)

STOPPED_NORMALLY = "Stop Reason NORMAL"
FULL_LOAD_FINISHED = "Stop Reason FULL_LOAD_ONLY_FINISHED"
FAILED = "Stop Reason FATAL_ERROR"


class Endpoints(Protocol):
    """Makes of an endpoint's description something to work with."""

    def source(self, endpoint: Mapping[str, Any]) -> Source:
        """The database. Raises SourceUnavailableError."""

    def target(self, endpoint: Mapping[str, Any]) -> Target:
        """The stream."""


class TaskRun:
    """Runs in a thread of its own. What happens is told to the store; an engine that only goes away leaves the task running there."""

    def __init__(self, order: Order, states: TaskStates, endpoints: Endpoints) -> None:
        self.order = order
        self.progress = states.progress(order.task_arn)
        self.definition: Definition | None = None
        self._states = states
        self._endpoints = endpoints
        self._stopping = threading.Event()
        self._leaving = False
        self._troubled = False
        self._running = False
        self._thread = threading.Thread(target=self._run, name=f"task-{order.number}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, *, leaving: bool = False) -> None:
        """Ask for the end. `leaving`: the engine ends, not the task."""
        self._leaving = self._leaving or leaving
        self._stopping.set()

    @property
    def ended(self) -> bool:
        """Whether the thread is done."""
        return not self._thread.is_alive()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's end."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._sessions()
        except StoppedError:
            if not self._leaving:
                self._states.status(self.order, "stopped", stop_reason=STOPPED_NORMALLY)
        except TaskFailedError as error:
            self._fail(str(error))
        except Exception as error:  # the last resort: a task must not end without a word
            LOG.exception("task %s ended unexpectedly", self.order.task_arn)
            self._fail(f"{type(error).__name__}: {error}")

    def _fail(self, reason: str) -> None:
        LOG.error("task %s failed: %s", self.order.task_arn, reason)
        self._states.status(self.order, "failed", stop_reason=FAILED, failure=f"Last Error {reason}")

    def _sessions(self) -> None:
        back_off = BackOff(self._stopping)
        while True:
            position = self.progress.position
            try:
                self._session()
            except SourceUnavailableError as error:
                LOG.warning("task %s waits for its source: %s", self.order.task_arn, error)
                self._tell(str(error))
            else:
                self._states.status(self.order, "stopped", stop_reason=FULL_LOAD_FINISHED)
                return
            if self.progress.position != position:
                back_off.reset()
            back_off.wait()

    def _session(self) -> None:
        """Returns when there is nothing more to do, which only a task without ongoing replication comes to."""
        work = self._work()
        session = TaskSession(work, self.progress)
        if not self._running:
            self._running = True
            self._states.status(self.order, "running")
        start = session.load()
        self._tell(None)
        if work.definition.migration_type != "full-load":
            session.replicate(start)

    def _work(self) -> Work:
        try:
            definition = self.definition = self._states.definition(self.order.task_arn)
        except KeyError as error:
            raise SourceUnavailableError(f"{error.args[0]} does not exist") from error
        delivery = Delivery(self._endpoints.target(definition.target), self._stopping, self._tell)
        source = self._endpoints.source(definition.source)
        return Work(self.order, definition, _format(definition), source, delivery, self._states, self._stopping)

    def _tell(self, trouble: str | None) -> None:
        """Keep in the store what keeps the task from going on."""
        if trouble is None and not self._troubled:
            return
        self._troubled = trouble is not None
        self._states.trouble(self.order, trouble and f"Last Error {trouble}; trying again")


def _format(definition: Definition) -> Format:
    """The control plane has checked the documents; what it let through and cannot be read ends the task."""
    try:
        return Format(
            table_mappings.parse(definition.mappings),
            task_settings.parse(definition.settings),
            task_settings.record_settings(definition.target.get("KinesisSettings") or {}),
            definition.task_arn.rpartition(":")[2],
        )
    except (table_mappings.TableMappingError, task_settings.TaskSettingsError) as error:
        raise TaskFailedError(str(error)) from error
