"""CONNECT and CONNACK between device and broker: what IoT Core refuses, what the broker is told, what the device is answered. Pure."""

import uuid
from dataclasses import dataclass, replace

from emulator.iot_core import limits, topics
from emulator.iot_core.mqtt.encode import encode
from emulator.iot_core.mqtt.packets import Connack, Connect, Version
from emulator.iot_core.mqtt.properties import NO_PROPERTIES, Properties, Property
from emulator.iot_core.mqtt.reasons import Reason, ReturnCode

_RETURN_CODES = {
    Reason.UNSUPPORTED_PROTOCOL_VERSION: ReturnCode.UNACCEPTABLE_PROTOCOL_VERSION,
    Reason.CLIENT_IDENTIFIER_NOT_VALID: ReturnCode.IDENTIFIER_REJECTED,
    Reason.SERVER_UNAVAILABLE: ReturnCode.SERVER_UNAVAILABLE,
    Reason.NOT_AUTHORIZED: ReturnCode.NOT_AUTHORIZED,
}
"""MQTT 3.1.1 knows few refusals; others close without an answer. IoT Core's pages call a policy's refusal "code 7", which is what client
libraries report for a connection closed without CONNACK; 5 is the protocol's own word for it, and tells the device more."""

_FORWARDED = frozenset({Property.RECEIVE_MAXIMUM, Property.MAXIMUM_PACKET_SIZE})


class ConnectRefusedError(Exception):
    """The connection is refused with this reason."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Terms:
    """A CONNECT with what IoT Core makes of it."""

    connect: Connect
    client_id: str
    assigned: bool
    """Whether the client id was given by the gateway."""
    keep_alive_s: int
    session_expiry_s: int

    @property
    def version(self) -> Version:
        """The client's protocol version."""
        return self.connect.version

    @property
    def persistent(self) -> bool:
        """Whether the session outlives the connection."""
        return self.session_expiry_s > 0 if self.version is Version.V5 else not self.connect.clean_start


def terms(connect: Connect) -> Terms:
    """What holds for this client. Raises `ConnectRefusedError` for what IoT Core does not take."""
    _check_client_id(connect)
    _check_will(connect)
    if Property.AUTHENTICATION_METHOD in connect.properties:
        raise ConnectRefusedError(Reason.BAD_AUTHENTICATION_METHOD, "enhanced authentication")
    expiry_s = limits.session_expiry_s(connect.properties.integer(Property.SESSION_EXPIRY_INTERVAL, 0))
    client_id = connect.client_id or str(uuid.uuid4())
    return Terms(connect, client_id, not connect.client_id, limits.keep_alive_s(connect.keep_alive_s), expiry_s)


def broker_connect(agreed: Terms) -> bytes:
    """The CONNECT for the broker: no credentials, will, aliases or keep-alive; those are the gateway's."""
    connect = replace(
        agreed.connect,
        client_id=agreed.client_id,
        keep_alive_s=0,
        username=None,
        password=None,
        will=None,
        properties=_broker_properties(agreed),
    )
    return encode(connect, agreed.version)


def accepted(agreed: Terms, broker: Connack) -> bytes:
    """The CONNACK for the device, with IoT Core's properties."""
    code = Reason.SUCCESS if agreed.version is Version.V5 else ReturnCode.ACCEPTED
    properties = _connack_properties(agreed) if agreed.version is Version.V5 else NO_PROPERTIES
    return encode(Connack(code, broker.session_present, properties), agreed.version)


def refused(version: Version, reason: Reason) -> bytes:
    """The CONNACK of a refusal, empty where the version has no word for it."""
    if version is Version.V5:
        return encode(Connack(reason), version)
    code = _RETURN_CODES.get(reason)
    return b"" if code is None else encode(Connack(code), version)


def _check_client_id(connect: Connect) -> None:
    if len(connect.client_id.encode()) > limits.CLIENT_ID_BYTES:
        raise ConnectRefusedError(Reason.CLIENT_IDENTIFIER_NOT_VALID, "client id is longer than 128 bytes")
    if not connect.client_id and connect.version is Version.V311 and not connect.clean_start:
        raise ConnectRefusedError(Reason.CLIENT_IDENTIFIER_NOT_VALID, "a persistent session needs a client id")


def _check_will(connect: Connect) -> None:
    if connect.will is None:
        return
    if connect.will.qos > limits.MAXIMUM_QOS:
        raise ConnectRefusedError(Reason.QOS_NOT_SUPPORTED, "will with QoS 2")
    try:
        topics.check_topic(connect.will.topic)
    except topics.InvalidTopic as error:
        raise ConnectRefusedError(Reason.TOPIC_NAME_INVALID, f"will: {error}") from error


def _broker_properties(agreed: Terms) -> Properties:
    if agreed.version is not Version.V5:
        return NO_PROPERTIES
    return agreed.connect.properties.only(_FORWARDED).plus((Property.SESSION_EXPIRY_INTERVAL, agreed.session_expiry_s))


def _connack_properties(agreed: Terms) -> Properties:
    properties = Properties.of(
        (Property.SESSION_EXPIRY_INTERVAL, agreed.session_expiry_s),
        (Property.RECEIVE_MAXIMUM, limits.IN_FLIGHT),
        (Property.MAXIMUM_QOS, limits.MAXIMUM_QOS),
        (Property.RETAIN_AVAILABLE, 1),
        (Property.MAXIMUM_PACKET_SIZE, limits.MAXIMUM_PACKET_BYTES),
        (Property.TOPIC_ALIAS_MAXIMUM, limits.TOPIC_ALIASES),
        (Property.WILDCARD_SUBSCRIPTION_AVAILABLE, 1),
        (Property.SUBSCRIPTION_IDENTIFIERS_AVAILABLE, 0),
        (Property.SHARED_SUBSCRIPTION_AVAILABLE, 1),
        (Property.SERVER_KEEP_ALIVE, agreed.keep_alive_s),
    )
    return properties.plus((Property.ASSIGNED_CLIENT_IDENTIFIER, agreed.client_id)) if agreed.assigned else properties
