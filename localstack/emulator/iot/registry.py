"""The device registry on disk: every change is there before its request is answered, and after a kill.

Documents (things, certificates, policies, rules) by kind and name, and links between them (a certificate's policies, a thing's
certificates), for each account and region. One SQLite file, one transaction a request: a request that fails changes nothing.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator import durable_file

type Document = dict[str, Any]
"""What is known of one resource; holds only what JSON holds."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    account TEXT, region TEXT, kind TEXT, name TEXT, body TEXT NOT NULL,
    PRIMARY KEY (account, region, kind, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS link (
    account TEXT, region TEXT, relation TEXT, source TEXT, target TEXT,
    PRIMARY KEY (account, region, relation, source, target)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_target ON link (account, region, relation, target, source);
"""


class Registry:
    """The file and the lock that its requests take turns with."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = durable_file.opened(path, _SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def session(self, account_id: str, region: str) -> Iterator["Session"]:
        """One request's view. What it changed is durable when this ends, or undone when it ends with an exception."""
        session = Session(self._connection, self._lock, (account_id, region))
        try:
            yield session
        except BaseException:
            session.end("ROLLBACK")
            raise
        session.end("COMMIT")


class Session:
    """The registry of one account and region within one transaction, which begins with the first question asked of it.

    Names come in code point order; `after` is the last name of an earlier page.
    """

    def __init__(self, connection: sqlite3.Connection, lock: threading.Lock, scope: tuple[str, str]) -> None:
        self.account_id, self.region = scope
        self._connection = connection
        self._lock = lock
        self._begun = False

    def arn(self, kind: str, name: str) -> str:
        """The ARN of an IoT resource, such as `thing`, `cert`, `policy`, `rule` or `thinggroup`."""
        return f"arn:aws:iot:{self.region}:{self.account_id}:{kind}/{name}"

    def find(self, kind: str, name: str) -> Document | None:
        """A document, or nothing."""
        query = "SELECT body FROM document WHERE account=? AND region=? AND kind=? AND name=?"
        row = self._execute(query, kind, name).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, name: str, document: Document) -> None:
        """Store a document in the place of any earlier one."""
        self._execute("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?)", kind, name, json.dumps(document))

    def remove(self, kind: str, name: str) -> None:
        """Forget a document; its links are the caller's to remove."""
        self._execute("DELETE FROM document WHERE account=? AND region=? AND kind=? AND name=?", kind, name)

    def documents(self, kind: str, after: str = "") -> Iterator[tuple[str, Document]]:
        """All documents of a kind by name."""
        query = "SELECT name, body FROM document WHERE account=? AND region=? AND kind=? AND name>? ORDER BY name"
        for name, body in self._execute(query, kind, after):
            yield name, json.loads(body)

    def link(self, relation: str, source: str, target: str) -> None:
        """Tie two names; twice is once."""
        self._execute("INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?, ?)", relation, source, target)

    def unlink(self, relation: str, source: str, target: str) -> None:
        """Untie two names, if they are tied."""
        self._execute("DELETE FROM link WHERE account=? AND region=? AND relation=? AND source=? AND target=?", relation, source, target)

    def targets(self, relation: str, source: str, after: str = "") -> Iterator[str]:
        """What a source is tied to."""
        query = "SELECT target FROM link WHERE account=? AND region=? AND relation=? AND source=? AND target>? ORDER BY target"
        return (name for (name,) in self._execute(query, relation, source, after))

    def sources(self, relation: str, target: str, after: str = "") -> Iterator[str]:
        """What is tied to a target."""
        query = "SELECT source FROM link WHERE account=? AND region=? AND relation=? AND target=? AND source>? ORDER BY source"
        return (name for (name,) in self._execute(query, relation, target, after))

    def end(self, how: str) -> None:
        """COMMIT or ROLLBACK, and let the next request in."""
        if self._begun:
            try:
                self._connection.execute(how)
            finally:
                self._begun = False
                self._lock.release()

    def _execute(self, statement: str, *values: str) -> sqlite3.Cursor:
        if not self._begun:
            self._lock.acquire()
            self._begun = True
            self._connection.execute("BEGIN")
        return self._connection.execute(statement, (self.account_id, self.region, *values))
