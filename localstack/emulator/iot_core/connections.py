"""Who is connected, with their wills, in a file that survives a killed gateway: its successor tells the world that they are gone."""

import sqlite3
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

_VERSION_KEPT_MS = 3_600_000
"""A client that was away for about an hour begins anew at version 0 (developer guide, "Lifecycle events")."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS connection (
  client_id TEXT PRIMARY KEY, session_identifier TEXT NOT NULL, principal TEXT NOT NULL, ip_address TEXT NOT NULL,
  version_number INTEGER NOT NULL, connected INTEGER NOT NULL, changed_at_ms INTEGER NOT NULL, will BLOB)
"""


@dataclass(frozen=True, slots=True)
class Connection:
    """One MQTT connection as presence events describe it. `will` is the will as an MQTT 5 PUBLISH frame, while it may be due."""

    client_id: str
    session_identifier: str
    principal: str
    ip_address: str
    version_number: int
    will: bytes | None = None


class ConnectionRegister:
    """The durable list. A write is with the operating system when it returns, so a killed process loses none."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(state_dir / "connections.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")  # a kill, not a power cut, is what this is for
        self._database.execute(_SCHEMA)

    def opened(self, client_id: str, principal: str, ip_address: str, will: bytes | None) -> Connection:
        """Enters a new connection, in place of the client's former one."""
        now_ms = time.time_ns() // 1_000_000
        connection = Connection(client_id, str(uuid.uuid4()), principal, ip_address, self._next_version(client_id, now_ms), will)
        self._database.execute(
            "INSERT OR REPLACE INTO connection VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
            (client_id, connection.session_identifier, principal, ip_address, connection.version_number, now_ms, will),
        )
        return connection

    def will_done(self, connection: Connection) -> None:
        """The connection's will was published, or is not to be."""
        self._database.execute("UPDATE connection SET will = NULL WHERE session_identifier = ?", (connection.session_identifier,))

    def ended(self, connection: Connection) -> None:
        """The end of the connection has been told to whoever wants to know; a newer one of the same client is not touched."""
        self._database.execute(
            "UPDATE connection SET connected = 0, changed_at_ms = ? WHERE session_identifier = ?",
            (time.time_ns() // 1_000_000, connection.session_identifier),
        )

    def left_over(self) -> list[Connection]:
        """Connections whose end was never told."""
        rows = self._database.execute(
            "SELECT client_id, session_identifier, principal, ip_address, version_number, will FROM connection "
            "WHERE connected OR will IS NOT NULL"
        )
        return [Connection(*row) for row in rows]

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def _next_version(self, client_id: str, now_ms: int) -> int:
        row = self._database.execute(
            "SELECT version_number, connected, changed_at_ms FROM connection WHERE client_id = ?", (client_id,)
        ).fetchone()
        if row is None or (not row[1] and now_ms - row[2] > _VERSION_KEPT_MS):
            return 0
        return int(row[0]) + 1
