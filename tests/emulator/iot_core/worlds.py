"""One account in two worlds: in the stub that the gateway's tests use, and in LocalStack with the emulator's own services.

Both have the same certificates, policies, things, groups, rules and targets of actions, so that one contract holds for both.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulator.iot_core.aws_stub import AwsState, AwsStub
from tests.emulator.iot_core.installation import ALLOW_ALL, free_port, policy, statement
from tests.emulator.iot_core.pki import Authority
from tests.emulator.kinesis.stack import LocalStack
from tests.emulator.lambda_.local import RUNTIME, until, zipped

DENY_PUBLISH = policy(statement("Deny", "iot:Publish", "*"))
ROLE = "arn:aws:iam::000000000000:role/r"
TO_STREAM: dict[str, Any] = {"kinesis": {"roleArn": ROLE, "streamName": "telemetry", "partitionKey": "${topic(2)}"}}
TO_QUEUE: dict[str, Any] = {"sqs": {"roleArn": ROLE, "queueUrl": "http://sqs.example/000000000000/errors", "useBase64": False}}


@dataclass(frozen=True, slots=True)
class World:
    """Where the account is, the names that differ, and what arrived at the targets of actions."""

    url: str
    certificate_id: str
    """Of the device `tracker`: active, signed here."""
    foreign_id: str
    """Of an inactive certificate that was registered without its authority."""
    foreign_pem: str
    queue_url: str
    throttling: Callable[[], AbstractContextManager[None]]
    """Within it the stream `narrow` refuses records of which more come than a shard takes."""
    records: Callable[[], list[tuple[str, bytes]]]
    """Partition key and data."""
    messages: Callable[[], list[str]]
    content: Callable[[str], bytes]
    """What the bucket has under a key."""


@contextmanager
def stub_world(folder: Path) -> Iterator[World]:
    """The stub, told by its state."""
    stub = AwsStub(free_port())
    device, foreign = Authority(folder).device("tracker"), Authority(folder, "foreign").device("foreign")
    state, foreign_pem = stub.state, foreign.certificate.read_text()
    state.certificates = {device.id: "ACTIVE", foreign.id: "INACTIVE"}
    state.foreign = {foreign.id: foreign_pem}
    state.policies = {"all": ALLOW_ALL, "quarantine": DENY_PUBLISH}
    state.attached = {"all": {device.id}}
    state.things = {"tracker": {device.id}}
    state.groups, state.parents = {"root": set(), "child": {"tracker"}}, {"child": "root"}
    state.group_policies = {"quarantine": {"root"}}
    state.streams = {"telemetry", "narrow"}
    state.rule("telemetry", "SELECT * FROM 'dt/+'", TO_STREAM, errorAction=TO_QUEUE)
    state.rule("off", "SELECT a FROM 'off'", TO_QUEUE, ruleDisabled=True)
    stub.start()
    yield World(
        url=stub.url,
        certificate_id=device.id,
        foreign_id=foreign.id,
        foreign_pem=foreign_pem,
        queue_url=f"{stub.url}/000000000000/errors",
        throttling=lambda: _refusing(state),
        records=lambda: [(key, data) for _, key, data in state.records],
        messages=lambda: [body for _, body in state.messages],
        content=lambda key: state.objects[f"bucket/{key}"],
    )
    stub.stop()


@contextmanager
def _refusing(state: AwsState) -> Iterator[None]:
    state.record_failures = 1.0
    yield
    state.record_failures = 0.0


@contextmanager
def localstack_world(folder: Path) -> Iterator[World]:
    """LocalStack, told by boto3."""
    authority = Authority(folder)
    files = {"EMULATOR_CA_CERTIFICATE": str(authority.file), "EMULATOR_CA_KEY": str(authority.write_key())}
    stack = LocalStack(folder, LAMBDA_RUNTIME_EXECUTOR="process", EMULATOR_KINESIS_LIMITS="1", **files)
    stack.start()
    try:
        yield _made(stack, folder)
    finally:
        stack.kill()


def _made(stack: LocalStack, folder: Path) -> World:
    foreign = Authority(folder, "foreign").device("foreign")
    iot, sqs, s3 = stack.client("iot"), stack.client("sqs"), stack.client("s3")
    for stream in ("telemetry", "narrow"):
        stack.kinesis.create_stream(StreamName=stream, ShardCount=1)
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    queue_url = sqs.create_queue(QueueName="errors")["QueueUrl"]
    _make_function(stack.client("lambda"))
    certificate_id = _make_device(iot)
    iot.register_certificate_without_ca(certificatePem=foreign.certificate.read_text(), status="INACTIVE")
    _make_rule(iot, "telemetry", "SELECT * FROM 'dt/+'", actions=[TO_STREAM], errorAction=TO_QUEUE)
    _make_rule(iot, "off", "SELECT a FROM 'off'", actions=[TO_QUEUE], ruleDisabled=True)
    return World(
        url=iot.meta.endpoint_url,
        certificate_id=certificate_id,
        foreign_id=foreign.id,
        foreign_pem=foreign.certificate.read_text(),
        queue_url=queue_url,
        throttling=nullcontext,
        records=lambda: _records(stack.kinesis),
        messages=lambda: [message["Body"] for message in sqs.receive_message(QueueUrl=queue_url)["Messages"]],
        content=lambda key: bytes(s3.get_object(Bucket="bucket", Key=key)["Body"].read()),
    )


def _make_device(iot: Any) -> str:
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.create_policy(policyName="all", policyDocument=ALLOW_ALL)
    iot.attach_policy(policyName="all", target=made["certificateArn"])
    iot.create_thing(thingName="tracker")
    iot.attach_thing_principal(thingName="tracker", principal=made["certificateArn"])
    root = iot.create_thing_group(thingGroupName="root")["thingGroupArn"]
    iot.create_thing_group(thingGroupName="child", parentGroupName="root")
    iot.add_thing_to_thing_group(thingName="tracker", thingGroupName="child")
    iot.create_policy(policyName="quarantine", policyDocument=DENY_PUBLISH)
    iot.attach_policy(policyName="quarantine", target=root)
    return str(made["certificateId"])


def _make_rule(iot: Any, name: str, sql: str, **more: Any) -> None:
    iot.create_topic_rule(ruleName=name, topicRulePayload={"sql": sql, "awsIotSqlVersion": "2016-03-23", **more})


def _make_function(functions: Any) -> None:
    code = {"ZipFile": zipped({"app.py": "def handler(event, context): return event\n"})}
    functions.create_function(FunctionName="function", Runtime=RUNTIME, Role=ROLE, Handler="app.handler", Code=code)
    until(lambda: functions.get_function(FunctionName="function")["Configuration"]["State"] == "Active")


def _records(kinesis: Any) -> list[tuple[str, bytes]]:
    shard = kinesis.list_shards(StreamName="telemetry")["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName="telemetry", ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return [(record["PartitionKey"], record["Data"]) for record in kinesis.get_records(ShardIterator=iterator)["Records"]]
