"""The device's outbox: what a device has measured and the gateway has not acknowledged yet.

One SQLite file a device, written ahead and synchronised on every `put` (`synchronous=FULL`): when `put` has returned, the message
survives a SIGKILL and a power cut. Messages leave in the order in which they came, and only by `acknowledge`.

The outbox is bounded by messages and by bytes. A full one refuses (`OutboxFull`); it never drops, so that what to lose is a
decision of the caller, who knows what a value is worth.

Acknowledgements are written in groups: one that a crash loses means that its message is sent again, which at-least-once allows.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from chalicelib.domain.telemetry import MAX_PAYLOAD_BYTES
from iot.errors import MessageTooLarge, OutboxBusy, OutboxError, OutboxFull

_ACKNOWLEDGEMENTS_A_WRITE = 32

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    parked_reason TEXT
);
CREATE TABLE IF NOT EXISTS producer (singleton INTEGER PRIMARY KEY CHECK (singleton = 0), position INTEGER NOT NULL);
"""


class Durability(Enum):
    """What a stored message survives; the value is SQLite's `synchronous` setting."""

    POWER_CUT = "FULL"
    PROCESS_KILL = "NORMAL"


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """The outbox's bounds."""

    messages: int = 100_000
    payload_bytes: int = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message in the outbox; sequences grow in the order of `put` and are never used again."""

    sequence: int
    topic: str
    payload: bytes


class Outbox:
    """A bounded, durable first-in-first-out store of one device's messages. Safe to use from several threads of one process."""

    def __init__(self, path: Path, limits: OutboxLimits | None = None, durability: Durability = Durability.POWER_CUT) -> None:
        """Opens or creates the file; raises `OutboxBusy` when another process holds it, `OutboxError` when it cannot be opened."""
        self._limits = limits or OutboxLimits()
        self._lock = RLock()
        self._acknowledged: set[int] = set()
        self._database = _open(path, durability)
        self._messages, self._payload_bytes = self._stored()

    def put(self, topic: str, payload: bytes, position: int | None = None) -> int:
        """Stores a message durably and answers its sequence.

        `position` is the producer's own mark (how far it has come in what it sends), stored in the same transaction: after a
        crash a producer goes on from `position`, hands nothing over twice and leaves nothing out.
        Raises `MessageTooLarge`, `OutboxFull` (both: nothing stored) or `OutboxError` (the disk).
        """
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise MessageTooLarge(f"a message of {len(payload)} bytes is larger than the gateway's {MAX_PAYLOAD_BYTES}")
        with self._lock:
            self._require_room(len(payload))
            with _transaction(self._database):
                self._delete_acknowledged()
                cursor = self._database.execute("INSERT INTO message (topic, payload) VALUES (?, ?)", (topic, payload))
                if position is not None:
                    self._database.execute("INSERT OR REPLACE INTO producer VALUES (0, ?)", (position,))
            self._acknowledged.clear()
            self._messages += 1
            self._payload_bytes += len(payload)
            return int(cursor.lastrowid or 0)

    def next_after(self, sequence: int) -> OutboxMessage | None:
        """The oldest message after `sequence` that waits to be sent; 0 begins at the oldest. Parked messages do not wait."""
        query = "SELECT sequence, topic, payload FROM message WHERE sequence > ? AND parked_reason IS NULL ORDER BY sequence LIMIT 1"
        with self._lock, _vendor_errors():
            row = self._database.execute(query, (sequence,)).fetchone()
            while row is not None and row[0] in self._acknowledged:
                row = self._database.execute(query, (row[0],)).fetchone()
        return None if row is None else OutboxMessage(*row)

    def acknowledge(self, sequence: int) -> None:
        """Removes a message: the gateway has it. Doing it again does nothing."""
        with self._lock:
            size = None if sequence in self._acknowledged else self._size_of(sequence)
            if size is None:
                return
            self._acknowledged.add(sequence)
            self._messages -= 1
            self._payload_bytes -= size
            if len(self._acknowledged) >= _ACKNOWLEDGEMENTS_A_WRITE or self._messages == 0:
                self.flush()

    def park(self, sequence: int, reason: str) -> None:
        """Takes a message that the gateway refuses out of the line. It stays stored, and counts, until `release_parked`."""
        with self._lock, _transaction(self._database):
            self._database.execute("UPDATE message SET parked_reason = ? WHERE sequence = ?", (reason, sequence))

    def parked(self) -> list[tuple[int, str]]:
        """Sequences and reasons of the parked messages, oldest first."""
        query = "SELECT sequence, parked_reason FROM message WHERE parked_reason IS NOT NULL ORDER BY sequence"
        with self._lock, _vendor_errors():
            rows = self._database.execute(query).fetchall()
        return [(int(sequence), str(reason)) for sequence, reason in rows if sequence not in self._acknowledged]

    def release_parked(self) -> None:
        """Puts parked messages back into the line, at their old places."""
        with self._lock, _transaction(self._database):
            self._database.execute("UPDATE message SET parked_reason = NULL WHERE parked_reason IS NOT NULL")

    def flush(self) -> None:
        """Writes the acknowledgements that are still only in memory."""
        with self._lock:
            if self._acknowledged:
                with _transaction(self._database):
                    self._delete_acknowledged()
                self._acknowledged.clear()

    def close(self) -> None:
        """Writes what is outstanding and closes the file, for another process to open."""
        with self._lock:
            self.flush()
            self._database.close()

    @property
    def position(self) -> int | None:
        """The producer's last stored mark, None before the first."""
        with self._lock, _vendor_errors():
            row = self._database.execute("SELECT position FROM producer").fetchone()
        return None if row is None else int(row[0])

    @property
    def payload_bytes(self) -> int:
        """Bytes of payload that are stored and not acknowledged."""
        return self._payload_bytes

    def __len__(self) -> int:
        """Messages that are stored and not acknowledged, parked ones included."""
        return self._messages

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _require_room(self, size: int) -> None:
        if self._messages >= self._limits.messages:
            raise OutboxFull(f"the outbox is full: it holds its limit of {self._limits.messages} messages")
        if self._payload_bytes + size > self._limits.payload_bytes:
            raise OutboxFull(f"the outbox is full: it holds {self._payload_bytes} of its limit of {self._limits.payload_bytes} bytes")

    def _stored(self) -> tuple[int, int]:
        with _vendor_errors():
            row = self._database.execute("SELECT COUNT(*), COALESCE(SUM(LENGTH(payload)), 0) FROM message").fetchone()
        return int(row[0]), int(row[1])

    def _size_of(self, sequence: int) -> int | None:
        with _vendor_errors():
            row = self._database.execute("SELECT LENGTH(payload) FROM message WHERE sequence = ?", (sequence,)).fetchone()
        return None if row is None else int(row[0])

    def _delete_acknowledged(self) -> None:
        """Within the caller's transaction; the caller clears the set once that has committed."""
        self._database.executemany("DELETE FROM message WHERE sequence = ?", [(sequence,) for sequence in self._acknowledged])


def _open(path: Path, durability: Durability) -> sqlite3.Connection:
    """An exclusive connection: a second process on the same outbox would send everything twice."""
    with _vendor_errors(f"{path}: "):
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA synchronous = {durability.value}")
            database.executescript(_SCHEMA)
        except sqlite3.Error:
            database.close()
            raise
    return database


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    with _vendor_errors():
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")


@contextmanager
def _vendor_errors(where: str = "") -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise OutboxBusy(f"{where}another process has this outbox open") from error
        raise OutboxError(f"{where}the outbox's file failed: {error}") from error
    except (sqlite3.Error, OSError) as error:
        raise OutboxError(f"{where}the outbox's file failed: {error}") from error
