"""A stream as a CloudFormation resource: deployed, updated and deleted on the durable provider."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.kinesis.stack import LocalStack

NAME = "deployed-stream"


def template(shards: int, retention_hours: int, **tags: str) -> str:
    properties = {
        "Name": NAME,
        "ShardCount": shards,
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "RetentionPeriodHours": retention_hours,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
    return json.dumps({"Resources": {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": properties}}})


def finished(cloudformation: Any, waiter: str) -> None:
    cloudformation.get_waiter(waiter).wait(StackName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def state(kinesis: Any) -> tuple[int, int, list[dict[str, str]]]:
    summary = kinesis.describe_stream_summary(StreamName=NAME)["StreamDescriptionSummary"]
    tags = kinesis.list_tags_for_stream(StreamName=NAME)["Tags"]
    return summary["OpenShardCount"], summary["RetentionPeriodHours"], [tag for tag in tags if not tag["Key"].startswith("aws:")]


def test_a_stream_is_deployed_updated_and_deleted(stack: LocalStack) -> None:
    cloudformation, kinesis = stack.client("cloudformation"), stack.kinesis
    cloudformation.create_stack(StackName=NAME, TemplateBody=template(2, 48, team="gonio"))
    finished(cloudformation, "stack_create_complete")
    assert state(kinesis) == (2, 48, [{"Key": "team", "Value": "gonio"}])
    cloudformation.update_stack(StackName=NAME, TemplateBody=template(3, 72, team="motion"))
    finished(cloudformation, "stack_update_complete")
    assert state(kinesis) == (3, 72, [{"Key": "team", "Value": "motion"}])
    cloudformation.delete_stack(StackName=NAME)
    finished(cloudformation, "stack_delete_complete")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kinesis.describe_stream(StreamName=NAME)
