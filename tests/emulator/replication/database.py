"""A MariaDB server of the tests' own, with a binary log; stopped, killed and started again on the same data at will."""

import getpass
import signal
import socket
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

USER, PASSWORD = "replica", "secret"
_START_S = 30
_OPTIONS = [
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--log-bin=changes",
    "--binlog-format=ROW",
    "--binlog-row-metadata=FULL",
    "--server-id=1",
    "--character-set-server=utf8mb4",
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=32M",
]


@dataclass
class Database:
    """One server on one folder. Start it before use."""

    folder: Path
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    _idle: "list[Connection[Cursor]]" = field(default_factory=list)

    def start(self) -> None:
        """Start, with an account for replication, and wait until it answers."""
        data, temporary = self.folder / "data", self.folder / "tmp"
        temporary.mkdir(exist_ok=True)  # of its own: a server that starts removes what it takes for its own
        own = [f"--user={getpass.getuser()}", f"--datadir={data}", f"--tmpdir={temporary}"]
        if not data.exists():
            install = ["mysql_install_db", "--no-defaults", *own, "--skip-test-db"]
            subprocess.run([*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True)
        self.port = self.port or _free_port()
        command = ["setpriv", "--pdeathsig", "KILL", "mariadbd", "--no-defaults", *own]
        files = [f"--port={self.port}", f"--socket={self.folder / 's'}", f"--pid-file={self.folder / 'pid'}"]
        with (self.folder / "mariadb.log").open("ab") as log:
            self.process = subprocess.Popen([*command, *files, *_OPTIONS], stdout=log, stderr=log)
        self._await()
        self.execute(f"CREATE USER IF NOT EXISTS {USER}@'%' IDENTIFIED BY '{PASSWORD}'")
        self.execute(f"GRANT REPLICATION SLAVE, BINLOG MONITOR, SELECT ON *.* TO {USER}@'%'")

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End the server, as a restart (SIGTERM) or a crash (SIGKILL) does."""
        assert self.process is not None
        while self._idle:
            self._idle.pop().close()
        self.process.send_signal(with_signal)
        self.process.wait(_START_S)

    def connect(self, schema: str | None = None) -> "Connection[Cursor]":
        """A connection of the caller's own, as root."""
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=schema, autocommit=True, ssl_disabled=True)

    def execute(self, statement: str, *values: Any, schema: str | None = None) -> list[tuple[Any, ...]]:
        """Run a statement as root and return its rows."""
        if not self._idle:
            self._idle.append(self.connect())
        connection = self._idle[0]
        if schema:
            connection.select_db(schema)
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def new_schema(self, name: str, *statements: str) -> str:
        """An empty schema in which statements were run."""
        self.execute(f"DROP DATABASE IF EXISTS {name}")
        self.execute(f"CREATE DATABASE {name}")
        for statement in statements:
            self.execute(statement, schema=name)
        return name

    def _await(self) -> None:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                self.execute("SELECT 1")
            except pymysql.err.OperationalError:
                assert self.process is not None
                assert self.process.poll() is None, (self.folder / "mariadb.log").read_text()[-2000:]
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return


def _free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
