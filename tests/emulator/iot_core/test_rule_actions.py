"""Topic rules: which run, what each action gets, and what becomes of a message that an action does not take."""

import base64
import json
from typing import Any

import pytest

from emulator.iot_core.mqtt.packets import Publish, Subscribe, Subscription, Version
from tests.emulator.iot_core.installation import Installation, until
from tests.emulator.iot_core.pki import Identity
from tests.emulator.iot_core.wire_client import WireClient

QUEUE = "http://sqs.eu-west-1.localhost/000000000000/errors"
TO_QUEUE = {"sqs": {"roleArn": "r", "queueUrl": QUEUE, "useBase64": False}}


def to_stream(stream: str = "telemetry", partition_key: str = "k") -> dict[str, Any]:
    return {"kinesis": {"roleArn": "r", "streamName": stream, "partitionKey": partition_key}}


@pytest.fixture(scope="module")
def identity(plane: Installation) -> Identity:
    return plane.device("ruler")


def publish(plane: Installation, identity: Identity, topic: str, payload: bytes) -> None:
    """One acknowledged publish."""
    with WireClient(plane, identity) as device:
        device.connect("ruler")
        assert device.publish(topic, payload) == 0


def test_each_action_gets_the_rule_s_output(plane: Installation, identity: Identity) -> None:
    state = plane.aws.state
    function = "arn:aws:lambda:eu-west-1:000000000000:function:f"
    to_bucket = {"s3": {"roleArn": "r", "bucketName": "bucket", "key": "${topic(2)}/${n}.json"}}
    binary = {"sqs": {"roleArn": "r", "queueUrl": QUEUE.replace("errors", "binary"), "useBase64": True}}
    state.rule("all", "SELECT n FROM 'all/+'", {"lambda": {"functionArn": function}}, TO_QUEUE, binary, to_bucket, to_stream())
    plane.until_rules()
    publish(plane, identity, "all/one", b'{"n": 7, "m": 8}')
    output = b'{"n":7}'
    assert (function, output) in state.events
    assert ("errors", output.decode()) in state.messages
    assert ("binary", base64.b64encode(output).decode()) in state.messages
    assert state.objects["bucket/one/7.json"] == output
    assert ("telemetry", "k", output) in state.records


def test_a_message_that_where_does_not_hold_for_is_only_acknowledged(plane: Installation, identity: Identity) -> None:
    plane.aws.state.rule("where", "SELECT * FROM 'where/#' WHERE n > 5", to_stream())
    plane.until_rules()
    publish(plane, identity, "where/a", b'{"n":4,"w":1}')
    publish(plane, identity, "where/a", b'{"n":6,"w":1}')
    assert [data for _, _, data in plane.aws.state.records if b'"w"' in data] == [b'{"n":6,"w":1}']


def test_rules_come_change_and_go_within_two_seconds(plane: Installation, identity: Identity) -> None:
    state = plane.aws.state

    def seen_by(rule: str) -> bool:
        publish(plane, identity, "coming", json.dumps({"probe": rule}).encode())
        return any(json.loads(data).get("by") == rule for _, _, data in state.records if b'"by"' in data)

    state.rule("coming", "SELECT *, 'first' AS by FROM 'coming'", to_stream())
    until(lambda: seen_by("first"), "the new rule runs", 4)
    state.rule("coming", "SELECT *, 'second' AS by FROM 'coming'", to_stream())
    until(lambda: seen_by("second"), "the changed rule runs", 4)
    state.rule("coming", "SELECT *, 'second' AS by FROM 'coming'", to_stream(), ruleDisabled=True)

    def silent() -> bool:
        before = state.record_count
        publish(plane, identity, "coming", b'{"probe":1}')
        return state.record_count == before

    until(silent, "the disabled rule no longer runs", 4)


def test_a_rule_republishes_for_subscribers_and_other_rules(plane: Installation, identity: Identity) -> None:
    state = plane.aws.state
    republish = {"republish": {"roleArn": "r", "topic": "out/${topic(2)}", "qos": 1}}
    state.rule("again", "SELECT n, 'again' AS via FROM 'in/+'", republish)
    state.rule("after", "SELECT * FROM 'out/#'", to_stream())
    plane.until_rules()
    with WireClient(plane, identity, version=Version.V311) as device:
        device.connect("ruler")
        device.send(Subscribe(1, (Subscription("out/#", 0),)))
        device.receive()
        device.send(Publish("in/x", b'{"n":1}', 1, 1))
        answers = [device.receive(), device.receive()]
    assert Publish("out/x", b'{"n":1,"via":"again"}') in answers
    assert ("telemetry", "k", b'{"n":1,"via":"again"}') in state.records


def test_rules_that_republish_to_each_other_come_to_an_end(plane: Installation, identity: Identity) -> None:
    plane.aws.state.rule("circle", "SELECT * FROM 'circle'", {"republish": {"roleArn": "r", "topic": "circle"}})
    plane.until_rules()
    publish(plane, identity, "circle", b"{}")
    assert "republished 10 times" in plane.log


def test_a_republished_message_that_the_broker_does_not_take_stops_no_other(plane: Installation, identity: Identity) -> None:
    state = plane.aws.state
    state.rule("poison", "SELECT * FROM 'poison'", {"republish": {"roleArn": "r", "topic": "to/${t}"}})
    plane.until_rules()
    with WireClient(plane, identity) as device:
        device.connect("ruler")
        device.send(Subscribe(1, (Subscription("to/#", 0),)))
        device.receive()
        device.send(Publish("poison", b'{"t":"a\\u0001b"}', 1, 1), Publish("poison", b'{"t":"fine"}', 1, 2))
        answers = [device.receive() for _ in range(3)]
    assert [item.topic for item in answers if isinstance(item, Publish)] == ["to/fine"]
    assert "broker does not take a message" in plane.log


def test_basic_ingest_runs_one_rule_and_reaches_no_subscriber(plane: Installation, identity: Identity) -> None:
    plane.aws.state.rule("ingested", "SELECT *, topic(1) AS first, topic(3) AS third FROM 'never/matches'", to_stream())
    plane.until_rules()
    with WireClient(plane, identity) as device:
        device.connect("ruler")
        device.send(Subscribe(9, (Subscription("#", 0),)))
        device.receive()
        assert device.publish("$aws/rules/ingested/dt/a/telemetry", b'{"i":1}') == 0
        assert device.silent(0.2)
    assert ("telemetry", "k", b'{"i":1,"first":"dt","third":"telemetry"}') in plane.aws.state.records


def test_a_permanent_failure_goes_to_the_error_action(plane: Installation, identity: Identity) -> None:
    plane.aws.state.rule("broken", "SELECT * FROM 'broken'", to_stream("missing"), errorAction=TO_QUEUE)
    plane.until_rules()
    publish(plane, identity, "broken", b'{"b":1}')
    (body,) = [json.loads(body) for queue, body in plane.aws.state.messages if "broken" in body]
    assert body["ruleName"] == "broken"
    assert body["topic"] == "broken"
    assert body["clientId"] == "ruler"
    assert body["cloudwatchTraceId"]
    assert base64.b64decode(body["base64OriginalPayload"]) == b'{"b":1}'
    (failure,) = body["failures"]
    assert (failure["failedAction"], failure["failedResource"]) == ("KinesisAction", "missing")
    assert "ResourceNotFoundException" in failure["errorMessage"]


def test_a_record_that_is_throttled_is_tried_again(plane: Installation, identity: Identity) -> None:
    plane.aws.state.rule("throttled", "SELECT * FROM 'throttled'", to_stream())
    plane.until_rules()
    plane.aws.state.record_failures = 0.5
    try:
        with WireClient(plane, identity) as device:
            device.connect("ruler")
            sent = [json.dumps({"t": number}).encode() for number in range(1, 61)]
            device.send(*(Publish("throttled", data, 1, number) for number, data in enumerate(sent, 1)))
            for _ in sent:
                device.receive()
        assert [data for data in sent if data not in [record[2] for record in plane.aws.state.records]] == []
    finally:
        plane.aws.state.record_failures = 0.0


def test_a_message_that_no_target_can_ever_take_does_not_hold_its_device(plane: Installation, identity: Identity) -> None:
    plane.aws.state.rule("keyless", "SELECT * FROM 'keyless'", to_stream(partition_key="${missing}"))
    plane.until_rules()
    publish(plane, identity, "keyless", b"{}")
    assert "rule keyless: message on keyless cannot be delivered at all" in plane.log


def test_a_held_message_goes_where_the_mended_rule_sends_it(plane: Installation, identity: Identity) -> None:
    state = plane.aws.state
    state.rule("mended", "SELECT * FROM 'mended'", to_stream("absent"))
    plane.until_rules()
    with WireClient(plane, identity) as device:
        device.connect("ruler")
        device.send(Publish("mended", b'{"m":1}', 1, 1))
        until(lambda: "rule mended: KinesisAction to absent failed" in plane.log, "the action has failed")
        state.rule("mended", "SELECT * FROM 'mended'", to_stream())
        device.receive()
    assert ("telemetry", "k", b'{"m":1}') in state.records


@pytest.mark.parametrize("payload", [b"not json", b"\xff\xfe", b"", b"[1,2]"])
def test_a_payload_that_is_no_json_object_passes_whole(plane: Installation, identity: Identity, payload: bytes) -> None:
    plane.aws.state.rule("whole", "SELECT * FROM 'whole'", to_stream())
    plane.until_rules()
    before = len(plane.aws.state.records)
    publish(plane, identity, "whole", payload)
    assert [data for _, _, data in plane.aws.state.records[before:]] == [payload]
