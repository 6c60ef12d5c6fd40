"""Compares the read model with the database, row by row, and says where they differ. It changes nothing.

The rows' documents are written down here a second time, in SQL, so that the comparison does not believe the code that it checks.
Change data capture is always a moment behind: `--within` waits for the two to agree before it calls a difference one.

Usage: python -m infra.reconcile [--stage local] [--within 30]      0: they agree; 1: they do not.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pymysql
import pymysql.cursors
from botocore.exceptions import BotoCoreError, ClientError
from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException
from opensearchpy.helpers import scan

from infra import cloudformation
from infra.cloudformation import DeploymentError
from infra.search.client import connect
from infra.search.endpoint import endpoint_of
from infra.secret import read_secret
from infra.session import session_of
from infra.stage import Stage, read_stage

_POLL_SECONDS = 0.5
_SHOWN = 5


def _iso(column: str) -> str:
    """Epoch milliseconds as ISO 8601 in UTC with milliseconds."""
    moment = f"TIMESTAMPADD(MICROSECOND, 1000 * {column}, '1970-01-01 00:00:00')"
    return f"CONCAT(LEFT(DATE_FORMAT({moment}, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')"


def _rollups(table: str) -> str:
    return (
        "SELECT CONCAT_WS(':', tenant_id, device_id, metric, start_ms) AS id, tenant_id, device_id, metric,"
        f" {_iso('start_ms')} AS start_at, value_count AS `count`, value_min AS `min`, value_max AS `max`, value_sum AS `sum` FROM {table}"
    )


ROWS: Mapping[str, str] = {
    "gonio-sessions": (
        "SELECT CONCAT_WS(':', tenant_id, session_id) AS id, tenant_id, session_id, member_id, exercise, device_ids,"
        f" {_iso('started_at_ms')} AS started_at, {_iso('ended_at_ms')} AS ended_at, {_iso('first_value_ms')} AS first_value_at,"
        f" {_iso('last_value_ms')} AS last_value_at, value_count FROM sessions"
    ),
    "gonio-devices": (
        "SELECT CONCAT_WS(':', tenant_id, device_id) AS id, tenant_id, device_id, member_id, status,"
        f" {_iso('registered_at_ms')} AS registered_at FROM devices"
    ),
    "gonio-device-contacts": (
        "SELECT CONCAT_WS(':', tenant_id, device_id) AS id, tenant_id, device_id, battery_percent, is_online, presence_version,"
        f" {_iso('last_contact_ms')} AS last_contact_at, {_iso('battery_at_ms')} AS battery_at, {_iso('presence_at_ms')} AS presence_at"
        " FROM device_contacts"
    ),
    "gonio-members": (
        f"SELECT CONCAT_WS(':', tenant_id, member_id) AS id, tenant_id, member_id, {_iso('named_at_ms')} AS named_at FROM members"
    ),
    "gonio-rollups-hour": _rollups("hour_rollups"),
    "gonio-rollups-day": _rollups("day_rollups"),
}
"""Alias to the rows that its documents must be, the document's id first."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One document that is not its row; None where there is none."""

    alias: str
    document_id: str
    row: Mapping[str, Any] | None
    document: Mapping[str, Any] | None

    def __str__(self) -> str:
        if self.document is None:
            return f"{self.alias}/{self.document_id}: the read model lacks it"
        if self.row is None:
            return f"{self.alias}/{self.document_id}: the database has no such row"
        fields = sorted(k for k in {*self.row, *self.document} if self.row.get(k) != self.document.get(k))
        return f"{self.alias}/{self.document_id}: differs in {', '.join(fields)}"


def differences(connection: Any, search: OpenSearch) -> tuple[dict[str, int], list[Difference]]:
    """Rows compared by alias, and every difference. Raises the drivers' errors."""
    counts: dict[str, int] = {}
    found: list[Difference] = []
    for alias, sql in ROWS.items():
        rows, documents = dict(_rows(connection, sql)), dict(_documents(search, alias))
        counts[alias] = len(rows)
        changed = sorted(key for key in {*rows, *documents} if rows.get(key) != documents.get(key))
        found += [Difference(alias, key, rows.get(key), documents.get(key)) for key in changed]
    return counts, found


def agree_within(connection: Any, search: OpenSearch, seconds: float) -> tuple[dict[str, int], list[Difference]]:
    """`differences`, asked again until there is none or the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        counts, found = differences(connection, search)
        if not found or time.monotonic() > deadline:
            return counts, found
        time.sleep(_POLL_SECONDS)


def _rows(connection: Any, sql: str) -> Iterator[tuple[str, dict[str, Any]]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for row in cursor.fetchall():
            yield str(row.pop("id")), _without_nothing({key: _value(key, value) for key, value in row.items()})


def _value(column: str, value: Any) -> Any:
    if value is None:
        return None
    if column == "device_ids":
        return json.loads(value)
    return bool(value) if column == "is_online" else value


def _documents(search: OpenSearch, alias: str) -> Iterator[tuple[str, dict[str, Any]]]:
    search.indices.refresh(index=alias)
    for hit in scan(search, index=alias, query={"query": {"match_all": {}}}, size=2000):
        yield str(hit["_id"]), _without_nothing(hit["_source"])


def _without_nothing(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None}


def _connections(stage: Stage) -> tuple[Any, OpenSearch]:
    session = session_of(stage)
    client = session.client("cloudformation", endpoint_url=stage.endpoint_url)
    database = "database" if stage.servers == "managed" else "database-external"
    outputs = cloudformation.outputs(client, f"gonio-{stage.name}-{database}")
    if "ReaderSecretArn" not in outputs:
        raise DeploymentError(f"stage {stage.name!r} is not deployed")
    secrets = session.client("secretsmanager", endpoint_url=stage.endpoint_url)
    secret = read_secret(secrets, outputs["ReaderSecretArn"])
    search = endpoint_of(stage, session)
    connection = pymysql.connect(
        host=secret["host"],
        port=int(secret["port"]),
        user=secret["username"],
        password=secret["password"],
        database=secret["dbname"],
        cursorclass=pymysql.cursors.DictCursor,
        autocommit=True,
    )
    return connection, connect(search, session)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="infra.reconcile", description="Compare the read model with the database.")
    parser.add_argument("--stage", default=os.environ.get("GONIO_STAGE", "local"))
    parser.add_argument("--within", type=float, default=30.0, metavar="SECONDS", help="how long the two may take to agree")
    chosen = parser.parse_args(arguments)
    try:
        connection, search = _connections(read_stage(chosen.stage))
        with closing(connection), closing(search):
            counts, found = agree_within(connection, search, chosen.within)
    except (DeploymentError, BotoCoreError, ClientError, pymysql.MySQLError, OpenSearchException) as error:
        print(f"reconcile: {error}", file=sys.stderr)
        return 1
    for alias, count in counts.items():
        print(f"{alias:<24} {count:>8} rows, {sum(d.alias == alias for d in found)} differences")
    for difference in found[:_SHOWN]:
        print(f"  {difference}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
