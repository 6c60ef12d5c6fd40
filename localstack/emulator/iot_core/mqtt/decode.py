"""Frames to packets, with the checks that MQTT makes a receiver's duty."""

from collections.abc import Callable

from emulator.iot_core.mqtt.errors import MalformedPacketError, MqttError, ProtocolError
from emulator.iot_core.mqtt.frames import Frame
from emulator.iot_core.mqtt.packets import (
    Acknowledgement,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Kind,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Subscription,
    Unsuback,
    Unsubscribe,
    Version,
    Will,
)
from emulator.iot_core.mqtt.properties import (
    ACKNOWLEDGEMENT_PROPERTIES,
    AUTH_PROPERTIES,
    CONNACK_PROPERTIES,
    CONNECT_PROPERTIES,
    DISCONNECT_PROPERTIES,
    NO_PROPERTIES,
    PUBLISH_PROPERTIES,
    SUBSCRIBE_PROPERTIES,
    UNSUBSCRIBE_PROPERTIES,
    WILL_PROPERTIES,
    Properties,
    Property,
    decode_properties,
)
from emulator.iot_core.mqtt.reasons import Reason
from emulator.iot_core.mqtt.wire import Reader

_FLAGS = {Kind.PUBREL: 0x02, Kind.SUBSCRIBE: 0x02, Kind.UNSUBSCRIBE: 0x02}


def decode(frame: Frame, version: Version) -> Packet:
    """The packet in a frame. CONNECT brings its own version. Raises `MqttError` for anything that MQTT forbids."""
    first, body = frame
    try:
        kind = Kind(first >> 4)
    except ValueError as error:
        raise MalformedPacketError("packet type 0 is reserved") from error
    if kind is Kind.PUBLISH:
        return _publish(first, body, version)
    if first & 0x0F != _FLAGS.get(kind, 0):
        raise MalformedPacketError(f"{kind.name} with flags {first & 0x0F:#x}")
    reader = Reader(body)
    packet = _DECODERS[kind](reader, version)
    if not reader.at_end:
        raise MalformedPacketError(f"{kind.name} goes on behind its end")
    return packet


def _publish(first: int, body: bytes, version: Version) -> Publish:
    reader = Reader(body)
    qos = first >> 1 & 0x03
    if qos == 3:
        raise MalformedPacketError("QoS 3")
    topic = reader.text()
    packet_id = _packet_id(reader) if qos else 0
    properties = _properties(reader, version, PUBLISH_PROPERTIES)
    if not topic and Property.TOPIC_ALIAS not in properties:
        raise ProtocolError("neither topic nor alias")
    return Publish(topic, reader.rest(), qos, packet_id, bool(first & 1), bool(first & 8), properties)


def _connect(reader: Reader, _version: Version) -> Connect:
    version = _protocol(reader)
    flags = reader.u8()
    if flags & 1:
        raise MalformedPacketError("reserved CONNECT flag is set")
    keep_alive_s = reader.u16()
    properties = _properties(reader, version, CONNECT_PROPERTIES)
    client_id = reader.text()
    will = _will(flags, reader, version)
    username = reader.text() if flags & 0x80 else None
    if version is Version.V311 and flags & 0x40 and not flags & 0x80:
        raise MalformedPacketError("password without user name")
    password = reader.binary() if flags & 0x40 else None
    return Connect(version, client_id, bool(flags & 0x02), keep_alive_s, properties, will, username, password)


def _protocol(reader: Reader) -> Version:
    name = reader.text()
    if name not in ("MQTT", "MQIsdp"):
        raise MalformedPacketError(f"protocol name {name[:16]!r}")
    level = reader.u8()
    if name != "MQTT" or level not in (Version.V311, Version.V5):
        raise MqttError(Reason.UNSUPPORTED_PROTOCOL_VERSION, f"protocol level {level}")
    return Version(level)


def _will(flags: int, reader: Reader, version: Version) -> Will | None:
    qos = flags >> 3 & 0x03
    if not flags & 0x04:
        if flags & 0x38:
            raise MalformedPacketError("will flags without a will")
        return None
    if qos == 3:
        raise MalformedPacketError("will with QoS 3")
    properties = _properties(reader, version, WILL_PROPERTIES)
    return Will(reader.text(), reader.binary(), qos, bool(flags & 0x20), properties)


def _connack(reader: Reader, version: Version) -> Connack:
    session_present, code = reader.u8(), reader.u8()
    # A refusal of the version comes in the refuser's own form.
    properties = NO_PROPERTIES if reader.at_end else _properties(reader, version, CONNACK_PROPERTIES)
    return Connack(code, bool(session_present), properties)


def _acknowledgement(kind: Kind) -> Callable[[Reader, Version], Acknowledgement]:
    def decoder(reader: Reader, version: Version) -> Acknowledgement:
        packet_id = _packet_id(reader)
        reason, properties = _reason_and_properties(reader, version, ACKNOWLEDGEMENT_PROPERTIES)
        return Acknowledgement(kind, packet_id, reason, properties)

    return decoder


def _subscribe(reader: Reader, version: Version) -> Subscribe:
    packet_id = _packet_id(reader)
    properties = _properties(reader, version, SUBSCRIBE_PROPERTIES)
    subscriptions = []
    while not reader.at_end:
        subscriptions.append(_subscription(reader.text(), reader.u8(), version))
    if not subscriptions:
        raise ProtocolError("SUBSCRIBE without a filter")
    return Subscribe(packet_id, tuple(subscriptions), properties)


def _subscription(topic_filter: str, options: int, version: Version) -> Subscription:
    reserved = 0xC0 if version is Version.V5 else 0xFC
    qos, retain_handling = options & 0x03, options >> 4 & 0x03
    if options & reserved or qos == 3 or retain_handling == 3:
        raise MalformedPacketError(f"subscription options {options:#x}")
    return Subscription(topic_filter, qos, bool(options & 0x04), bool(options & 0x08), retain_handling)


def _suback(reader: Reader, version: Version) -> Suback:
    packet_id = _packet_id(reader)
    properties = _properties(reader, version, ACKNOWLEDGEMENT_PROPERTIES)
    return Suback(packet_id, tuple(reader.rest()), properties)


def _unsubscribe(reader: Reader, version: Version) -> Unsubscribe:
    packet_id = _packet_id(reader)
    properties = _properties(reader, version, UNSUBSCRIBE_PROPERTIES)
    topic_filters = []
    while not reader.at_end:
        topic_filters.append(reader.text())
    if not topic_filters:
        raise ProtocolError("UNSUBSCRIBE without a filter")
    return Unsubscribe(packet_id, tuple(topic_filters), properties)


def _unsuback(reader: Reader, version: Version) -> Unsuback:
    packet_id = _packet_id(reader)
    properties = _properties(reader, version, ACKNOWLEDGEMENT_PROPERTIES)
    return Unsuback(packet_id, tuple(reader.rest()) if version is Version.V5 else (), properties)


def _pingreq(_reader: Reader, _version: Version) -> Pingreq:
    return Pingreq()


def _pingresp(_reader: Reader, _version: Version) -> Pingresp:
    return Pingresp()


def _disconnect(reader: Reader, version: Version) -> Disconnect:
    return Disconnect(*_reason_and_properties(reader, version, DISCONNECT_PROPERTIES))


def _auth(reader: Reader, version: Version) -> Auth:
    if version is not Version.V5:
        raise MalformedPacketError("packet type 15 is reserved in MQTT 3.1.1")
    return Auth(*_reason_and_properties(reader, version, AUTH_PROPERTIES))


def _packet_id(reader: Reader) -> int:
    packet_id = reader.u16()
    if not packet_id:
        raise ProtocolError("packet identifier 0")
    return packet_id


def _properties(reader: Reader, version: Version, allowed: frozenset[Property]) -> Properties:
    return decode_properties(reader, allowed) if version is Version.V5 else NO_PROPERTIES


def _reason_and_properties(reader: Reader, version: Version, allowed: frozenset[Property]) -> tuple[int, Properties]:
    if version is not Version.V5 or reader.at_end:
        return Reason.SUCCESS, NO_PROPERTIES
    reason = reader.u8()
    return reason, NO_PROPERTIES if reader.at_end else decode_properties(reader, allowed)


_DECODERS: dict[Kind, Callable[[Reader, Version], Packet]] = {
    Kind.CONNECT: _connect,
    Kind.CONNACK: _connack,
    Kind.PUBACK: _acknowledgement(Kind.PUBACK),
    Kind.PUBREC: _acknowledgement(Kind.PUBREC),
    Kind.PUBREL: _acknowledgement(Kind.PUBREL),
    Kind.PUBCOMP: _acknowledgement(Kind.PUBCOMP),
    Kind.SUBSCRIBE: _subscribe,
    Kind.SUBACK: _suback,
    Kind.UNSUBSCRIBE: _unsubscribe,
    Kind.UNSUBACK: _unsuback,
    Kind.PINGREQ: _pingreq,
    Kind.PINGRESP: _pingresp,
    Kind.DISCONNECT: _disconnect,
    Kind.AUTH: _auth,
}
