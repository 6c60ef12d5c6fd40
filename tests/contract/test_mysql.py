"""How the driver's errors become Gonio's own, and how a connection that broke is dialled anew, on a real server."""

import socket
from contextlib import closing
from dataclasses import replace

import pytest

from chalicelib.adapters.mysql import Credentials, MySqlDatabase
from chalicelib.domain.errors import ConflictError, RefusedError, UnavailableError
from tests.mariadb import MariaDb

_MEMBER = "INSERT INTO members (tenant_id, member_id, named_at_ms) VALUES (%s, %s, %s)"


def _execute(database: MySqlDatabase, statement: str, values: list[object] | None = None) -> int:
    with database.transaction() as cursor:
        return cursor.execute(statement, values)


def test_no_server_is_unavailable(credentials: Credentials) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        wrong = replace(credentials, port=nobody.getsockname()[1])
        with closing(MySqlDatabase(lambda: wrong)) as database, pytest.raises(UnavailableError):
            _execute(database, "SELECT 1")


def test_a_wrong_password_is_unavailable_and_stays_out_of_the_message(credentials: Credentials) -> None:
    wrong = replace(credentials, password="open sesame")
    with closing(MySqlDatabase(lambda: wrong)) as database, pytest.raises(UnavailableError) as caught:
        _execute(database, "SELECT 1")
    assert "open sesame" not in f"{caught.value} {wrong}"


def test_an_answer_that_takes_too_long_is_unavailable(credentials: Credentials) -> None:
    with closing(MySqlDatabase(lambda: credentials, answer_timeout_s=2)) as database:
        with pytest.raises(UnavailableError):
            _execute(database, "SELECT SLEEP(60)")
        assert _execute(database, "SELECT 1") == 1


def test_a_missing_table_is_unavailable(database: MySqlDatabase) -> None:
    with pytest.raises(UnavailableError):
        _execute(database, "SELECT * FROM nothing")


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (_MEMBER, ["t" * 65, "m", 1]),
        (_MEMBER, ["t", "m", None]),
        (_MEMBER, ["t", "m", 2**70]),
        ("INSERT INTO events VALUES ('t', 'd', 'm', 'battery', 1, NULL, %s)", ["{"]),
    ],
    ids=["too long", "null", "out of range", "no JSON"],
)
def test_data_that_the_schema_forbids_are_refused(database: MySqlDatabase, statement: str, values: list[object]) -> None:
    with pytest.raises(RefusedError):
        _execute(database, statement, values)
    assert _execute(database, "SELECT 1") == 1


def test_a_connection_that_the_server_ended_is_dialled_anew(mariadb: MariaDb, database: MySqlDatabase) -> None:
    with database.transaction() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        (before,) = cursor.fetchone() or (0,)
    mariadb.execute(f"KILL {before}")

    with database.transaction() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        assert cursor.fetchone() != (before,)


def _write_on_a_killed_connection(mariadb: MariaDb, database: MySqlDatabase) -> None:
    with database.transaction() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        (own,) = cursor.fetchone() or (0,)
        mariadb.execute(f"KILL {own}")
        cursor.execute(_MEMBER, ["t", "m", 1])


def test_a_connection_that_ends_within_a_transaction_is_unavailable_once(mariadb: MariaDb, database: MySqlDatabase) -> None:
    with pytest.raises(UnavailableError):
        _write_on_a_killed_connection(mariadb, database)

    assert _execute(database, "SELECT * FROM members") == 0


def _wait_for_a_lock(ours: MySqlDatabase, theirs: MySqlDatabase) -> None:
    take = "UPDATE members SET named_at_ms = 2 WHERE member_id = 'a'"
    with theirs.transaction() as holder, ours.transaction() as waiter:
        holder.execute(take)
        waiter.execute("SET innodb_lock_wait_timeout = 1")
        waiter.execute(take)


def test_a_lock_that_is_not_let_go_is_a_conflict(database: MySqlDatabase, credentials: Credentials) -> None:
    _execute(database, "INSERT INTO members VALUES ('t', 'a', 1)")

    with closing(MySqlDatabase(lambda: credentials)) as other, pytest.raises(ConflictError):
        _wait_for_a_lock(database, other)

    assert _execute(database, "SELECT * FROM members WHERE named_at_ms = 1") == 1


def test_credentials_are_read_again_when_a_connection_is_dialled(credentials: Credentials, mariadb: MariaDb) -> None:
    rotating = iter([replace(credentials, password="old"), credentials])
    with closing(MySqlDatabase(lambda: next(rotating))) as database:
        with pytest.raises(UnavailableError):
            _execute(database, "SELECT 1")
        assert _execute(database, "SELECT 1") == 1
