"""The file that the control plane and the engine share: what is wanted of each task, and what became of it.

SQLite with write-ahead logging: either process may be killed at any moment, and the other one reads on. What was committed outlives a
killed process; a power cut may lose the last moments, after which some records come again.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FILE = "dms.db"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    arn TEXT PRIMARY KEY, kind TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, identifier TEXT NOT NULL,
    created_at REAL NOT NULL, body TEXT NOT NULL, UNIQUE (kind, account, region, identifier));
-- number: which order this is; the engine's answers to an older one are ignored.
CREATE TABLE IF NOT EXISTS runs (
    task TEXT PRIMARY KEY, number INTEGER NOT NULL DEFAULT 0, wanted TEXT NOT NULL DEFAULT 'stopped', status TEXT NOT NULL DEFAULT 'ready',
    stop_reason TEXT, failure TEXT, checkpoint TEXT, times TEXT NOT NULL DEFAULT '{}', progress TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS tags (arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tables (
    task TEXT NOT NULL, schema_name TEXT NOT NULL, table_name TEXT NOT NULL, state TEXT NOT NULL, statistics TEXT NOT NULL,
    PRIMARY KEY (task, schema_name, table_name)) WITHOUT ROWID;
"""


class Store:
    """One process's connection to the file; its threads take turns."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(data_dir / FILE, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: durable at the end, undone when an exception leaves it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def read(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def decoded(text: str | None) -> dict[str, Any]:
    """A stored JSON object; an empty one for nothing."""
    return json.loads(text) if text else {}
