"""What the mappings rely on in a StreamReader, held by the log in memory and by the durable one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Protocol

import pytest

from emulator.kinesis.hashing import even_ranges
from emulator.kinesis.log import StreamLog
from emulator.kinesis.model import Entry, StreamDetails, StreamReader
from emulator.kinesis.scaling import split
from tests.emulator.event_source.fakes import STREAM, FakeClock, FakeLog

SHARD = "shardId-000000000000"


class Writer(Protocol):
    """The write side that the contract needs; shards by their number."""

    def create(self, shards: int = 1) -> None: ...
    def delete(self) -> None: ...
    def put(self, key: str, data: bytes, shard: int = 0) -> str: ...
    def split(self, shard: int = 0) -> None: ...


@dataclass
class DurableWriter:
    """The durable log's write side in the fake's words."""

    log: StreamLog

    def create(self, shards: int = 1) -> None:
        self.log.create(STREAM, shards, StreamDetails(created_at_ms=0))

    def delete(self) -> None:
        self.log.delete(STREAM)

    def put(self, key: str, data: bytes, shard: int = 0) -> str:
        hash_key = self.log.shards(STREAM)[shard].first_hash_key
        placement = self.log.put(STREAM, [Entry(key, data, hash_key)])[0]
        assert placement.sequence_number is not None
        return placement.sequence_number

    def split(self, shard: int = 0) -> None:
        parent = self.log.shards(STREAM)[shard]
        self.log.reshard(STREAM, [split((parent.first_hash_key, parent.last_hash_key), even_ranges(2)[1][0])])


@dataclass
class Subject:
    """A reader, what writes to it, and its clock."""

    reader: StreamReader
    writer: Writer
    clock: FakeClock


@pytest.fixture(params=["in memory", "durable"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    clock = FakeClock()
    if request.param == "in memory":
        fake = FakeLog(clock)
        yield Subject(fake, fake, clock)
        return
    durable = StreamLog(tmp_path / "streams.sqlite", clock=clock.now_ms)
    yield Subject(durable, DurableWriter(durable), clock)
    durable.close()


def read(log: Subject, after: str | None = None, limit: int = 100) -> list[str]:
    return [record.sequence_number for record in log.reader.read(STREAM, SHARD, after, limit).records]


def test_records_are_read_in_the_order_of_their_sequence_numbers(log: Subject) -> None:
    log.writer.create()
    sequences = [log.writer.put("key", b"%d" % n) for n in range(5)]
    assert read(log) == sequences == sorted(sequences, key=int)
    assert read(log, limit=2) == sequences[:2]
    assert read(log, after=sequences[1]) == sequences[2:]


def test_a_record_is_as_it_was_put(log: Subject) -> None:
    log.writer.create()
    log.writer.put("key", b"\x00\xff")
    record = log.reader.read(STREAM, SHARD, None, 1).records[0]
    assert (record.partition_key, record.data, record.arrived_at_ms) == ("key", b"\x00\xff", log.clock.now_ms())


def test_latest_is_the_position_before_the_next_record(log: Subject) -> None:
    log.writer.create()
    for _ in range(2):
        position = log.reader.sequence_before(STREAM, SHARD, None)
        assert read(log, after=position) == []
        put = log.writer.put("key", b"x")
        assert read(log, after=position) == [put]


def test_a_time_is_the_position_before_its_first_record(log: Subject) -> None:
    log.writer.create()
    log.writer.put("key", b"x")
    log.clock.advance(1)
    second = log.writer.put("key", b"x")
    assert read(log, log.reader.sequence_before(STREAM, SHARD, log.clock.now_ms())) == [second]
    assert read(log, log.reader.sequence_before(STREAM, SHARD, log.clock.now_ms() + 1)) == []
    assert len(read(log, log.reader.sequence_before(STREAM, SHARD, 0))) == 2


def test_waiting_ends_with_a_record_or_in_time(log: Subject) -> None:
    log.writer.create()
    assert not log.reader.wait(STREAM, SHARD, None, 0.01)
    put = log.writer.put("key", b"x")
    assert log.reader.wait(STREAM, SHARD, None, 10)
    assert not log.reader.wait(STREAM, SHARD, put, 0.01)


def test_a_put_wakes_who_waits(log: Subject) -> None:
    log.writer.create()
    putting = Thread(target=log.writer.put, args=("key", b"x"))
    putting.start()
    while not log.reader.wait(STREAM, SHARD, None, 10):
        pass
    putting.join()
    assert len(read(log)) == 1


def test_a_split_ends_the_parent_and_names_it_in_its_children(log: Subject) -> None:
    log.writer.create()
    last = log.writer.put("key", b"x")
    log.writer.split()
    assert log.reader.wait(STREAM, SHARD, last, 10)
    assert log.reader.read(STREAM, SHARD, None, 100).end_of_shard
    assert log.reader.read(STREAM, SHARD, last, 100).end_of_shard
    parent, *children = log.reader.shards(STREAM)
    assert parent.last_sequence_number is not None
    assert [child.parent_id for child in children] == [SHARD, SHARD]
    assert [child.last_sequence_number for child in children] == [None, None]


def test_an_open_shard_has_no_end(log: Subject) -> None:
    log.writer.create()
    log.writer.put("key", b"x")
    assert not log.reader.read(STREAM, SHARD, None, 100).end_of_shard


def test_a_stream_made_anew_has_another_identity(log: Subject) -> None:
    log.writer.create()
    before = log.reader.shards(STREAM)[0].first_sequence_number
    log.writer.delete()
    log.writer.create()
    assert log.reader.shards(STREAM)[0].first_sequence_number != before


@pytest.mark.parametrize(
    "look",
    [
        lambda reader: reader.shards(STREAM),
        lambda reader: reader.read(STREAM, SHARD, None, 1),
        lambda reader: reader.wait(STREAM, SHARD, None, 0.01),
        lambda reader: reader.sequence_before(STREAM, SHARD, None),
    ],
)
def test_a_stream_that_does_not_exist_is_a_key_error(log: Subject, look: Callable[[StreamReader], object]) -> None:
    with pytest.raises(KeyError):
        look(log.reader)
