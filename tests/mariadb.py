"""A throw-away MariaDB server for tests: quick, on a free port, gone with the process that started it."""

import getpass
import itertools
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from chalicelib.adapters.mysql import Credentials
from infra import migrate

START_TIMEOUT_S = 30
# What a test's data may lose in a power cut makes every commit cheap.
QUICK = [
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
    "--innodb-doublewrite=0",
    "--sync-binlog=0",
    "--skip-name-resolve",
]
_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name <> 'schema_migrations'
"""


@dataclass(slots=True)
class MariaDb:
    """A running server; each database that it hands out is new and migrated."""

    host: str
    port: int
    process: "subprocess.Popen[bytes]"
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _root: "Connection[Cursor] | None" = None

    def new_database(self) -> Credentials:
        """Credentials of a database with the newest schema and no rows."""
        name = f"gonio_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        migrate.migrate_database(migrate.Connection(host=self.host, port=self.port, user="root", password="", database=name))
        return Credentials(host=self.host, port=self.port, user="root", password="", database=name)

    def empty(self, credentials: Credentials) -> None:
        """Removes every row, which is quicker than a new database."""
        for (table,) in self.execute(_TABLES, credentials.database):
            self.execute(f"DELETE FROM {table}", credentials.database)

    def execute(self, statement: str, database: str | None = None) -> list[tuple[object, ...]]:
        """Runs a statement as root and returns its rows."""
        if self._root is None:
            # Without TLS, whose set-up costs more than a test's statements.
            self._root = pymysql.connect(host=self.host, port=self.port, user="root", autocommit=True, ssl_disabled=True)
        if database is not None:
            self._root.select_db(database)
        with self._root.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def hang_up(self) -> None:
        """Ends the connection that `execute` keeps."""
        if self._root is not None:
            self._root.close()
            self._root = None


@contextmanager
def running(folder: Path, options: Sequence[str] = QUICK) -> Iterator[MariaDb]:
    """A server whose data lie in the folder, until the block ends."""
    data, temporary = folder / "data", folder / "tmp"
    temporary.mkdir()  # a server that starts removes what it takes for its own, and in a shared folder that is its neighbours'
    user = getpass.getuser()
    install = ["mysql_install_db", "--no-defaults", f"--user={user}", f"--datadir={data}", f"--tmpdir={temporary}", "--skip-test-db"]
    subprocess.run([*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
    server = _start(folder, data, [f"--user={user}", f"--tmpdir={temporary}", *options])
    try:
        _await(server, folder / "mariadb.log")
        yield server
    finally:
        server.hang_up()
        server.process.terminate()
        server.process.wait(timeout=START_TIMEOUT_S)


def _start(folder: Path, data: Path, options: Sequence[str]) -> MariaDb:
    port = _free_port()
    command = ["setpriv", "--pdeathsig", "KILL", "mariadbd", "--no-defaults", f"--datadir={data}"]
    command += [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}"]
    command += ["--log-bin", "--binlog-format=ROW", "--binlog-row-metadata=FULL", "--server-id=1", "--character-set-server=utf8mb4"]
    with (folder / "mariadb.log").open("wb") as log:
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
    return MariaDb("127.0.0.1", port, process)


def _await(server: MariaDb, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            server.execute("SELECT 1")
        except pymysql.err.OperationalError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MariaDB does not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
