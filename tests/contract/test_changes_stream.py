"""What every `ChangesStream` promises: the fake, Kinesis by moto, and our own Kinesis; and what the change feed promises on it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.kinesis_changes import RECORDS_A_LOOK, KinesisChanges
from chalicelib.adapters.system_clock import SystemClock
from chalicelib.domain.errors import NotFoundError, UnavailableError
from chalicelib.feed.change_feed import WAIT_MS, ChangeFeed
from chalicelib.feed.ports import ChangesStream
from chalicelib.feed.positions import Kind, ShardPosition
from chalicelib.observability import count_throttled_read
from tests import our_kinesis
from tests.change_feed import Viewer, whatever_happens, while_writers_write
from tests.fakes.changes_stream import FakeChangesStream
from tests.fakes.ingest import FakeClock
from tests.our_kinesis import OurStream

WHOLE = ShardPosition(Kind.WHOLE, 0)
SHARD = "shardId-000000000000"


class World:
    """A stream of one shard and a way to write to it."""

    def __init__(self, stream: ChangesStream, put: Callable[[str], object], split: Callable[[], object]) -> None:
        self.stream = stream
        self.put = put
        self.split = split

    def read(self, position: ShardPosition, shard_id: str = SHARD) -> list[str]:
        """Everything from a position on, look by look."""
        found = self.stream.read(shard_id, position)
        if not found.records:
            return []
        last = found.records[-1]
        after = ShardPosition(Kind.AFTER, last.arrived_at_ms, last.sequence_number)
        return [it.data.decode() for it in found.records] + ([] if found.is_ended else self.read(after, shard_id))


@pytest.fixture(scope="module")
def our_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The client of our own Kinesis."""
    with our_kinesis.running(tmp_path_factory.mktemp("kinesis")) as client:
        yield client


@pytest.fixture(params=["fake", "moto", "ours"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        fake = FakeChangesStream(FakeClock(), shard_count=1)
        return World(fake, lambda text: fake.put("k", text.encode()), lambda: fake.split(0))
    if request.param == "moto":
        request.getfixturevalue("aws")
        stream = OurStream(boto3.client("kinesis"))
    else:
        stream = OurStream(request.getfixturevalue("our_client"))
    return World(_changes(stream), lambda text: stream.put("k", text.encode()), lambda: stream.split(0))


def _changes(stream: OurStream) -> KinesisChanges:
    return KinesisChanges(stream.client, stream.name, partial(count_throttled_read, "local"))


def test_a_shard_is_read_whole_and_from_any_record_on(world: World) -> None:
    for number in range(10):
        world.put(str(number))
    third = world.stream.read(SHARD, WHOLE).records[2]

    assert world.read(WHOLE) == [str(number) for number in range(10)]
    assert world.read(ShardPosition(Kind.AFTER, third.arrived_at_ms, third.sequence_number)) == [str(number) for number in range(3, 10)]


def test_a_shard_is_read_from_an_instant_on(world: World) -> None:
    world.put("a")
    arrived_at_ms = world.stream.read(SHARD, WHOLE).records[0].arrived_at_ms

    assert world.read(ShardPosition(Kind.SINCE, arrived_at_ms)) == ["a"]
    assert world.read(ShardPosition(Kind.SINCE, arrived_at_ms + 1)) == []


def test_the_same_position_gives_the_same_again_and_what_came_since(world: World) -> None:
    world.put("a")
    assert (world.read(WHOLE), world.read(WHOLE)) == (["a"], ["a"])

    world.put("b")
    assert world.read(WHOLE) == ["a", "b"]


def test_a_split_is_told_with_its_parents(world: World) -> None:
    (before,) = world.stream.shards()
    world.split()

    parents = {it.shard_id: (it.parent_ids, it.is_open) for it in world.stream.shards()}

    assert before.is_open
    assert parents[SHARD] == ((), False)
    assert sorted(it for shard_id, it in parents.items() if shard_id != SHARD) == [((SHARD,), True)] * 2


@pytest.mark.parametrize("world", ["fake", "ours"], indirect=True)  # moto's closed shards never end
def test_a_closed_shard_ends_behind_its_last_record(world: World) -> None:
    for number in range(4):
        world.put(str(number))
    found = world.stream.read(SHARD, WHOLE)
    assert not found.is_ended
    world.split()

    last = found.records[-1]
    rest = world.stream.read(SHARD, ShardPosition(Kind.AFTER, last.arrived_at_ms, last.sequence_number))

    assert rest.is_ended
    assert [it.data for it in found.records + rest.records] == [b"0", b"1", b"2", b"3"]


@dataclass(slots=True)
class Skipping:
    """The machine's clock, and pauses that move it on instead of waiting."""

    skipped_ms: int = 0

    def now_ms(self) -> int:
        """See the port `Clock`."""
        return SystemClock().now_ms() + self.skipped_ms

    def wait(self, duration_ms: int) -> None:
        """See the port `Pause`; a longer one than asked for, so that an answer takes few looks."""
        self.skipped_ms += max(duration_ms, WAIT_MS // 3)


def _viewer(stream: OurStream) -> Viewer:
    time = Skipping()
    return Viewer(ChangeFeed(_changes(stream), time, time))


@given(st.data())
@settings(max_examples=10)
def test_on_our_kinesis_nothing_is_missed_and_nothing_comes_twice_whatever_happens(our_client: Any, data: st.DataObject) -> None:
    stream = OurStream(our_client, data.draw(st.integers(1, 3)))

    whatever_happens(data, _viewer(stream), stream)


def test_on_our_kinesis_nothing_is_missed_while_writers_write_and_shards_split_and_merge(our_client: Any) -> None:
    stream = OurStream(our_client, 2)

    while_writers_write(_viewer(stream), stream, 60)


def _stubbed() -> tuple[KinesisChanges, Stubber]:
    client: Any = boto3.client("kinesis", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    stubber.activate()
    return KinesisChanges(client, "changes", partial(count_throttled_read, "local")), stubber


def test_a_read_that_is_throttled_finds_nothing_and_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    stream, stubber = _stubbed()
    stubber.add_client_error("get_shard_iterator", "ProvisionedThroughputExceededException")

    assert stream.read(SHARD, WHOLE).records == []
    told = json.loads(capsys.readouterr().out)
    assert (told["ThrottledReads"], told["Stage"], told["service"]) == ([1.0], "local", "bff")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("InvalidArgumentException", NotFoundError),
        ("ResourceNotFoundException", NotFoundError),
        ("InternalFailure", UnavailableError),
    ],
)
def test_what_kinesis_refuses_is_told_apart(code: str, error: type[Exception]) -> None:
    stream, stubber = _stubbed()
    stubber.add_client_error("get_shard_iterator", code)

    with pytest.raises(error):
        stream.read(SHARD, WHOLE)


def test_an_iterator_is_kept_until_it_expires() -> None:
    stream, stubber = _stubbed()
    stubber.add_response("get_shard_iterator", {"ShardIterator": "i1"})
    stubber.add_response("get_records", {"Records": [], "NextShardIterator": "i2"}, {"ShardIterator": "i1", "Limit": RECORDS_A_LOOK})
    stubber.add_client_error("get_records", "ExpiredIteratorException", expected_params={"ShardIterator": "i2", "Limit": RECORDS_A_LOOK})
    stubber.add_response("get_shard_iterator", {"ShardIterator": "i3"})
    stubber.add_response("get_records", {"Records": []}, {"ShardIterator": "i3", "Limit": RECORDS_A_LOOK})

    assert not stream.read(SHARD, WHOLE).is_ended
    assert stream.read(SHARD, WHOLE).is_ended
    stubber.assert_no_pending_responses()


def test_shards_come_page_by_page() -> None:
    stream, stubber = _stubbed()
    hashes = {"StartingHashKey": "0", "EndingHashKey": "1"}
    one = {"ShardId": "s-1", "HashKeyRange": hashes, "SequenceNumberRange": {"StartingSequenceNumber": "1", "EndingSequenceNumber": "2"}}
    two = {"ShardId": "s-2", "ParentShardId": "s-1", "HashKeyRange": hashes, "SequenceNumberRange": {"StartingSequenceNumber": "3"}}
    stubber.add_response("list_shards", {"Shards": [one], "NextToken": "t"}, {"StreamName": "changes"})
    stubber.add_response("list_shards", {"Shards": [two]}, {"NextToken": "t"})

    assert [(it.shard_id, it.parent_ids, it.is_open) for it in stream.shards()] == [("s-1", (), False), ("s-2", ("s-1",), True)]
