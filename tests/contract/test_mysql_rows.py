"""Rows arrive in the database as they were given, on a real server."""

import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters import mysql_rows
from chalicelib.adapters.mysql import MySqlDatabase
from chalicelib.adapters.mysql_rows import insert_at_once, insert_rows
from chalicelib.domain.topics import MessageKind
from tests.mariadb import MariaDb

INSERT = "INSERT INTO given (ordinal, text, number, whole, flag) VALUES :rows"

rows = st.lists(
    st.tuples(
        st.none()
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
        | st.sampled_from([*MessageKind, ":rows", "%s", "\\\\", "'"]),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.booleans(),
    ),
    max_size=6,
)


@pytest.fixture
def table(mariadb: MariaDb, database: MySqlDatabase) -> MySqlDatabase:
    mariadb.execute(
        "CREATE TABLE given (ordinal INT PRIMARY KEY, text LONGTEXT, number DOUBLE, whole BIGINT, flag BOOLEAN) CHARACTER SET utf8mb4",
        database.credentials().database,
    )
    return database


@pytest.mark.parametrize("insert", [insert_rows, insert_at_once])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_rows=rows, sql_mode=st.sampled_from(["STRICT_TRANS_TABLES", "STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES"]))
def test_rows_come_back_as_they_were_given(
    table: MySqlDatabase, insert: object, given_rows: list[tuple[object, ...]], sql_mode: str
) -> None:
    assert callable(insert)
    with table.transaction() as cursor:
        cursor.execute("SET sql_mode = %s", [sql_mode])
        cursor.execute("DELETE FROM given")
        insert(cursor, INSERT, [(ordinal, *row) for ordinal, row in enumerate(given_rows)])
        cursor.execute("SELECT text, number, whole, flag FROM given ORDER BY ordinal")
        assert list(cursor.fetchall()) == given_rows


def test_very_many_rows_go_in_several_statements(table: MySqlDatabase) -> None:
    text = "x" * (mysql_rows.STATEMENT_CHARACTERS // 3)

    with table.transaction() as cursor:
        insert_rows(cursor, INSERT, [(ordinal, text, None, None, None) for ordinal in range(10)])
        cursor.execute("SELECT COUNT(*), MIN(CHAR_LENGTH(text)) FROM given")
        assert cursor.fetchone() == (10, len(text))
        cursor.execute("SHOW SESSION STATUS LIKE 'Com_insert'")
        assert cursor.fetchone() == ("Com_insert", "4")


def test_rows_at_once_are_all_inserted_or_none(table: MySqlDatabase) -> None:
    with table.transaction() as cursor:
        with pytest.raises(pymysql.err.IntegrityError):
            insert_at_once(cursor, INSERT, [(ordinal, None, None, None, None) for ordinal in (1, 2, 1)])

        assert cursor.execute("SELECT * FROM given") == 0
