"""Events, version 1: what happened around the values. Same path and same promises as telemetry."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.domain.identifiers import Exercise, MemberId, MessageId, SessionId
from chalicelib.domain.payloads import UNDECODABLE, refusal
from chalicelib.domain.telemetry import MAX_LEAD_MS, Instant

Score = Annotated[float, Meta(ge=0, le=10)]
Percent = Annotated[float, Meta(ge=0, le=100)]


class SessionPlan(Struct, frozen=True, kw_only=True):
    """What a session that starts is about."""

    exercise: Exercise
    member: MemberId


class Nothing(Struct, frozen=True):
    """Data of an event that needs none."""


class Rating(Struct, frozen=True, kw_only=True):
    """How strong a pain is: 0 none, 10 the worst imaginable."""

    score: Score


class Fatigue(Struct, frozen=True, kw_only=True):
    """How tired the member is, where the device asks for it."""

    score: Score | UnsetType = UNSET


class Charge(Struct, frozen=True, kw_only=True):
    """How full the battery is."""

    percent: Percent


class SessionStarted(Struct, frozen=True, kw_only=True, tag_field="type", tag="session_started"):
    """A member begins an exercise."""

    v: Literal[1]
    id: MessageId
    at: Instant
    session: SessionId
    data: SessionPlan


class SessionEnded(Struct, frozen=True, kw_only=True, tag_field="type", tag="session_ended"):
    """A member has ended an exercise."""

    v: Literal[1]
    id: MessageId
    at: Instant
    session: SessionId
    data: Nothing = Nothing()


class PainReported(Struct, frozen=True, kw_only=True, tag_field="type", tag="pain_reported"):
    """A member reports pain."""

    v: Literal[1]
    id: MessageId
    at: Instant
    session: SessionId | UnsetType = UNSET
    data: Rating


class FatigueReported(Struct, frozen=True, kw_only=True, tag_field="type", tag="fatigue_reported"):
    """A member reports fatigue."""

    v: Literal[1]
    id: MessageId
    at: Instant
    session: SessionId | UnsetType = UNSET
    data: Fatigue = Fatigue()


class BatteryReported(Struct, frozen=True, kw_only=True, tag_field="type", tag="battery"):
    """A device reports its battery."""

    v: Literal[1]
    id: MessageId
    at: Instant
    session: SessionId | UnsetType = UNSET
    data: Charge


Event = SessionStarted | SessionEnded | PainReported | FatigueReported | BatteryReported

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def encode(event: Event) -> bytes:
    """The payload that a device publishes."""
    return msgspec.json.encode(event)


def decode(payload: bytes) -> Event:
    """The event that these bytes hold; fields that it does not know are ignored. Raises `PoisonError`."""
    try:
        return _decoder.decode(payload)
    except UNDECODABLE as error:
        raise refusal(error, ReasonCode.INVALID_EVENT) from error


def event_type(event: Event) -> str:
    """The event's name in the contract."""
    return str(event.__struct_config__.tag)


def data_json(event: Event) -> str:
    """The event's data as it is stored."""
    return msgspec.json.encode(event.data).decode()


def refuse_far_future(event: Event, received_at_ms: int) -> None:
    """Raises `PoisonError` when the event happened more than 24 h after it arrived."""
    if event.at > received_at_ms + MAX_LEAD_MS:
        raise PoisonError(ReasonCode.FAR_FUTURE, "`at` lies more than 24 h after its arrival")
