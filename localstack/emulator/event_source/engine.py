"""One mapping at work: a consumer for each shard that may be read, children once their parents are done."""

import logging
from collections.abc import Mapping, Sequence
from threading import Event as Flag
from threading import Thread

from emulator.event_source.model import MappingConfig, StartingPosition
from emulator.event_source.ports import CheckpointError, Ports
from emulator.event_source.shard_consumer import ShardConsumer
from emulator.event_source.shard_plan import Checkpoint, belong_to, ready_shards
from emulator.kinesis.model import Shard

LOG = logging.getLogger(__name__)

TELL_EVERY_S = 10.0
"""How often the status hears of lags."""
RECOVERY_S = 1.0
"""Pause after the stream was missing or a consumer failed."""


class Engine:
    """Runs one mapping. `run` blocks until `stop`, which may come from any thread."""

    def __init__(self, config: MappingConfig, ports: Ports, tell_every_s: float = TELL_EVERY_S) -> None:
        self._config = config
        self._ports = ports
        self._tell_every_s = tell_every_s
        self._stop = Flag()
        self._changed = Flag()
        self._consumers: dict[str, tuple[ShardConsumer, Thread]] = {}

    def stop(self) -> None:
        """End the work; invocations under way are waited for by `run`."""
        self._stop.set()
        self._changed.set()

    def run(self) -> None:
        """Consume the stream from the checkpoints, or from StartingPosition where there are none."""
        Thread(target=self._tell_lags, name=f"event-source-{self._config.uuid}-lags", daemon=True).start()
        try:
            while not self._stop.is_set():
                self._changed.clear()
                if not self._start_ready_shards():
                    self._ports.clock.pause(RECOVERY_S, self._stop)
                    continue
                self._changed.wait()
        finally:
            self._stop_consumers()

    def _start_ready_shards(self) -> bool:
        """Start what may be read and is not being read. False: that failed, try again."""
        # Before the checkpoints are loaded: a consumer that ends meanwhile may have moved its own, and calls for another look.
        reading = frozenset(self._consumers)
        try:
            shards = self._ports.reader.shards(self._config.stream)
            checkpoints = self._checkpoints(shards)
        except KeyError:
            self._ports.status.processed("PROBLEM: Stream not found")
            return False
        except CheckpointError:
            LOG.exception("Checkpoints of %s are not available", self._config.consumer)
            self._ports.status.processed("PROBLEM: Internal error")
            return False
        finished = {shard_id for shard_id, checkpoint in checkpoints.items() if checkpoint.finished}
        for shard in ready_shards(shards, finished):
            if shard.shard_id not in reading and not self._stop.is_set():
                # A shard that appeared later is read from its beginning, whatever the StartingPosition.
                self._start(checkpoints.get(shard.shard_id) or Checkpoint(shard.shard_id, shard.first_sequence_number, None))
        return True

    def _checkpoints(self, shards: Sequence[Shard]) -> Mapping[str, Checkpoint]:
        stored = self._ports.checkpoints.load()
        if belong_to(stored, shards):
            return stored
        fresh = [Checkpoint(shard.shard_id, shard.first_sequence_number, self._first_position(shard)) for shard in shards]
        # Stored at once, so that "the latest" is not looked up again after a kill.
        self._ports.checkpoints.begin(fresh)
        return {checkpoint.shard_id: checkpoint for checkpoint in fresh}

    def _first_position(self, shard: Shard) -> str | None:
        match self._config.start:
            case StartingPosition.TRIM_HORIZON:
                return None
            case StartingPosition.LATEST:
                return self._ports.reader.sequence_before(self._config.stream, shard.shard_id, None)
            case StartingPosition.AT_TIMESTAMP:
                return self._ports.reader.sequence_before(self._config.stream, shard.shard_id, self._config.start_at_ms or 0)

    def _start(self, start: Checkpoint) -> None:
        consumer = ShardConsumer(self._config, start, self._ports)
        name = f"event-source-{self._config.uuid}-{start.shard_id}"
        thread = Thread(target=self._consume, args=(consumer, start.shard_id), name=name, daemon=True)
        self._consumers[start.shard_id] = consumer, thread
        thread.start()

    def _consume(self, consumer: ShardConsumer, shard_id: str) -> None:
        try:
            consumer.run()
        except KeyError:
            self._ports.status.processed("PROBLEM: Stream not found")
            self._ports.clock.pause(RECOVERY_S, self._stop)
        except Exception:  # last resort of this thread: the shard is taken up again from its checkpoint
            LOG.exception("Consumer of %s in %s failed", self._config.consumer, shard_id)
            self._ports.status.processed("PROBLEM: Internal error")
            self._ports.clock.pause(RECOVERY_S, self._stop)
        finally:
            self._consumers.pop(shard_id, None)
            self._changed.set()

    def _tell_lags(self) -> None:
        while not self._stop.wait(self._tell_every_s):
            consumers = list(self._consumers.items())
            self._ports.status.lags({shard_id: consumer.lag_ms() for shard_id, (consumer, _) in consumers})

    def _stop_consumers(self) -> None:
        running = list(self._consumers.values())
        for consumer, _ in running:
            consumer.stop()
        for _, thread in running:
            thread.join()
