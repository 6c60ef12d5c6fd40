"""What a set of messages must leave in the database: a naive model, and snapshots of the fake and the real one to compare.

The model knows nothing of chunks, masks, slices or deltas: it looks at all messages at once.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum, isclose
from types import MappingProxyType

from chalicelib.adapters.mysql import Credentials
from chalicelib.domain.events import BatteryReported, SessionEnded, SessionStarted, event_type
from chalicelib.domain.lifecycle import PresenceEvent
from chalicelib.domain.records import Arrival
from chalicelib.domain.rollups import Resolution
from chalicelib.domain.sessions import Contact, Session
from chalicelib.domain.telemetry import Telemetry, measured_at
from tests.fakes.reading_store import Rows
from tests.mariadb import MariaDb

type Row = tuple[object, ...]
type Key = tuple[str, str, str, int]
type Totals = dict[Key, tuple[int, float, float, float]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All rows that a message may leave, but for when they were stored."""

    values: dict[Key, tuple[str | None, float]]
    rollups: dict[str, Totals]
    sessions: set[Row]
    contacts: set[Row]
    messages: set[Row]
    events: set[Row]
    members: set[Row]

    def assert_equal(self, other: "Snapshot") -> None:
        """Fails where the two differ; sums may by 1e-9, relatively."""
        assert self.values == other.values
        for name, totals in self.rollups.items():
            _assert_totals_equal(totals, other.rollups[name])
        assert self.sessions == other.sessions
        assert self.contacts == other.contacts
        assert self.messages == other.messages
        assert self.events == other.events
        assert self.members == other.members


def _assert_totals_equal(one: Totals, other: Totals) -> None:
    assert one.keys() == other.keys()
    for key, totals in one.items():
        assert totals[:3] == other[key][:3], key
        assert isclose(totals[3], other[key][3], rel_tol=1e-9, abs_tol=1e-9), key


def expected(told: Iterable[Arrival | PresenceEvent], owners: Mapping[str, str] = MappingProxyType({})) -> Snapshot:
    """What these must leave, in whatever order and however often they arrived; `owners` has the registered devices' tenants."""
    everything = list(told)
    every = [it for it in everything if isinstance(it, Arrival)]
    presence = [it for it in everything if isinstance(it, PresenceEvent) and it.client_id in owners]
    firsts = {_message_key(it): it for it in sorted(every, key=lambda it: -it.received_at_ms)}
    values = _values(firsts.values())
    return Snapshot(
        values=values,
        rollups={it.name: _totals(values, it) for it in Resolution},
        sessions=_sessions(firsts.values(), values),
        contacts=_contacts(every, {(owners[it.client_id], it.client_id): _last_of(presence, it.client_id) for it in presence}),
        messages={(*key, _session(it), _count(it), it.received_at_ms) for key, it in firsts.items()},
        events=_events(firsts.values()),
        members=_members(firsts.values()),
    )


def _message_key(it: Arrival) -> tuple[str, str, str, str]:
    return it.tenant_id, it.device_id, str(it.kind), it.message.id


def _session(it: Arrival) -> str | None:
    return it.message.session if isinstance(it.message.session, str) else None


def _count(it: Arrival) -> int:
    return sum(len(series.values) for series in it.message.series) if isinstance(it.message, Telemetry) else 0


def _values(firsts: Iterable[Arrival]) -> dict[Key, tuple[str | None, float]]:
    values: dict[Key, tuple[str | None, float]] = {}
    for it in sorted(firsts, key=lambda it: it.message.id):
        for series in it.message.series if isinstance(it.message, Telemetry) else []:
            for position, value in enumerate(series.values):
                at_ms = measured_at(series.t0, series.dt_ms, position)
                values.setdefault((it.tenant_id, it.device_id, series.metric, at_ms), (_session(it), float(value)))
    return values


def _totals(values: dict[Key, tuple[str | None, float]], resolution: Resolution) -> Totals:
    buckets: dict[Key, list[float]] = defaultdict(list)
    for (*series, at_ms), (_, value) in values.items():
        buckets[series[0], series[1], series[2], at_ms - at_ms % resolution].append(value)
    return {key: (len(inside), min(inside), max(inside), fsum(inside)) for key, inside in buckets.items()}


def _sessions(firsts: Iterable[Arrival], values: dict[Key, tuple[str | None, float]]) -> set[Row]:
    parts: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for it in firsts:
        if (session_id := _session(it)) is not None:
            parts[it.tenant_id, session_id].append(it)
    return {(*key, *_session_row(inside), _standing(values, *key), _devices(inside)) for key, inside in parts.items()}


def _standing(values: dict[Key, tuple[str | None, float]], tenant_id: str, session_id: str) -> int:
    return sum(1 for key, (session, _) in values.items() if key[0] == tenant_id and session == session_id)


def _session_row(inside: list[Arrival]) -> Row:
    starts = sorted(
        (it.message.at, f"{it.device_id}/{it.message.id}", it.message.data.member, it.message.data.exercise)
        for it in inside
        if isinstance(it.message, SessionStarted)
    )
    at_ms, by, member, exercise = starts[0] if starts else (None, None, None, None)
    ends = [it.message.at for it in inside if isinstance(it.message, SessionEnded)]
    series = [series for it in inside if isinstance(it.message, Telemetry) for series in it.message.series]
    first, last = min((it.t0 for it in series), default=None), max((it.last_ms for it in series), default=None)
    return member, exercise, at_ms, by, max(ends, default=None), first, last


def _devices(inside: list[Arrival]) -> tuple[str, ...]:
    return tuple(sorted({it.device_id for it in inside}))


def _contacts(every: Iterable[Arrival], connections: Mapping[tuple[str, str], Row]) -> set[Row]:
    devices: dict[tuple[str, str], list[Arrival]] = {key: [] for key in connections}
    for it in every:
        devices.setdefault((it.tenant_id, it.device_id), []).append(it)
    return {
        (*key, max((it.received_at_ms for it in inside), default=None), *_battery(inside), *connections.get(key, (None,) * 4))
        for key, inside in devices.items()
    }


def _last_of(presence: Iterable[PresenceEvent], client_id: str) -> Row:
    """By version, a connection's end after its start: the strategies' clocks are right, and their versions never begin anew."""
    own = [it.connection for it in presence if it.client_id == client_id]
    it = max(own, key=lambda it: (it.version, not it.is_online))
    return it.is_online, it.at_ms, it.version, it.session


def _battery(inside: list[Arrival]) -> Row:
    reports = [(it.message.at, it.message.id, float(it.message.data.percent)) for it in inside if isinstance(it.message, BatteryReported)]
    at_ms, message_id, percent = max(reports, default=(None, None, None))
    return percent, at_ms, message_id


def _events(firsts: Iterable[Arrival]) -> set[Row]:
    return {
        (it.tenant_id, it.device_id, it.message.id, event_type(it.message), it.message.at, _session(it))
        for it in firsts
        if not isinstance(it.message, Telemetry)
    }


def _members(firsts: Iterable[Arrival]) -> set[Row]:
    named: dict[tuple[str, str], int] = {}
    for it in firsts:
        if isinstance(it.message, SessionStarted):
            key = it.tenant_id, it.message.data.member
            named[key] = min(named.get(key, it.received_at_ms), it.received_at_ms)
    return {(*key, at_ms) for key, at_ms in named.items()}


def in_memory(rows: Rows) -> Snapshot:
    """What the fake holds."""
    return Snapshot(
        values={
            (*chunk.bucket[:3], at_ms): (chunk.session_id, value)
            for chunk in rows.chunks.values()
            for at_ms, value in zip(chunk.instants(), chunk.values, strict=True)
            if value is not None
        },
        rollups={
            it.name: {tuple(bucket): (r.count, r.minimum, r.maximum, r.total) for bucket, r in rows.rollups[it].items()}  # type: ignore[misc]
            for it in Resolution
        },
        sessions={_stored_session(it) for it in rows.sessions.values()},
        contacts={_stored_contact(it) for it in rows.contacts.values()},
        messages={(*it.key, it.session_id, it.value_count, it.received_at_ms) for it in rows.messages.values()},
        events={(*it.device, it.message_id, it.type, it.at_ms, it.session_id) for it in rows.events.values()},
        members={(*key, at_ms) for key, at_ms in rows.members.items()},
    )


def _stored_session(it: Session) -> Row:
    bounds = it.started_at_ms, it.started_by, it.ended_at_ms, it.first_value_ms, it.last_value_ms, it.value_count, it.device_ids
    return (*it.key, it.member_id, it.exercise, *bounds)


def _stored_contact(it: Contact) -> Row:
    by = it.connection
    connection = (None,) * 4 if by is None else (by.is_online, by.at_ms, by.version, by.session)
    return (*it.key, it.last_contact_ms, it.battery_percent, it.battery_at_ms, it.battery_message_id, *connection)


def in_database(server: MariaDb, credentials: Credentials) -> Snapshot:
    """What a database holds: values and rollups as the public views tell."""

    def rows(query: str) -> list[Row]:
        return server.execute(query, credentials.database)

    values = rows(_VALUES)
    by_key = {row[:4]: (row[4], row[5]) for row in values}
    assert len(by_key) == len(values), "reading_values holds a key twice"
    return Snapshot(
        values=by_key,  # type: ignore[arg-type]
        rollups={it.name: _stored_totals(rows(_ROLLUPS.format(it.name.lower()))) for it in Resolution},
        sessions={(*row[:-1], tuple(json.loads(str(row[-1])))) for row in rows(_SESSIONS)},
        contacts=set(rows("SELECT * FROM device_contacts")),
        messages=set(rows("SELECT tenant_id, device_id, kind, message_id, session_id, value_count, received_at_ms FROM messages")),
        events=set(rows("SELECT tenant_id, device_id, message_id, type, at_ms, session_id FROM events")),
        members=set(rows("SELECT * FROM members")),
    )


_VALUES = """
    SELECT tenant_id, device_id, metric, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', measured_at) DIV 1000, session_id, value
    FROM reading_values
"""
_ROLLUPS = """
    SELECT tenant_id, device_id, metric, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', bucket_start) DIV 1000, count, min, max, sum
    FROM rollup_{}
"""
_SESSIONS = """
    SELECT tenant_id, session_id, member_id, exercise, started_at_ms, started_by, ended_at_ms, first_value_ms, last_value_ms,
        value_count, device_ids FROM sessions
"""


def _stored_totals(rows: list[Row]) -> Totals:
    return {row[:4]: row[4:] for row in rows}  # type: ignore[misc]
