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

    def __init__(self, credentials: Callable[[], Credentials]) -> None:
        self.credentials = credentials
        self._connection: Connection[Cursor] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Commits when the block ends, rolls back when it raises.

        Raises `ConflictError`, `RefusedError`, or `UnavailableError` for all else that the driver reports.
        """
        try:
            connection = self._dialled()
            with connection.cursor() as cursor:
                connection.begin()
                yield cursor
            connection.commit()
        except pymysql.MySQLError as error:
            mapped = _mapped(error)
            self._give_up(keep=not isinstance(mapped, UnavailableError))
            raise mapped from error
        except BaseException:
            self._give_up(keep=True)
            raise

    def close(self) -> None:
        """Hangs up."""
        self._give_up(keep=False)

    def _dialled(self) -> "Connection[Cursor]":
        if self._connection is not None:
            try:
                self._connection.ping(reconnect=False)
            except pymysql.MySQLError:
                # The server hung up since the last transaction: nothing is lost, dial again.
                self._give_up(keep=False)
        if self._connection is None:
            self._connection = _dial(self.credentials())
        return self._connection

    def _give_up(self, *, keep: bool) -> None:
        """Ends the transaction without its effects; a connection that cannot do even that is dropped."""
        connection = self._connection
        if connection is None:
            return
        try:
            if keep and connection.open:
                connection.rollback()
                return
        except pymysql.MySQLError:
            pass  # Dropping the connection, below, rolls back as well.
        self._connection = None
        if connection.open:
            connection.close()


def _dial(credentials: Credentials) -> "Connection[Cursor]":
    return pymysql.connect(
        host=credentials.host,
        port=credentials.port,
        user=credentials.user,
        password=credentials.password,
        database=credentials.database,
        charset="utf8mb4",
        autocommit=False,
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=ANSWER_TIMEOUT_S,
        write_timeout=ANSWER_TIMEOUT_S,
        init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )


def _mapped(error: pymysql.MySQLError) -> GonioError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    if code in _CONFLICTS:
        return ConflictError(str(error))
    if isinstance(error, pymysql.err.DataError | pymysql.err.IntegrityError) or _sql_state_class(error) in _REFUSALS:
        return RefusedError(str(error))
    return UnavailableError(str(error))


def _sql_state_class(error: pymysql.MySQLError) -> str:
    return str(getattr(error, "sqlstate", None) or "")[:2]
