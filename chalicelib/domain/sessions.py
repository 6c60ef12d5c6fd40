"""Therapy sessions and devices' last signs of life, as messages tell of them, in whatever order they arrive."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from chalicelib.domain.events import BatteryReported, Event, SessionEnded, SessionStarted
from chalicelib.domain.lifecycle import Connection


class SessionKey(NamedTuple):
    """A session, within its tenant."""

    tenant_id: str
    session_id: str


class DeviceKey(NamedTuple):
    """A device, within its tenant."""

    tenant_id: str
    device_id: str


class MemberKey(NamedTuple):
    """A member, within its tenant."""

    tenant_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class Session:
    """What is known of a session. Instants in epoch milliseconds; `value_count` counts values that stand."""

    key: SessionKey
    member_id: str | None = None
    exercise: str | None = None
    started_at_ms: int | None = None
    started_by: str | None = None
    """Device and message of the event that `member_id` and `exercise` come from: the first by time, then by this."""
    ended_at_ms: int | None = None
    first_value_ms: int | None = None
    last_value_ms: int | None = None
    value_count: int = 0
    device_ids: tuple[str, ...] = ()
    """Every device that sent telemetry or an event which names the session, sorted."""

    def with_event(self, device_id: str, event: Event) -> "Session":
        """The session after an event; events that do not bound it change nothing."""
        if isinstance(event, SessionEnded):
            return replace(self, ended_at_ms=latest(self.ended_at_ms, event.at))
        if isinstance(event, SessionStarted):
            return self._started(f"{device_id}/{event.id}", event)
        return self

    def with_values(self, first_ms: int, last_ms: int) -> "Session":
        """The session after values that were measured between two instants."""
        return replace(self, first_value_ms=earliest(self.first_value_ms, first_ms), last_value_ms=latest(self.last_value_ms, last_ms))

    def with_devices(self, device_ids: Iterable[str]) -> "Session":
        """The session after these devices sent to it."""
        return replace(self, device_ids=tuple(sorted({*self.device_ids, *device_ids})))

    def with_count(self, change: int) -> "Session":
        """The session after as many values more (or fewer) stand in it."""
        return replace(self, value_count=self.value_count + change)

    def _started(self, started_by: str, event: SessionStarted) -> "Session":
        if self.started_at_ms is not None and (self.started_at_ms, self.started_by or "") <= (event.at, started_by):
            return self
        return replace(self, member_id=event.data.member, exercise=event.data.exercise, started_at_ms=event.at, started_by=started_by)


@dataclass(frozen=True, slots=True)
class Contact:
    """When a device was last heard of, its battery by its latest report, its connection by its latest presence event."""

    key: DeviceKey
    last_contact_ms: int | None = None
    battery_percent: float | None = None
    battery_at_ms: int | None = None
    battery_message_id: str | None = None
    connection: Connection | None = None

    def heard_at(self, received_at_ms: int) -> "Contact":
        """The contact after a message that arrived then."""
        return replace(self, last_contact_ms=latest(self.last_contact_ms, received_at_ms))

    def with_battery(self, report: BatteryReported) -> "Contact":
        """The contact after a battery report; of two at one instant the one whose id sorts last stands."""
        if self.battery_at_ms is not None and (self.battery_at_ms, self.battery_message_id or "") >= (report.at, report.id):
            return self
        return replace(self, battery_percent=float(report.data.percent), battery_at_ms=report.at, battery_message_id=report.id)

    def with_connection(self, told: Connection) -> "Contact":
        """The contact after a presence event; an older one changes nothing."""
        if self.connection is not None and not told.follows(self.connection):
            return self
        return replace(self, connection=told)


def earliest(known: int | None, other: int) -> int:
    """The smaller instant, where one may be unknown."""
    return other if known is None else min(known, other)


def latest(known: int | None, other: int) -> int:
    """The greater instant, where one may be unknown."""
    return other if known is None else max(known, other)
