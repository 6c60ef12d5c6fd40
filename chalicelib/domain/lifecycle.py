"""Presence events: AWS IoT's word that a client connected or disconnected, and which of them tells how things stand.

Source: AWS IoT developer guide, "Lifecycle events"
(https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html). Such events may come twice and out of order.
`versionNumber` grows from connection to connection of a client id, is the same for both ends of one connection, and begins
again at 0 once the client was away for about an hour, or for longer than its persistent session lives. `timestamp` is an
approximation; older editions of the page say within two minutes.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from chalicelib.domain.errors import PoisonError, ReasonCode
from chalicelib.domain.payloads import UNDECODABLE, refusal
from chalicelib.domain.telemetry import Instant
from chalicelib.domain.topics import PresenceTopic

COMPARABLE_MS = 5 * 60 * 1000
"""Timestamps that lie further apart cannot be in the wrong order, and versions may have begun anew between them."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How a device's connection stood by one presence event; `at_ms` in epoch milliseconds."""

    is_online: bool
    at_ms: int
    version: int
    session: str

    def follows(self, other: "Connection") -> bool:
        """Whether this came after the other: by version where the times cannot tell, a connection's end after its start.

        So the end of a connection that a newer one has replaced does not hide the newer one, whichever was told first.
        """
        if abs(self.at_ms - other.at_ms) > COMPARABLE_MS:
            return self.at_ms > other.at_ms
        return self._rank() > other._rank()

    def _rank(self) -> tuple[int, bool, int, str]:
        return self.version, not self.is_online, self.at_ms, self.session


class _Payload(Struct, frozen=True):
    client_id: str = field(name="clientId")
    event_type: Literal["connected", "disconnected"] = field(name="eventType")
    timestamp: Instant
    session: Annotated[str, Meta(pattern=r"\A[!-~]{1,64}\Z")] = field(name="sessionIdentifier")
    version: Annotated[int, Meta(ge=0, le=2**63 - 1)] = field(name="versionNumber")


@dataclass(frozen=True, slots=True)
class PresenceEvent:
    """What became of a client's connection. The client may be any; the registry knows which are devices."""

    client_id: str
    connection: Connection


_decoder = msgspec.json.Decoder(_Payload)


def decode(topic: PresenceTopic, data: bytes) -> PresenceEvent:
    """The event that these bytes hold; fields that Gonio has no use for are ignored. Raises `PoisonError`."""
    try:
        it = _decoder.decode(data)
    except UNDECODABLE as error:
        raise refusal(error, ReasonCode.INVALID_PRESENCE) from error
    if (it.event_type, it.client_id) != (topic.event_type, topic.client_id):
        raise PoisonError(ReasonCode.INVALID_PRESENCE, "`eventType` and `clientId` differ from the topic's")
    return PresenceEvent(it.client_id, Connection(it.event_type == "connected", it.timestamp, it.version, it.session))
