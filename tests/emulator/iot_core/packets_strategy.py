"""Hypothesis strategies for MQTT packets of both versions."""

from typing import Any

from hypothesis import strategies as st

from emulator.iot_core.mqtt import properties as p
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
from emulator.iot_core.mqtt.properties import NO_PROPERTIES, Properties, Property

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
topic = text.filter(bool)
packet_id = st.integers(1, 0xFFFF)
u8 = st.integers(0, 0xFF)
flag = st.integers(0, 1)
positive_u16 = st.integers(1, 0xFFFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFF_FFFF)
qos = st.integers(0, 2)

_VALUES: dict[Property, st.SearchStrategy[Any]] = {
    Property.USER_PROPERTY: st.lists(st.tuples(text, text), min_size=1, max_size=3).map(tuple),
    Property.SUBSCRIPTION_IDENTIFIER: st.lists(st.integers(1, 268_435_455), min_size=1, max_size=1).map(tuple),
    Property.RECEIVE_MAXIMUM: positive_u16,
    Property.MAXIMUM_PACKET_SIZE: st.integers(1, 0xFFFF_FFFF),
    Property.TOPIC_ALIAS: positive_u16,
    Property.SERVER_KEEP_ALIVE: u16,
    Property.TOPIC_ALIAS_MAXIMUM: u16,
    Property.CORRELATION_DATA: st.binary(max_size=20),
    Property.AUTHENTICATION_DATA: st.binary(max_size=20),
    Property.MESSAGE_EXPIRY_INTERVAL: u32,
    Property.SESSION_EXPIRY_INTERVAL: u32,
    Property.WILL_DELAY_INTERVAL: u32,
}
_TEXTS = {
    Property.CONTENT_TYPE,
    Property.RESPONSE_TOPIC,
    Property.ASSIGNED_CLIENT_IDENTIFIER,
    Property.AUTHENTICATION_METHOD,
    Property.RESPONSE_INFORMATION,
    Property.SERVER_REFERENCE,
    Property.REASON_STRING,
}


def properties(allowed: frozenset[Property], version: Version) -> st.SearchStrategy[Properties]:
    """Any of the allowed properties with any value; none in 3.1.1."""
    if version is Version.V311:
        return st.just(NO_PROPERTIES)
    values = {key: _VALUES.get(key, text if key in _TEXTS else flag) for key in sorted(allowed)}
    return st.fixed_dictionaries({}, optional=values).map(lambda chosen: Properties.of(*chosen.items()))


def connects(version: Version) -> st.SearchStrategy[Connect]:
    """CONNECT."""
    will = st.builds(Will, topic, st.binary(max_size=40), qos, st.booleans(), properties(p.WILL_PROPERTIES, version))
    built = st.builds(
        Connect, st.just(version), text, st.booleans(), u16, properties(p.CONNECT_PROPERTIES, version), st.none() | will, st.none() | text
    )
    return built.flatmap(_with_password)


def _with_password(packet: Connect) -> st.SearchStrategy[Connect]:
    if packet.username is None:
        return st.just(packet)
    password = st.none() | st.binary(max_size=20)
    names = (packet.version, packet.client_id, packet.clean_start, packet.keep_alive_s, packet.properties, packet.will, packet.username)
    return password.map(lambda value: Connect(*names, value))


def publishes(version: Version) -> st.SearchStrategy[Publish]:
    """PUBLISH."""
    built = st.builds(
        Publish,
        topic,
        st.binary(max_size=60),
        qos,
        packet_id,
        st.booleans(),
        st.booleans(),
        properties(p.MESSAGE_PROPERTIES | {Property.TOPIC_ALIAS}, version),
    )
    return built.map(lambda m: m if m.qos else Publish(m.topic, m.payload, 0, 0, m.retain, m.dup, m.properties))


def packets(version: Version) -> st.SearchStrategy[Packet]:
    """Any packet of the version."""
    v5 = version is Version.V5
    acknowledged = properties(p.ACKNOWLEDGEMENT_PROPERTIES, version)
    reason = u8 if v5 else st.just(0)
    options = (st.booleans(), st.booleans(), st.integers(0, 2)) if v5 else (st.just(False), st.just(False), st.just(0))
    subscription = st.builds(Subscription, topic, qos, *options)
    kind = st.sampled_from([Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP])
    codes = st.lists(u8, min_size=1, max_size=4).map(tuple)
    choices: list[st.SearchStrategy[Any]] = [
        connects(version),
        st.builds(Connack, u8, st.booleans(), properties(p.CONNACK_PROPERTIES, version)),
        publishes(version),
        st.builds(Acknowledgement, kind, packet_id, reason, acknowledged),
        st.builds(
            Subscribe, packet_id, st.lists(subscription, min_size=1, max_size=4).map(tuple), properties(p.SUBSCRIBE_PROPERTIES, version)
        ),
        st.builds(Suback, packet_id, codes, acknowledged),
        st.builds(
            Unsubscribe, packet_id, st.lists(topic, min_size=1, max_size=4).map(tuple), properties(p.UNSUBSCRIBE_PROPERTIES, version)
        ),
        st.builds(Unsuback, packet_id, codes if v5 else st.just(()), acknowledged),
        st.just(Pingreq()),
        st.just(Pingresp()),
        st.builds(Disconnect, reason, properties(p.DISCONNECT_PROPERTIES, version)),
    ]
    if v5:
        choices.append(st.builds(Auth, u8, properties(p.AUTH_PROPERTIES, version)))
    return st.one_of(choices)
