"""Keeps what runs to what is wanted: looks at the orders in the store, starts and stops tasks, and publishes how far they are behind."""

import fcntl
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from emulator.replication.store import Store
from emulator.replication.task_run import Endpoints, TaskRun
from emulator.replication.task_state import Order, TaskStates

LOG = logging.getLogger(__name__)

HEARTBEAT = "replication.heartbeat"
"""File of the data folder, touched after each look, four times a second: whoever watches the process sees that it goes on."""

_LOOK_EVERY_S = 0.25
_PUBLISH_EVERY_S = 10.0
_END_WITHIN_S = 8.0


class EngineRunningError(Exception):
    """Another engine has this folder; two would put everything twice."""


class Engine:
    """One process's tasks. `publish` gets the running tasks every ten seconds and may take its time."""

    def __init__(self, data_dir: Path, endpoints: Endpoints, publish: Callable[[list[TaskRun]], None]) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = (data_dir / "replication.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise EngineRunningError(f"another replication engine runs in {data_dir}") from error
        self._heartbeat = data_dir / HEARTBEAT
        self._heartbeat.unlink(missing_ok=True)  # a predecessor's says nothing of this engine
        self._store = Store(data_dir)
        self._states = TaskStates(self._store)
        self._endpoints = endpoints
        self._publish = publish
        self._runs: dict[str, TaskRun] = {}

    def run(self, stopping: threading.Event) -> None:
        """Until the event is set. Tasks that run then are left to the next engine."""
        publisher = threading.Thread(target=self._publish_until, args=(stopping,), name="metrics", daemon=True)
        publisher.start()
        while not stopping.wait(_LOOK_EVERY_S):
            self.look()
            self._heartbeat.touch()
        self._heartbeat.unlink(missing_ok=True)
        for run in self._runs.values():
            run.stop(leaving=True)
        deadline = time.monotonic() + _END_WITHIN_S
        for run in self._runs.values():
            run.join(max(0.0, deadline - time.monotonic()))
        self._store.close()
        self._lock.close()

    def look(self) -> None:
        """One comparison of what runs with what is wanted."""
        orders = {order.task_arn: order for order in self._states.orders()}
        for task_arn, run in list(self._runs.items()):
            order = orders.get(task_arn)
            if run.ended:
                del self._runs[task_arn]
            elif order is None or order.wanted == "stopped" or order.number != run.order.number:
                run.stop()
        for order in orders.values():
            if order.task_arn not in self._runs:
                self._follow(order)

    def _follow(self, order: Order) -> None:
        if order.wanted == "running":
            LOG.info("task %s starts", order.task_arn)
            self._runs[order.task_arn] = run = TaskRun(order, self._states, self._endpoints)
            run.start()
        elif order.status == "stopping":
            self._states.status(order, "stopped", stop_reason="Stop Reason NORMAL")

    def _publish_until(self, stopping: threading.Event) -> None:
        while not stopping.wait(_PUBLISH_EVERY_S):
            self._publish(list(self._runs.values()))
