"""The SQLite file under the stream log: its tables, one writer, and as many readers as read at once.

Write-ahead logging with synchronous=NORMAL: a commit is in the operating system's hands when it returns, so a killed process
loses nothing that was acknowledged. (A power cut may lose the last moments; AWS keeps three copies instead.)
"""

import fcntl
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 1), ordinal INTEGER NOT NULL, at_ms INTEGER NOT NULL);
INSERT OR IGNORE INTO position VALUES (1, 0, 0);
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, details BLOB NOT NULL,
    UNIQUE (account, region, name));
CREATE TABLE IF NOT EXISTS shards (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL REFERENCES streams (id), number INTEGER NOT NULL, shard BLOB NOT NULL,
    UNIQUE (stream, number));
-- place = shard id * 2**42 + the first record's ordinal: a shard's chunks lie side by side, in order.
CREATE TABLE IF NOT EXISTS chunks (
    place INTEGER PRIMARY KEY, arrived_at_ms INTEGER NOT NULL, layout BLOB NOT NULL, payload BLOB NOT NULL);
"""


class DatabaseInUseError(Exception):
    """Another process has this file open; two writers would hand out the same sequence numbers."""


class Database:
    """Connections to one file. The caller sees to it that only one thread writes at a time."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file
        self._lock = file.with_suffix(".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise DatabaseInUseError(f"{file} is in use by another process") from error
        self._writer = self._connect()
        self._writer.executescript("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;" + _SCHEMA)
        self._idle_readers: deque[sqlite3.Connection] = deque()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back when an exception leaves it."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield self._writer
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile."""
        try:
            reader = self._idle_readers.pop()
        except IndexError:
            reader = self._connect()
        try:
            yield reader
        finally:
            self._idle_readers.append(reader)

    def close(self) -> None:
        """Close every connection that is not in use."""
        while self._idle_readers:
            self._idle_readers.pop().close()
        self._writer.close()
        self._lock.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False, timeout=30)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 2000")
        return connection
