"""The other types that the product's templates are made of: each is created, changed and deleted for real."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.cloudformation.local_process import LocalProcess
from tests.emulator.cloudformation.stacks import Stacks


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"p{uuid.uuid4().hex[:10]}"


def statement(principal: str | None, action: str) -> dict[str, Any]:
    """A policy document."""
    allowed: dict[str, Any] = {"Effect": "Allow", "Action": action}
    allowed |= {"Principal": {"Service": principal}} if principal else {"Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def role(name: str, action: str, **properties: Any) -> dict[str, Any]:
    """AWS::IAM::Role with one inline policy."""
    policies = [{"PolicyName": "inline", "PolicyDocument": statement(None, action)}]
    trust = statement("lambda.amazonaws.com", "sts:AssumeRole")
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"RoleName": name, "AssumeRolePolicyDocument": trust, "Policies": policies, **properties},
    }


def test_a_stream_is_scaled_and_retained_longer_and_shorter(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    kinesis = local_process.client("kinesis")

    def deployed(shards: int, hours: int) -> tuple[str, int, int]:
        properties = {"Name": name, "ShardCount": shards, "RetentionPeriodHours": hours, "Tags": [{"Key": "shards", "Value": str(shards)}]}
        outcome = stacks.deploy(name, {"S": {"Type": "AWS::Kinesis::Stream", "Properties": properties}})
        summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == properties["Tags"]
        return outcome.status, summary["OpenShardCount"], summary["RetentionPeriodHours"]

    assert deployed(3, 72) == ("CREATE_COMPLETE", 3, 72)
    assert deployed(4, 96) == ("UPDATE_COMPLETE", 4, 96)
    assert deployed(2, 24) == ("UPDATE_COMPLETE", 2, 24)
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert name not in kinesis.list_streams()["StreamNames"]


def test_a_queue_and_its_policy_change(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    def resources(seconds: int, action: str) -> dict[str, Any]:
        queue = {"QueueName": name, "MessageRetentionPeriod": seconds, "SqsManagedSseEnabled": True}
        policy: dict[str, Any] = {"Queues": [{"Ref": "Q"}], "PolicyDocument": statement("sns.amazonaws.com", action)}
        policy["PolicyDocument"]["Statement"][0]["Resource"] = {"Fn::GetAtt": ["Q", "Arn"]}
        return {"Q": {"Type": "AWS::SQS::Queue", "Properties": queue}, "P": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}}

    def attributes() -> dict[str, str]:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])

    sqs = local_process.client("sqs")
    assert stacks.deploy(name, resources(1000, "sqs:SendMessage")).status == "CREATE_COMPLETE"
    assert stacks.deploy(name, resources(2000, "sqs:ReceiveMessage")).status == "UPDATE_COMPLETE"
    found = attributes()
    assert found["MessageRetentionPeriod"] == "2000"
    assert json.loads(found["Policy"])["Statement"][0]["Action"] == "sqs:ReceiveMessage"
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="NonExistentQueue"):
        attributes()


def test_a_bucket_and_its_policy_change(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    def resources(days: int, *, versioned: bool) -> dict[str, Any]:
        encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        bucket: dict[str, Any] = {
            "BucketName": name,
            "BucketEncryption": {"ServerSideEncryptionConfiguration": encryption},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "RestrictPublicBuckets": versioned},
            "LifecycleConfiguration": {"Rules": [{"Id": "forget", "Status": "Enabled", "ExpirationInDays": days}]},
            **({"VersioningConfiguration": {"Status": "Enabled"}} if versioned else {}),
        }
        policy: dict[str, Any] = {"Bucket": {"Ref": "B"}, "PolicyDocument": statement("delivery.logs.amazonaws.com", "s3:PutObject")}
        policy["PolicyDocument"]["Statement"][0]["Resource"] = {"Fn::Sub": "${B.Arn}/*"}
        return {"B": {"Type": "AWS::S3::Bucket", "Properties": bucket}, "P": {"Type": "AWS::S3::BucketPolicy", "Properties": policy}}

    s3 = local_process.client("s3")
    assert stacks.deploy(name, resources(30, versioned=True)).status == "CREATE_COMPLETE"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert stacks.deploy(name, resources(60, versioned=False)).status == "UPDATE_COMPLETE"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["Expiration"] == {"Days": 60}
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"] is False
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert name not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def test_a_bucket_property_that_is_not_handled_fails_by_its_name(stacks: Stacks, name: str) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, "ReplicationConfiguration": {"Role": "r", "Rules": []}}}
    assert "ReplicationConfiguration" in stacks.deploy(name, {"B": bucket}).failures["B"]


def test_roles_and_managed_policies_change_what_they_grant(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    def resources(action: str) -> dict[str, Any]:
        managed = {"ManagedPolicyName": name, "PolicyDocument": statement(None, action), "Roles": [{"Ref": "R"}]}
        return {"R": role(name, action), "M": {"Type": "AWS::IAM::ManagedPolicy", "Properties": managed}}

    iam = local_process.client("iam")
    made = stacks.deploy(name, resources("sqs:SendMessage"), outputs={"Role": {"Fn::GetAtt": ["R", "Arn"]}, "Managed": {"Ref": "M"}})
    arn = f"arn:aws:iam::000000000000:policy/{name}"
    assert made.outputs == {"Role": f"arn:aws:iam::000000000000:role/{name}", "Managed": arn}
    assert stacks.deploy(name, resources("sqs:DeleteMessage")).status == "UPDATE_COMPLETE"
    inline = iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    managed = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    assert [document["Statement"][0]["Action"] for document in (inline, managed)] == ["sqs:DeleteMessage"] * 2
    assert [item["PolicyArn"] for item in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]] == [arn]
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert name not in {item["RoleName"] for item in iam.list_roles()["Roles"]}


def test_a_function_its_permission_and_its_mapping_change(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    def resources(answer: int, **mapping: Any) -> dict[str, Any]:
        function = {
            "FunctionName": name,
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["R", "Arn"]},
            "Code": {"ZipFile": f"def handler(event, context):\n    return {answer}\n"},
            "Environment": {"Variables": {"ANSWER": str(answer)}},
            "Timeout": 10 + answer,
        }
        source = {"EventSourceArn": {"Fn::GetAtt": ["S", "Arn"]}, "FunctionName": {"Ref": "F"}, "StartingPosition": "TRIM_HORIZON"}
        permission = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "F"}, "Principal": "iot.amazonaws.com"}
        return {
            "R": role(name, "kinesis:*"),
            "S": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": name, "ShardCount": 1}},
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}},
            "F": {"Type": "AWS::Lambda::Function", "Properties": function},
            "P": {"Type": "AWS::Lambda::Permission", "Properties": permission},
            "E": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": source | mapping},
        }

    lambda_ = local_process.client("lambda")
    assert stacks.deploy(name, resources(1, BatchSize=10)).status == "CREATE_COMPLETE"
    destination = {"OnFailure": {"Destination": {"Fn::GetAtt": ["Q", "Arn"]}}}
    changed = resources(
        2, BatchSize=50, FunctionResponseTypes=["ReportBatchItemFailures"], DestinationConfig=destination, MaximumRetryAttempts=3
    )
    assert stacks.deploy(name, changed).failures == {}
    configuration = lambda_.get_function_configuration(FunctionName=name)
    assert (configuration["Timeout"], configuration["Environment"]["Variables"]) == (12, {"ANSWER": "2"})
    mapping = lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"][0]
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"], mapping["MaximumRetryAttempts"]) == (50, ["ReportBatchItemFailures"], 3)
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"].endswith(f":{name}")
    assert "iot.amazonaws.com" in lambda_.get_policy(FunctionName=name)["Policy"]
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"] == []


def test_a_generated_secret_is_kept_until_its_recipe_changes(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    def deployed(description: str, length: int) -> dict[str, Any]:
        recipe = {
            "SecretStringTemplate": '{"username": "app"}',
            "GenerateStringKey": "password",
            "PasswordLength": length,
            "ExcludeCharacters": '"@/',
        }
        properties = {"Name": name, "Description": description, "GenerateSecretString": recipe}
        stacks.deploy(name, {"S": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}})
        assert secrets.describe_secret(SecretId=name)["Description"] == description
        return dict(json.loads(secrets.get_secret_value(SecretId=name)["SecretString"]))

    secrets = local_process.client("secretsmanager")
    first = deployed("one", 30)
    assert (first["username"], len(first["password"]), set(first["password"]) & set('"@/')) == ("app", 30, set())
    assert deployed("two", 30) == first
    assert len(deployed("two", 40)["password"]) == 40
    assert stacks.delete(name).status == "DELETE_COMPLETE"


def test_parameters_alarms_topics_and_event_rules_change(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    def resources(value: int) -> dict[str, Any]:
        alarm = {
            "AlarmName": name,
            "Namespace": "n",
            "MetricName": "m",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": value,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [{"Ref": "T"}],
        }
        event = {
            "Name": name,
            "ScheduleExpression": f"rate({value + 1} minutes)",
            "Targets": [{"Id": f"t{value}", "Arn": {"Fn::GetAtt": ["Q", "Arn"]}}],
        }
        return {
            "Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}},
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": f"/{name}", "Type": "String", "Value": str(value)}},
            "T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, "DisplayName": f"d{value}"}},
            "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
            "E": {"Type": "AWS::Events::Rule", "Properties": event},
        }

    client = local_process.client
    assert stacks.deploy(name, resources(1)).status == "CREATE_COMPLETE"
    assert stacks.deploy(name, resources(2)).failures == {}
    assert client("ssm").get_parameter(Name=f"/{name}")["Parameter"]["Value"] == "2"
    assert client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["Threshold"] == 2.0
    assert client("events").describe_rule(Name=name)["ScheduleExpression"] == "rate(3 minutes)"
    assert [target["Id"] for target in client("events").list_targets_by_rule(Rule=name)["Targets"]] == ["t2"]
    topic = f"arn:aws:sns:eu-west-1:000000000000:{name}"
    assert client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "d2"
    assert stacks.delete(name).status == "DELETE_COMPLETE"
    assert client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"] == []
    assert name not in {rule["Name"] for rule in client("events").list_rules()["Rules"]}


def test_exports_conditions_and_secret_parameters(stacks: Stacks, local_process: LocalProcess, name: str) -> None:
    client = local_process.client("cloudformation")
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}}
    exported = {"Outputs": {"Topic": {"Value": {"Ref": "T"}, "Export": {"Name": f"{name}-topic"}}}}
    template = {
        "Parameters": {"Password": {"Type": "String", "NoEcho": True}, "Wanted": {"Type": "String", "Default": "no"}},
        "Conditions": {"IsWanted": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
        "Resources": {"T": topic, "Unwanted": {"Type": "AWS::SQS::Queue", "Condition": "IsWanted", "Properties": {"QueueName": name}}},
        **exported,
    }
    parameters = [{"ParameterKey": "Password", "ParameterValue": "s3cret"}]
    client.create_stack(StackName=name, TemplateBody=json.dumps(template), Parameters=parameters)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    assert {item["ParameterKey"]: item["ParameterValue"] for item in stack["Parameters"]} == {"Password": "****", "Wanted": "no"}
    assert [item["LogicalResourceId"] for item in client.list_stack_resources(StackName=name)["StackResourceSummaries"]] == ["T"]
    importing = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": f"{name}-topic"}}}}
    value = {"Value": {"Fn::GetAtt": ["P", "Value"]}}
    assert stacks.deploy(f"{name}-b", importing, outputs=value).outputs["Value"].endswith(f":{name}")
