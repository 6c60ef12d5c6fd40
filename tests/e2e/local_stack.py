"""The local stack as an end-to-end test sees it: what `stack.json` says, and the clients that an outside party would use."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
import pymysql

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running instance, reached through its stack file alone."""

    file: Path

    @property
    def content(self) -> dict[str, Any]:
        """The stack file, once everything answers: a slow answer takes it away for a moment."""
        return until(self._content, 120, "the stack file to be written")

    def client(self, service: str) -> Any:
        """A boto3 client of this stack."""
        known = self.content
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=known["aws_endpoint_url"],
            region_name=known["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def query(self, sql: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with self.database() as connection, connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())

    @contextmanager
    def database(self) -> Iterator[Any]:
        """A connection as the owner."""
        with pymysql.connect(**self.content["mysql"], autocommit=True) as connection:
            yield connection

    def process(self, name: str) -> psutil.Process:
        """The supervised process of that name."""
        pid = next(p["pid"] for p in self.content["processes"] if p["name"] == name)
        return psutil.Process(pid)

    def _content(self) -> dict[str, Any] | None:
        try:
            return dict(json.loads(self.file.read_text()))
        except FileNotFoundError:
            return None

    def wait_until_up(self, within_s: float = 120) -> None:
        """Until the stack file is there, which means that everything answers."""
        until(self.file.is_file, within_s, "the stack file to be written")


def kill(process: psutil.Process) -> None:
    """SIGKILL, and the wait for its end. One that has ended already is fine."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
    until(lambda: _has_ended(process), 30, f"{process} to be dead")


def _has_ended(process: psutil.Process) -> bool:
    """Its first thread may be a zombie while others still end."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
    except psutil.NoSuchProcess:
        return True


def until[T](condition: Callable[[], T | None], within_s: float, what: str) -> T:
    """Poll until the condition holds; its value. Fails the test with what was waited for."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited {within_s:.0f} s for {what}"
        time.sleep(0.1)
    return value
