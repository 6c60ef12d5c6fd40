"""Whatever happens to a stream, a consumer that follows parents to children gets all that was put, each key in order."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from emulator.kinesis import scaling
from emulator.kinesis.log import StreamLog
from tests.emulator.kinesis.logs import STREAM, FakeClock, by_key, entry, new_stream, open_shards, read_stream
from tests.emulator.kinesis.test_hash_keys import assert_covers

KEYS = [f"device-{number}" for number in range(12)]


class StreamHistory(RuleBasedStateMachine):
    """A producer, an operator who reshards and restarts, and a consumer that reads a little now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.log = self._opened()
        self.put: dict[str, list[bytes]] = {}
        self.consumed: dict[str, list[bytes]] = {}
        self.checkpoints: dict[str, str] = {}
        self.finished: set[str] = set()
        self.count = 0

    def _opened(self) -> StreamLog:
        return StreamLog(Path(self.folder.name) / "streams.sqlite", self.clock)

    @initialize(shards=st.integers(1, 4))
    def create(self, shards: int) -> None:
        new_stream(self.log, shards)

    @rule(keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=20))
    def put_some(self, keys: list[str]) -> None:
        entries = []
        for key in keys:
            self.count += 1
            entries.append(entry(key, str(self.count).encode()))
            self.put.setdefault(key, []).append(entries[-1].data)
        placements = self.log.put(STREAM, entries)
        assert all(placement.sequence_number for placement in placements)
        self.clock.advance(0.01)

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        shard = data.draw(st.sampled_from([shard for shard in open_shards(self.log) if shard.first_hash_key < shard.last_hash_key]))
        cut = data.draw(st.integers(shard.first_hash_key + 1, shard.last_hash_key))
        self.log.reshard(STREAM, [scaling.split((shard.first_hash_key, shard.last_hash_key), cut)])

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        shards = open_shards(self.log)
        if len(shards) > 1:
            index = data.draw(st.integers(0, len(shards) - 2))
            one, other = ((shard.first_hash_key, shard.last_hash_key) for shard in shards[index : index + 2])
            self.log.reshard(STREAM, [scaling.merge(one, other)])

    @rule(count=st.integers(1, 6))
    def scale(self, count: int) -> None:
        ranges = [(shard.first_hash_key, shard.last_hash_key) for shard in open_shards(self.log)]
        self.log.reshard(STREAM, scaling.scale(ranges, count))

    @rule()
    def reopen(self) -> None:
        self.log.close()
        self.log = self._opened()

    @rule(limit=st.integers(1, 10))
    def consume_some(self, limit: int) -> None:
        listed = {shard.shard_id for shard in self.log.shards(STREAM)}
        for shard in self.log.shards(STREAM):
            parents = {shard.parent_id, shard.adjacent_parent_id} & listed
            if parents <= self.finished and shard.shard_id not in self.finished:
                self._consume(shard.shard_id, limit)

    def _consume(self, shard_id: str, limit: int) -> None:
        batch = self.log.read(STREAM, shard_id, self.checkpoints.get(shard_id), limit)
        for record in batch.records:
            self.consumed.setdefault(record.partition_key, []).append(record.data)
            self.checkpoints[shard_id] = record.sequence_number
        if batch.end_of_shard:
            self.finished.add(shard_id)

    @invariant()
    def open_shards_cover_the_key_space(self) -> None:
        if self._created():
            assert_covers([(shard.first_hash_key, shard.last_hash_key) for shard in open_shards(self.log)])

    def teardown(self) -> None:
        if self._created():
            self._consume_the_rest()
            assert by_key(read_stream(self.log)) == self.put
        assert self.consumed == self.put
        self.log.close()
        self.folder.cleanup()

    def _consume_the_rest(self) -> None:
        for _ in range(len(self.log.shards(STREAM))):
            self.consume_some(10_000)

    def _created(self) -> bool:
        return bool(self.log.names(STREAM.account_id, STREAM.region))


StreamHistory.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestStreamHistory = StreamHistory.TestCase
