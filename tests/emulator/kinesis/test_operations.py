"""The operations with a clock that the test moves: expiry, retention, limits, filters by time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from localstack.aws.api.kinesis import (
    ExpiredIteratorException,
    ExpiredNextTokenException,
    InvalidArgumentException,
    ProvisionedThroughputExceededException,
    ResourceNotFoundException,
)

from emulator.kinesis.limits import NoLimits, ShardLimits
from emulator.kinesis.log import StreamLog
from emulator.kinesis.provider import OPERATIONS, KinesisProvider
from tests.emulator.kinesis.logs import FakeClock

SHARD = "shardId-000000000000"


@dataclass
class Api:
    """The provider without LocalStack around it."""

    provider: KinesisProvider

    def __call__(self, operation: str, **request: Any) -> dict[str, Any]:
        return self.provider.call(OPERATIONS[operation], request, "000000000000", "eu-west-1")

    def iterator(self, kind: str, shard_id: str = SHARD, **more: Any) -> str:
        answer = self("GetShardIterator", StreamName="s", ShardId=shard_id, ShardIteratorType=kind, **more)
        return str(answer["ShardIterator"])

    def put(self, *payloads: bytes) -> dict[str, Any]:
        return self("PutRecords", StreamName="s", Records=[{"PartitionKey": "k", "Data": data} for data in payloads])

    def shard_ids(self, **shard_filter: Any) -> list[str]:
        shards = self("ListShards", StreamName="s", ShardFilter=shard_filter)["Shards"]
        return [shard["ShardId"].removeprefix("shardId-00000000000") for shard in shards]


@pytest.fixture
def api(log: StreamLog, clock: FakeClock) -> Api:
    api = Api(KinesisProvider(log, NoLimits(), clock))
    api("CreateStream", StreamName="s", ShardCount=1)
    return api


@pytest.fixture
def limited(tmp_path: Path, clock: FakeClock) -> Iterator[Api]:
    limits = ShardLimits()
    log = StreamLog(tmp_path / "limited.sqlite", clock, limits)
    api = Api(KinesisProvider(log, limits, clock))
    api("CreateStream", StreamName="s", ShardCount=1)
    yield api
    log.close()


def moment(clock: FakeClock, seconds: float = 0) -> datetime:
    return datetime.fromtimestamp(clock.now_ms / 1000 + seconds, UTC)


def test_an_iterator_is_good_for_300_seconds(api: Api, clock: FakeClock) -> None:
    iterator = api.iterator("TRIM_HORIZON")
    clock.advance(300)
    assert api("GetRecords", ShardIterator=iterator)["Records"] == []
    clock.advance(0.001)
    with pytest.raises(ExpiredIteratorException, match="300001 milliseconds ago"):
        api("GetRecords", ShardIterator=iterator)


def test_each_read_hands_out_a_fresh_iterator(api: Api, clock: FakeClock) -> None:
    iterator = api.iterator("LATEST")
    for _ in range(3):
        clock.advance(200)
        iterator = api("GetRecords", ShardIterator=iterator)["NextShardIterator"]
    api.put(b"a")
    assert len(api("GetRecords", ShardIterator=iterator)["Records"]) == 1


def test_an_iterator_of_a_deleted_stream_does_not_read_its_successor(api: Api, clock: FakeClock) -> None:
    iterator = api.iterator("TRIM_HORIZON")
    api("DeleteStream", StreamName="s")
    clock.advance(1)
    api("CreateStream", StreamName="s", ShardCount=1)
    with pytest.raises(ResourceNotFoundException):
        api("GetRecords", ShardIterator=iterator)


def test_a_timestamp_iterator_begins_at_that_time(api: Api, clock: FakeClock) -> None:
    api.put(b"old")
    clock.advance(10)
    api.put(b"new")
    iterator = api.iterator("AT_TIMESTAMP", Timestamp=moment(clock, -5))
    assert [record["Data"] for record in api("GetRecords", ShardIterator=iterator)["Records"]] == [b"new"]


def test_a_timestamp_in_the_future_is_refused(api: Api, clock: FakeClock) -> None:
    with pytest.raises(InvalidArgumentException):
        api.iterator("AT_TIMESTAMP", Timestamp=moment(clock, 60))


def test_millis_behind_latest_tells_how_far_a_reader_is_behind(api: Api, clock: FakeClock) -> None:
    api.put(b"a", b"b")
    clock.advance(90)
    first = api("GetRecords", ShardIterator=api.iterator("TRIM_HORIZON"), Limit=1)
    assert first["MillisBehindLatest"] == 90_000
    assert api("GetRecords", ShardIterator=first["NextShardIterator"])["MillisBehindLatest"] == 0


def test_records_go_when_retention_is_over_and_stay_when_it_was_increased(api: Api, clock: FakeClock) -> None:
    api.put(b"a")
    api("IncreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=48)
    clock.advance(47 * 3600)
    assert len(api("GetRecords", ShardIterator=api.iterator("TRIM_HORIZON"))["Records"]) == 1
    api("DecreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=24)
    assert api("GetRecords", ShardIterator=api.iterator("TRIM_HORIZON"))["Records"] == []


def test_a_next_token_is_good_for_300_seconds(api: Api, clock: FakeClock) -> None:
    api("UpdateShardCount", StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    token = api("ListShards", StreamName="s", MaxResults=1)["NextToken"]
    clock.advance(301)
    with pytest.raises(ExpiredNextTokenException):
        api("ListShards", NextToken=token)


def test_shards_are_filtered_by_when_they_were_open(api: Api, clock: FakeClock) -> None:
    created = moment(clock)
    clock.advance(100)
    api("SplitShard", StreamName="s", ShardToSplit=SHARD, NewStartingHashKey=str(2**127))
    clock.advance(100)
    assert api.shard_ids(Type="AT_TIMESTAMP", Timestamp=created) == ["0"]
    assert api.shard_ids(Type="AT_TIMESTAMP", Timestamp=moment(clock)) == ["1", "2"]
    assert api.shard_ids(Type="FROM_TIMESTAMP", Timestamp=created) == ["0", "1", "2"]
    assert api.shard_ids(Type="FROM_TIMESTAMP", Timestamp=moment(clock, -50)) == ["1", "2"]
    assert api.shard_ids(Type="AT_TRIM_HORIZON") == ["0"]
    assert api.shard_ids(Type="FROM_TRIM_HORIZON") == ["0", "1", "2"]
    assert api.shard_ids(Type="AT_LATEST") == ["1", "2"]
    assert api.shard_ids(Type="AFTER_SHARD_ID", ShardId="shardId-000000000001") == ["2"]


def test_a_shard_over_its_write_limit_fails_records_one_by_one(limited: Api) -> None:
    limited.put(*[b"x"] * 500)
    answer = limited.put(*[b"x"] * 500)
    assert answer["FailedRecordCount"] == 0
    answer = limited.put(b"x", b"y")
    assert answer["FailedRecordCount"] == 2
    assert answer["Records"][0]["ErrorCode"] == "ProvisionedThroughputExceededException"
    assert "Rate exceeded for shard shardId-000000000000 in stream s" in answer["Records"][0]["ErrorMessage"]


def test_the_records_that_fit_are_stored_and_the_others_fail(limited: Api) -> None:
    answer = limited.put(b"x" * 700_000, b"y" * 700_000, b"z")
    assert ["ErrorCode" in record for record in answer["Records"]] == [False, True, False]
    stored = limited("GetRecords", ShardIterator=limited.iterator("TRIM_HORIZON"))["Records"]
    assert [record["Data"][:1] for record in stored] == [b"x", b"z"]


def test_a_single_record_over_the_limit_is_an_exception(limited: Api, clock: FakeClock) -> None:
    limited.put(b"x" * 1_000_000)
    with pytest.raises(ProvisionedThroughputExceededException):
        limited("PutRecord", StreamName="s", PartitionKey="k", Data=b"y" * 100_000)
    clock.advance(1)
    assert limited("PutRecord", StreamName="s", PartitionKey="k", Data=b"y" * 100_000)["ShardId"] == SHARD


def test_a_sixth_read_within_a_second_is_refused(limited: Api, clock: FakeClock) -> None:
    iterator = limited.iterator("TRIM_HORIZON")
    for _ in range(5):
        limited("GetRecords", ShardIterator=iterator)
    with pytest.raises(ProvisionedThroughputExceededException):
        limited("GetRecords", ShardIterator=iterator)
    clock.advance(1)
    assert limited("GetRecords", ShardIterator=iterator)["Records"] == []
