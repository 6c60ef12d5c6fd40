"""From a device's publish through a rule to its action, and only then the PUBACK."""

import json

from tests.emulator.iot_core.installation import Installation
from tests.emulator.iot_core.wire_client import WireClient


def test_a_publish_is_on_the_stream_when_it_is_acknowledged(plane: Installation) -> None:
    identity = plane.device("d1")
    kinesis = {"kinesis": {"roleArn": "r", "streamName": "telemetry", "partitionKey": "${topic(2)}"}}
    plane.aws.state.rule("telemetry", "SELECT *, topic(2) AS device_id FROM 'dt/+/telemetry'", kinesis)
    plane.until_rules()
    with WireClient(plane, identity) as device:
        assert device.connect("d1").code == 0
        assert device.publish("dt/d1/telemetry", b'{"v": 1}') == 0
        stream, key, data = plane.aws.state.records[-1]
    assert (stream, key, json.loads(data)) == ("telemetry", "d1", {"v": 1, "device_id": "d1"})
