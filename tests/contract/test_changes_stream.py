"""What every `ChangesStream` promises: the fake, and Kinesis by moto."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from chalicelib.adapters.kinesis_changes import KinesisChanges
from chalicelib.domain.errors import NotFoundError, UnavailableError
from chalicelib.feed.ports import ChangesStream
from chalicelib.feed.positions import Kind, ShardPosition
from tests.fakes.changes_stream import FakeChangesStream
from tests.fakes.ingest import FakeClock

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


@pytest.fixture(params=["fake", "kinesis"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        fake = FakeChangesStream(FakeClock(), shard_count=1)
        return World(fake, lambda text: fake.put("k", text.encode()), lambda: fake.split(0))
    request.getfixturevalue("aws")
    client: Any = boto3.client("kinesis")
    client.create_stream(StreamName="changes", ShardCount=1)
    return World(
        KinesisChanges(client, "changes"),
        lambda text: client.put_record(StreamName="changes", PartitionKey="k", Data=text.encode()),
        lambda: client.split_shard(StreamName="changes", ShardToSplit=SHARD, NewStartingHashKey=str(2**127)),
    )


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


@pytest.mark.parametrize("world", ["fake"], indirect=True)  # moto's closed shards never end
def test_a_closed_shard_ends_behind_its_last_record(world: World) -> None:
    for number in range(4):
        world.put(str(number))
    world.split()

    first = world.stream.read(SHARD, WHOLE)
    rest = world.stream.read(SHARD, ShardPosition(Kind.AFTER, 0, first.records[-1].sequence_number))

    assert (first.is_ended, rest.is_ended) == (False, True)
    assert [it.data for it in first.records + rest.records] == [b"0", b"1", b"2", b"3"]


def _stubbed() -> tuple[KinesisChanges, Stubber]:
    client: Any = boto3.client("kinesis", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    stubber = Stubber(client)
    stubber.activate()
    return KinesisChanges(client, "changes"), stubber


def test_a_read_that_is_throttled_finds_nothing() -> None:
    stream, stubber = _stubbed()
    stubber.add_client_error("get_shard_iterator", "ProvisionedThroughputExceededException")

    assert stream.read(SHARD, WHOLE).records == []


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
    stubber.add_response("get_records", {"Records": [], "NextShardIterator": "i2"}, {"ShardIterator": "i1", "Limit": 250})
    stubber.add_client_error("get_records", "ExpiredIteratorException", expected_params={"ShardIterator": "i2", "Limit": 250})
    stubber.add_response("get_shard_iterator", {"ShardIterator": "i3"})
    stubber.add_response("get_records", {"Records": []}, {"ShardIterator": "i3", "Limit": 250})

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
