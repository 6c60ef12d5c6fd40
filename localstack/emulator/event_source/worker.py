"""A mapping's life as LocalStack's Lambda provider drives it: create, stop, delete, shut down."""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Event as Flag
from threading import RLock, Thread
from typing import Any

from emulator.event_source.checkpoints import CheckpointFile, ConsumerCheckpoints
from emulator.event_source.engine import Engine
from emulator.event_source.model import MappingConfig
from emulator.event_source.ports import Ports
from emulator.event_source.stored_mapping import USER_ACTION, MappingState, StoredMapping

LOG = logging.getLogger(__name__)

type PortsOf = Callable[[MappingConfig, StoredMapping, ConsumerCheckpoints], Ports]
type StoreOf = Callable[[MappingConfig], StoredMapping]


class SystemClock:
    """The machine's time."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return time.time_ns() // 1_000_000

    def pause(self, seconds: float, stop: Flag) -> None:
        """Return after so many seconds, or as soon as `stop` is set."""
        stop.wait(seconds)


class Workers:
    """All workers of this process: who works for a mapping now, and who must be done before the next begins."""

    def __init__(self, file: CheckpointFile, stored: StoreOf, ports_of: PortsOf) -> None:
        self.stored = stored
        self._file = file
        self._ports_of = ports_of
        self._lock = RLock()
        self._current: dict[str, MappingWorker] = {}
        self._unfinished: list[MappingWorker] = []

    def worker(self, config: MappingConfig, *, enabled: bool) -> "MappingWorker":
        """A worker for a new mapping, or the next one for a mapping that was updated."""
        with self._lock:
            former = self._current.get(config.uuid)
            self._unfinished = [worker for worker in self._unfinished if not worker.ended.is_set()]
            before = [worker for worker in self._unfinished if worker is former or worker.config.consumer == config.consumer]
            worker = MappingWorker(config, self, former=former, before=before, enabled=enabled)
            self._current[config.uuid] = worker
            self._unfinished.append(worker)
            return worker

    def is_current(self, worker: "MappingWorker") -> bool:
        """Whether no update has replaced this worker."""
        with self._lock:
            return self._current.get(worker.config.uuid) is worker

    def forget(self, worker: "MappingWorker") -> None:
        """The worker's mapping is deleted."""
        with self._lock:
            if self.is_current(worker):
                del self._current[worker.config.uuid]

    def checkpoints(self, config: MappingConfig) -> ConsumerCheckpoints:
        """The checkpoints of a mapping's consumer."""
        return ConsumerCheckpoints(self._file, config.consumer)

    def ports(self, config: MappingConfig, stored: StoredMapping, checkpoints: ConsumerCheckpoints) -> Ports:
        """The outside world for one mapping's engine."""
        return self._ports_of(config, stored, checkpoints)

    def hand_over(self, former: MappingConfig, config: MappingConfig) -> None:
        """An update changed the mapping's function: its checkpoints go along, as they belong to the mapping on AWS."""
        if former.consumer != config.consumer:
            self._file.replace(config.consumer, self._file.load(former.consumer).values())
            self._file.replace(former.consumer, ())


class MappingWorker:
    """Stands in for LocalStack's EsmWorker, with the attributes and methods that its provider uses."""

    def __init__(
        self, config: MappingConfig, workers: Workers, *, former: "MappingWorker | None", before: list["MappingWorker"], enabled: bool
    ) -> None:
        self.config = config
        self.uuid = config.uuid
        self.enabled = enabled
        self.current_state: str = _first_state(former)
        self.state_transition_reason: str = USER_ACTION
        self.ended = Flag()
        self._workers = workers
        self._former = former
        self._before = before
        self._stored = workers.stored(config)
        self._checkpoints = workers.checkpoints(config)
        self._stop = Flag()
        self._lock = RLock()
        self._engine = Engine(config, workers.ports(config, self._stored, self._checkpoints))

    def create(self) -> None:
        """Begin to consume, or show the mapping as disabled."""
        if self.enabled:
            Thread(target=self._run, name=f"event-source-{self.uuid}", daemon=True).start()
        else:
            self._show(MappingState.DISABLED)
            self.ended.set()

    def stop(self) -> None:
        """End consuming: the mapping was disabled, or an update has made another worker for it."""
        self.enabled = False
        self._end(MappingState.DISABLING)

    def delete(self) -> None:
        """End consuming and forget the checkpoints: a mapping made anew starts from its StartingPosition."""
        self._checkpoints.delete()
        self._end(MappingState.DELETING)

    def stop_for_shutdown(self) -> None:
        """End consuming because LocalStack stops; neither waits nor touches what the API shows."""
        self._stop.set()
        self._engine.stop()

    def _end(self, state: MappingState) -> None:
        with self._lock:
            self._show(state)
            self.stop_for_shutdown()
            if self.ended.is_set():
                self._show_end()

    def _run(self) -> None:
        try:
            if self._predecessors_ended():
                if self._former is not None:
                    self._workers.hand_over(self._former.config, self.config)
                self._former, self._before = None, []
                self._show(MappingState.ENABLED)
                self._engine.run()
        except Exception:  # last resort of this thread
            LOG.exception("Event source mapping %s has stopped", self.uuid)
            self._stored.update(LastProcessingResult="PROBLEM: Internal error")
        finally:
            with self._lock:
                self.ended.set()
                self._show_end()

    def _predecessors_ended(self) -> bool:
        """Wait while another worker still has an invocation under way for this consumer. False: stopped meanwhile."""
        for worker in self._before:
            while not worker.ended.wait(0.1):
                if self._stop.is_set():
                    return False
        return not self._stop.is_set()

    def _show(self, state: MappingState) -> None:
        with self._lock:
            if state is MappingState.ENABLED and self._stop.is_set():
                return
            self.current_state = state
            if self._workers.is_current(self):
                self._stored.update(State=state, StateTransitionReason=self.state_transition_reason)

    def _show_end(self) -> None:
        if self.current_state == MappingState.DELETING:
            if self._workers.is_current(self):
                self._stored.remove()
            self._workers.forget(self)
        elif self.current_state == MappingState.DISABLING:
            self._show(MappingState.DISABLED)


def _first_state(former: MappingWorker | None) -> MappingState:
    if former is None:
        return MappingState.CREATING
    return MappingState.UPDATING if former.enabled else MappingState.ENABLING


def is_kinesis(configuration: Mapping[str, Any]) -> bool:
    """Whether a mapping reads a Kinesis stream."""
    return str(configuration.get("EventSourceArn", "")).split(":")[2:3] == ["kinesis"]
