"""What waits behind a consumer's checkpoint, on moto's Kinesis and a checkpoint file as the event source keeps it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from launcher.measuring.lag import Checkpoint, checkpoints, shard_lags


@pytest.fixture
def kinesis() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("kinesis", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
        client.create_stream(StreamName="changes", ShardCount=1)
        yield client


def put(kinesis: Any, count: int) -> list[str]:
    return [kinesis.put_record(StreamName="changes", PartitionKey="k", Data=b"x")["SequenceNumber"] for _ in range(count)]


def now_ms() -> int:
    return int(time.time() * 1000)


def test_records_behind_the_checkpoint_are_counted_and_the_oldest_has_its_age(kinesis: Any) -> None:
    sequence_numbers = put(kinesis, 5)
    (lag,) = shard_lags(kinesis, "changes", {"shardId-000000000000": Checkpoint(sequence_numbers[1])}, now_ms() + 60_000)
    assert (lag.shard_id, lag.records, lag.has_more) == ("shardId-000000000000", 3, False)
    assert 60_000 <= lag.oldest_ms < 90_000
    assert str(lag).startswith("3 records, ")


def test_nothing_waits_behind_the_last_record(kinesis: Any) -> None:
    (lag,) = shard_lags(kinesis, "changes", {"shardId-000000000000": Checkpoint(put(kinesis, 2)[-1])}, now_ms())
    assert str(lag) == "0 records behind"


def test_without_a_checkpoint_everything_waits(kinesis: Any) -> None:
    put(kinesis, 4)
    assert [it.records for it in shard_lags(kinesis, "changes", {}, now_ms())] == [4]


def test_a_shard_that_ended_and_is_settled_is_not_told_of(kinesis: Any) -> None:
    assert shard_lags(kinesis, "changes", {"shardId-000000000000": Checkpoint("1", finished=True)}, now_ms()) == []


def test_checkpoints_of_one_consumer_are_read(tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.sqlite"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE checkpoint (stream_arn, function_arn, shard_id, identity, settled, finished)")
        stream, function = "arn:aws:kinesis:eu-west-1:0:stream/changes", "arn:aws:lambda:eu-west-1:0:function:project"
        rows = [(stream, function, "a", "1", "17", 0), (stream, function, "b", "1", None, 1), (stream, f"{function}-2", "c", "1", "9", 0)]
        database.executemany("INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)", rows)
    assert checkpoints(file, "changes", "project") == {"a": Checkpoint("17"), "b": Checkpoint(None, finished=True)}
