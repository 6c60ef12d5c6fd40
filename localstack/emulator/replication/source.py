"""The source database: its address, its connections, and what its errors mean."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from emulator.replication.errors import LogPurgedError, SourceUnavailableError

_CONNECT_TIMEOUT_S = 5.0
_READ_TIMEOUT_S = 30.0
_LOG_UNREADABLE = 1236
"""The server's code for a log position that it cannot serve: purged, past the end, or of another server."""


@dataclass(frozen=True, slots=True)
class Source:
    """How to reach a MySQL or MariaDB server."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What pymysql is called with."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.username,
            "password": self.password,
            "charset": "utf8mb4",
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "read_timeout": _READ_TIMEOUT_S,
        }

    @contextmanager
    def connection(self) -> Iterator["Connection[Cursor]"]:
        """A connection. Whatever goes wrong in the block with the server is a SourceUnavailableError."""
        with reaching(self):
            connection = pymysql.connect(**self.settings, autocommit=True, init_command="SET time_zone = '+00:00'")
            try:
                yield connection
            finally:
                connection.close()


@contextmanager
def reaching(source: Source) -> Iterator[None]:
    """Maps what the driver and the network raise. Raises LogPurgedError, SourceUnavailableError."""
    try:
        yield
    except pymysql.err.MySQLError as error:
        if error.args and error.args[0] == _LOG_UNREADABLE and "same server" not in str(error):
            raise LogPurgedError(f"the binary log cannot be read from the checkpoint on: {error.args[-1]}") from error
        raise SourceUnavailableError(f"{source.host}:{source.port}: {error.args[-1] if error.args else error}") from error
    except OSError as error:
        raise SourceUnavailableError(f"{source.host}:{source.port}: {error}") from error


def replica_id(task_arn: str) -> int:
    """The server id under which a task reads the log: the same each time, so that the server ends what a killed engine left behind."""
    return 2**31 + zlib.crc32(task_arn.encode()) // 2
