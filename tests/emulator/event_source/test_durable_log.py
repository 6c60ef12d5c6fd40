"""The engine on the durable log, as in LocalStack."""

from pathlib import Path

from emulator.kinesis.log import StreamLog
from emulator.kinesis.model import Entry, StreamDetails
from tests.emulator.event_source.fakes import STREAM, mapping
from tests.emulator.event_source.running import World


def test_a_restart_of_everything_resumes_behind_what_was_settled(there: World, tmp_path: Path) -> None:
    first, second = StreamLog(tmp_path / "streams.sqlite"), None
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


def _put(log: StreamLog) -> str:
    placement = log.put(STREAM, [Entry("key", b"x", 0)])[0]
    assert placement.sequence_number is not None
    return placement.sequence_number
