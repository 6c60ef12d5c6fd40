"""The engine on the durable log, as in LocalStack."""

from dataclasses import dataclass
from pathlib import Path

from emulator.kinesis.log import StreamLog
from emulator.kinesis.model import Batch, Entry, Shard, StreamDetails, StreamKey
from tests.emulator.event_source.fakes import STREAM, eventually, mapping
from tests.emulator.event_source.running import World


def test_a_restart_of_everything_resumes_behind_what_was_settled(there: World, tmp_path: Path) -> None:
    first = StreamLog(tmp_path / "streams.sqlite")
    first.create(STREAM, 1, StreamDetails(created_at_ms=0))
    with there.running(reader=first):
        there.settles(_put(first))
    following = _put(first)
    first.close()
    second = StreamLog(tmp_path / "streams.sqlite")
    with there.running(mapping(UUID="another"), reader=second):
        there.settles(following)
    second.close()
    assert len(there.function.sequences) == 2


@dataclass
class Counted:
    """A reader that counts reads."""

    log: StreamLog
    reads: int = 0

    def shards(self, stream: StreamKey) -> tuple[Shard, ...]:
        return self.log.shards(stream)

    def read(self, stream: StreamKey, shard_id: str, after: str | None, limit: int) -> Batch:
        self.reads += 1
        return self.log.read(stream, shard_id, after, limit)

    def sequence_before(self, stream: StreamKey, shard_id: str, timestamp_ms: int | None) -> str | None:
        return self.log.sequence_before(stream, shard_id, timestamp_ms)

    def wait(self, stream: StreamKey, shard_id: str, after: str | None, timeout_s: float) -> bool:
        return self.log.wait(stream, shard_id, after, timeout_s)


def test_a_shard_whose_records_are_all_trimmed_is_waited_on_not_spun_on(there: World, tmp_path: Path) -> None:
    log = StreamLog(tmp_path / "streams.sqlite", clock=there.clock.now_ms)
    log.create(STREAM, 1, StreamDetails(created_at_ms=0))
    _put(log)
    there.clock.advance(25 * 3600)
    log.trim()
    reader = Counted(log)
    with there.running(reader=reader):
        eventually(lambda: reader.reads >= 2, "never read")
        kept = _put(log)
        there.settles(kept)
    log.close()
    assert there.function.sequences == [int(kept)]
    assert reader.reads <= 4


def _put(log: StreamLog) -> str:
    placement = log.put(STREAM, [Entry("key", b"x", 0)])[0]
    assert placement.sequence_number is not None
    return placement.sequence_number
