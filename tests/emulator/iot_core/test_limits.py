"""IoT Core's limits, and clients that break the protocol: each is closed for the right reason, and the gateway serves the others."""

from pathlib import Path

import pytest

from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.packets import (
    Acknowledgement,
    Connack,
    Disconnect,
    Kind,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Version,
)
from emulator.iot_core.mqtt.properties import Properties, Property
from emulator.iot_core.mqtt.reasons import Reason, ReturnCode
from tests.emulator.iot_core.installation import Installation, until
from tests.emulator.iot_core.wire_client import Closed, WireClient


def alias(number: int) -> Properties:
    return Properties.of((Property.TOPIC_ALIAS, number))


def subscribe(*filters: str, qos: int = 1) -> Subscribe:
    return Subscribe(1, tuple(Subscription(item, qos) for item in filters))


LARGEST = b"x" * (128 * 1024)

VIOLATIONS: list[tuple[str, Packet | bytes, Reason]] = [
    ("payload", Publish("a", LARGEST + b"x", 1, 1), Reason.PACKET_TOO_LARGE),
    ("huge", b"\x30\xff\xff\xff\x7f", Reason.PACKET_TOO_LARGE),
    ("length", b"\x30\xff\xff\xff\xff\x01", Reason.MALFORMED_PACKET),
    ("garbage", b"\x00\x00", Reason.MALFORMED_PACKET),
    ("flags", b"\xc1\x00", Reason.MALFORMED_PACKET),
    ("qos2", Publish("a", b"", 2, 1), Reason.QOS_NOT_SUPPORTED),
    ("qos3", b"\x36\x00", Reason.MALFORMED_PACKET),
    ("alias9", Publish("a", b"", 0, properties=alias(9)), Reason.TOPIC_ALIAS_INVALID),
    ("alias0", Publish("a", b"", 0, properties=alias(0)), Reason.TOPIC_ALIAS_INVALID),
    ("alias-unset", Publish("", b"", 0, properties=alias(3)), Reason.PROTOCOL_ERROR),
    ("subscriptions", subscribe(*"abcdefghi"), Reason.QUOTA_EXCEEDED),
    ("subscribe-qos2", subscribe("a", qos=2), Reason.QOS_NOT_SUPPORTED),
    ("pubrel", Acknowledgement(Kind.PUBREL, 1), Reason.PROTOCOL_ERROR),
    ("session", Disconnect(properties=Properties.of((Property.SESSION_EXPIRY_INTERVAL, 60))), Reason.PROTOCOL_ERROR),
]


@pytest.mark.parametrize(("name", "sent", "reason"), VIOLATIONS, ids=[case[0] for case in VIOLATIONS])
def test_a_violation_closes_with_its_reason(plane: Installation, name: str, sent: Packet | bytes, reason: Reason) -> None:
    identity = plane.device(f"violates-{name}")
    with WireClient(plane, identity) as device:
        device.connect(f"violates-{name}")
        device.send_bytes(sent if isinstance(sent, bytes) else encode(sent, Version.V5))
        assert device.receive() == Disconnect(reason)
        with pytest.raises(Closed):
            device.receive()


@pytest.mark.parametrize(
    ("name", "topic"), [("deep", "/".join("123456789")), ("long", "t" * 257), ("wildcard", "a/+"), ("reserved", "$SYS/broker")]
)
def test_a_topic_that_iot_core_does_not_take_is_refused(plane: Installation, name: str, topic: str) -> None:
    identity = plane.device(f"topic-{name}")
    with WireClient(plane, identity) as device:
        device.connect(f"topic-{name}")
        assert device.publish(topic, b"") == Reason.TOPIC_NAME_INVALID
        assert device.receive() == Disconnect(Reason.TOPIC_NAME_INVALID)


def test_the_largest_payload_passes(plane: Installation) -> None:
    identity = plane.device("largest")
    with WireClient(plane, identity) as device:
        device.connect("largest")
        device.send(subscribe("big/+"))
        device.receive()
        device.send(Publish("big/one", LARGEST, 1, 7))
        answers = [device.receive(), device.receive()]
    assert Acknowledgement(Kind.PUBACK, 7) in answers
    assert [item.payload for item in answers if isinstance(item, Publish)] == [LARGEST]


def test_a_connection_has_at_most_50_subscriptions(plane: Installation) -> None:
    identity = plane.device("collector")
    with WireClient(plane, identity) as device:
        device.connect("collector")
        codes: list[int] = []
        for start in range(0, 56, 8):
            device.send(subscribe(*(f"f/{number}" for number in range(start, start + 8))))
            answer = device.receive()
            assert isinstance(answer, Suback)
            codes += answer.codes
    assert codes == [1] * 50 + [Reason.QUOTA_EXCEEDED] * 6


def test_a_topic_alias_stands_for_its_topic(plane: Installation) -> None:
    identity = plane.device("aliases")
    with WireClient(plane, identity) as device:
        device.connect("aliases")
        device.send(subscribe("al/#"))
        device.receive()
        device.send(
            Publish("al/one", b"1", properties=alias(1)),
            Publish("", b"2", properties=alias(1)),
            Publish("al/two", b"3", properties=alias(1)),
        )
        device.send(Publish("", b"4", properties=alias(1)))
        received = [device.receive() for _ in range(4)]
    assert [(item.topic, item.payload) for item in received if isinstance(item, Publish)] == [
        ("al/one", b"1"),
        ("al/one", b"2"),
        ("al/two", b"3"),
        ("al/two", b"4"),
    ]


def test_a_packet_full_of_properties_is_read_like_any_other(plane: Installation) -> None:
    pairs = tuple(("k", "") for _ in range(20_000))
    with WireClient(plane, plane.device("verbose")) as device:
        device.connect("verbose")
        device.send(Publish("a", b"", 1, 1, properties=Properties.of((Property.USER_PROPERTY, pairs))))
        assert device.receive() == Acknowledgement(Kind.PUBACK, 1)


def test_qos_2_is_never_acknowledged_in_mqtt_311(plane: Installation) -> None:
    identity = plane.device("exact")
    with WireClient(plane, identity, version=Version.V311) as device:
        device.connect("exact")
        device.send(Publish("a", b"", 2, 1), subscribe("a", qos=2), Pingreq())
        assert device.receive() == Pingresp()


def test_an_old_protocol_version_is_refused(plane: Installation) -> None:
    identity = plane.device("old")
    with WireClient(plane, identity, version=Version.V311) as device:
        device.send_bytes(b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a")
        answer = device.receive()
    assert answer == Connack(ReturnCode.UNACCEPTABLE_PROTOCOL_VERSION)


def test_a_client_that_reads_nothing_does_not_stop_the_others(plane: Installation) -> None:
    slow, fast = plane.device("slow"), plane.device("fast")
    with WireClient(plane, slow) as reader, WireClient(plane, fast) as writer:
        reader.connect("slow")
        reader.send(Subscribe(1, (Subscription("flood", 0),)))
        reader.receive()
        writer.connect("fast")
        for number in range(1, 301):
            assert writer.publish("flood", LARGEST, number % 100 + 1) == 0
        assert plane.gateway
        pages = int(Path(f"/proc/{plane.gateway.pid}/statm").read_text().split()[1])
        assert pages * 4096 < 300 * 1024 * 1024  # 300 messages of 128 KB do not stay in it


def test_a_rule_of_a_hundred_publishes_in_flight_is_kept_by_not_reading_on(plane: Installation) -> None:
    identity = plane.device("eager")
    plane.aws.state.rule("eager", "SELECT * FROM 'eager/t'", {"kinesis": {"roleArn": "r", "streamName": "telemetry", "partitionKey": "k"}})
    plane.until_rules()
    plane.aws.state.failing.add("kinesis")
    try:
        with WireClient(plane, identity, version=Version.V311) as device:
            device.connect("eager")
            device.send(*(Publish("eager/t", str(number).encode(), 1, number) for number in range(1, 151)))
            assert device.silent(0.5)
            plane.aws.state.failing.discard("kinesis")
            answers = [device.receive() for _ in range(150)]
        assert answers == [Acknowledgement(Kind.PUBACK, number) for number in range(1, 151)]
        sent = {data for _, _, data in plane.aws.state.records}
        until(lambda: sent >= {str(number).encode() for number in range(1, 151)}, "all are on the stream")
    finally:
        plane.aws.state.failing.discard("kinesis")
        del plane.aws.state.rules["eager"]
