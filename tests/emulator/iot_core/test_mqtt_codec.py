"""The codec: what goes in comes out, whatever the network cuts; no bytes make it fail in a way of its own; another library agrees."""

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.mqtt.decode import decode
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.errors import MalformedPacketError, MqttError, PacketTooLargeError
from emulator.iot_core.mqtt.frames import Frame, FrameBuffer
from emulator.iot_core.mqtt.packets import Connect, Packet, Publish, Subscribe, Version, Will
from emulator.iot_core.mqtt.properties import Properties, Property
from tests.emulator.iot_core.packets_strategy import packets, publishes

BOTH = st.sampled_from(Version)


@st.composite
def versioned(draw: st.DrawFn) -> tuple[Version, Packet]:
    """A packet with its version."""
    version = draw(BOTH)
    return version, draw(packets(version))


def frames(data: bytes, chunks: int = 1 << 20) -> list[Frame]:
    """All frames of `data`, fed in pieces."""
    buffer = FrameBuffer(1 << 20)
    found = []
    for start in range(0, len(data), chunks):
        buffer.feed(data[start : start + chunks])
        while frame := buffer.next_frame():
            found.append(frame)
    assert not len(buffer)
    return found


def outcome(frame: Frame, version: Version) -> Packet | MqttError:
    """What a frame is taken for."""
    try:
        return decode(frame, version)
    except MqttError as error:
        return error


@given(versioned())
def test_every_packet_survives_the_wire(case: tuple[Version, Packet]) -> None:
    version, packet = case
    (frame,) = frames(encode(packet, version))
    assert decode(frame, version) == packet


@given(st.lists(packets(Version.V5), max_size=5), st.integers(1, 40))
def test_frames_do_not_depend_on_how_the_network_cuts_the_stream(sent: list[Packet], piece: int) -> None:
    data = b"".join(encode(packet, Version.V5) for packet in sent)
    assert [decode(frame, Version.V5) for frame in frames(data, piece)] == sent


@given(st.integers(0, 255), st.binary(max_size=80), BOTH)
def test_any_body_is_a_packet_or_an_mqtt_error(first: int, body: bytes, version: Version) -> None:
    try:
        packet = decode(Frame(first, body), version)
    except MqttError:
        return
    (frame,) = frames(encode(packet, packet.version if isinstance(packet, Connect) else version))
    assert decode(frame, version) == packet


@given(versioned(), st.data())
def test_a_damaged_packet_is_a_packet_or_an_mqtt_error(case: tuple[Version, Packet], data: st.DataObject) -> None:
    version, packet = case
    (frame,) = frames(encode(packet, version))
    body = bytearray(frame.body)
    for index in data.draw(st.lists(st.integers(0, max(len(body) - 1, 0)), max_size=3)) if body else []:
        body[index] = data.draw(st.integers(0, 255))
    assert isinstance(outcome(Frame(frame.first, bytes(body)), version), Packet.__value__ | MqttError)


def test_a_frame_that_announces_too_much_is_refused_before_it_comes() -> None:
    buffer = FrameBuffer(1000)
    buffer.feed(b"\x30\xe9\x07")
    with pytest.raises(PacketTooLargeError):
        buffer.next_frame()


def test_a_length_of_more_than_four_bytes_is_malformed() -> None:
    buffer = FrameBuffer(1 << 28)
    buffer.feed(b"\x30\xff\xff\xff\xff\x01")
    with pytest.raises(MalformedPacketError):
        buffer.next_frame()


@given(publishes(Version.V5))
def test_another_library_reads_a_publish_as_we_do(packet: Publish) -> None:
    theirs, _ = mqtt5.read(encode(packet, Version.V5))
    assert isinstance(theirs, mqtt5.PublishPacket)
    assert (theirs.topic, theirs.payload, int(theirs.qos), theirs.packet_id or 0) == (
        packet.topic,
        packet.payload,
        packet.qos,
        packet.packet_id,
    )
    assert (theirs.retain, theirs.duplicate) == (packet.retain, packet.dup)
    assert theirs.content_type == packet.properties.text(Property.CONTENT_TYPE)
    assert tuple(theirs.user_properties) == packet.properties.values.get(Property.USER_PROPERTY, ())


@given(st.text("abc/", min_size=1, max_size=9), st.binary(max_size=20), st.integers(0, 2), st.booleans())
def test_we_read_another_library_s_connect(topic: str, payload: bytes, qos: int, retain: bool) -> None:
    theirs = mqtt5.ConnectPacket(
        client_id="device",
        clean_start=True,
        will=mqtt5.Will(topic=topic, payload=payload, qos=mqtt5.QoS(qos), retain=retain, will_delay_interval=7),
        keep_alive=33,
        session_expiry_interval=5,
    )
    (frame,) = frames(bytes(theirs.write()))
    ours = decode(frame, Version.V5)
    assert isinstance(ours, Connect)
    assert (ours.client_id, ours.clean_start, ours.keep_alive_s) == ("device", True, 33)
    assert ours.properties.integer(Property.SESSION_EXPIRY_INTERVAL, 0) == 5
    assert ours.will == Will(topic, payload, qos, retain, Properties.of((Property.WILL_DELAY_INTERVAL, 7)))


@given(st.lists(st.tuples(st.sampled_from(["a", "a/b", "+/b", "a/#", "#"]), st.integers(0, 2), st.booleans()), min_size=1, max_size=4))
def test_we_read_another_library_s_subscribe(wanted: list[tuple[str, int, bool]]) -> None:
    filters = [mqtt5.TopicFilter(name, max_qos=mqtt5.QoS(qos), no_local=no_local) for name, qos, no_local in wanted]
    (frame,) = frames(bytes(mqtt5.SubscribePacket(9, filters).write()))
    ours = decode(frame, Version.V5)
    assert isinstance(ours, Subscribe)
    assert [(item.topic_filter, item.qos, item.no_local) for item in ours.subscriptions] == wanted
