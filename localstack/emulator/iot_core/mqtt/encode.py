"""Packets to bytes."""

from functools import singledispatch

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
from emulator.iot_core.mqtt.properties import Properties, encode_properties
from emulator.iot_core.mqtt.reasons import Reason
from emulator.iot_core.mqtt.wire import U16, binary, text, variable_integer

_RESERVED_FLAGS = 0x02
"""Flags of PUBREL, SUBSCRIBE and UNSUBSCRIBE."""


def encode(packet: Packet, version: Version) -> bytes:
    """The packet on the wire, in the version's form."""
    first, body = _body(packet, version)
    return bytes((first,)) + variable_integer(len(body)) + body


@singledispatch
def _body(packet: object, _version: Version) -> tuple[int, bytes]:
    raise TypeError(f"{packet!r} is no packet")


@_body.register
def _connect(packet: Connect, _version: Version) -> tuple[int, bytes]:
    head = text("MQTT") + bytes((packet.version, _connect_flags(packet))) + U16.pack(packet.keep_alive_s)
    parts = [head, _properties(packet.properties, packet.version), text(packet.client_id)]
    if packet.will:
        parts.append(_will(packet.will, packet.version))
    if packet.username is not None:
        parts.append(text(packet.username))
    if packet.password is not None:
        parts.append(binary(packet.password))
    return Kind.CONNECT << 4, b"".join(parts)


def _connect_flags(packet: Connect) -> int:
    flags = packet.clean_start << 1 | (packet.password is not None) << 6 | (packet.username is not None) << 7
    if packet.will:
        flags |= 0x04 | packet.will.qos << 3 | packet.will.retain << 5
    return flags


def _will(will: Will, version: Version) -> bytes:
    return _properties(will.properties, version) + text(will.topic) + binary(will.payload)


@_body.register
def _connack(packet: Connack, version: Version) -> tuple[int, bytes]:
    return Kind.CONNACK << 4, bytes((packet.session_present, packet.code)) + _properties(packet.properties, version)


@_body.register
def _publish(packet: Publish, version: Version) -> tuple[int, bytes]:
    first = Kind.PUBLISH << 4 | packet.dup << 3 | packet.qos << 1 | packet.retain
    packet_id = U16.pack(packet.packet_id) if packet.qos else b""
    return first, text(packet.topic) + packet_id + _properties(packet.properties, version) + packet.payload


@_body.register
def _acknowledgement(packet: Acknowledgement, version: Version) -> tuple[int, bytes]:
    flags = _RESERVED_FLAGS if packet.kind is Kind.PUBREL else 0
    tail = _reason_and_properties(packet.reason, packet.properties) if version is Version.V5 else b""
    return packet.kind << 4 | flags, U16.pack(packet.packet_id) + tail


@_body.register
def _subscribe(packet: Subscribe, version: Version) -> tuple[int, bytes]:
    filters = b"".join(text(item.topic_filter) + bytes((_options(item),)) for item in packet.subscriptions)
    return Kind.SUBSCRIBE << 4 | _RESERVED_FLAGS, U16.pack(packet.packet_id) + _properties(packet.properties, version) + filters


def _options(item: Subscription) -> int:
    return item.qos | item.no_local << 2 | item.retain_as_published << 3 | item.retain_handling << 4


@_body.register
def _suback(packet: Suback, version: Version) -> tuple[int, bytes]:
    return Kind.SUBACK << 4, U16.pack(packet.packet_id) + _properties(packet.properties, version) + bytes(packet.codes)


@_body.register
def _unsubscribe(packet: Unsubscribe, version: Version) -> tuple[int, bytes]:
    filters = b"".join(map(text, packet.topic_filters))
    return Kind.UNSUBSCRIBE << 4 | _RESERVED_FLAGS, U16.pack(packet.packet_id) + _properties(packet.properties, version) + filters


@_body.register
def _unsuback(packet: Unsuback, version: Version) -> tuple[int, bytes]:
    codes = bytes(packet.codes) if version is Version.V5 else b""
    return Kind.UNSUBACK << 4, U16.pack(packet.packet_id) + _properties(packet.properties, version) + codes


@_body.register
def _pingreq(_packet: Pingreq, _version: Version) -> tuple[int, bytes]:
    return Kind.PINGREQ << 4, b""


@_body.register
def _pingresp(_packet: Pingresp, _version: Version) -> tuple[int, bytes]:
    return Kind.PINGRESP << 4, b""


@_body.register
def _disconnect(packet: Disconnect, version: Version) -> tuple[int, bytes]:
    return Kind.DISCONNECT << 4, _reason_and_properties(packet.reason, packet.properties) if version is Version.V5 else b""


@_body.register
def _auth(packet: Auth, _version: Version) -> tuple[int, bytes]:
    return Kind.AUTH << 4, _reason_and_properties(packet.reason, packet.properties)


def _properties(properties: Properties, version: Version) -> bytes:
    return encode_properties(properties) if version is Version.V5 else b""


def _reason_and_properties(reason: int, properties: Properties) -> bytes:
    """A reason code and properties, left out where MQTT 5 lets them be (3.4.2.1)."""
    if properties.values:
        return bytes((reason,)) + encode_properties(properties)
    return b"" if reason == Reason.SUCCESS else bytes((reason,))
