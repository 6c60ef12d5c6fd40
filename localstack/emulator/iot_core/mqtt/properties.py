"""Properties of MQTT 5 (2.2.2): identifiers, wire types, and which packet may carry which."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from emulator.iot_core.mqtt.errors import MalformedPacketError, ProtocolError
from emulator.iot_core.mqtt.wire import U16, U32, Reader, binary, text, variable_integer

type PropertyValue = int | str | bytes | tuple[int, ...] | tuple[tuple[str, str], ...]


class Property(IntEnum):
    """A property's identifier."""

    PAYLOAD_FORMAT_INDICATOR = 0x01
    MESSAGE_EXPIRY_INTERVAL = 0x02
    CONTENT_TYPE = 0x03
    RESPONSE_TOPIC = 0x08
    CORRELATION_DATA = 0x09
    SUBSCRIPTION_IDENTIFIER = 0x0B
    SESSION_EXPIRY_INTERVAL = 0x11
    ASSIGNED_CLIENT_IDENTIFIER = 0x12
    SERVER_KEEP_ALIVE = 0x13
    AUTHENTICATION_METHOD = 0x15
    AUTHENTICATION_DATA = 0x16
    REQUEST_PROBLEM_INFORMATION = 0x17
    WILL_DELAY_INTERVAL = 0x18
    REQUEST_RESPONSE_INFORMATION = 0x19
    RESPONSE_INFORMATION = 0x1A
    SERVER_REFERENCE = 0x1C
    REASON_STRING = 0x1F
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS_MAXIMUM = 0x22
    TOPIC_ALIAS = 0x23
    MAXIMUM_QOS = 0x24
    RETAIN_AVAILABLE = 0x25
    USER_PROPERTY = 0x26
    MAXIMUM_PACKET_SIZE = 0x27
    WILDCARD_SUBSCRIPTION_AVAILABLE = 0x28
    SUBSCRIPTION_IDENTIFIERS_AVAILABLE = 0x29
    SHARED_SUBSCRIPTION_AVAILABLE = 0x2A


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of one packet. User properties are a tuple of pairs in their order, subscription identifiers a tuple of integers."""

    values: MappingProxyType[Property, PropertyValue] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def of(*pairs: tuple[Property, PropertyValue]) -> "Properties":
        """Properties from pairs."""
        return Properties(MappingProxyType(dict(pairs)))

    def integer(self, key: Property, default: int) -> int:
        """An integer property, or `default`."""
        value = self.values.get(key, default)
        return value if isinstance(value, int) else default

    def text(self, key: Property) -> str | None:
        """A string property, or None."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def without(self, *keys: Property) -> "Properties":
        """The same without `keys`."""
        if not any(key in self.values for key in keys):
            return self
        return Properties(MappingProxyType({key: value for key, value in self.values.items() if key not in keys}))

    def only(self, keys: frozenset[Property]) -> "Properties":
        """The same with nothing but `keys`."""
        return Properties(MappingProxyType({key: value for key, value in self.values.items() if key in keys}))

    def plus(self, *pairs: tuple[Property, PropertyValue]) -> "Properties":
        """The same with `pairs` added or replaced."""
        return Properties(MappingProxyType({**self.values, **dict(pairs)}))

    def __contains__(self, key: Property) -> bool:
        return key in self.values

    def __hash__(self) -> int:
        return hash(frozenset(self.values.items()))


NO_PROPERTIES = Properties()

_P = Property
MESSAGE_PROPERTIES = frozenset(
    {_P.PAYLOAD_FORMAT_INDICATOR, _P.MESSAGE_EXPIRY_INTERVAL, _P.CONTENT_TYPE, _P.RESPONSE_TOPIC, _P.CORRELATION_DATA, _P.USER_PROPERTY}
)
"""What belongs to a message itself and travels with it."""
ACKNOWLEDGEMENT_PROPERTIES = frozenset({_P.REASON_STRING, _P.USER_PROPERTY})
CONNECT_PROPERTIES = frozenset(
    {
        _P.SESSION_EXPIRY_INTERVAL,
        _P.AUTHENTICATION_METHOD,
        _P.AUTHENTICATION_DATA,
        _P.REQUEST_PROBLEM_INFORMATION,
        _P.REQUEST_RESPONSE_INFORMATION,
        _P.RECEIVE_MAXIMUM,
        _P.TOPIC_ALIAS_MAXIMUM,
        _P.USER_PROPERTY,
        _P.MAXIMUM_PACKET_SIZE,
    }
)
WILL_PROPERTIES = MESSAGE_PROPERTIES | {_P.WILL_DELAY_INTERVAL}
CONNACK_PROPERTIES = ACKNOWLEDGEMENT_PROPERTIES | {
    _P.SESSION_EXPIRY_INTERVAL,
    _P.ASSIGNED_CLIENT_IDENTIFIER,
    _P.SERVER_KEEP_ALIVE,
    _P.AUTHENTICATION_METHOD,
    _P.AUTHENTICATION_DATA,
    _P.RESPONSE_INFORMATION,
    _P.SERVER_REFERENCE,
    _P.RECEIVE_MAXIMUM,
    _P.TOPIC_ALIAS_MAXIMUM,
    _P.MAXIMUM_QOS,
    _P.RETAIN_AVAILABLE,
    _P.MAXIMUM_PACKET_SIZE,
    _P.WILDCARD_SUBSCRIPTION_AVAILABLE,
    _P.SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
    _P.SHARED_SUBSCRIPTION_AVAILABLE,
}
PUBLISH_PROPERTIES = MESSAGE_PROPERTIES | {_P.TOPIC_ALIAS, _P.SUBSCRIPTION_IDENTIFIER}
SUBSCRIBE_PROPERTIES = frozenset({_P.SUBSCRIPTION_IDENTIFIER, _P.USER_PROPERTY})
UNSUBSCRIBE_PROPERTIES = frozenset({_P.USER_PROPERTY})
DISCONNECT_PROPERTIES = ACKNOWLEDGEMENT_PROPERTIES | {_P.SESSION_EXPIRY_INTERVAL, _P.SERVER_REFERENCE}
AUTH_PROPERTIES = ACKNOWLEDGEMENT_PROPERTIES | {_P.AUTHENTICATION_METHOD, _P.AUTHENTICATION_DATA}

_FLAGS = frozenset(
    {
        _P.PAYLOAD_FORMAT_INDICATOR,
        _P.REQUEST_PROBLEM_INFORMATION,
        _P.REQUEST_RESPONSE_INFORMATION,
        _P.MAXIMUM_QOS,
        _P.RETAIN_AVAILABLE,
        _P.WILDCARD_SUBSCRIPTION_AVAILABLE,
        _P.SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
        _P.SHARED_SUBSCRIPTION_AVAILABLE,
    }
)
_U16 = frozenset({_P.SERVER_KEEP_ALIVE, _P.RECEIVE_MAXIMUM, _P.TOPIC_ALIAS_MAXIMUM, _P.TOPIC_ALIAS})
_U32 = frozenset({_P.MESSAGE_EXPIRY_INTERVAL, _P.SESSION_EXPIRY_INTERVAL, _P.WILL_DELAY_INTERVAL, _P.MAXIMUM_PACKET_SIZE})
_BINARY = frozenset({_P.CORRELATION_DATA, _P.AUTHENTICATION_DATA})
_NOT_ZERO = frozenset({_P.RECEIVE_MAXIMUM, _P.MAXIMUM_PACKET_SIZE, _P.SUBSCRIPTION_IDENTIFIER})


def encode_properties(properties: Properties) -> bytes:
    """Properties with their length in front."""
    if not properties.values:
        return b"\0"
    body = b"".join(_encode(key, value) for key, value in properties.values.items())
    return variable_integer(len(body)) + body


def decode_properties(reader: Reader, allowed: frozenset[Property]) -> Properties:
    """Reads a property list. Raises `ProtocolError` for one that `allowed` lacks, or that comes twice and may not."""
    length = reader.variable_integer()
    if not length:
        return NO_PROPERTIES
    inner = Reader(reader.take(length))
    values: dict[Property, PropertyValue] = {}
    user: list[tuple[str, str]] = []
    subscriptions: list[int] = []
    while not inner.at_end:
        key = _identifier(inner, allowed)
        if key is Property.USER_PROPERTY:
            user.append((inner.text(), inner.text()))
        elif key is Property.SUBSCRIPTION_IDENTIFIER:
            subscriptions.append(_not_zero(key, inner.variable_integer()))
        else:
            _add(values, key, inner)
    if user:
        values[Property.USER_PROPERTY] = tuple(user)
    if subscriptions:
        values[Property.SUBSCRIPTION_IDENTIFIER] = tuple(subscriptions)
    return Properties(MappingProxyType(values))


def _identifier(reader: Reader, allowed: frozenset[Property]) -> Property:
    number = reader.variable_integer()
    try:
        key = Property(number)
    except ValueError as error:
        raise MalformedPacketError(f"unknown property {number}") from error
    if key not in allowed:
        raise ProtocolError(f"property {key.name} may not be in this packet")
    return key


def _add(values: dict[Property, PropertyValue], key: Property, reader: Reader) -> None:
    value = _reader_of(key)(reader)
    if key in values:
        raise ProtocolError(f"property {key.name} comes twice")
    if key in _FLAGS and value not in (0, 1):
        raise ProtocolError(f"property {key.name} is neither 0 nor 1")
    values[key] = _not_zero(key, value) if isinstance(value, int) else value


def _not_zero(key: Property, value: int) -> int:
    if value == 0 and key in _NOT_ZERO:
        raise ProtocolError(f"property {key.name} is 0")
    return value


def _reader_of(key: Property) -> Callable[[Reader], int | str | bytes]:
    if key in _FLAGS:
        return Reader.u8
    if key in _U16:
        return Reader.u16
    if key in _U32:
        return Reader.u32
    return Reader.binary if key in _BINARY else Reader.text


def _encode(key: Property, value: PropertyValue) -> bytes:
    return b"".join(bytes((key,)) + item for item in _encoded_values(key, value))


def _encoded_values(key: Property, value: PropertyValue) -> Iterable[bytes]:
    if isinstance(value, tuple):
        return [_encode_item(item) for item in value]
    if isinstance(value, str):
        return [text(value)]
    if isinstance(value, bytes):
        return [binary(value)]
    if key in _FLAGS:
        return [bytes((value,))]
    return [U16.pack(value) if key in _U16 else U32.pack(value)]


def _encode_item(item: int | tuple[str, str]) -> bytes:
    return variable_integer(item) if isinstance(item, int) else text(item[0]) + text(item[1])
