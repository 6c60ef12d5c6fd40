"""One shard from its checkpoint to its end: one thread reads ahead, one thread a lane invokes."""

import logging
from collections.abc import Sequence
from threading import Event as Flag
from threading import Thread

from emulator.event_source.backlog import Backlog
from emulator.event_source.events import EventFormat
from emulator.event_source.lane import Lane
from emulator.event_source.model import Event, MappingConfig
from emulator.event_source.ports import CheckpointError, Ports
from emulator.event_source.progress import ShardProgress
from emulator.event_source.shard_plan import Checkpoint, lane_of
from emulator.kinesis.model import Record

LOG = logging.getLogger(__name__)

WAIT_S = 0.5
"""How long a reader sleeps in the log before it looks whether its mapping stopped."""
READ_LIMIT = 10_000
"""GetRecords' own bound on records."""


class ShardConsumer:
    """Reads one shard for one mapping. `run` blocks; `stop` may come from any thread."""

    def __init__(self, config: MappingConfig, start: Checkpoint, ports: Ports) -> None:
        self._config = config
        self._start = start
        self._ports = ports
        self._stop = Flag()
        self._format = EventFormat(config, start.shard_id)
        self._backlog = Backlog(config.lanes_per_shard, config.batch)
        self._progress = ShardProgress(self._save)
        self._lane = Lane(config, start.shard_id, ports, self._settle, self._stop)

    def stop(self) -> None:
        """End reading and invoking; an invocation under way is waited for."""
        self._stop.set()
        self._backlog.stop()

    def lag_ms(self) -> int:
        """For how long the oldest record that is not settled has lain in the shard; 0 when none was read."""
        oldest_at_ms = self._progress.oldest_at_ms
        return 0 if oldest_at_ms is None else max(0, self._ports.clock.now_ms() - oldest_at_ms)

    def run(self) -> None:
        """Work until the shard's end or until stopped. Raises KeyError when the stream or shard is gone, and
        CheckpointError when its end cannot be stored."""
        name = f"event-source-{self._config.uuid}-{self._start.shard_id}"
        lanes = [
            Thread(target=self._work, args=(lane,), name=f"{name}-{lane}", daemon=True) for lane in range(self._config.lanes_per_shard)
        ]
        for lane in lanes:
            lane.start()
        try:
            self._read_to_the_end()
        finally:
            self.stop()
            for lane in lanes:
                lane.join()

    def _read_to_the_end(self) -> None:
        reader, stream, shard_id = self._ports.reader, self._config.stream, self._start.shard_id
        position = self._start.settled
        while room := self._backlog.wait_for_room():
            if not reader.wait(stream, shard_id, position, WAIT_S):
                continue
            batch = reader.read(stream, shard_id, position, min(room, READ_LIMIT))
            if not batch.records and not batch.end_of_shard:
                position = self._behind_the_trimmed(position)
            elif batch.records:
                position = batch.records[-1].sequence_number
                self._dispatch(batch.records)
            if batch.end_of_shard:
                self._finish(position)
                return

    def _behind_the_trimmed(self, position: str | None) -> str | None:
        """Where to go on when records were announced and none is there: retention has removed them all.

        The newest position counts only if a second read, after it was looked up, is empty too: a record put meanwhile stays.
        """
        newest = self._ports.reader.sequence_before(self._config.stream, self._start.shard_id, None)
        again = self._ports.reader.read(self._config.stream, self._start.shard_id, position, 1)
        return position if again.records or again.end_of_shard else newest

    def _finish(self, position: str | None) -> None:
        self._backlog.close()
        if self._backlog.wait_until_settled():
            # Not like the others: an end that is not stored would have the shard read again at once.
            self._ports.checkpoints.save(Checkpoint(self._start.shard_id, self._start.identity, position, finished=True))

    def _dispatch(self, records: Sequence[Record]) -> None:
        """Give each lane its records; those that the filter holds back are settled at once."""
        self._progress.read((int(record.sequence_number), record.arrived_at_ms) for record in records)
        lanes: list[list[Event]] = [[] for _ in range(self._config.lanes_per_shard)]
        held_back = []
        for record in records:
            if self._ports.record_filter.passes(record):
                lanes[lane_of(record.partition_key, len(lanes))].append(self._format.event(record))
            else:
                held_back.append(int(record.sequence_number))
        self._progress.settle(held_back)
        for lane, events in enumerate(lanes):
            if events:
                self._backlog.put(lane, events)

    def _work(self, lane: int) -> None:
        while events := self._backlog.take(lane):
            self._lane.carry(events)

    def _settle(self, events: tuple[Event, ...]) -> None:
        self._progress.settle(event.sequence for event in events)
        self._backlog.settled(events)

    def _save(self, settled: str) -> None:
        try:
            self._ports.checkpoints.save(Checkpoint(self._start.shard_id, self._start.identity, settled))
        except CheckpointError:
            # The next one covers it; until then a kill means that more records are sent twice.
            LOG.exception("Checkpoint of %s in %s was not stored", self._config.consumer, self._start.shard_id)
