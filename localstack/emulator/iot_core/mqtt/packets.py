"""MQTT's control packets as values. One shape for both versions; MQTT 3.1.1 leaves properties empty and reasons at their defaults."""

from dataclasses import dataclass, replace
from enum import IntEnum

from emulator.iot_core.mqtt.properties import NO_PROPERTIES, Properties
from emulator.iot_core.mqtt.reasons import Reason


class Version(IntEnum):
    """Protocol level in CONNECT."""

    V311 = 4
    V5 = 5


class Kind(IntEnum):
    """Packet types."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


@dataclass(frozen=True, slots=True)
class Will:
    """The message that goes out for a client whose connection is lost."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT. `keep_alive_s` 0 means none."""

    version: Version
    client_id: str
    clean_start: bool = True
    keep_alive_s: int = 0
    properties: Properties = NO_PROPERTIES
    will: Will | None = None
    username: str | None = None
    password: bytes | None = None


@dataclass(frozen=True, slots=True)
class Connack:
    """CONNACK. `code` is a `Reason` in MQTT 5 and a `ReturnCode` in 3.1.1."""

    code: int
    session_present: bool = False
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Publish:
    """PUBLISH. `packet_id` is 0 with QoS 0; `topic` may be empty in MQTT 5, when an alias stands for it."""

    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int = 0
    retain: bool = False
    dup: bool = False
    properties: Properties = NO_PROPERTIES

    def resolved(self, topic: str, properties: Properties) -> "Publish":
        """The same message under its full topic name."""
        return replace(self, topic=topic, properties=properties)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """PUBACK, PUBREC, PUBREL or PUBCOMP, by `kind`."""

    kind: Kind
    packet_id: int
    reason: int = Reason.SUCCESS
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Subscription:
    """One topic filter of SUBSCRIBE with its options (MQTT 5, 3.8.3.1)."""

    topic_filter: str
    qos: int
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SUBSCRIBE."""

    packet_id: int
    subscriptions: tuple[Subscription, ...]
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Suback:
    """SUBACK: a code for each filter, in their order."""

    packet_id: int
    codes: tuple[int, ...]
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """UNSUBSCRIBE."""

    packet_id: int
    topic_filters: tuple[str, ...]
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Unsuback:
    """UNSUBACK; 3.1.1 has no codes."""

    packet_id: int
    codes: tuple[int, ...] = ()
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Pingreq:
    """PINGREQ."""


@dataclass(frozen=True, slots=True)
class Pingresp:
    """PINGRESP."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """DISCONNECT."""

    reason: int = Reason.SUCCESS
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Auth:
    """AUTH (MQTT 5 only)."""

    reason: int = Reason.SUCCESS
    properties: Properties = NO_PROPERTIES


type Packet = (
    Connect | Connack | Publish | Acknowledgement | Subscribe | Suback | Unsubscribe | Unsuback | Pingreq | Pingresp | Disconnect | Auth
)
