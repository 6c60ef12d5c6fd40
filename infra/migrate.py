"""Brings a database's schema to the newest version: plan first, then execute.

Migrations are the files `NNNN_name.sql` beside this module, forward only. What was applied is written down with a checksum,
and a history that has changed since is refused. MySQL commits each statement that defines data by itself, so progress is
written down a statement at a time: a run that was killed goes on where it ended. One run at a time, by a named lock.

The account needs ALL on the database; its password comes from the environment, GONIO_DATABASE_OWNER_PASSWORD.
"""

import argparse
import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
from pymysql.cursors import Cursor

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_TIMEOUT_S = 60
_FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_HISTORY = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version INT NOT NULL PRIMARY KEY,
        name VARCHAR(128) NOT NULL,
        checksum CHAR(64) NOT NULL,
        statements_done INT NOT NULL,
        applied_at DATETIME NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
"""


class MigrationError(Exception):
    """The schema cannot be brought to the newest version; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the database is, and the account that owns its schema."""

    host: str
    port: int
    user: str
    database: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name without the suffix, its statements."""

    version: int
    name: str
    checksum: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What the database says of a migration; `complete` when all its statements ran."""

    name: str
    checksum: str
    statements_done: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A migration to run, and how many of its statements have run already."""

    migration: Migration
    statements_done: int


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """The folder's migrations in order. Raises `MigrationError` when a name is odd or a number is missing."""
    migrations = [_read_migration(file) for file in sorted(folder.glob("*.sql"))]
    if [migration.version for migration in migrations] != list(range(1, len(migrations) + 1)):
        raise MigrationError(f"{folder} does not number its migrations 0001, 0002, … without a gap")
    return migrations


def plan(migrations: Sequence[Migration], applied: Mapping[int, Applied]) -> list[Step]:
    """What is left to run. Raises `MigrationError` when the database's history is not the files' history."""
    known = {migration.version: migration for migration in migrations}
    for version, entry in applied.items():
        if version not in known:
            raise MigrationError(f"the database is newer: it has {entry.name}, which is not among the files")
        if known[version].checksum != entry.checksum:
            raise MigrationError(f"{entry.name} was applied and has changed since: write a new migration instead")
    steps = []
    for migration in migrations:
        begun = applied.get(migration.version)
        if begun is None or not begun.complete:
            steps.append(Step(migration, begun.statements_done if begun else 0))
    return steps


def migrate_database(connection: Connection, folder: Path = MIGRATIONS) -> list[str]:
    """Runs what is left and returns its names, none when the schema is the newest. Raises `MigrationError`."""
    migrations = read_migrations(folder)
    try:
        with open_session(connection) as cursor, _lock(cursor, connection.database):
            cursor.execute(_HISTORY)
            return [_execute(cursor, step) for step in plan(migrations, _applied(cursor))]
    except pymysql.MySQLError as error:
        raise MigrationError(f"{connection.host}:{connection.port}/{connection.database} refused: {error}") from error


@contextmanager
def open_session(connection: Connection) -> Iterator[Cursor]:
    """A cursor that commits each statement by itself. Raises the driver's errors."""
    session = pymysql.connect(
        host=connection.host,
        port=connection.port,
        user=connection.user,
        password=connection.password,
        database=connection.database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=5,
    )
    with session, session.cursor() as cursor:
        yield cursor


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `python -m infra.migrate`: 0 when the schema is the newest, 1 with one sentence when it is not."""
    parser = argparse.ArgumentParser(prog="python -m infra.migrate", description=__doc__.partition("\n")[0])
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, default=3306)
    parser.add_argument("--user", required=True)
    parser.add_argument("--database", required=True)
    chosen = parser.parse_args(arguments)
    password = os.environ.get("GONIO_DATABASE_OWNER_PASSWORD", "")
    connection = Connection(host=chosen.host, port=chosen.port, user=chosen.user, database=chosen.database, password=password)
    try:
        names = migrate_database(connection)
    except MigrationError as error:
        sys.stderr.write(f"migrate: {error}\n")
        return 1
    sys.stdout.write("".join(f"{name} applied\n" for name in names) or "the schema is the newest\n")
    return 0


def _read_migration(file: Path) -> Migration:
    if not (name := _FILE_NAME.fullmatch(file.name)):
        raise MigrationError(f"{file.name} is not named NNNN_words.sql")
    text = file.read_text(encoding="utf-8")
    return Migration(int(name[1]), file.stem, hashlib.sha256(text.encode()).hexdigest(), tuple(_statements(text)))


def _statements(text: str) -> Iterator[str]:
    """Statements end with a semicolon at a line's end; lines that begin with `--` are comments."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    for statement in re.split(r";[ \t]*$", "\n".join(lines), flags=re.MULTILINE):
        if statement.strip():
            yield statement.strip()


@contextmanager
def _lock(cursor: Cursor, database: str) -> Iterator[None]:
    """Lock names are the whole server's, and at most 64 characters long."""
    name = "gonio." + hashlib.sha256(database.encode()).hexdigest()[:32]
    cursor.execute("SELECT GET_LOCK(%s, %s)", (name, LOCK_TIMEOUT_S))
    if cursor.fetchone() != (1,):
        raise MigrationError(f"another run has been migrating {database} for {LOCK_TIMEOUT_S} s")
    yield
    cursor.execute("DO RELEASE_LOCK(%s)", [name])  # A run that fails releases it with its session.


def _applied(cursor: Cursor) -> dict[int, Applied]:
    cursor.execute("SELECT version, name, checksum, statements_done, applied_at IS NOT NULL FROM schema_migrations")
    return {row[0]: Applied(row[1], row[2], row[3], bool(row[4])) for row in cursor.fetchall()}


def _execute(cursor: Cursor, step: Step) -> str:
    migration = step.migration
    cursor.execute(
        "INSERT IGNORE INTO schema_migrations (version, name, checksum, statements_done) VALUES (%s, %s, %s, 0)",
        (migration.version, migration.name, migration.checksum),
    )
    for number, statement in enumerate(migration.statements[step.statements_done :], start=step.statements_done + 1):
        cursor.execute(statement)
        cursor.execute("UPDATE schema_migrations SET statements_done = %s WHERE version = %s", (number, migration.version))
    cursor.execute("UPDATE schema_migrations SET applied_at = UTC_TIMESTAMP() WHERE version = %s", [migration.version])
    return migration.name


if __name__ == "__main__":
    sys.exit(main())
