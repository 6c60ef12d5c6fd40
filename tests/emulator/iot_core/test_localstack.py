"""The gateway with the real control plane and the real streams: devices registered by boto3, and LocalStack killed under their feet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.iot_core.mqtt.packets import Disconnect, Publish
from emulator.iot_core.mqtt.reasons import Reason
from tests.emulator.iot_core.installation import ALLOW_ALL, Installation, until
from tests.emulator.iot_core.pki import Identity
from tests.emulator.iot_core.wire_client import WireClient
from tests.emulator.kinesis.stack import LocalStack

ROLE = "arn:aws:iam::000000000000:role/r"


@pytest.fixture
def stack(tmp_path: Path, own_plane: Installation) -> Iterator[LocalStack]:
    """LocalStack that signs by the installation's authority."""
    files = {"EMULATOR_CA_CERTIFICATE": str(own_plane.authority.file), "EMULATOR_CA_KEY": str(own_plane.authority.write_key())}
    stack = LocalStack(tmp_path / "localstack", EMULATOR_DATA_DIR=str(tmp_path / "localstack" / "data"), **files)
    stack.start()
    yield stack
    stack.kill()


def register(iot: Any, folder: Path, name: str) -> Identity:
    """A device as boto3 makes it."""
    made = iot.create_keys_and_certificate(setAsActive=True)
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_text(made["certificatePem"])
    files[1].write_text(made["keyPair"]["PrivateKey"])
    iot.create_thing(thingName=name)
    iot.attach_thing_principal(thingName=name, principal=made["certificateArn"])
    iot.create_policy(policyName="all", policyDocument=ALLOW_ALL)
    iot.attach_policy(policyName="all", target=made["certificateArn"])
    return Identity(made["certificateId"], *files)


def on_stream(kinesis: Any) -> list[bytes]:
    """All records of the stream."""
    found: list[bytes] = []
    for shard in kinesis.list_shards(StreamName="telemetry")["Shards"]:
        request = {"StreamName": "telemetry", "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**request)["ShardIterator"]
        found += [record["Data"] for record in kinesis.get_records(ShardIterator=iterator)["Records"]]
    return found


def test_a_killed_localstack_loses_nothing_and_a_revoked_device_is_closed(own_plane: Installation, stack: LocalStack) -> None:
    iot, kinesis = stack.client("iot"), stack.client("kinesis")
    kinesis.create_stream(StreamName="telemetry", ShardCount=2)
    action = {"kinesis": {"roleArn": ROLE, "streamName": "telemetry", "partitionKey": "${topic(2)}"}}
    rule = {"sql": "SELECT *, topic(2) AS d FROM 'dt/+/telemetry'", "awsIotSqlVersion": "2016-03-23", "actions": [action]}
    iot.create_topic_rule(ruleName="telemetry", topicRulePayload=rule)
    identity = register(iot, own_plane.folder, "d1")
    own_plane.start_broker()
    own_plane.start_gateway("--aws-endpoint-url", iot.meta.endpoint_url)
    until(lambda: "rules in force: telemetry" in own_plane.log, "the rule is known")
    with WireClient(own_plane, identity) as device:
        assert device.connect("d1").code == 0
        assert device.publish("dt/d1/telemetry", b'{"n":0}') == 0
        stack.kill()
        device.send(*(Publish("dt/d1/telemetry", b'{"n":%d}' % number, 1, number) for number in range(1, 11)))
        assert device.silent(0.5)
        stack.start()
        for _ in range(10):
            device.receive(60)
        assert set(on_stream(kinesis)) == {b'{"n":%d,"d":"d1"}' % number for number in range(11)}
        iot.update_certificate(certificateId=identity.id, newStatus="REVOKED")
        assert device.receive() == Disconnect(Reason.NOT_AUTHORIZED)
