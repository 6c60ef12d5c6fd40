"""LocalStack is killed and started again: streams, records and all that a stream remembers are back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.kinesis.stack import LocalStack

NAME = "telemetry"
ARN = f"arn:aws:kinesis:eu-west-1:000000000000:stream/{NAME}"
TEMPLATE = """
Resources:
  Stream:
    Type: AWS::Kinesis::Stream
    Properties:
      Name: telemetry
      ShardCount: 2
      StreamModeDetails: {StreamMode: PROVISIONED}
      RetentionPeriodHours: 48
      Tags: [{Key: team, Value: gonio}]
Outputs:
  Arn: {Value: !GetAtt Stream.Arn}
"""


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[LocalStack]:
    stack = LocalStack(tmp_path)
    stack.start()
    yield stack
    stack.kill()


def deploy(stack: LocalStack) -> str:
    """Create the CloudFormation stack; the stream's ARN as its output tells it."""
    cloudformation = stack.client("cloudformation")
    cloudformation.create_stack(StackName="streams", TemplateBody=TEMPLATE)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="streams", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    return str(cloudformation.describe_stacks(StackName="streams")["Stacks"][0]["Outputs"][0]["OutputValue"])


def everything(kinesis: Any) -> list[bytes]:
    found: list[bytes] = []
    for shard in kinesis.list_shards(StreamName=NAME)["Shards"]:
        request = {"StreamName": NAME, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**request)["ShardIterator"])["Records"]
        found.extend(record["Data"] for record in records)
    return sorted(found)


def prepare(kinesis: Any) -> None:
    kinesis.put_records(StreamName=NAME, Records=[{"PartitionKey": str(n), "Data": str(n).encode()} for n in range(9)])
    kinesis.split_shard(StreamName=NAME, ShardToSplit="shardId-000000000000", NewStartingHashKey="5")
    kinesis.update_shard_count(StreamName=NAME, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="fan")


def described(kinesis: Any) -> Any:
    consumers = kinesis.list_stream_consumers(StreamARN=ARN)["Consumers"]
    tags = kinesis.list_tags_for_stream(StreamName=NAME)["Tags"]
    return kinesis.describe_stream(StreamName=NAME)["StreamDescription"], consumers, tags, everything(kinesis)


def test_a_killed_localstack_comes_back_with_its_streams_and_is_deployed_to_again(own_stack: LocalStack) -> None:
    kinesis = own_stack.kinesis
    assert deploy(own_stack) == ARN
    prepare(kinesis)
    before = described(kinesis)
    own_stack.kill()
    own_stack.start()
    kinesis.put_record(StreamName=NAME, PartitionKey="k", Data=b"after")
    assert deploy(own_stack) == ARN
    description, consumers, tags, data = described(kinesis)
    assert (description, consumers, tags) == before[:3]
    assert data == sorted([*before[3], b"after"])
    with pytest.raises(ClientError, match="ResourceInUseException"):
        kinesis.create_stream(StreamName=NAME, ShardCount=1)
    own_stack.client("cloudformation").delete_stack(StackName="streams")
    own_stack.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="streams", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kinesis.describe_stream(StreamName=NAME)
