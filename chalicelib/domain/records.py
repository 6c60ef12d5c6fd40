"""A record of the stream `telemetry`: what a topic rule made of a device's payload, or of AWS IoT's word on its connection.

The rule adds `tenant_id`, `device_id`, `topic` and `received_at` to a JSON payload, and forwards anything else as it is. What
AWS IoT tells of connections names no tenant, and no device either but for the client's id.
"""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain import events, lifecycle, telemetry
from chalicelib.domain.errors import PoisonError, Reason, ReasonCode
from chalicelib.domain.identifiers import DeviceId, TenantId
from chalicelib.domain.lifecycle import PresenceEvent
from chalicelib.domain.payloads import UNDECODABLE, refusal
from chalicelib.domain.telemetry import LATEST_MS, MAX_PAYLOAD_BYTES, Telemetry
from chalicelib.domain.topics import DeviceTopic, MessageKind, parse_device_topic, parse_presence_topic

MAX_RECORD_BYTES = MAX_PAYLOAD_BYTES + 1024
"""A payload of the greatest size and what the rule adds to it."""


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One Kinesis record with its position in the stream."""

    data: bytes
    shard_id: str
    sequence_number: str
    partition_key: str
    arrived_at_ms: int
    """When Kinesis took it, approximately (epoch milliseconds)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a record is from, as far as it tells; nothing of this was checked."""

    topic: str | None = None
    tenant_id: str | None = None
    device_id: str | None = None
    received_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PoisonRecord:
    """A record that nothing is stored of, and why."""

    record: StreamRecord
    reason: Reason
    origin: Origin


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that keeps the contract, with whom it is from and when it arrived (epoch milliseconds)."""

    tenant_id: str
    device_id: str
    kind: MessageKind
    received_at_ms: int
    message: Telemetry | events.Event
    data: bytes
    """The record that the message was read from."""


class _Envelope(Struct, frozen=True):
    topic: str
    received_at: Annotated[int, Meta(ge=0, le=LATEST_MS)]
    tenant_id: TenantId | UnsetType = UNSET
    device_id: DeviceId | UnsetType = UNSET


class _Hints(Struct, frozen=True):
    topic: object = None
    tenant_id: object = None
    device_id: object = None
    received_at: object = None


_envelopes = msgspec.json.Decoder(_Envelope)
_hints = msgspec.json.Decoder(_Hints)


def read(record: StreamRecord) -> Arrival | PresenceEvent:
    """What a record tells. Raises `PoisonError` with the first rule that it breaks."""
    if len(record.data) > MAX_RECORD_BYTES:
        raise PoisonError(ReasonCode.TOO_LARGE, f"{len(record.data)} bytes; at most {MAX_PAYLOAD_BYTES} may be published")
    try:
        envelope = _envelopes.decode(record.data)
    except UNDECODABLE as error:
        _refuse_unread_payload(record)
        raise refusal(error, ReasonCode.INVALID_ENVELOPE) from error
    topic = parse_device_topic(envelope.topic)
    if topic is not None:
        return _arrival(topic, envelope, record.data)
    presence_topic = parse_presence_topic(envelope.topic)
    if presence_topic is not None:
        return lifecycle.decode(presence_topic, record.data)
    raise PoisonError(ReasonCode.UNKNOWN_TOPIC, f"No device publishes on `{envelope.topic[:256]}`")


def origin_of(record: StreamRecord) -> Origin:
    """What a record says of its origin; nothing where it cannot be read."""
    try:
        hints = _hints.decode(record.data)
    except UNDECODABLE:
        return Origin()
    return Origin(_text(hints.topic), _text(hints.tenant_id), _text(hints.device_id), _whole_number(hints.received_at))


def _refuse_unread_payload(record: StreamRecord) -> None:
    """Raise the payload's own fault where a rule could not read it and forwarded it as it was, such as a number beyond a double."""
    if origin_of(record).topic is None:
        telemetry.decode(record.data)


def _arrival(topic: DeviceTopic, envelope: _Envelope, data: bytes) -> Arrival:
    if (topic.tenant_id, topic.device_id) != (envelope.tenant_id, envelope.device_id):
        raise PoisonError(ReasonCode.INVALID_ENVELOPE, "`tenant_id` and `device_id` differ from the topic's")
    message = _message_of(topic.kind, data, envelope.received_at)
    return Arrival(topic.tenant_id, topic.device_id, topic.kind, envelope.received_at, message, data)


def _message_of(kind: MessageKind, data: bytes, received_at_ms: int) -> Telemetry | events.Event:
    if kind is MessageKind.EVENT:
        event = events.decode(data)
        events.refuse_far_future(event, received_at_ms)
        return event
    message = telemetry.decode(data)
    telemetry.refuse_far_future(message, received_at_ms)
    return message


def _text(hint: object) -> str | None:
    return hint if isinstance(hint, str) else None


def _whole_number(hint: object) -> int | None:
    return hint if isinstance(hint, int) else None
