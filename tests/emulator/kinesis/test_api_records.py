"""Records as a boto3 client of LocalStack puts and gets them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.kinesis.api import FIRST, Stream, refused


def test_what_is_put_is_got_with_its_key_data_and_place(stream: Stream) -> None:
    put = stream("put_record", PartitionKey="device-1", Data=b"\x00\xff{}")
    (record,) = stream.get(stream.iterator("TRIM_HORIZON"))["Records"]
    assert (put["ShardId"], put["SequenceNumber"]) == (FIRST, record["SequenceNumber"])
    assert (record["PartitionKey"], record["Data"]) == ("device-1", b"\x00\xff{}")


def test_all_types_of_iterators(stream: Stream) -> None:
    _, second, _ = stream.put(b"a", b"b", b"c")
    latest = stream.iterator("LATEST")
    stream.put(b"d")
    assert stream.data(stream.iterator("TRIM_HORIZON")) == [b"a", b"b", b"c", b"d"]
    assert stream.data(stream.iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=second)) == [b"b", b"c", b"d"]
    assert stream.data(stream.iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=second)) == [b"c", b"d"]
    assert stream.data(stream.iterator("AT_TIMESTAMP", Timestamp=0)) == [b"a", b"b", b"c", b"d"]
    assert stream.data(latest) == [b"d"]


def test_a_shards_first_sequence_number_is_a_place(stream: Stream) -> None:
    first = stream("list_shards")["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]
    stream.put(b"a")
    assert stream.data(stream.iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=first)) == [b"a"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER"}, "InvalidArgumentException"),
        ({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": "9" * 56}, "InvalidArgumentException"),
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "abc"}, "ValidationException"),
        ({"ShardIteratorType": "AT_TIMESTAMP"}, "InvalidArgumentException"),
        ({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 4_000_000_000}, "InvalidArgumentException"),
        ({"ShardIteratorType": "SOMEWHERE"}, "ValidationException"),
        ({"ShardIteratorType": "LATEST", "ShardId": "shardId-000000000009"}, "ResourceNotFoundException"),
    ],
)
def test_a_place_that_is_none_is_refused(stream: Stream, request_: dict[str, Any], code: str) -> None:
    request = {"StreamName": stream.name, "ShardId": FIRST} | request_
    assert refused(stream.client.get_shard_iterator, **request)[0] == code


def test_another_shards_sequence_number_is_refused(new_stream: Callable[[int], Stream]) -> None:
    stream = new_stream(2)
    other = stream("put_record", PartitionKey="x", ExplicitHashKey=str(2**127), Data=b"x")["SequenceNumber"]
    request = {"ShardId": FIRST, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": other}
    code, message = refused(stream.client.get_shard_iterator, StreamName=stream.name, **request)
    assert code == "InvalidArgumentException"
    assert "did not come from this stream" in message


def test_an_iterator_that_was_never_handed_out_is_refused(stream: Stream) -> None:
    assert refused(stream.client.get_records, ShardIterator="AAAA")[0] == "InvalidArgumentException"


def test_get_records_honours_its_limit(stream: Stream) -> None:
    stream.put(b"a", b"b", b"c")
    answer = stream.get(stream.iterator("TRIM_HORIZON"), Limit=2)
    assert len(answer["Records"]) == 2
    assert stream.data(answer["NextShardIterator"]) == [b"c"]


def test_explicit_hash_keys_choose_the_shard(new_stream: Callable[[int], Stream]) -> None:
    stream = new_stream(2)
    records = [{"PartitionKey": "k", "Data": b"x", "ExplicitHashKey": key} for key in ("0", str(2**127))]
    assert [r["ShardId"] for r in stream("put_records", Records=records)["Records"]] == [FIRST, "shardId-000000000001"]


def test_an_explicit_hash_key_beyond_the_key_space_is_refused(stream: Stream) -> None:
    request = {"StreamName": stream.name, "PartitionKey": "k", "Data": b"", "ExplicitHashKey": str(2**128)}
    assert refused(stream.client.put_record, **request)[0] == "InvalidArgumentException"


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "ValidationException"),
        ([{"PartitionKey": "k", "Data": b"x"}] * 501, "ValidationException"),
        ([{"PartitionKey": "k", "Data": b"x" * MIB}], "ValidationException"),
        ([{"PartitionKey": "k", "Data": b"x" * (MIB - 1)}] * 5 + [{"PartitionKey": "k", "Data": b"x"}], "InvalidArgumentException"),
        ([{"PartitionKey": "", "Data": b"x"}], "ValidationException"),
        ([{"PartitionKey": "k" * 257, "Data": b"x"}], "ValidationException"),
    ],
    ids=["none", "501", "over 1 MiB", "over 5 MiB", "no key", "long key"],
)
def test_put_records_beyond_a_limit_stores_nothing(stream: Stream, records: list[dict[str, Any]], code: str) -> None:
    assert refused(stream.client.put_records, StreamName=stream.name, Records=records)[0] == code
    assert stream.data(stream.iterator("TRIM_HORIZON")) == []


def test_a_record_of_exactly_one_mebibyte_with_its_key_fits(stream: Stream) -> None:
    stream.put(b"x" * (MIB - 1))
    assert [len(data) for data in stream.data(stream.iterator("TRIM_HORIZON"))] == [MIB - 1]


def test_a_stream_may_allow_larger_records(stream: Stream) -> None:
    stream.client.update_max_record_size(StreamARN=stream.arn, MaxRecordSizeInKiB=2048)
    stream.put(b"x" * (2 * MIB - 1))
    assert stream.summary()["MaxRecordSizeInKiB"] == 2048


def test_a_consumer_subscribes_to_a_shard_until_its_end(stream: Stream) -> None:
    stream.put(b"a", b"b")
    stream("split_shard", ShardToSplit=FIRST, NewStartingHashKey="5")
    arn = stream.client.register_stream_consumer(StreamARN=stream.arn, ConsumerName="fan")["Consumer"]["ConsumerARN"]
    answer = stream.client.subscribe_to_shard(ConsumerARN=arn, ShardId=FIRST, StartingPosition={"Type": "TRIM_HORIZON"})
    (event,) = [event["SubscribeToShardEvent"] for event in answer["EventStream"]]
    assert [record["Data"] for record in event["Records"]] == [b"a", b"b"]
    assert len(event["ChildShards"]) == 2
