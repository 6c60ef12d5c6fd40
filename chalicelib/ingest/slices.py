"""One slice of a batch, in one transaction: messages to chunks, rollups, events, sessions and contacts, presence to contacts.

Any set of messages and presence events leaves the same rows, whatever its order, its repetitions and the slices that it came in: each write
here is a minimum, a maximum, a "once", or follows from values that stand (`domain.overlaps`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.domain import events
from chalicelib.domain.chunks import Chunk, chunks_of
from chalicelib.domain.events import BatteryReported, SessionStarted
from chalicelib.domain.identifiers import is_device_id
from chalicelib.domain.lifecycle import Connection, PresenceEvent
from chalicelib.domain.overlaps import Outcome, resolve
from chalicelib.domain.records import Arrival
from chalicelib.domain.rollups import Resolution, coarser, merged
from chalicelib.domain.sessions import Contact, DeviceKey, MemberKey, Session, SessionKey
from chalicelib.domain.telemetry import Series, Telemetry
from chalicelib.ports import MessageKey, ReadingTransaction, Span, StoredEvent, StoredMessage

type Told = tuple[DeviceKey, Connection]


@dataclass(frozen=True, slots=True)
class Stored:
    """How many messages were new, and how many presence events told of a client that is no registered device."""

    fresh: int
    strangers: int


def store(transaction: ReadingTransaction, told: Sequence[Arrival | PresenceEvent], stored_at_ms: int) -> Stored:
    """Stores what messages and presence events say, once each."""
    arrivals = [it for it in told if isinstance(it, Arrival)]
    presence = [it for it in told if isinstance(it, PresenceEvent)]
    connections = _connections(transaction, presence)
    contacts = transaction.lock_devices({*map(_device, arrivals), *(key for key, _ in connections)})
    fresh = _store_messages(transaction, arrivals, stored_at_ms)
    _store_contacts(transaction, _contacts_after(contacts, connections), arrivals)
    return Stored(fresh, len(presence) - len(connections))


def _connections(transaction: ReadingTransaction, presence: Sequence[PresenceEvent]) -> list[Told]:
    """Of whose connection the events tell; those of clients that are no registered devices are left out."""
    device_ids = {it.client_id for it in presence if is_device_id(it.client_id)}
    owners = transaction.owners(device_ids) if device_ids else {}
    return [(DeviceKey(owners[it.client_id], it.client_id), it.connection) for it in presence if it.client_id in owners]


def _store_messages(transaction: ReadingTransaction, arrivals: Sequence[Arrival], stored_at_ms: int) -> int:
    """The number of messages that were new."""
    if not arrivals:
        return 0
    firsts = _first_arrivals(arrivals)
    known = transaction.save_messages([_stored(key, arrival, stored_at_ms) for key, arrival in firsts.items()])
    fresh = [arrival for key, arrival in firsts.items() if key not in known]
    outcome = _store_values(transaction, fresh)
    _store_events(transaction, fresh)
    _store_sessions(transaction, fresh, outcome)
    _name_members(transaction, fresh)
    return len(fresh)


def _first_arrivals(arrivals: Iterable[Arrival]) -> dict[MessageKey, Arrival]:
    """Each message once, by its earliest arrival."""
    firsts: dict[MessageKey, Arrival] = {}
    for arrival in arrivals:
        key = MessageKey(arrival.tenant_id, arrival.device_id, arrival.kind, arrival.message.id)
        known = firsts.get(key)
        if known is None or arrival.received_at_ms < known.received_at_ms:
            firsts[key] = arrival
    return firsts


def _stored(key: MessageKey, arrival: Arrival, stored_at_ms: int) -> StoredMessage:
    message = arrival.message
    count = sum(len(series.values) for series in message.series) if isinstance(message, Telemetry) else 0
    return StoredMessage(key, _session_id(arrival), count, arrival.received_at_ms, stored_at_ms)


def _store_values(transaction: ReadingTransaction, fresh: Iterable[Arrival]) -> Outcome:
    arrived = [chunk for arrival in fresh if isinstance(arrival.message, Telemetry) for chunk in chunks_of(arrival, arrival.message)]
    outcome = resolve(arrived, transaction.chunks_in(_spans(arrived)))
    transaction.add_chunks(outcome.added)
    transaction.change_chunks(outcome.changed)
    _roll_up(transaction, outcome)
    return outcome


def _spans(chunks: Iterable[Chunk]) -> list[Span]:
    """Where stored chunks could be in the way of these."""
    spans: dict[object, Span] = {}
    for chunk in chunks:
        known = spans.get(chunk.bucket)
        if known is None:
            spans[chunk.bucket] = Span(chunk.bucket, chunk.first_ms, chunk.last_ms)
        else:
            first_ms, last_ms = min(known.first_ms, chunk.first_ms), max(known.last_ms, chunk.last_ms)
            spans[chunk.bucket] = Span(chunk.bucket, first_ms, last_ms)
    return list(spans.values())


def _roll_up(transaction: ReadingTransaction, outcome: Outcome) -> None:
    """Adds what is new; minutes that lost values are computed anew, since a minimum cannot be taken back."""
    minutes = merged((chunk.bucket, chunk.rollup) for chunk in outcome.added)
    hours = coarser(minutes, Resolution.HOUR)
    transaction.add_to_rollups(Resolution.MINUTE, minutes)
    transaction.add_to_rollups(Resolution.HOUR, hours)
    transaction.add_to_rollups(Resolution.DAY, coarser(hours, Resolution.DAY))
    transaction.rebuild_rollups({change.before.bucket for change in outcome.changed})


def _store_events(transaction: ReadingTransaction, fresh: Iterable[Arrival]) -> None:
    transaction.add_events(
        StoredEvent(
            _device(arrival),
            arrival.message.id,
            events.event_type(arrival.message),
            arrival.message.at,
            _session_id(arrival),
            events.data_json(arrival.message),
        )
        for arrival in fresh
        if not isinstance(arrival.message, Telemetry)
    )


def _store_sessions(transaction: ReadingTransaction, fresh: Iterable[Arrival], outcome: Outcome) -> None:
    parts: dict[SessionKey, list[Arrival]] = defaultdict(list)
    for arrival in fresh:
        if (session_id := _session_id(arrival)) is not None:
            parts[SessionKey(arrival.tenant_id, session_id)].append(arrival)
    counts = _session_counts(outcome)
    sessions = transaction.lock_sessions(parts.keys() | counts.keys())
    transaction.save_sessions(_session_after(session, parts[key]).with_count(counts[key]) for key, session in sessions.items())


def _session_counts(outcome: Outcome) -> Counter[SessionKey]:
    """How many values more, or fewer, stand in each session."""
    counts: Counter[SessionKey] = Counter()
    for chunk in outcome.added:
        _count(counts, chunk, chunk.rollup.count)
    for change in outcome.changed:
        left = change.after.rollup.count if change.after is not None else 0
        _count(counts, change.before, left - change.before.rollup.count)
    return counts


def _count(counts: Counter[SessionKey], chunk: Chunk, change: int) -> None:
    if chunk.session_id is not None:
        counts[SessionKey(chunk.bucket.tenant_id, chunk.session_id)] += change


def _session_after(session: Session, arrivals: Iterable[Arrival]) -> Session:
    series: list[Series] = []
    device_ids: set[str] = set()
    for arrival in arrivals:
        device_ids.add(arrival.device_id)
        if isinstance(arrival.message, Telemetry):
            series += arrival.message.series
        else:
            session = session.with_event(arrival.device_id, arrival.message)
    if series:
        session = session.with_values(min(it.t0 for it in series), max(it.last_ms for it in series))
    return session.with_devices(device_ids)


def _name_members(transaction: ReadingTransaction, fresh: Iterable[Arrival]) -> None:
    first_named: dict[MemberKey, int] = {}
    for arrival in fresh:
        if isinstance(arrival.message, SessionStarted):
            key = MemberKey(arrival.tenant_id, arrival.message.data.member)
            first_named[key] = min(first_named.get(key, arrival.received_at_ms), arrival.received_at_ms)
    transaction.name_members(first_named)


def _contacts_after(contacts: dict[DeviceKey, Contact], connections: Iterable[Told]) -> dict[DeviceKey, Contact]:
    after = dict(contacts)
    for key, connection in connections:
        after[key] = after[key].with_connection(connection)
    return after


def _store_contacts(transaction: ReadingTransaction, contacts: dict[DeviceKey, Contact], arrivals: Iterable[Arrival]) -> None:
    heard_at_ms: dict[DeviceKey, int] = {}
    for arrival in arrivals:
        key = _device(arrival)
        heard_at_ms[key] = max(heard_at_ms.get(key, arrival.received_at_ms), arrival.received_at_ms)
        if isinstance(arrival.message, BatteryReported):
            contacts[key] = contacts[key].with_battery(arrival.message)
    transaction.save_contacts(it.heard_at(heard_at_ms[key]) if key in heard_at_ms else it for key, it in contacts.items())


def _device(arrival: Arrival) -> DeviceKey:
    return DeviceKey(arrival.tenant_id, arrival.device_id)


def _session_id(arrival: Arrival) -> str | None:
    session_id = arrival.message.session
    return session_id if isinstance(session_id, str) else None
