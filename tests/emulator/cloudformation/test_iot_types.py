"""IoT types and metric filters: created, changed, referred to and deleted by templates."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks

ARN = "arn:aws:iot:eu-west-1:000000000000"


@pytest.fixture
def name() -> str:
    """A stack's name that no other test uses."""
    return f"s{uuid.uuid4().hex[:10]}"


@pytest.fixture
def iot(local_process: LocalProcess) -> Any:
    """The control plane that the stacks change."""
    return local_process.client("iot")


def policy(name: str, client_id: str) -> dict[str, Any]:
    """AWS::IoT::Policy."""
    statement = {"Effect": "Allow", "Action": "iot:Connect", "Resource": f"{ARN}:client/{client_id}"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": name, "PolicyDocument": document}}


def rule(topic: str, **properties: Any) -> dict[str, Any]:
    """AWS::IoT::TopicRule."""
    kinesis = {"StreamName": "s", "PartitionKey": "${topic(4)}", "RoleArn": "arn:aws:iam::000000000000:role/r"}
    statement = "SELECT * FROM '%s'" % topic  # noqa: UP031 - IoT's SQL
    payload = {"Sql": statement, "AwsIotSqlVersion": "2016-03-23", "Actions": [{"Kinesis": kinesis}]}
    return {"Type": "AWS::IoT::TopicRule", "Properties": {"TopicRulePayload": payload, **properties}}


def test_a_policy_is_referred_to_and_gets_a_version_with_each_change(stacks: Stacks, iot: Any, name: str) -> None:
    outputs = {"Ref": {"Ref": "P"}, "Arn": {"Fn::GetAtt": ["P", "Arn"]}, "Id": {"Fn::GetAtt": ["P", "Id"]}}
    made = stacks.deploy(name, {"P": policy(name, "c0")}, outputs=outputs)
    assert (made.status, made.outputs) == ("CREATE_COMPLETE", {"Ref": name, "Arn": f"{ARN}:policy/{name}", "Id": name})
    for change in range(1, 7):
        assert stacks.deploy(name, {"P": policy(name, f"c{change}")}, outputs=outputs).status == "UPDATE_COMPLETE"
    assert "client/c6" in iot.get_policy(policyName=name)["policyDocument"]
    assert [version["versionId"] for version in iot.list_policy_versions(policyName=name)["policyVersions"]] == ["7", "6", "5", "4", "3"]
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        iot.get_policy(policyName=name)


def test_a_renamed_policy_replaces_the_old_one(stacks: Stacks, iot: Any, name: str) -> None:
    stacks.deploy(name, {"P": policy(name, "c")})
    assert stacks.deploy(name, {"P": policy(f"{name}-2", "c")}).status == "UPDATE_COMPLETE"
    names = {item["policyName"] for item in iot.list_policies()["policies"]}
    assert (name in names, f"{name}-2" in names) == (False, True)


def test_a_malformed_policy_fails_with_its_reason_and_leaves_nothing(stacks: Stacks, name: str) -> None:
    malformed = {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17"}}}
    outcome = stacks.deploy(name, {"P": malformed})
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert "MalformedPolicyException" in outcome.failures["P"]


def test_a_rule_has_a_name_of_its_own_and_changes_in_place(stacks: Stacks, iot: Any, name: str) -> None:
    outputs = {"Ref": {"Ref": "R"}, "Arn": {"Fn::GetAtt": ["R", "Arn"]}}
    made = stacks.deploy(name, {"R": rule("a/+")}, outputs=outputs)
    assert made.outputs["Arn"] == f"{ARN}:rule/{made.outputs['Ref']}"
    changed = stacks.deploy(name, {"R": rule("b/+")}, outputs=outputs)
    assert changed.outputs == made.outputs
    described = iot.get_topic_rule(ruleName=made.outputs["Ref"])["rule"]
    assert (described["sql"], described["actions"][0]["kinesis"]["partitionKey"]) == ("SELECT * FROM 'b/+'", "${topic(4)}")
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert made.outputs["Ref"] not in {item["ruleName"] for item in iot.list_topic_rules()["rules"]}


def test_things_types_and_groups_come_change_and_go(stacks: Stacks, iot: Any, name: str) -> None:
    def resources(tenant: str) -> dict[str, Any]:
        attributes = {"Attributes": {"tenant": tenant}}
        thing_type = {"ThingTypeName": name, "ThingTypeProperties": {"ThingTypeDescription": "tracker", "SearchableAttributes": ["tenant"]}}
        group = {"ThingGroupName": name, "ThingGroupProperties": {"ThingGroupDescription": tenant, "AttributePayload": attributes}}
        return {
            "Thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": name, "AttributePayload": attributes}},
            "ThingType": {"Type": "AWS::IoT::ThingType", "Properties": thing_type},
            "Group": {"Type": "AWS::IoT::ThingGroup", "Properties": group},
        }

    outputs = {key: {"Fn::Join": [" ", [{"Ref": key}, {"Fn::GetAtt": [key, "Arn"]}]]} for key in resources("")}
    made = stacks.deploy(name, resources("north"), outputs=outputs)
    assert made.outputs == {
        "Thing": f"{name} {ARN}:thing/{name}",
        "ThingType": f"{name} {ARN}:thingtype/{name}",
        "Group": f"{name} {ARN}:thinggroup/{name}",
    }
    assert stacks.deploy(name, resources("south"), outputs=outputs).status == "UPDATE_COMPLETE"
    assert iot.describe_thing(thingName=name)["attributes"] == {"tenant": "south"}
    assert iot.describe_thing_group(thingGroupName=name)["thingGroupProperties"]["thingGroupDescription"] == "south"
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert iot.list_things(attributeName="tenant", attributeValue="south")["things"] == []


def test_a_metric_filter_comes_changes_and_goes(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    def resources(pattern: str) -> dict[str, Any]:
        transformation = {"MetricName": "errors", "MetricNamespace": name, "MetricValue": "1", "DefaultValue": 0}
        properties = {"LogGroupName": {"Ref": "G"}, "FilterPattern": pattern, "MetricTransformations": [transformation]}
        return {
            "G": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": 7}},
            "F": {"Type": "AWS::Logs::MetricFilter", "Properties": properties},
        }

    logs = local_process.client("logs")
    assert stacks.deploy(name, resources("ERROR")).status == "CREATE_COMPLETE"
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["retentionInDays"] == 7
    assert stacks.deploy(name, resources("POISON")).status == "UPDATE_COMPLETE"
    filters = logs.describe_metric_filters(logGroupName=name)["metricFilters"]
    assert [(item["filterPattern"], item["metricTransformations"][0]["metricName"]) for item in filters] == [("POISON", "errors")]
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []


def test_a_document_may_be_text_too(stacks: Stacks, iot: Any, name: str) -> None:
    resource = policy(name, "c")
    document = resource["Properties"]["PolicyDocument"]
    resource["Properties"]["PolicyDocument"] = json.dumps(document)
    assert stacks.deploy(name, {"P": resource}).status == "CREATE_COMPLETE"
    assert json.loads(iot.get_policy(policyName=name)["policyDocument"]) == document


def test_tags_are_set_and_changed(stacks: Stacks, iot: Any, name: str) -> None:
    def deployed(tag: str) -> list[list[dict[str, str]]]:
        tags = {"Tags": [{"Key": tag, "Value": "1"}]}
        resources = {
            "P": policy(name, "c"),
            "R": rule("a/+", RuleName=name),
            "Y": {"Type": "AWS::IoT::ThingType", "Properties": {"ThingTypeName": name}},
            "G": {"Type": "AWS::IoT::ThingGroup", "Properties": {"ThingGroupName": name}},
        }
        for resource in resources.values():
            resource["Properties"] |= tags
        assert stacks.deploy(name, resources).failures == {}
        arns = [f"{ARN}:{kind}/{name}" for kind in ("policy", "rule", "thingtype", "thinggroup")]
        return [iot.list_tags_for_resource(resourceArn=arn)["tags"] for arn in arns]

    assert deployed("one") == [[{"Key": "one", "Value": "1"}]] * 4
    assert deployed("two") == [[{"Key": "two", "Value": "1"}]] * 4
