"""What the use cases need from the world, as protocols. Adapters fulfil them for real, `tests/fakes` in memory.

Every implementation passes the port's contract suite in `tests/contract`.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from msgspec import Struct

from chalicelib.domain.chunks import Chunk
from chalicelib.domain.errors import UnavailableError
from chalicelib.domain.overlaps import Change
from chalicelib.domain.read_model import DocumentType
from chalicelib.domain.readings import BucketRollup, LastValue, Readings, SeriesKey, TimeSpan
from chalicelib.domain.records import PoisonRecord
from chalicelib.domain.registry import Registration, RegistrationPage
from chalicelib.domain.rollups import Bucket, Resolution, Rollup
from chalicelib.domain.searches import Condition, Hit, Search
from chalicelib.domain.sessions import Contact, DeviceKey, MemberKey, Session, SessionKey


class Clock(Protocol):
    """The wall clock."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        ...


class Backoff(Protocol):
    """How long to wait before a transaction that met another is repeated."""

    def wait(self, attempt: int) -> None:
        """Waits for the given repetition, the first being 1: longer each time, and by chance."""
        ...


class MessageKey(NamedTuple):
    """What identifies a message; telemetry and events count their ids apart."""

    tenant_id: str
    device_id: str
    kind: str
    message_id: str


class Span(NamedTuple):
    """A stretch of time within one minute bucket, in epoch milliseconds, both ends included."""

    bucket: Bucket
    first_ms: int
    last_ms: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """That a message was stored: when it arrived first and when its transaction began (epoch milliseconds)."""

    key: MessageKey
    session_id: str | None
    value_count: int
    received_at_ms: int
    stored_at_ms: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is kept; `data` is JSON."""

    device: DeviceKey
    message_id: str
    type: str
    at_ms: int
    session_id: str | None
    data: str


class ReadingTransaction(Protocol):
    """What one slice of a batch reads and writes. Any call may raise the errors of `ReadingStore.transaction`.

    Lock devices first, then sessions, both of which are locked in the order of their keys: so writers of one device come
    one after the other, and no two transactions wait for each other.
    """

    def lock_devices(self, keys: Iterable[DeviceKey]) -> dict[DeviceKey, Contact]:
        """Each device's contact, which no other transaction changes until this one ends."""
        ...

    def lock_sessions(self, keys: Iterable[SessionKey]) -> dict[SessionKey, Session]:
        """Each session, which no other transaction changes until this one ends."""
        ...

    def chunks_in(self, spans: Sequence[Span]) -> list[Chunk]:
        """Stored chunks that overlap the spans; at most one span a bucket."""
        ...

    def owners(self, device_ids: Iterable[str]) -> dict[str, str]:
        """The tenant of each of these devices that is registered. Locks nothing, so that it may come before all else."""
        ...

    def save_messages(self, messages: Sequence[StoredMessage]) -> set[MessageKey]:
        """Remembers messages, each at most once, and returns those that were known before.

        Of a message that is known, only an earlier arrival is taken over.
        """
        ...

    def add_chunks(self, chunks: Iterable[Chunk]) -> None:
        """Stores new chunks."""
        ...

    def change_chunks(self, changes: Iterable[Change]) -> None:
        """Replaces or removes stored chunks."""
        ...

    def add_to_rollups(self, resolution: Resolution, rollups: dict[Bucket, Rollup]) -> None:
        """Adds values to the rollups of one resolution."""
        ...

    def rebuild_rollups(self, minutes: Iterable[Bucket]) -> None:
        """Computes the rollups of these minutes, and of the hours and days around them, from what is stored."""
        ...

    def add_events(self, events: Iterable[StoredEvent]) -> None:
        """Stores new events."""
        ...

    def save_sessions(self, sessions: Iterable[Session]) -> None:
        """Writes locked sessions back."""
        ...

    def save_contacts(self, contacts: Iterable[Contact]) -> None:
        """Writes locked contacts back."""
        ...

    def name_members(self, named_at_ms: Mapping[MemberKey, int]) -> None:
        """Gives members a row that says when they were first named."""
        ...


class ReadingStore(Protocol):
    """The database of readings."""

    def transaction(self) -> AbstractContextManager[ReadingTransaction]:
        """All or nothing: commits when the block ends, and takes everything back when it raises.

        Raises `ConflictError` when another transaction was in the way, `UnavailableError` when the database does not
        answer, `RefusedError` when it refuses the data.
        """
        ...


class Quarantine(Protocol):
    """Where poison records are kept whole."""

    def keep(self, poison: PoisonRecord) -> None:
        """Keeps the record and tells the dead-letter queue. Safe to repeat. Raises `UnavailableError`."""
        ...

    def keep_all(self, poison: Sequence[PoisonRecord]) -> list[UnavailableError | None]:
        """Keeps several records at once, which is quicker; for each, why it could not be kept, or None."""
        ...


class Registry(Protocol):
    """The registered devices. Every call may raise `UnavailableError` and `ConflictError`."""

    def save(self, registration: Registration) -> bool:
        """Registers a device or renews its registration, keeping when it was registered first; True when it is new.

        Raises `TakenError` when it belongs to another tenant.
        """
        ...

    def page(self, limit: int, after: str | None, tenant_id: str | None) -> RegistrationPage:
        """Up to `limit` registrations in the order of their device ids, after one of them, of one tenant or of all."""
        ...

    def find(self, device_id: str) -> Registration | None:
        """The device's registration, or None where there is none."""
        ...

    def revoke(self, device_id: str) -> Registration:
        """Marks a device's certificate as revoked. Raises `NotFoundError`."""
        ...


class DocumentStore(Protocol):
    """The read model. Every call may raise `UnavailableError`, and takes at most `timeout_s` seconds or so.

    A document that was written is found by its id at once, and by a search a moment later.
    """

    def search[T: Struct](self, kind: DocumentType[T], wanted: Search, timeout_s: float) -> list[Hit[T]]:
        """Up to `wanted.limit` documents in the wanted order, after the wanted position."""
        ...

    def count(self, kind: DocumentType[Any], conditions: Sequence[Condition], timeout_s: float) -> int:
        """How many documents there are for which every condition holds."""
        ...

    def get[T: Struct](self, kind: DocumentType[T], document_id: str, timeout_s: float) -> T | None:
        """One document, or None where there is none."""
        ...

    def mget[T: Struct](self, kind: DocumentType[T], document_ids: Sequence[str], timeout_s: float) -> dict[str, T]:
        """Those documents that there are, by id."""
        ...


class SeriesStore(Protocol):
    """Values and rollups, for reading. Every call may raise `UnavailableError` and `ConflictError`."""

    def knows_device(self, tenant_id: str, device_id: str) -> bool:
        """Whether the tenant has registered such a device, or it has sent something."""
        ...

    def readings(self, series: SeriesKey, span: TimeSpan, limit: int) -> Readings:
        """Up to `limit` values of the span; `next_ms` is set when there may be more."""
        ...

    def rollups(self, series: SeriesKey, resolution: Resolution, span: TimeSpan) -> list[BucketRollup]:
        """The rollups whose buckets begin in the span, in the order of time."""
        ...

    def unit(self, series: SeriesKey, before_ms: int) -> str | None:
        """The unit of the newest values before an instant; None where there are none."""
        ...

    def last_values(self, tenant_id: str, device_id: str) -> list[LastValue]:
        """The newest value of each metric of a device, in the order of the metrics' names."""
        ...
