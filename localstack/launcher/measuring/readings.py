"""What the database holds of readings, as a demo asks for it. Everything here raises LauncherError when MariaDB does not answer."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pymysql

from launcher.instance import Instance
from launcher.outages import explained
from launcher.processes import database

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 (the database's times are UTC without a zone)
_TIMEOUT_S = 30

type MessageKey = tuple[str, str]
"""Device and message id."""
type ValueKey = tuple[str, str, int]
"""Device, metric, epoch milliseconds."""


class Readings:
    """Queries on one connection."""

    def __init__(self, instance: Instance, connection: "pymysql.Connection[Any]") -> None:
        self._instance = instance
        self._connection = connection

    def last_value_ms(self, tenants: Sequence[str]) -> int:
        """When the tenants' last value was measured, in epoch milliseconds; 0 when there is none."""
        rows = self._rows("SELECT COALESCE(MAX(last_value_ms), 0) FROM sessions WHERE tenant_id IN %s", tenants)
        return int(rows[0][0])

    def value_counts(self, since_ms: int) -> dict[str, int]:
        """How many values each session has whose first was measured since then."""
        return dict(self._rows("SELECT session_id, value_count FROM sessions WHERE first_value_ms >= %s", since_ms))

    def messages(self, devices: Sequence[str]) -> set[MessageKey]:
        """The devices' messages that are stored."""
        return set(self._rows("SELECT device_id, message_id FROM messages WHERE device_id IN %s", devices))

    def values(self, series: Iterable[tuple[str, str, str]]) -> dict[ValueKey, float]:
        """The public view's values of the series: tenant, device and metric each."""
        sql = "SELECT measured_at, value FROM reading_values WHERE tenant_id = %s AND device_id = %s AND metric = %s"
        return {
            (device, metric, (at - _EPOCH) // dt.timedelta(milliseconds=1)): value
            for tenant, device, metric in series
            for at, value in self._rows(sql, tenant, device, metric)
        }

    def _rows(self, sql: str, *arguments: object) -> list[Any]:
        with explained(self._instance, "mariadb", "it did not answer a query"), self._connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            return list(cursor.fetchall())


@contextmanager
def readings(instance: Instance) -> Iterator[Readings]:
    """Readings on a connection of their own."""
    with explained(instance, "mariadb", "it cannot be reached"):
        connection = pymysql.connect(**database.parameters(instance), autocommit=True, connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S)
    try:
        yield Readings(instance, connection)
    finally:
        if connection.open:
            connection.close()
