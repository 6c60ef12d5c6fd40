"""A deployment after a kill: stacks are forgotten, what is durable is taken over under its name, and nothing is doubled."""

from typing import Any

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks
from tests.emulator.cloudformation.test_iot_types import policy, rule


def resources(client_id: str, topic: str) -> dict[str, Any]:
    """A stack of everything that is durable."""
    return {
        "P": policy("device", client_id),
        "R": rule(topic),
        "T": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": "t", "AttributePayload": {"Attributes": {"tenant": client_id}}}},
        "Y": {"Type": "AWS::IoT::ThingType", "Properties": {"ThingTypeName": "y"}},
        "G": {"Type": "AWS::IoT::ThingGroup", "Properties": {"ThingGroupName": "g"}},
        "S": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "telemetry", "ShardCount": 2, "RetentionPeriodHours": 48}},
    }


def test_a_deployment_after_a_kill_takes_over_what_is_there(own_process: LocalProcess) -> None:
    stacks, iot, kinesis = Stacks(own_process.client("cloudformation")), own_process.client("iot"), own_process.client("kinesis")
    assert stacks.deploy("app", resources("one", "a/one")).status == "CREATE_COMPLETE"
    iot.create_policy(policyName="clients-own", policyDocument=iot.get_policy(policyName="device")["policyDocument"])
    kinesis.update_shard_count(StreamName="telemetry", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    record = kinesis.put_record(StreamName="telemetry", Data=b"kept", PartitionKey="k")

    own_process.kill()
    own_process.start()
    iot.create_policy(policyName="made-since", policyDocument=iot.get_policy(policyName="clients-own")["policyDocument"])

    assert stacks.deploy("app", resources("two", "a/two")).failures == {}
    assert "client/two" in iot.get_policy(policyName="device")["policyDocument"]
    rules = [iot.get_topic_rule(ruleName=item["ruleName"])["rule"] for item in iot.list_topic_rules()["rules"]]
    assert [item["sql"] for item in rules] == ["SELECT * FROM 'a/two'"]
    assert iot.describe_thing(thingName="t")["attributes"] == {"tenant": "two"}
    position = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": record["SequenceNumber"]}
    iterator = kinesis.get_shard_iterator(StreamName="telemetry", ShardId=record["ShardId"], **position)["ShardIterator"]
    assert [item["Data"] for item in kinesis.get_records(ShardIterator=iterator)["Records"]] == [b"kept"]
    assert kinesis.describe_stream_summary(StreamName="telemetry")["StreamDescriptionSummary"]["OpenShardCount"] == 4

    second = stacks.deploy("other", {"P": policy("device", "three")})
    assert "ResourceAlreadyExistsException" in second.failures["P"]
    conflict = stacks.deploy("third", {"P": policy("made-since", "three")})
    assert "ResourceAlreadyExistsException" in conflict.failures["P"]
    assert stacks.delete("app").status == "DELETE_COMPLETE"
    assert {item["policyName"] for item in iot.list_policies()["policies"]} == {"clients-own", "made-since"}


def test_a_deployment_that_fails_after_a_kill_deletes_nothing_that_it_took_over(own_process: LocalProcess) -> None:
    stacks, kinesis = Stacks(own_process.client("cloudformation")), own_process.client("kinesis")
    stream = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "telemetry", "ShardCount": 1}}
    assert stacks.deploy("app", {"S": stream}).status == "CREATE_COMPLETE"

    own_process.kill()
    own_process.start()

    broken = rule("a/#/b") | {"DependsOn": "S"}
    assert stacks.deploy("app", {"S": stream, "R": broken}).status == "ROLLBACK_COMPLETE"
    assert kinesis.describe_stream_summary(StreamName="telemetry")["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"
    stacks.delete("app")
    assert stacks.deploy("app", {"S": stream, "R": rule("a/one")}).status == "CREATE_COMPLETE"
