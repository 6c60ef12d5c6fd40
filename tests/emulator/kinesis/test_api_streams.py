"""Streams, shards, consumers and tags as a boto3 client of LocalStack manages them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.kinesis.api import ACCOUNT, FIRST, Stream, refused
from tests.emulator.kinesis.stack import LocalStack

NO_STREAM = {"StreamName": "no-such-stream"}


def test_a_new_stream_is_active_with_even_shards(new_stream: Callable[[int], Stream]) -> None:
    stream = new_stream(2)
    description = stream("describe_stream")["StreamDescription"]
    assert description["StreamStatus"] == "ACTIVE"
    assert description["StreamARN"] == stream.arn
    assert description["RetentionPeriodHours"] == 24
    assert [shard["HashKeyRange"] for shard in description["Shards"]] == [
        {"StartingHashKey": "0", "EndingHashKey": str(2**127 - 1)},
        {"StartingHashKey": str(2**127), "EndingHashKey": str(2**128 - 1)},
    ]
    assert stream.client.get_waiter("stream_exists").wait(StreamName=stream.name) is None


def test_a_name_is_taken_once(stream: Stream) -> None:
    code, message = refused(stream.client.create_stream, StreamName=stream.name, ShardCount=1)
    assert (code, message) == ("ResourceInUseException", f"Stream {stream.name} under account {ACCOUNT} already exists.")


def test_a_split_shard_ends_and_names_its_children(stream: Stream) -> None:
    stream.put(b"a")
    stream("split_shard", ShardToSplit=FIRST, NewStartingHashKey=str(2**127))
    answer = stream.get(stream.iterator("TRIM_HORIZON"))
    assert [record["Data"] for record in answer["Records"]] == [b"a"]
    assert answer.get("NextShardIterator") is None
    assert [(child["ShardId"], child["ParentShards"]) for child in answer["ChildShards"]] == [
        ("shardId-000000000001", [FIRST]),
        ("shardId-000000000002", [FIRST]),
    ]
    parent = stream("list_shards")["Shards"][0]
    assert "EndingSequenceNumber" in parent["SequenceNumberRange"]


def test_split_refuses_what_is_not_within_an_open_shard(stream: Stream) -> None:
    split = stream.client.split_shard
    request = {"StreamName": stream.name, "ShardToSplit": FIRST}
    assert refused(split, **request, NewStartingHashKey="0")[0] == "InvalidArgumentException"
    split(**request, NewStartingHashKey="5")
    code, message = refused(split, **request, NewStartingHashKey="6")
    assert (code, "already been merged or split" in message) == ("InvalidArgumentException", True)
    request["ShardToSplit"] = "shardId-000000000007"
    assert refused(split, **request, NewStartingHashKey="6")[0] == "ResourceNotFoundException"


def test_a_merge_joins_neighbours_only(new_stream: Callable[[int], Stream]) -> None:
    stream = new_stream(3)
    second, third = "shardId-000000000001", "shardId-000000000002"
    request = {"StreamName": stream.name, "ShardToMerge": FIRST, "AdjacentShardToMerge": third}
    assert refused(stream.client.merge_shards, **request)[0] == "InvalidArgumentException"
    stream("merge_shards", ShardToMerge=third, AdjacentShardToMerge=second)
    child = stream("list_shards")["Shards"][-1]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (third, second)


def test_update_shard_count_scales_up_to_double_and_down_to_half(new_stream: Callable[[int], Stream]) -> None:
    stream = new_stream(2)
    answer = stream("update_shard_count", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (2, 4)
    stream("update_shard_count", TargetShardCount=3, ScalingType="UNIFORM_SCALING")
    assert stream.summary()["OpenShardCount"] == 3
    for target in (7, 1):
        code, message = refused(
            stream.client.update_shard_count, StreamName=stream.name, TargetShardCount=target, ScalingType="UNIFORM_SCALING"
        )
        assert (code, "Current open shard count: 3" in message) == ("LimitExceededException", True)


def test_shards_and_streams_are_listed_in_pages(new_stream: Callable[[int], Stream]) -> None:
    stream = new_stream(5)
    first = stream("list_shards", MaxResults=3)
    rest = stream.client.list_shards(NextToken=first["NextToken"])
    assert [shard["ShardId"][-1] for shard in first["Shards"] + rest["Shards"]] == ["0", "1", "2", "3", "4"]
    assert "NextToken" not in rest
    assert refused(stream.client.list_shards, StreamName=stream.name, NextToken=first["NextToken"]) == (
        "InvalidArgumentException",
        "NextToken and StreamName cannot be provided together.",
    )
    new_stream(1)
    names = [name for page in stream.client.get_paginator("list_streams").paginate(Limit=1) for name in page["StreamNames"]]
    assert len(names) == len(set(names)) >= 2
    assert names == sorted(names)


def test_describe_stream_pages_through_its_shards(new_stream: Callable[[int], Stream]) -> None:
    stream = new_stream(3)
    description = stream("describe_stream", Limit=2)["StreamDescription"]
    assert description["HasMoreShards"]
    last = description["Shards"][-1]["ShardId"]
    rest = stream("describe_stream", ExclusiveStartShardId=last)["StreamDescription"]
    assert ([shard["ShardId"] for shard in rest["Shards"]], rest["HasMoreShards"]) == (["shardId-000000000002"], False)


@pytest.mark.parametrize(
    ("operation", "hours"),
    [("increase", 23), ("increase", 8761), ("increase", 24 * 300), ("decrease", 23), ("decrease", 24 * 366)],
)
def test_retention_stays_within_bounds(stream: Stream, operation: str, hours: int) -> None:
    stream("increase_stream_retention_period", RetentionPeriodHours=24 * 365)
    call = getattr(stream.client, f"{operation}_stream_retention_period")
    assert refused(call, StreamName=stream.name, RetentionPeriodHours=hours)[0] == "InvalidArgumentException"
    assert stream.summary()["RetentionPeriodHours"] == 24 * 365


def test_consumers_are_registered_described_listed_and_deregistered(stream: Stream) -> None:
    client = stream.client
    consumer = client.register_stream_consumer(StreamARN=stream.arn, ConsumerName="c1")["Consumer"]
    assert consumer["ConsumerARN"].startswith(f"{stream.arn}/consumer/c1:")
    assert refused(client.register_stream_consumer, StreamARN=stream.arn, ConsumerName="c1")[0] == "ResourceInUseException"
    client.register_stream_consumer(StreamARN=stream.arn, ConsumerName="c2")
    pages = client.get_paginator("list_stream_consumers").paginate(StreamARN=stream.arn, PaginationConfig={"PageSize": 1})
    assert [c["ConsumerName"] for page in pages for c in page["Consumers"]] == ["c1", "c2"]
    described = client.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])["ConsumerDescription"]
    assert (described["StreamARN"], described["ConsumerStatus"]) == (stream.arn, "ACTIVE")
    assert refused(client.delete_stream, StreamName=stream.name)[0] == "ResourceInUseException"
    client.deregister_stream_consumer(StreamARN=stream.arn, ConsumerName="c1")
    assert refused(client.describe_stream_consumer, ConsumerARN=consumer["ConsumerARN"])[0] == "ResourceNotFoundException"
    assert stream.summary()["ConsumerCount"] == 1


def test_tags_of_streams_and_consumers(stream: Stream) -> None:
    client = stream.client
    stream("add_tags_to_stream", Tags={"team": "gonio", "stage": "local"})
    client.tag_resource(ResourceARN=stream.arn, Tags={"stage": "test"})
    assert stream("list_tags_for_stream", Limit=1) | {"ResponseMetadata": None} == {
        "Tags": [{"Key": "stage", "Value": "test"}],
        "HasMoreTags": True,
        "ResponseMetadata": None,
    }
    stream("remove_tags_from_stream", TagKeys=["stage", "unknown"])
    assert client.list_tags_for_resource(ResourceARN=stream.arn)["Tags"] == [{"Key": "team", "Value": "gonio"}]
    consumer = client.register_stream_consumer(StreamARN=stream.arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    client.tag_resource(ResourceARN=consumer, Tags={"a": "1", "b": "2"})
    client.untag_resource(ResourceARN=consumer, TagKeys=["a"])
    assert client.list_tags_for_resource(ResourceARN=consumer)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refused(client.tag_resource, ResourceARN=stream.arn, Tags={f"k{n}": "" for n in range(51)})[0] == "LimitExceededException"


def test_monitoring_mode_and_encryption_are_remembered(stream: Stream) -> None:
    stream("enable_enhanced_monitoring", ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
    answer = stream("disable_enhanced_monitoring", ShardLevelMetrics=["IncomingBytes"])
    assert (answer["CurrentShardLevelMetrics"], answer["DesiredShardLevelMetrics"]) == (
        ["IncomingBytes", "OutgoingBytes"],
        ["OutgoingBytes"],
    )
    stream("start_stream_encryption", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    stream.client.update_stream_mode(StreamARN=stream.arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = stream.summary()
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert summary["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert stream("put_record", PartitionKey="k", Data=b"x")["EncryptionType"] == "KMS"
    request = {"StreamName": stream.name, "TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}
    assert refused(stream.client.update_shard_count, **request)[0] == "ValidationException"
    stream("stop_stream_encryption", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert stream.summary()["EncryptionType"] == "NONE"


def test_an_on_demand_stream_begins_with_four_shards(stack: LocalStack) -> None:
    stream = Stream(stack.kinesis, f"s-{uuid.uuid4().hex[:12]}")
    stream("create_stream", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert stream.summary()["OpenShardCount"] == 4
    stream("delete_stream")


def test_limits_count_open_shards_and_streams_on_demand(new_stream: Callable[[int], Stream]) -> None:
    client = new_stream(1).client
    before = client.describe_limits()["OpenShardCount"]
    new_stream(3)
    assert client.describe_limits()["OpenShardCount"] == before + 3


def test_a_stream_is_named_by_its_arn_as_well(stream: Stream) -> None:
    client = stream.client
    client.put_record(StreamARN=stream.arn, PartitionKey="k", Data=b"a")
    iterator = client.get_shard_iterator(StreamARN=stream.arn, ShardId=FIRST, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert len(client.get_records(StreamARN=stream.arn, ShardIterator=iterator)["Records"]) == 1
    assert client.describe_stream(StreamARN=stream.arn)["StreamDescription"]["StreamName"] == stream.name
    assert refused(client.describe_stream, StreamARN=stream.arn, StreamName="other")[0] == "InvalidArgumentException"
    assert refused(client.describe_stream)[0] == "InvalidArgumentException"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("delete_stream", {}),
        ("describe_stream", {}),
        ("describe_stream_summary", {}),
        ("list_shards", {}),
        ("put_record", {"PartitionKey": "k", "Data": b"x"}),
        ("put_records", {"Records": [{"PartitionKey": "k", "Data": b"x"}]}),
        ("get_shard_iterator", {"ShardId": FIRST, "ShardIteratorType": "LATEST"}),
        ("split_shard", {"ShardToSplit": FIRST, "NewStartingHashKey": "5"}),
        ("merge_shards", {"ShardToMerge": FIRST, "AdjacentShardToMerge": "shardId-000000000001"}),
        ("update_shard_count", {"TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}),
        ("increase_stream_retention_period", {"RetentionPeriodHours": 48}),
        ("add_tags_to_stream", {"Tags": {"a": "b"}}),
        ("list_tags_for_stream", {}),
        ("enable_enhanced_monitoring", {"ShardLevelMetrics": ["ALL"]}),
    ],
)
def test_a_stream_that_does_not_exist(stack: LocalStack, operation: str, request_: dict[str, Any]) -> None:
    code, message = refused(getattr(stack.kinesis, operation), **NO_STREAM, **request_)
    assert (code, message) == ("ResourceNotFoundException", f"Stream no-such-stream under account {ACCOUNT} not found.")


@pytest.mark.parametrize(
    ("operation", "request_", "path"),
    [
        ("create_stream", {"StreamName": "a b", "ShardCount": 1}, "streamName"),
        ("create_stream", {"StreamName": "s", "ShardCount": 0}, "shardCount"),
        ("create_stream", {"ShardCount": 1}, "streamName"),
        ("describe_stream", {"StreamName": "s" * 129}, "streamName"),
        ("get_records", {"ShardIterator": "x", "Limit": 10_001}, "limit"),
        ("update_shard_count", {"StreamName": "s", "TargetShardCount": 1, "ScalingType": "OTHER"}, "scalingType"),
        ("add_tags_to_stream", {"StreamName": "s", "Tags": {"k" * 129: "v"}}, "tags.key"),
    ],
)
def test_what_the_models_constraints_forbid_is_named(stack: LocalStack, operation: str, request_: dict[str, Any], path: str) -> None:
    code, message = refused(getattr(stack.kinesis, operation), **request_)
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value ")
    assert f"at '{path}' failed to satisfy constraint: Member must" in message


def test_a_deleted_stream_is_gone(stack: LocalStack) -> None:
    stream = Stream(stack.kinesis, f"s-{uuid.uuid4().hex[:12]}")
    stream("create_stream", ShardCount=1)
    stream("delete_stream")
    assert refused(stack.kinesis.describe_stream, StreamName=stream.name)[0] == "ResourceNotFoundException"
    assert stack.kinesis.get_waiter("stream_not_exists").wait(StreamName=stream.name) is None


def test_resource_policies_are_kept(stream: Stream) -> None:
    client = stream.client
    assert refused(client.get_resource_policy, ResourceARN=stream.arn)[0] == "ResourceNotFoundException"
    client.put_resource_policy(ResourceARN=stream.arn, Policy='{"Version": "2012-10-17"}')
    assert client.get_resource_policy(ResourceARN=stream.arn)["Policy"] == '{"Version": "2012-10-17"}'
    client.delete_resource_policy(ResourceARN=stream.arn)
    assert refused(client.delete_resource_policy, ResourceARN=stream.arn)[0] == "ResourceNotFoundException"
