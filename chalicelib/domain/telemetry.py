"""Telemetry, version 1: series of values that a device measured, as they travel and as rules see them.

Devices encode these structs, `ingest` decodes them; msgspec checks types, grammars and bounds on the way in.
"""

from math import floor
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.domain.identifiers import MessageId, Metric, SessionId
from chalicelib.domain.payloads import UNDECODABLE, refusal

VERSION = 1
MAX_PAYLOAD_BYTES = 128 * 1024
"""AWS IoT Core's limit for an MQTT payload."""
MAX_SERIES = 64
MAX_VALUES = 1024
MAX_LEAD_MS = 24 * 60 * 60 * 1000
"""How far a measured time may lie ahead of its arrival."""
EARLIEST_MS = -30_610_224_000_000
"""Year 1000: the first instant of MySQL's DATETIME."""
LATEST_MS = 253_402_214_400_000
"""A day before year 10000, so that what is still welcome fits DATETIME."""
MAX_MAGNITUDE = 1e300
"""Above it, sums of values would leave the range of a double."""

Instant = Annotated[int, Meta(ge=EARLIEST_MS, le=LATEST_MS)]
"""Epoch milliseconds."""
Value = Annotated[float, Meta(ge=-MAX_MAGNITUDE, le=MAX_MAGNITUDE)]


class Series(Struct, frozen=True, kw_only=True):
    """Values of one metric; value `i` was measured at `t0 + floor(i * dt + 0.5)` ms."""

    metric: Metric
    unit: Annotated[str, Meta(min_length=1, max_length=16)]
    t0: Instant
    dt: Annotated[float, Meta(ge=1)] | UnsetType = UNSET
    values: Annotated[list[Value], Meta(min_length=1, max_length=MAX_VALUES)]

    @property
    def dt_ms(self) -> float:
        """Milliseconds between values; 1 where a single value has none."""
        return 1.0 if self.dt is UNSET else float(self.dt)

    @property
    def last_ms(self) -> int:
        """When the last value was measured, in epoch milliseconds."""
        return measured_at(self.t0, self.dt_ms, len(self.values) - 1)


class Telemetry(Struct, frozen=True, kw_only=True):
    """One message of values. `v` stands first so that it is what a reader of the bytes sees first."""

    v: Literal[1]
    id: MessageId
    session: SessionId | UnsetType = UNSET
    series: Annotated[list[Series], Meta(min_length=1, max_length=MAX_SERIES)]


class _SeriesText(Struct, frozen=True):
    values: msgspec.Raw


class _TelemetryText(Struct, frozen=True):
    series: list[_SeriesText]


_decoder = msgspec.json.Decoder(Telemetry)
_texts = msgspec.json.Decoder(_TelemetryText)


def encode(telemetry: Telemetry) -> bytes:
    """The payload that a device publishes."""
    return msgspec.json.encode(telemetry)


def decode(payload: bytes) -> Telemetry:
    """The message that these bytes hold; fields that it does not know are ignored. Raises `PoisonError`."""
    try:
        telemetry = _decoder.decode(payload)
    except UNDECODABLE as error:
        raise refusal(error, ReasonCode.INVALID_TELEMETRY) from error
    for number, series in enumerate(telemetry.series):
        if series.dt is UNSET and len(series.values) > 1:
            raise PoisonError(ReasonCode.INVALID_TELEMETRY, f"Several values need `dt` - at `$.series[{number}]`")
    return telemetry


def value_texts(payload: bytes) -> list[bytes]:
    """The JSON of each series' `values` as it stands in a payload that `decode` takes."""
    return [bytes(it.values) for it in _texts.decode(payload).series]


def measured_at(t0: int, dt_ms: float, position: int) -> int:
    """When the value at this position was measured, in epoch milliseconds. The view `reading_values` computes the same."""
    return t0 + floor(position * dt_ms + 0.5)


def refuse_far_future(telemetry: Telemetry, received_at_ms: int) -> None:
    """Raises `PoisonError` when a value was measured more than 24 h after it arrived."""
    limit = received_at_ms + MAX_LEAD_MS
    for series in telemetry.series:
        # Compared before the floor is taken: a product may be infinite, and infinity has no floor.
        if (len(series.values) - 1) * series.dt_ms + 0.5 >= limit + 1 - series.t0:
            raise PoisonError(ReasonCode.FAR_FUTURE, f"`{series.metric}` ends more than 24 h after its arrival")
