"""The comparison of read model and database finds every kind of difference, on real servers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import boto3
import pytest

from chalicelib.adapters.mysql import Credentials
from chalicelib.adapters.opensearch import connect
from chalicelib.adapters.opensearch_index import OpenSearchDocumentIndex
from chalicelib.projection.project import Project
from infra.reconcile import main
from infra.search import apply_templates
from tests.changes import change_record, row
from tests.fakes.ingest import FakeClock, FakeQuarantine
from tests.mariadb import MariaDb
from tests.opensearch import OpenSearch

pytestmark = pytest.mark.usefixtures("aws")
STAGE = "production"
TABLES: Mapping[str, tuple[str, str, Mapping[str, Any], str]] = {
    "sessions": ("gonio-sessions", "session_id", {"exercise": "knee_flexion"}, "exercise"),
    "devices": ("gonio-devices", "device_id", {"status": "revoked"}, "status"),
    "device_contacts": ("gonio-device-contacts", "device_id", {"battery_percent": None, "is_online": 0}, "battery_percent, is_online"),
    "members": ("gonio-members", "member_id", {"named_at_ms": 1_000}, "named_at"),
    "hour_rollups": ("gonio-rollups-hour", "device_id", {"value_max": 9.5}, "max"),
    "day_rollups": ("gonio-rollups-day", "device_id", {"value_count": 4}, "count"),
}
"""Each table's alias, the column that tells its rows apart, what changes in one, and how the change is told."""


class World:
    """A stage's two sides, each filled by hand."""

    def __init__(self, mariadb: MariaDb, credentials: Credentials, project: Project) -> None:
        self._mariadb, self._credentials, self._project = mariadb, credentials, project

    def insert(self, table: str, values: Mapping[str, Any]) -> None:
        """A row of the database."""
        written = ", ".join("NULL" if it is None else repr(it) for it in values.values())
        self._mariadb.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({written})", self._credentials.database)

    def show(self, table: str, values: Mapping[str, Any]) -> None:
        """A document of the read model, as projection makes it of a row."""
        assert self._project.run([change_record(table, "insert", values)]).written == 1


@pytest.fixture
def world(mariadb: MariaDb, credentials: Credentials, opensearch: OpenSearch) -> Iterator[World]:
    opensearch.forget()
    apply_templates(opensearch.url, lambda _: None)
    secret = {
        "host": credentials.host,
        "port": credentials.port,
        "username": credentials.user,
        "password": "",
        "dbname": credentials.database,
    }
    _deploy("database", "ReaderSecretArn", boto3.client("secretsmanager").create_secret(Name="d", SecretString=json.dumps(secret))["ARN"])
    _deploy("search", "SearchEndpoint", opensearch.url)
    with closing(connect(opensearch.url)) as client:
        yield World(mariadb, credentials, Project(OpenSearchDocumentIndex(client), FakeQuarantine(), FakeClock()))


def _deploy(capability: str, output: str, value: str) -> None:
    """A stack that has only its output."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": capability}}
    template = {"Resources": {"Topic": topic}, "Outputs": {output: {"Value": value}}}
    boto3.client("cloudformation").create_stack(StackName=f"gonio-{STAGE}-{capability}", TemplateBody=json.dumps(template))


def _reconcile() -> int:
    return main(["--stage", STAGE, "--within", "0"])


def test_equal_sides_agree(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for table in TABLES:
        world.insert(table, row(table))
        world.show(table, row(table))

    assert _reconcile() == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        [alias, "1", "rows,", "0", "differences"] for alias, *_ in TABLES.values()
    ]


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_a_surplus_and_a_changed_document_are_named(table: str, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    alias, column, change, told = TABLES[table]
    same, missing, surplus, before = (row(table, **{column: name}) for name in ("same", "missing", "surplus", "changed"))
    for values in (same, missing, {**before, **change}):
        world.insert(table, values)
    for values in (same, surplus, before):
        world.show(table, values)

    assert _reconcile() == 1

    rest = ":knee_flexion_left:1795464000000" if "rollups" in table else ""
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if line.startswith(f"{alias} ")] == [[alias, "3", "rows,", "3", "differences"]]
    assert lines[len(TABLES) :] == [
        f"  {alias}/t-1:changed{rest}: differs in {told}",
        f"  {alias}/t-1:missing{rest}: the read model lacks it",
        f"  {alias}/t-1:surplus{rest}: the database has no such row",
    ]
