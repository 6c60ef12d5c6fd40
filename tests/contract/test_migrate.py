"""The migrations and their runner, on a real server."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from infra.migrate import (
    MIGRATIONS,
    Applied,
    Connection,
    MigrationError,
    migrate_database,
    plan,
    read_migrations,
)
from tests.mariadb import MariaDb


@pytest.fixture
def empty(mariadb: MariaDb) -> Connection:
    mariadb.execute("CREATE OR REPLACE DATABASE migrated")
    return Connection(host=mariadb.host, port=mariadb.port, user="root", password="", database="migrated")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    return folder


def test_all_migrations_run_once(empty: Connection, mariadb: MariaDb) -> None:
    assert migrate_database(empty) == [it.name for it in read_migrations()]
    assert migrate_database(empty) == []
    assert mariadb.execute("SELECT * FROM reading_values", empty.database) == []


def _next(files: Path, name: str) -> Path:
    """The file of a migration that follows all others."""
    return files / f"{len(read_migrations(files)) + 1:04d}_{name}.sql"


def test_a_new_file_is_what_runs(empty: Connection, files: Path) -> None:
    migrate_database(empty, files)
    new = _next(files, "more")
    new.write_text("-- Why; not a statement.\nCREATE TABLE more (a INT);\n\nINSERT INTO more VALUES (1);\n")

    assert migrate_database(empty, files) == [new.stem]


def test_a_changed_history_is_refused(empty: Connection, files: Path) -> None:
    migrate_database(empty, files)
    with (files / "0001_readings.sql").open("a") as file:
        file.write("-- a word more\n")

    with pytest.raises(MigrationError, match="0001_readings was applied and has changed"):
        migrate_database(empty, files)


def test_a_newer_database_is_refused(empty: Connection, files: Path) -> None:
    migrate_database(empty, files)
    max(files.glob("*.sql")).unlink()

    with pytest.raises(MigrationError, match="the database is newer"):
        migrate_database(empty, files)


def test_a_run_that_failed_goes_on_where_it_ended(empty: Connection, files: Path, mariadb: MariaDb) -> None:
    mariadb.execute("CREATE TABLE b (x INT)", empty.database)
    new = _next(files, "parts")
    new.write_text("CREATE TABLE a (x INT);\nCREATE TABLE b (x INT);\n")
    with pytest.raises(MigrationError, match="already exists"):
        migrate_database(empty, files)
    mariadb.execute("DROP TABLE b", empty.database)

    assert migrate_database(empty, files) == [new.stem]


def test_two_runs_at_once_migrate_once(empty: Connection) -> None:
    with ThreadPoolExecutor(2) as runs:
        names = list(runs.map(migrate_database, [empty, empty]))

    assert sorted(names, key=len) == [[], [it.name for it in read_migrations()]]


def test_sessions_from_before_devices_were_noted_have_none(empty: Connection, files: Path, mariadb: MariaDb) -> None:
    later = [file for file in files.glob("*.sql") if file.name >= "0004"]
    newer = {file: file.read_text() for file in later}
    for file in later:
        file.unlink()
    migrate_database(empty, files)
    mariadb.execute("INSERT INTO sessions (tenant_id, session_id) VALUES ('t', 's')", empty.database)
    mariadb.execute("INSERT INTO device_contacts (tenant_id, device_id) VALUES ('t', 'd')", empty.database)
    for file, text in newer.items():
        file.write_text(text)

    migrate_database(empty, files)

    assert mariadb.execute("SELECT device_ids FROM sessions", empty.database) == [("[]",)]
    assert mariadb.execute("SELECT is_online, presence_session FROM device_contacts", empty.database) == [(None, None)]


@pytest.mark.parametrize("name", ["0099_gap.sql", "4_short.sql", "0004-dash.sql"])
def test_a_file_out_of_line_is_refused(files: Path, name: str) -> None:
    (files / name).write_text("SELECT 1;\n")

    with pytest.raises(MigrationError):
        read_migrations(files)


def test_a_plan_begins_with_the_statements_that_are_left() -> None:
    first, second, third = read_migrations()[:3]
    applied = {1: Applied(first.name, first.checksum, 11, complete=True), 2: Applied(second.name, second.checksum, 1, complete=False)}

    assert [(step.migration, step.statements_done) for step in plan([first, second, third], applied)] == [(second, 1), (third, 0)]


def test_no_server_is_one_sentence(empty: Connection) -> None:
    with pytest.raises(MigrationError, match=f"{empty.host}:1/migrated refused"):
        migrate_database(replace(empty, port=1))
