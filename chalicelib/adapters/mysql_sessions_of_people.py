"""The ports `RevokedSessions` and `SignInAttempts` on MySQL.

A connection serves one at a time, while a local server answers requests on many threads: so each waits for the other.
"""

from collections.abc import Sequence
from threading import Lock

from chalicelib.adapters.mysql import MySqlDatabase

PURGED_AT_ONCE = 1000
"""Rows that one statement removes at most, so that no request waits for a big clean-up."""
_REVOKE = """
    INSERT INTO revoked_sessions (session_key, revoked_at_ms, expires_at_ms) VALUES (%s, %s, %s)
    ON DUPLICATE KEY UPDATE expires_at_ms = GREATEST(expires_at_ms, VALUES(expires_at_ms))
"""
_PURGE_REVOKED = "DELETE FROM revoked_sessions WHERE expires_at_ms < %s LIMIT %s"
_IS_REVOKED = "SELECT 1 FROM revoked_sessions WHERE session_key = %s"
_ADD_ATTEMPT = "INSERT INTO sign_in_attempts (attempt_key, attempted_at_ms) VALUES (%s, %s)"
_PURGE_ATTEMPTS = "DELETE FROM sign_in_attempts WHERE attempted_at_ms < %s LIMIT %s"
_COUNT_ATTEMPTS = """
    SELECT attempt_key, COUNT(*) FROM sign_in_attempts WHERE attempt_key IN %s AND attempted_at_ms >= %s GROUP BY attempt_key
"""
_FORGET_ATTEMPTS = "DELETE FROM sign_in_attempts WHERE attempt_key = %s"


class MySqlRevokedSessions:
    """Ended sessions in MySQL."""

    def __init__(self, database: MySqlDatabase) -> None:
        self._database = database
        self._lock = Lock()

    def add(self, session_key: str, *, at_ms: int, until_ms: int) -> None:
        """See the port; removes some entries that ran out on the way."""
        with self._lock, self._database.transaction() as cursor:
            cursor.execute(_REVOKE, (session_key, at_ms, until_ms))
            cursor.execute(_PURGE_REVOKED, (at_ms, PURGED_AT_ONCE))

    def holds(self, session_key: str) -> bool:
        """See the port."""
        with self._lock, self._database.transaction() as cursor:
            cursor.execute(_IS_REVOKED, [session_key])
            return cursor.fetchone() is not None


class MySqlSignInAttempts:
    """Sign-in attempts in MySQL. Each call commits by itself, so attempts at one instant count each other."""

    def __init__(self, database: MySqlDatabase) -> None:
        self._database = database
        self._lock = Lock()

    def add(self, keys: Sequence[str], at_ms: int, forget_before_ms: int) -> None:
        """See the port."""
        with self._lock, self._database.transaction() as cursor:
            cursor.executemany(_ADD_ATTEMPT, [(key, at_ms) for key in keys])
            cursor.execute(_PURGE_ATTEMPTS, (forget_before_ms, PURGED_AT_ONCE))

    def counts(self, keys: Sequence[str], since_ms: int) -> dict[str, int]:
        """See the port."""
        with self._lock, self._database.transaction() as cursor:
            cursor.execute(_COUNT_ATTEMPTS, (list(keys), since_ms))
            return dict.fromkeys(keys, 0) | {str(key): int(count) for key, count in cursor.fetchall()}

    def forget(self, key: str) -> None:
        """See the port."""
        with self._lock, self._database.transaction() as cursor:
            cursor.execute(_FORGET_ATTEMPTS, [key])
