"""What the world is told of a client's coming and going, through subscriptions and through rules."""

import json
from typing import Any

from emulator.iot_core.mqtt.packets import Connect, Disconnect, Publish, Subscribe, Subscription, Version, Will
from emulator.iot_core.mqtt.properties import Properties, Property
from emulator.iot_core.mqtt.reasons import Reason
from tests.emulator.iot_core.installation import Installation, policy, statement, until
from tests.emulator.iot_core.wire_client import WireClient

PRESENCE = "$aws/events/presence"


def kinesis(partition_key: str = "k") -> dict[str, Any]:
    return {"kinesis": {"roleArn": "r", "streamName": "telemetry", "partitionKey": partition_key}}


def watcher(plane: Installation, name: str, *filters: str) -> WireClient:
    client = WireClient(plane, plane.device(name))
    client.connect(name)
    client.send(Subscribe(1, tuple(Subscription(item, 1) for item in filters)))
    client.receive()
    return client


def message(client: WireClient) -> tuple[str, bytes]:
    packet = client.receive()
    assert isinstance(packet, Publish)
    return packet.topic, packet.payload


def event(client: WireClient, kind: str, client_id: str) -> dict[str, Any]:
    topic, payload = message(client)
    assert topic == f"{PRESENCE}/{kind}/{client_id}"
    loaded: dict[str, Any] = json.loads(payload)
    return loaded


def test_coming_and_going_is_told_with_aws_s_fields(plane: Installation) -> None:
    identity = plane.device("guest")
    with watcher(plane, "porter", f"{PRESENCE}/+/guest") as porter:
        with WireClient(plane, identity) as device:
            device.connect("guest")
            came = event(porter, "connected", "guest")
            device.send(Disconnect())
            left = event(porter, "disconnected", "guest")
        with WireClient(plane, identity) as device:
            device.connect("guest")
            again = event(porter, "connected", "guest")
        lost = event(porter, "disconnected", "guest")
    assert came["clientId"] == "guest"
    assert came["eventType"] == "connected"
    assert came["principalIdentifier"] == identity.id
    assert came["ipAddress"] == "127.0.0.1"
    assert left["sessionIdentifier"] == came["sessionIdentifier"] != again["sessionIdentifier"]
    assert left["versionNumber"] == came["versionNumber"] < again["versionNumber"]
    assert (left["clientInitiatedDisconnect"], left["disconnectReason"]) == (True, "CLIENT_INITIATED_DISCONNECT")
    assert (lost["clientInitiatedDisconnect"], lost["disconnectReason"]) == (False, "CONNECTION_LOST")
    assert came["timestamp"] <= left["timestamp"] <= again["timestamp"]


def test_the_reason_of_an_end_is_told(plane: Installation) -> None:
    identity = plane.device("troubled", policy(statement("Allow", "iot:Connect", "*")))
    with watcher(plane, "reporter", f"{PRESENCE}/disconnected/troubled") as reporter:
        with WireClient(plane, identity) as first, WireClient(plane, identity) as second:
            first.connect("troubled")
            second.connect("troubled")
            assert event(reporter, "disconnected", "troubled")["disconnectReason"] == "DUPLICATE_CLIENTID"
            second.send(Publish("forbidden", b"", 0))
            assert event(reporter, "disconnected", "troubled")["disconnectReason"] == "AUTH_ERROR"
        with WireClient(plane, identity) as third:
            third.connect("troubled")
            third.send_bytes(b"\x00\x00")
            assert event(reporter, "disconnected", "troubled")["disconnectReason"] == "CLIENT_ERROR"


def test_rules_see_presence_events(plane: Installation) -> None:
    plane.aws.state.rule("presence", "SELECT clientId, eventType FROM '$aws/events/presence/+/ruled'", kinesis())
    plane.until_rules()
    with WireClient(plane, plane.device("ruled")) as device:
        device.connect("ruled")
    seen = [{"clientId": "ruled", "eventType": kind} for kind in ("connected", "disconnected")]
    until(
        lambda: [json.loads(data) for _, _, data in plane.aws.state.records if b'"ruled"' in data] == seen, "both events are on the stream"
    )


def test_a_lost_client_s_will_goes_to_subscribers_and_rules(plane: Installation) -> None:
    plane.aws.state.rule("wills", "SELECT * FROM 'wills/#'", kinesis())
    plane.until_rules()
    with watcher(plane, "heir", "wills/#") as heir:
        with WireClient(plane, plane.device("mortal")) as device:
            device.connect("mortal", Connect(Version.V5, "mortal", will=Will("wills/mortal", b'{"gone":1}', 1)))
        assert message(heir) == ("wills/mortal", b'{"gone":1}')
    until(lambda: ("telemetry", "k", b'{"gone":1}') in plane.aws.state.records, "the will is on the stream")


def test_a_client_that_says_goodbye_leaves_its_will_only_if_it_wants_to(plane: Installation) -> None:
    identity = plane.device("polite")
    with watcher(plane, "notary", "wills/polite") as notary:
        for reason, payload in ((Reason.SUCCESS, b"no"), (Reason.DISCONNECT_WITH_WILL, b"yes")):
            with WireClient(plane, identity) as device:
                device.connect("polite", Connect(Version.V5, "polite", will=Will("wills/polite", payload)))
                device.send(Disconnect(reason))
        assert message(notary) == ("wills/polite", b"yes")


def test_a_will_that_no_policy_allows_is_not_published(plane: Installation) -> None:
    only = policy(statement("Allow", "iot:Connect", "*"), statement("Allow", "iot:Publish", "topic/wills/meek"))
    identity = plane.device("meek", only)
    with watcher(plane, "judge", "wills/#", f"{PRESENCE}/disconnected/meek") as judge:
        for topic in ("wills/other", "wills/meek"):
            with WireClient(plane, identity) as device:
                device.connect("meek", Connect(Version.V5, "meek", will=Will(topic, b"")))
        topics = [message(judge)[0] for _ in range(3)]
    assert sorted(topics) == [f"{PRESENCE}/disconnected/meek"] * 2 + ["wills/meek"]


def test_a_will_waits_for_its_delay_and_is_forgotten_when_the_session_goes_on(plane: Installation) -> None:
    identity = plane.device("phoenix")

    def connect(delay_s: int, payload: bytes, *, clean: bool = False) -> Connect:
        delay = Properties.of((Property.WILL_DELAY_INTERVAL, delay_s))
        expiry = Properties.of((Property.SESSION_EXPIRY_INTERVAL, 60))
        return Connect(Version.V5, "phoenix", clean, properties=expiry, will=Will("wills/phoenix", payload, 1, False, delay))

    with watcher(plane, "priest", "wills/phoenix") as priest:
        for delay_s, payload in ((60, b"forgotten"), (60, b"new session"), (1, b"delay over")):
            with WireClient(plane, identity) as device:
                device.connect("phoenix", connect(delay_s, payload, clean=payload == b"delay over"))
        assert [message(priest)[1] for _ in range(2)] == [b"new session", b"delay over"]
