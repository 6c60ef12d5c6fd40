"""AWS's own device SDK, unchanged, and paho: both protocol versions against the gateway."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

import paho.mqtt.client as paho
import pytest
from awscrt import mqtt, mqtt5
from awscrt.exceptions import AwsCrtError
from awsiot import mqtt5_client_builder, mqtt_connection_builder
from paho.mqtt.enums import CallbackAPIVersion

from tests.emulator.iot_core.installation import Installation, policy, statement, until
from tests.emulator.iot_core.pki import Identity

TIMEOUT_S = 20
TO_STREAM = {"kinesis": {"roleArn": "r", "streamName": "telemetry", "partitionKey": "k"}}
MINE = policy(
    statement("Allow", "iot:Connect", "client/${iot:Connection.Thing.ThingName}"),
    statement("Allow", ["iot:Publish", "iot:Receive"], "topic/dt/${iot:Connection.Thing.ThingName}/*"),
    statement("Allow", "iot:Subscribe", "topicfilter/dt/${iot:Connection.Thing.ThingName}/*"),
)


@dataclass
class Sdk5:
    """An MQTT 5 client of the SDK with what its callbacks saw."""

    received: Queue[tuple[str, bytes]] = field(default_factory=Queue)
    successes: Queue[Any] = field(default_factory=Queue)
    failures: Queue[Any] = field(default_factory=Queue)
    disconnections: Queue[Any] = field(default_factory=Queue)
    stopped: threading.Event = field(default_factory=threading.Event)

    def client(self, plane: Installation, identity: Identity, client_id: str, **options: Any) -> mqtt5.Client:
        """A client that is not yet started."""
        return mqtt5_client_builder.mtls_from_path(
            str(identity.certificate),
            str(identity.key),
            endpoint="localhost",
            port=plane.port,
            ca_filepath=str(plane.authority.file),
            client_id=client_id,
            min_reconnect_delay_ms=100,
            max_reconnect_delay_ms=500,
            on_publish_received=lambda data: self.received.put((data.publish_packet.topic, data.publish_packet.payload)),
            on_lifecycle_connection_success=self.successes.put,
            on_lifecycle_connection_failure=self.failures.put,
            on_lifecycle_disconnection=self.disconnections.put,
            on_lifecycle_stopped=lambda _: self.stopped.set(),
            **options,
        )

    @contextmanager
    def running(self, plane: Installation, identity: Identity, client_id: str, **options: Any) -> Iterator[mqtt5.Client]:
        """A started client, stopped at the end."""
        client = self.client(plane, identity, client_id, **options)
        client.start()
        yield client
        client.stop()
        assert self.stopped.wait(TIMEOUT_S)


def test_an_mqtt_5_device_publishes_receives_and_is_recorded(plane: Installation) -> None:
    plane.aws.state.rule("sdk", "SELECT * FROM 'dt/+/telemetry'", TO_STREAM)
    plane.until_rules()
    identity, sdk = plane.device("sdk5", MINE), Sdk5()
    aliases = mqtt5.TopicAliasingOptions(outbound_behavior=mqtt5.OutboundTopicAliasBehaviorType.LRU)
    with sdk.running(plane, identity, "sdk5", topic_aliasing_options=aliases) as client:
        negotiated = sdk.successes.get(timeout=TIMEOUT_S).negotiated_settings
        assert (negotiated.receive_maximum_from_server, negotiated.topic_alias_maximum_to_server) == (100, 8)
        wanted = mqtt5.SubscribePacket([mqtt5.Subscription("dt/sdk5/#", mqtt5.QoS.AT_LEAST_ONCE)])
        assert client.subscribe(wanted).result(TIMEOUT_S).reason_codes == [mqtt5.SubackReasonCode.GRANTED_QOS_1]
        payloads = [json.dumps({"n": number}).encode() for number in range(30)]
        published = [client.publish(_publish("dt/sdk5/telemetry", item)) for item in payloads]
        assert {future.result(TIMEOUT_S).puback.reason_code for future in published} == {mqtt5.PubackReasonCode.SUCCESS}
        assert [sdk.received.get(timeout=TIMEOUT_S) for _ in payloads] == [("dt/sdk5/telemetry", item) for item in payloads]
    assert set(payloads) <= {data for _, _, data in plane.aws.state.records}


def test_an_mqtt_5_device_sees_why_its_publish_was_refused(plane: Installation) -> None:
    identity, sdk = plane.device("sdk5-denied", MINE), Sdk5()
    with sdk.running(plane, identity, "sdk5-denied") as client:
        sdk.successes.get(timeout=TIMEOUT_S)
        refused = client.publish(_publish("dt/other/telemetry", b""))
        assert refused.result(TIMEOUT_S).puback.reason_code == mqtt5.PubackReasonCode.NOT_AUTHORIZED
        assert sdk.disconnections.get(timeout=TIMEOUT_S).disconnect_packet.reason_code == mqtt5.DisconnectReasonCode.NOT_AUTHORIZED


@pytest.mark.parametrize("case", ["another's id", "revoked"])
def test_an_mqtt_5_device_sees_why_it_may_not_connect(plane: Installation, case: str) -> None:
    name = f"sdk5-{case[:3]}"
    identity, sdk = plane.device(name, MINE), Sdk5()
    if case == "revoked":
        plane.aws.state.certificates[identity.id] = "REVOKED"
    with sdk.running(plane, identity, name if case == "revoked" else "somebody"):
        assert sdk.failures.get(timeout=TIMEOUT_S).connack_packet.reason_code == mqtt5.ConnectReasonCode.NOT_AUTHORIZED


def test_an_mqtt_311_device_publishes_receives_and_is_recorded(plane: Installation) -> None:
    plane.aws.state.rule("sdk", "SELECT * FROM 'dt/+/telemetry'", TO_STREAM)
    plane.until_rules()
    identity, received = plane.device("sdk3", MINE), Queue[tuple[str, bytes]]()
    connection = _connection_311(plane, identity, "sdk3")
    connection.connect().result(TIMEOUT_S)
    subscribed, _ = connection.subscribe("dt/sdk3/#", mqtt.QoS.AT_LEAST_ONCE, lambda topic, payload, **_: received.put((topic, payload)))
    assert subscribed.result(TIMEOUT_S)["qos"] == mqtt.QoS.AT_LEAST_ONCE
    published, _ = connection.publish("dt/sdk3/telemetry", b'{"three":1}', mqtt.QoS.AT_LEAST_ONCE)
    published.result(TIMEOUT_S)
    assert received.get(timeout=TIMEOUT_S) == ("dt/sdk3/telemetry", b'{"three":1}')
    assert ("telemetry", "k", b'{"three":1}') in plane.aws.state.records
    connection.disconnect().result(TIMEOUT_S)


def test_an_mqtt_311_device_may_not_bear_another_s_id(plane: Installation) -> None:
    identity = plane.device("sdk3-denied", MINE)
    with pytest.raises(AwsCrtError, match="AWS_ERROR_MQTT"):
        _connection_311(plane, identity, "somebody").connect().result(TIMEOUT_S)


def test_paho_is_told_why_it_may_not_connect(plane: Installation) -> None:
    identity = plane.device("paho", MINE)
    codes: Queue[int] = Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, "somebody", protocol=paho.MQTTv311)
    client.tls_set(str(plane.authority.file), str(identity.certificate), str(identity.key))
    client.on_connect = lambda _client, _data, _flags, reason, _properties: codes.put(reason.value)
    client.connect("localhost", plane.port)
    until(lambda: client.loop(0.1) or not codes.empty(), "an answer")
    assert codes.get(timeout=TIMEOUT_S) == 0x87  # paho's own name for return code 5, "Not authorized"
    client.disconnect()


def _publish(topic: str, payload: bytes) -> mqtt5.PublishPacket:
    return mqtt5.PublishPacket(topic=topic, qos=mqtt5.QoS.AT_LEAST_ONCE, payload=payload)


def _connection_311(plane: Installation, identity: Identity, client_id: str) -> mqtt.Connection:
    return mqtt_connection_builder.mtls_from_path(
        str(identity.certificate),
        str(identity.key),
        endpoint="localhost",
        port=plane.port,
        ca_filepath=str(plane.authority.file),
        client_id=client_id,
        clean_session=True,
        keep_alive_secs=30,
    )
