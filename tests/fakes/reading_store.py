"""The port `ReadingStore` in memory: transactions one at a time, taken back when they raise."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace

from chalicelib.domain.chunks import Chunk
from chalicelib.domain.errors import GonioError
from chalicelib.domain.overlaps import Change
from chalicelib.domain.rollups import Bucket, Resolution, Rollup, merged
from chalicelib.domain.sessions import Contact, DeviceKey, MemberKey, Session, SessionKey
from chalicelib.ports import MessageKey, ReadingTransaction, Span, StoredEvent, StoredMessage

type ChunkKey = tuple[object, ...]


@dataclass(slots=True)
class Rows:
    """Everything that is stored."""

    messages: dict[MessageKey, StoredMessage] = field(default_factory=dict)
    chunks: dict[ChunkKey, Chunk] = field(default_factory=dict)
    rollups: dict[Resolution, dict[Bucket, Rollup]] = field(default_factory=lambda: {it: {} for it in Resolution})
    sessions: dict[SessionKey, Session] = field(default_factory=dict)
    contacts: dict[DeviceKey, Contact] = field(default_factory=dict)
    events: dict[tuple[DeviceKey, str], StoredEvent] = field(default_factory=dict)
    members: dict[MemberKey, int] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """The tenant of each registered device."""


class FakeReadingStore:
    """Readings in memory. `fail_next` makes the next transactions raise, each one error, when they would commit."""

    def __init__(self) -> None:
        self.rows = Rows()
        self.transactions = 0
        self.refused_message_ids: dict[str, Exception] = {}
        self._failures: list[GonioError] = []
        self._lock = threading.Lock()

    def fail_next(self, *errors: GonioError) -> None:
        """The next transactions raise these."""
        self._failures += errors

    @contextmanager
    def transaction(self) -> Iterator[ReadingTransaction]:
        """See the port."""
        with self._lock:
            self.transactions += 1
            rows = deepcopy(self.rows)
            yield FakeReadingTransaction(rows, self.refused_message_ids)
            if self._failures:
                raise self._failures.pop(0)
            self.rows = rows


class FakeReadingTransaction:
    """One transaction in memory."""

    def __init__(self, rows: Rows, refused: Mapping[str, Exception]) -> None:
        self._rows = rows
        self._refused = refused

    def lock_devices(self, keys: Iterable[DeviceKey]) -> dict[DeviceKey, Contact]:
        """See the port."""
        return {key: self._rows.contacts.setdefault(key, Contact(key)) for key in keys}

    def lock_sessions(self, keys: Iterable[SessionKey]) -> dict[SessionKey, Session]:
        """See the port."""
        return {key: self._rows.sessions.setdefault(key, Session(key)) for key in keys}

    def owners(self, device_ids: Iterable[str]) -> dict[str, str]:
        """See the port."""
        return {it: self._rows.owners[it] for it in device_ids if it in self._rows.owners}

    def save_messages(self, messages: Sequence[StoredMessage]) -> set[MessageKey]:
        """See the port."""
        known = {message.key for message in messages if message.key in self._rows.messages}
        for message in messages:
            if message.key.message_id in self._refused:
                raise self._refused[message.key.message_id]
            before = self._rows.messages.get(message.key, message)
            self._rows.messages[message.key] = replace(before, received_at_ms=min(before.received_at_ms, message.received_at_ms))
        return known

    def chunks_in(self, spans: Sequence[Span]) -> list[Chunk]:
        """See the port."""
        return [chunk for chunk in self._rows.chunks.values() if any(_meets(chunk, span) for span in spans)]

    def add_chunks(self, chunks: Iterable[Chunk]) -> None:
        """See the port."""
        self._rows.chunks.update({_key(chunk): chunk for chunk in chunks})

    def change_chunks(self, changes: Iterable[Change]) -> None:
        """See the port."""
        for change in changes:
            del self._rows.chunks[_key(change.before)]
            if change.after is not None:
                self._rows.chunks[_key(change.after)] = change.after

    def add_to_rollups(self, resolution: Resolution, rollups: dict[Bucket, Rollup]) -> None:
        """See the port."""
        known = self._rows.rollups[resolution]
        known.update(merged([*((bucket, known[bucket]) for bucket in rollups if bucket in known), *rollups.items()]))

    def rebuild_rollups(self, minutes: Iterable[Bucket]) -> None:
        """See the port."""
        for minute in set(minutes):
            for resolution in Resolution:
                bucket = minute.within(resolution)
                inside = ((bucket, it.rollup) for it in self._rows.chunks.values() if it.bucket.within(resolution) == bucket)
                self._rows.rollups[resolution].update(merged(inside))

    def add_events(self, events: Iterable[StoredEvent]) -> None:
        """See the port."""
        self._rows.events.update({(event.device, event.message_id): event for event in events})

    def save_sessions(self, sessions: Iterable[Session]) -> None:
        """See the port."""
        self._rows.sessions.update({session.key: session for session in sessions})

    def save_contacts(self, contacts: Iterable[Contact]) -> None:
        """See the port."""
        self._rows.contacts.update({contact.key: contact for contact in contacts})

    def name_members(self, named_at_ms: Mapping[MemberKey, int]) -> None:
        """See the port."""
        for key, at_ms in named_at_ms.items():
            self._rows.members[key] = min(self._rows.members.get(key, at_ms), at_ms)


def _meets(chunk: Chunk, span: Span) -> bool:
    return chunk.bucket == span.bucket and chunk.last_ms >= span.first_ms and chunk.first_ms <= span.last_ms


def _key(chunk: Chunk) -> ChunkKey:
    return (chunk.bucket, chunk.last_ms, chunk.message_id, chunk.series_number, chunk.position)
