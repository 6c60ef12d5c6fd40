"""Where a message comes from: its topic, sender and time."""

import uuid
from collections.abc import Mapping

from emulator.iot_core.sql.functions.function import Function, Message, of_message, of_values
from emulator.iot_core.sql.values import UNDEFINED, Value, to_int
from emulator.iot_core.topics import basic_ingest


def _topic(message: Message, segment: Value = None) -> Value:
    """The whole topic, or its n-th segment counted from 1. The prefix of Basic Ingest is not part of it."""
    ingest = basic_ingest(message.topic)
    topic = message.topic if ingest is None else ingest[1]
    if segment is None:
        return topic
    segments, index = topic.split("/"), to_int(segment)
    return segments[index - 1] if index is not None and 1 <= index <= len(segments) else UNDEFINED


def _client_id(message: Message) -> Value:
    return message.client_id if message.protocol == "mqtt" else "n/a"


def _trace_id(message: Message) -> Value:
    if message.protocol != "mqtt":
        return UNDEFINED
    return message.trace_id or str(uuid.uuid4())


def _source_ip(message: Message) -> Value:
    return message.source_ip or UNDEFINED


FUNCTIONS: Mapping[str, Function] = {
    "accountid": of_message(lambda message: message.account_id),
    "clientid": of_message(_client_id),
    "newuuid": of_values(lambda: str(uuid.uuid4()), 0),
    "principal": of_message(lambda message: message.principal),
    "sourceip": of_message(_source_ip),
    "timestamp": of_message(lambda message: message.received_at_ms),
    "topic": of_message(_topic, 0, 1),
    "traceid": of_message(_trace_id),
}
