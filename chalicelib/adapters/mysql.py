"""One warm connection to Aurora MySQL or MariaDB, and transactions on it with Gonio's own errors.

READ COMMITTED, so that a statement after a lock was waited for sees what its holder committed, and so that
`INSERT ... SELECT` locks nothing that it reads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pymysql
from pymysql.connections import Connection
from pymysql.constants import ER
from pymysql.cursors import Cursor

from chalicelib.domain.errors import ConflictError, GonioError, RefusedError, UnavailableError

CONNECT_TIMEOUT_S = 3
ANSWER_TIMEOUT_S = 20
LOCK_TIMEOUT_S = 5
_RECORD_CHANGED = 1020  # ER_CHECKREAD, also MariaDB's snapshot conflict
_CONFLICTS = frozenset({ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.DUP_ENTRY, _RECORD_CHANGED})
_REFUSALS = frozenset({"22", "23"})  # SQLSTATE classes: data exception, integrity constraint violation


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the database is and who asks; the password stays out of `repr`."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(repr=False)


class MySqlDatabase:
    """Dials when first needed, keeps the connection warm, and dials anew with fresh credentials after it broke."""

    def __init__(self, credentials: Callable[[], Credentials], *, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self.credentials = credentials
        self._answer_timeout_s = answer_timeout_s
        self._connection: Connection[Cursor] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Commits when the block ends, rolls back when it raises.

        Raises `ConflictError`, `RefusedError`, or `UnavailableError` for all else that the driver reports.
        """
        committed = False
        try:
            connection = self._begun()
            with connection.cursor() as cursor:
                yield cursor
            connection.commit()
            committed = True
        except pymysql.MySQLError as error:
            mapped = _mapped(error)
            if isinstance(mapped, UnavailableError):
                self.close()  # A server that became read-only keeps its connections: dial for the new writer.
            raise mapped from error
        finally:
            if not committed:
                self._roll_back()

    def close(self) -> None:
        """Hangs up; what was not committed is lost."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.open:
            connection.close()

    def _begun(self) -> "Connection[Cursor]":
        """The connection with a transaction begun on it."""
        if self._connection is not None:
            try:
                self._connection.begin()
            except pymysql.MySQLError:
                # The server hung up since the last transaction: nothing is lost, dial again.
                self.close()
            else:
                return self._connection
        self._connection = _dial(self.credentials(), self._answer_timeout_s)
        self._connection.begin()
        return self._connection

    def _roll_back(self) -> None:
        """Ends a transaction without its effects; a connection that cannot do even that is dropped, which does it too."""
        if self._connection is None:
            return
        try:
            self._connection.rollback()
        except pymysql.MySQLError:
            self.close()


def _dial(credentials: Credentials, answer_timeout_s: float) -> "Connection[Cursor]":
    connection = pymysql.connect(
        host=credentials.host,
        port=credentials.port,
        user=credentials.user,
        password=credentials.password,
        database=credentials.database,
        charset="utf8mb4",
        autocommit=False,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=answer_timeout_s,
        write_timeout=answer_timeout_s,
        init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )
    with connection.cursor() as cursor:
        # Shorter than the wait for an answer, so that a lock that is not let go is told from a server that is gone.
        cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", [LOCK_TIMEOUT_S])
    return connection


def _mapped(error: pymysql.MySQLError) -> GonioError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    if code in _CONFLICTS:
        return ConflictError(str(error))
    if isinstance(error, pymysql.err.DataError | pymysql.err.IntegrityError) or _sql_state_class(error) in _REFUSALS:
        return RefusedError(str(error))
    return UnavailableError(str(error))


def _sql_state_class(error: pymysql.MySQLError) -> str:
    return str(getattr(error, "sqlstate", None) or "")[:2]
